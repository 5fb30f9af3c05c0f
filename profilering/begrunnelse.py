"""From contributions to sentences: resources before hindrances, counted people, what is not known.

It explains the number and names no causes. Order and limits: explanation.md. The wording lies in
reviewed text files; this file only chooses which sentence stands where.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from profilering.anslag import AndreBidrag, Anslag, Bidrag, Retning, is_ressurs
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import BY_ESTIMATE, Forslag
from profilering.registrering import Registrering
from profilering.risk import Outcome
from profilering.tekster import Tekster
from profilering.tema import TemaType

NEVER_KNOWN = ("OENSKER", "UREGISTRERTE_PLANER")
"""What no register can tell; shown in every answer (REQ-22)."""


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
        (tekster.get("seksjon", "forslag"), _forslag(forslag, tekster)),
        (tekster.get("seksjon", "tall"), _tall(leading, tekster)),
        *(_numbers(leading, forslag, tekster) if leading else ()),
        (tekster.get("seksjon", "vet_ikke"), _not_known(registrering, mangler, tekster)),
        (tekster.get("seksjon", "egenvurdering"), _own_view(registrering, tekster)),
        (tekster.get("seksjon", "spoersmaal"), tekster.get("fast", "spoersmaal")),
        (tekster.get("seksjon", "rettigheter"), tekster.get("fast", "rettigheter")),
    ]
    return Begrunnelse(tekster.spraak, tuple(Avsnitt(title, text) for title, text in avsnitt if text))


def _leading(forslag: Forslag, anslag: Sequence[Anslag]) -> Anslag | None:
    """The anslag the text is about: the one that decided, else the one for langvarig stønad."""
    wanted = forslag.regel.utfall or Outcome.LANGVARIG_STOENAD
    return next((a for a in anslag if a.utfall is wanted), None)


def _forslag(forslag: Forslag, tekster: Tekster) -> str:
    name = tekster.get("forslag", forslag.kode)
    by_estimate = forslag.regel.kostnadsforhold is not None
    limit = math.floor(100 * forslag.regel.threshold + 0.5) if by_estimate else None
    reason = tekster.get("regel", forslag.regel.kode, grense=limit)
    return f"{name}. {reason} {tekster.get('fast', _no_vedtak(forslag))}"


def _no_vedtak(forslag: Forslag) -> str:
    """Key of the sentence that says who proposes: the model only where an estimate decided."""
    if forslag.kode is ForslagKode.INGEN_FORSLAG:
        return "ingen_forslag"
    return "ikke_vedtak" if forslag.regel.kode in BY_ESTIMATE else "ikke_vedtak_regel"


def _tall(anslag: Anslag | None, tekster: Tekster) -> str:
    if anslag is None:
        return tekster.get("fast", "ingen_tall")
    words = tekster.utfall[anslag.utfall]
    everyone = tekster.get("fast", "alle", alle=anslag.alle_av_hundre, fikk=words["fikk"])
    fixed = f"{words['forklaring']} {tekster.get('fast', 'ikke_aarsak')}"
    if anslag.av_hundre is None:
        return f"{tekster.get('fast', 'for_faa')} {everyone} {fixed}"
    both_ways = (
        f"{100 - anslag.av_hundre} av dem {words['fikk_ikke']}. {anslag.av_hundre} av dem {words['fikk']}."
    )
    return f"{tekster.get('fast', 'tenk_deg')} {both_ways} {everyone} {fixed}"


def _numbers(anslag: Anslag, forslag: Forslag, tekster: Tekster) -> list[tuple[str, str]]:
    """The sections that only stand where there is an estimate."""
    resources = [b for b in anslag.bidrag if is_ressurs(b)]
    hindrances = [b for b in anslag.bidrag if b.type is TemaType.HINDRING and b.retning is Retning.OPP]
    around = [b for b in anslag.bidrag if b.type is TemaType.OMGIVELSER]
    others = [b for b in anslag.bidrag if b not in (*resources, *hindrances, *around)]
    none = tekster.get("fast", "ingen_ressurser")
    rest = [_rest(anslag.andre, tekster)] if anslag.andre else []
    return [
        (tekster.get("seksjon", "sikkerhet"), _certainty(anslag, forslag, tekster)),
        (tekster.get("seksjon", "ressurser"), "\n".join(_line(b, tekster) for b in resources) or none),
        (tekster.get("seksjon", "hindringer"), "\n".join(_line(b, tekster) for b in hindrances)),
        (tekster.get("seksjon", "omgivelser"), "\n".join(_directed(b, tekster) for b in around)),
        (tekster.get("seksjon", "andre"), "\n".join([*(_directed(b, tekster) for b in others), *rest])),
    ]


def _certainty(anslag: Anslag, forslag: Forslag, tekster: Tekster) -> str:
    if anslag.av_hundre is None:
        return ""
    counted = tekster.get(
        "fast",
        "grunnlag",
        tall=anslag.av_hundre,
        lav=anslag.lav,
        hoey=anslag.hoey,
        antall=anslag.grunnlag_antall,
    )
    return f"{counted} {tekster.get('fast', 'grense')}" if forslag.grensetilfelle else counted


def _line(bidrag: Bidrag, tekster: Tekster) -> str:
    return f"– {bidrag.tekst.removesuffix('.')} ({tekster.get('ord', bidrag.styrke)})."


def _directed(bidrag: Bidrag, tekster: Tekster) -> str:
    words = f"{tekster.get('ord', bidrag.retning)}, {tekster.get('ord', bidrag.styrke)}"
    return f"– {bidrag.tekst.removesuffix('.')} ({words})."


def _rest(andre: AndreBidrag, tekster: Tekster) -> str:
    return "– " + tekster.get(
        "fast",
        "en_til" if andre.antall == 1 else "resten",
        antall=andre.antall,
        retning=tekster.get("ord", andre.retning),
        styrke=tekster.get("ord", andre.styrke),
    )


def _not_known(registrering: Registrering, mangler: Sequence[str], tekster: Tekster) -> str:
    sentences = [tekster.get("fast", "vet_aldri")]
    if mangler:
        sentences.append(tekster.about_facts("mangler", mangler))
    if registrering.motstrid:
        sentences.append(tekster.about_facts("motstrid", registrering.motstrid))
    return " ".join(sentences)


def _own_view(registrering: Registrering, tekster: Tekster) -> str:
    view = registrering.egenvurdering
    return tekster.get("egenvurdering", view) if view else ""
