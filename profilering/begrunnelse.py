"""From contributions to sentences: resources before hindrances, counted people, what is not known.

It explains the number and names no causes. Order and limits: explanation.md. The wording lies in
reviewed text files; this file only chooses which sentence stands where.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from profilering.features.catalogue import CATALOGUE
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import Forslag, Policy, RegelKode
from profilering.registrering import Registrering
from profilering.risk import Contribution, Outcome, Risk
from profilering.tekster import Tekster
from profilering.tema import TYPE_OF, Tema, TemaType

FEATURES = {feature.name: feature for feature in CATALOGUE}
MOST_THEMES = 6
"""More than six are not read in a minute (explanation.md)."""
NEVER_KNOWN = ("OENSKER", "UREGISTRERTE_PLANER")
"""What no register can tell; shown in every answer (REQ-22)."""
BY_ESTIMATE = frozenset(
    {RegelKode.FORHOEYET_ANSLAG_HELSE, RegelKode.FORHOEYET_ANSLAG, RegelKode.INGEN_FORHOEYET_ANSLAG}
)
"""The rules whose forslag comes from the model; the others would say the same without one."""


class Retning(StrEnum):
    """Which way a contribution drew the number."""

    NED = "NED"
    OPP = "OPP"


class Styrke(StrEnum):
    """How much it drew; the limits stand in the policy file."""

    LITE = "LITE"
    NOE = "NOE"
    MYE = "MYE"


@dataclass(frozen=True, slots=True)
class Bidrag:
    """What one theme added to or took from an anslag, said by its strongest opplysning of that direction."""

    tema: Tema
    type: TemaType
    retning: Retning
    styrke: Styrke
    tekst: str
    kilde: str
    feature: str
    log_odds: float  # of the whole theme


@dataclass(frozen=True, slots=True)
class AndreBidrag:
    """The themes that are not shown, summed: how many opplysninger, and which way they drew."""

    antall: int
    retning: Retning
    styrke: Styrke
    log_odds: float


@dataclass(frozen=True, slots=True)
class Anslag:
    """One estimate as people read it: whole persons out of a hundred, counted and not computed.

    `av_hundre`, `lav`, `hoey` are None when there are under 100 earlier cases to count.
    """

    utfall: Outcome
    av_hundre: int | None
    lav: int | None
    hoey: int | None
    alle_av_hundre: int
    grunnlag_antall: int
    bidrag: tuple[Bidrag, ...]
    andre: AndreBidrag | None


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


def anslag_of(risk: Risk, features: Mapping[str, int | None], policy: Policy, tekster: Tekster) -> Anslag:
    """Turn an estimate into what people read: counts, at most six themes, and the rest in one line."""
    themes = _by_theme(risk.contributions)
    bidrag = [_bidrag(tema, items, features, policy, tekster) for tema, items in themes.items()]
    ranked = sorted((b for b in bidrag if b), key=lambda b: -abs(b.log_odds))
    shown = _at_most_six(ranked)
    hidden = [item for tema, items in themes.items() if tema not in {b.tema for b in shown} for item in items]
    alike = risk.alike
    return Anslag(
        utfall=risk.outcome,
        av_hundre=_rounded(alike.cases, alike.of) if alike else None,
        lav=math.floor(alike.low * 100) if alike else None,
        hoey=math.ceil(alike.high * 100) if alike else None,
        alle_av_hundre=_rounded(risk.everyone.cases, risk.everyone.of),
        grunnlag_antall=alike.of if alike else 0,
        bidrag=tuple(shown),
        andre=_andre(hidden, policy),
    )


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


def _by_theme(contributions: Sequence[Contribution]) -> dict[Tema, list[Contribution]]:
    themes: dict[Tema, list[Contribution]] = defaultdict(list)
    for contribution in contributions:
        themes[FEATURES[contribution.feature].tema].append(contribution)
    return themes


def _bidrag(
    tema: Tema,
    items: Sequence[Contribution],
    features: Mapping[str, int | None],
    policy: Policy,
    tekster: Tekster,
) -> Bidrag | None:
    total = sum(item.log_odds for item in items)
    if total == 0:
        return None
    strongest = (max if total > 0 else min)(items, key=lambda item: item.log_odds)
    return Bidrag(
        tema=tema,
        type=TYPE_OF[tema],
        retning=_retning(total),
        styrke=_styrke(total, policy),
        tekst=tekster.fact(strongest.feature, features[strongest.feature]),
        kilde=FEATURES[strongest.feature].kilde,
        feature=strongest.feature,
        log_odds=total,
    )


def _at_most_six(ranked: Sequence[Bidrag]) -> list[Bidrag]:
    """The six largest themes; the strongest resource always has a place among them."""
    shown = list(ranked[:MOST_THEMES])
    left = [b for b in ranked[MOST_THEMES:] if _is_ressurs(b)]
    if left and not any(_is_ressurs(b) for b in shown):
        shown[-1] = left[0]
    return shown


def _andre(hidden: Sequence[Contribution], policy: Policy) -> AndreBidrag | None:
    total = sum(item.log_odds for item in hidden)
    if total == 0:
        return None
    antall = sum(item.log_odds != 0 for item in hidden)
    return AndreBidrag(antall, _retning(total), _styrke(total, policy), total)


def _retning(log_odds: float) -> Retning:
    return Retning.OPP if log_odds > 0 else Retning.NED


def _styrke(log_odds: float, policy: Policy) -> Styrke:
    if abs(log_odds) >= policy.styrke_mye:
        return Styrke.MYE
    return Styrke.NOE if abs(log_odds) >= policy.styrke_noe else Styrke.LITE


def _rounded(cases: int, of: int) -> int:
    """Whole persons out of a hundred, halves up."""
    return (200 * cases + of) // (2 * of)


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
    resources = [b for b in anslag.bidrag if _is_ressurs(b)]
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


def _is_ressurs(bidrag: Bidrag) -> bool:
    return bidrag.type is TemaType.RESSURS and bidrag.retning is Retning.NED


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
