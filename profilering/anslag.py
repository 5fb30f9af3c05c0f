"""From one risk to what people read of it: counted persons, at most six themes, the rest in one line."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from profilering.features.catalogue import CATALOGUE, Feature
from profilering.policy import Policy
from profilering.risk import Frequency, Outcome, Risk
from profilering.tekster import Tekster
from profilering.tema import TYPE_OF, Tema, TemaType

PLACES = {
    feature.tema: [place for place, other in enumerate(CATALOGUE) if other.tema is feature.tema]
    for feature in CATALOGUE
}
"""Where the opplysninger of each theme stand in the catalogue, and so among the contributions."""
MOST_THEMES = 6
"""More than six are not read in a minute (explanation.md)."""


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
    er_ressurs: bool  # a resource by its theme, its direction and its value


class _Theme(NamedTuple):
    """What one theme drew, before anything is said of it."""

    tema: Tema
    log_odds: float
    strongest: Feature  # of the direction the whole theme drew
    er_ressurs: bool


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

    `av_hundre`, `lav`, `hoey` are None when there are under 100 earlier cases to count. `bare_ytelser`
    flags an explanation where nothing but YTELSER drew the number up by more than a little (REQ-50).
    `talt_forbi_grensen`: the count lies on the other side of the limit than the estimate held against it.
    """

    utfall: Outcome
    av_hundre: int | None
    lav: int | None
    hoey: int | None
    alle_av_hundre: int
    grunnlag_antall: int
    bidrag: tuple[Bidrag, ...]
    andre: AndreBidrag | None
    bare_ytelser: bool
    talt_forbi_grensen: bool


def anslag_of(risk: Risk, features: Mapping[str, int | None], policy: Policy, tekster: Tekster) -> Anslag:
    """Turn an estimate into what people read: counts, at most six themes, and the rest in one line."""
    themes = [_theme(tema, places, risk.contributions, features) for tema, places in PLACES.items()]
    ranked = sorted([theme for theme in themes if theme], key=lambda theme: -abs(theme.log_odds))
    shown = _at_most_six(ranked)
    told = {theme.tema for theme in shown}
    drew_up = [t.tema for t in ranked if t.log_odds > 0 and _styrke(t.log_odds, policy) is not Styrke.LITE]
    hidden = [
        risk.contributions[place] for tema, places in PLACES.items() if tema not in told for place in places
    ]
    av_hundre, lav, hoey = counted(risk.alike)
    return Anslag(
        utfall=risk.outcome,
        av_hundre=av_hundre,
        lav=lav,
        hoey=hoey,
        alle_av_hundre=rounded(risk.everyone.cases, risk.everyone.of),
        grunnlag_antall=risk.alike.of if risk.alike else 0,
        bidrag=tuple([_bidrag(theme, features, policy, tekster) for theme in shown]),
        andre=_andre(hidden, policy),
        bare_ytelser=drew_up == [Tema.YTELSER] and Tema.YTELSER in told,
        talt_forbi_grensen=_counted_past_limit(risk, av_hundre, policy),
    )


def counted(alike: Frequency | None) -> tuple[int, int, int] | tuple[None, None, None]:
    """`av_hundre`, `lav` and `hoey`: people alike as whole persons out of a hundred."""
    if alike is None:
        return None, None, None
    return rounded(alike.cases, alike.of), math.floor(alike.low * 100), math.ceil(alike.high * 100)


def _counted_past_limit(risk: Risk, av_hundre: int | None, policy: Policy) -> bool:
    regel = next((regel for regel in policy.regler if regel.utfall is risk.outcome), None)
    if regel is None or av_hundre is None:
        return False
    return (av_hundre >= regel.grense_av_hundre) is not (risk.probability >= regel.threshold)


def _theme(
    tema: Tema, places: Sequence[int], contributions: Sequence[float], features: Mapping[str, int | None]
) -> _Theme | None:
    """Add up one theme; None where it drew nothing. `contributions` stand in the order of the catalogue."""
    own = [contributions[place] for place in places]
    total = sum(own)
    if total == 0:
        return None
    strongest = CATALOGUE[places[own.index(max(own) if total > 0 else min(own))]]
    drew_down = total < 0 and TYPE_OF[tema] is TemaType.RESSURS
    return _Theme(tema, total, strongest, drew_down and strongest.may_be_ressurs(features[strongest.name]))


def _at_most_six(ranked: Sequence[_Theme]) -> list[_Theme]:
    """The six largest themes; the strongest resource always has a place among them."""
    shown = list(ranked[:MOST_THEMES])
    left = [theme for theme in ranked[MOST_THEMES:] if theme.er_ressurs]
    if left and not any(theme.er_ressurs for theme in shown):
        shown[-1] = left[0]
    return shown


def _bidrag(theme: _Theme, features: Mapping[str, int | None], policy: Policy, tekster: Tekster) -> Bidrag:
    feature = theme.strongest
    return Bidrag(
        tema=theme.tema,
        type=TYPE_OF[theme.tema],
        retning=_retning(theme.log_odds),
        styrke=_styrke(theme.log_odds, policy),
        tekst=tekster.fact(feature.name, features[feature.name]),
        kilde=tekster.get("kilde", feature.grunnlag),
        feature=feature.name,
        log_odds=theme.log_odds,
        er_ressurs=theme.er_ressurs,
    )


def _andre(hidden: Sequence[float], policy: Policy) -> AndreBidrag | None:
    total = sum(hidden)
    if total == 0:
        return None
    antall = sum([log_odds != 0 for log_odds in hidden])
    return AndreBidrag(antall, _retning(total), _styrke(total, policy), total)


def _retning(log_odds: float) -> Retning:
    return Retning.OPP if log_odds > 0 else Retning.NED


def _styrke(log_odds: float, policy: Policy) -> Styrke:
    if abs(log_odds) >= policy.styrke_mye:
        return Styrke.MYE
    return Styrke.NOE if abs(log_odds) >= policy.styrke_noe else Styrke.LITE


def rounded(cases: int, of: int) -> int:
    """Whole persons out of a hundred, halves up."""
    return (200 * cases + of) // (2 * of)
