"""From contributions to sentences: resources before hindrances, counted people, what is not known.

It explains the number and names no causes. Order and limits: explanation.md. The wording lies in
reviewed text files; this file only chooses which sentence stands where.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from profilering.anslag import AndreBidrag, Anslag, Bidrag, Retning
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import BY_ESTIMATE, REFRAINING, RegelKode
from profilering.propose import Forslag
from profilering.registrering import Registrering
from profilering.risk import Outcome
from profilering.sikkerhet import interval, near_limit
from profilering.tekster import Tekster
from profilering.tema import TemaType

NEVER_KNOWN = ("OENSKER", "UREGISTRERTE_PLANER")
"""What no register can tell; shown in every answer (REQ-22)."""
FROM_REGISTERS = "historikk."
"""How the names of facts begin that a person cannot be asked for."""
ONE_WAY = ("ressurser", "hindringer")
"""The sections whose heading says which way every theme in them drew."""
AGE = "foedselsaar"
OF_THE_PERSON = (AGE, "fylke")
"""Told by a register, and yet something a person can be asked about."""


@dataclass(frozen=True, slots=True)
class Avsnitt:
    """One section of the text; lines that list things begin with an en dash."""

    overskrift: str
    tekst: str


@dataclass(frozen=True, slots=True)
class Begrunnelse:
    """The text a veileder reads, in one language."""

    spraak: str
    avsnitt: tuple[Avsnitt, ...]


def explain(
    registrering: Registrering,
    forslag: Forslag,
    anslag: Sequence[Anslag],
    mangler: Sequence[str],
    tekster: Tekster,
) -> Begrunnelse:
    """Write the whole text in the fixed order of explanation.md; empty sections are left out."""
    leading = _leading(forslag, anslag)
    avsnitt = [
        (tekster.get("seksjon", "forslag"), _forslag(registrering, forslag, mangler, tekster)),
        (tekster.get("seksjon", "tall"), _tall(leading, tekster)),
        *(_numbers(leading, forslag, tekster) if leading else ()),
        (tekster.get("seksjon", "merknader"), _notes(forslag, tekster)),
        (tekster.get("seksjon", "vet_ikke"), _not_known(registrering, mangler, tekster)),
        (tekster.get("seksjon", "egenvurdering"), _own_view(registrering, tekster)),
        (tekster.get("seksjon", "spoersmaal"), tekster.get("fast", _of_kind("spoersmaal", forslag))),
        (tekster.get("seksjon", "rettigheter"), tekster.get("fast", "rettigheter")),
    ]
    return Begrunnelse(tekster.spraak, tuple(Avsnitt(title, text) for title, text in avsnitt if text))


def _leading(forslag: Forslag, anslag: Sequence[Anslag]) -> Anslag | None:
    """The anslag the text is about: the one that decided, else the one for langvarig stønad."""
    wanted = forslag.regel.utfall or Outcome.LANGVARIG_STOENAD
    return next((a for a in anslag if a.utfall is wanted), None)


def _forslag(registrering: Registrering, forslag: Forslag, mangler: Sequence[str], tekster: Tekster) -> str:
    name = tekster.get("forslag", forslag.kode)
    limit = forslag.regel.grense_av_hundre if forslag.regel.kostnadsforhold is not None else None
    reason = tekster.get("regel", forslag.regel.kode, grense=limit)
    helps = _would_help(registrering, forslag, mangler, tekster)
    return " ".join([f"{name}.", reason, *helps, tekster.get("fast", _no_vedtak(forslag))])


def _would_help(
    registrering: Registrering, forslag: Forslag, mangler: Sequence[str], tekster: Tekster
) -> list[str]:
    """Where the service refrains: what to ask the person about, and whether to try again."""
    regel = forslag.regel.kode
    if regel not in REFRAINING or regel is RegelKode.STANSET:
        return []
    unknown = [*mangler, *registrering.motstrid]
    if regel is RegelKode.UTENFOR_MODELLEN:  # an answer moves nobody into the model, except a missing age
        unknown = [fact for fact in unknown if fact == AGE]
    asked = [fact for fact in unknown if not fact.startswith(FROM_REGISTERS)]
    silent = len(asked) < len(unknown)
    return [
        *([tekster.about_facts("spoer", asked)] if asked else ()),
        *([tekster.get("fast", "registre")] if silent else ()),
    ]


def _no_vedtak(forslag: Forslag) -> str:
    """Key of the sentence that says who proposes: the model only where an estimate decided."""
    if forslag.kode is ForslagKode.INGEN_FORSLAG:
        return "ingen_forslag"
    return "ikke_vedtak" if forslag.regel.kode in BY_ESTIMATE else "ikke_vedtak_regel"


def _tall(anslag: Anslag | None, tekster: Tekster) -> str:
    if anslag is None:
        return tekster.get("fast", "ingen_tall")
    words = tekster.utfall[anslag.utfall]
    everyone = tekster.counted("alle", anslag.alle_av_hundre, fikk=words["fikk"])
    fixed = f"{words['forklaring']} {tekster.get('fast', 'ikke_aarsak')}"
    if anslag.av_hundre is None:
        return f"{tekster.get('fast', 'for_faa')} {everyone} {fixed}"
    both_ways = tekster.counted("begge_veier", anslag.av_hundre, ikke=100 - anslag.av_hundre, **words)
    return f"{tekster.get('fast', 'tenk_deg')} {both_ways} {everyone} {fixed}"


def _numbers(anslag: Anslag, forslag: Forslag, tekster: Tekster) -> list[tuple[str, str]]:
    """The sections that only stand where there is an estimate."""
    lines: dict[str, list[str]] = {"ressurser": [], "hindringer": [], "omgivelser": [], "andre": []}
    for bidrag in anslag.bidrag:
        section = _section_of(bidrag)
        say = _line if section in ONE_WAY else _directed
        lines[section].append(say(bidrag, tekster))
    if not lines["ressurser"]:
        lines["ressurser"].append(tekster.get("fast", "ingen_ressurser"))
    if anslag.bare_ytelser:
        lines["hindringer"].append(tekster.get("fast", "bare_ytelser"))
    if anslag.andre:
        lines["andre"].append(_rest(anslag.andre, tekster))
    listed = [(tekster.get("seksjon", section), "\n".join(said)) for section, said in lines.items()]
    return [(tekster.get("seksjon", "sikkerhet"), _certainty(anslag, forslag, tekster)), *listed]


def _section_of(bidrag: Bidrag) -> str:
    """Where a theme stands: what contradicts its type is "andre" (REQ-33)."""
    if bidrag.er_ressurs:
        return "ressurser"
    if bidrag.type is TemaType.HINDRING and bidrag.retning is Retning.OPP:
        return "hindringer"
    return "omgivelser" if bidrag.type is TemaType.OMGIVELSER else "andre"


def _certainty(anslag: Anslag, forslag: Forslag, tekster: Tekster) -> str:
    if anslag.av_hundre is None:
        return ""
    said = [
        *interval(anslag, tekster),
        *_counted_otherwise(anslag, forslag, tekster),
        *near_limit(forslag, tekster),
    ]
    return " ".join(said)


def _counted_otherwise(anslag: Anslag, forslag: Forslag, tekster: Tekster) -> list[str]:
    """Why a number below the limit stands beside a limit that is reached, or the other way."""
    if not anslag.talt_forbi_grensen or forslag.regel.kode not in BY_ESTIMATE:
        return []
    return [tekster.get("fast", "talt", n=anslag.av_hundre)]


def _line(bidrag: Bidrag, tekster: Tekster) -> str:
    return f"– {bidrag.tekst.removesuffix('.')} ({tekster.get('ord', bidrag.styrke)})."


def _directed(bidrag: Bidrag, tekster: Tekster) -> str:
    words = f"{tekster.get('ord', bidrag.retning)}, {tekster.get('ord', bidrag.styrke)}"
    return f"– {bidrag.tekst.removesuffix('.')} ({words})."


def _rest(andre: AndreBidrag, tekster: Tekster) -> str:
    retning, styrke = tekster.get("ord", andre.retning), tekster.get("ord", andre.styrke)
    return "– " + tekster.counted("resten", andre.antall, retning=retning, styrke=styrke)


def _notes(forslag: Forslag, tekster: Tekster) -> str:
    """What the policy asks the veileder to have in mind, and that it is no part of the estimate (REQ-38)."""
    if not forslag.merknader:
        return ""
    notes = (tekster.get("merknad", merknad) for merknad in forslag.merknader)
    return " ".join([*notes, tekster.get("fast", _of_kind("merknader", forslag))])


def _of_kind(key: str, forslag: Forslag) -> str:
    """The key of the sentence for this forslag: there is another one where there is no forslag to follow."""
    return f"{key}_ingen_forslag" if forslag.kode is ForslagKode.INGEN_FORSLAG else key


def _not_known(registrering: Registrering, mangler: Sequence[str], tekster: Tekster) -> str:
    sentences = [tekster.get("fast", "vet_aldri")]
    silent = [fact for fact in mangler if fact.startswith(FROM_REGISTERS) or fact in OF_THE_PERSON]
    if unanswered := [fact for fact in mangler if fact not in silent]:
        sentences.append(tekster.about_facts("mangler", unanswered))
    if silent:
        sentences.append(tekster.about_facts("mangler_register", silent))
    if registrering.motstrid:
        sentences.append(tekster.about_facts("motstrid", registrering.motstrid))
    return " ".join(sentences)


def _own_view(registrering: Registrering, tekster: Tekster) -> str:
    view = registrering.egenvurdering
    return tekster.get("egenvurdering", view) if view else ""
