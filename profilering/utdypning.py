"""The whole sum behind a forslag, for whoever wants to redo it: per outcome, per theme, per opplysning.

Nothing is rounded here. `grunnlinje` plus the log-odds of every opplysning, added up in the order of the
catalogue, is the log-odds of `sannsynlighet`; the themes hold the same opplysninger, gathered.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from profilering.anslag import Retning
from profilering.assess import Profilering
from profilering.features.catalogue import CATALOGUE, Feature
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import Policy, Regel, RegelKode
from profilering.risk import Outcome, Risk
from profilering.tekster import Tekster
from profilering.tema import TYPE_OF, Tema, TemaType


@dataclass(frozen=True, slots=True)
class Opplysning:
    """One opplysning the model was given, and what it did to one estimate.

    `verdi` is None where it was missing: the model was told that, and may have moved the estimate by it.
    """

    navn: str  # as in the catalogue
    tekst: str
    verdi: int | None
    kode: str | None  # the word behind `verdi`, where the value is a place in a list of codes
    enhet: str
    kilde: str
    log_odds: float
    retning: Retning | None  # None: it drew nothing


@dataclass(frozen=True, slots=True)
class TemaBidrag:
    """The opplysninger of one theme, and what they drew together."""

    tema: Tema
    navn: str
    type: TemaType
    log_odds: float
    retning: Retning | None
    opplysninger: tuple[Opplysning, ...]  # in the order of the catalogue


@dataclass(frozen=True, slots=True)
class Grense:
    """The threshold an estimate was held against, and whether it reached it."""

    regel: RegelKode
    sannsynlighet: float  # 0..1
    kostnadsforhold: float
    kilde: str
    naadd: bool


@dataclass(frozen=True, slots=True)
class Regnestykke:
    """One estimate as a sum that can be redone."""

    utfall: Outcome
    navn: str
    grunnlinje: float  # log-odds
    temaer: tuple[TemaBidrag, ...]  # largest |log_odds| first
    sum: float  # log-odds of all opplysninger together
    log_odds: float  # grunnlinje + sum
    sannsynlighet: float  # 0..1
    grense: Grense | None
    modell: str


@dataclass(frozen=True, slots=True)
class Utdypning:
    """What a forslag rests on, opened to the last opplysning; also estimates no veileder was shown."""

    spraak: str
    regel: Regel
    vist: bool  # whether the veileder was shown the estimates
    regnestykker: tuple[Regnestykke, ...]


def utdyp(profilering: Profilering, policy: Policy, tekster: Tekster) -> Utdypning:
    """Open a profilering to the last opplysning, in the words of `tekster`."""
    return Utdypning(
        spraak=tekster.spraak,
        regel=profilering.forslag.regel,
        vist=profilering.forslag.kode is not ForslagKode.INGEN_FORSLAG,
        regnestykker=tuple(
            _regnestykke(risk, profilering.features, policy, tekster) for risk in profilering.risks
        ),
    )


def _regnestykke(
    risk: Risk, features: Mapping[str, int | None], policy: Policy, tekster: Tekster
) -> Regnestykke:
    opened: dict[Tema, list[Opplysning]] = {}
    for feature, log_odds in zip(CATALOGUE, risk.contributions, strict=True):
        opened.setdefault(feature.tema, []).append(
            _opplysning(feature, features[feature.name], log_odds, tekster)
        )
    temaer = [_tema(tema, opplysninger, tekster) for tema, opplysninger in opened.items()]
    drawn = sum(risk.contributions)
    return Regnestykke(
        utfall=risk.outcome,
        navn=tekster.get("utdypning", risk.outcome),
        grunnlinje=risk.base_log_odds,
        temaer=tuple(sorted(temaer, key=lambda tema: -abs(tema.log_odds))),
        sum=drawn,
        log_odds=risk.base_log_odds + drawn,
        sannsynlighet=risk.probability,
        grense=grense_of(risk, policy),
        modell=risk.model_version,
    )


def regel_of(outcome: Outcome, policy: Policy) -> Regel | None:
    """The rule that holds this estimate against a threshold; None where no rule does."""
    return next((regel for regel in policy.regler if regel.utfall is outcome), None)


def grense_of(risk: Risk, policy: Policy) -> Grense | None:
    """The threshold the policy holds this estimate against; None where no rule looks at it."""
    regel = regel_of(risk.outcome, policy)
    if regel is None or regel.kostnadsforhold is None:
        return None
    reached = risk.probability >= regel.threshold
    return Grense(regel.kode, regel.threshold, regel.kostnadsforhold, regel.kilde, reached)


def _opplysning(feature: Feature, value: int | None, log_odds: float, tekster: Tekster) -> Opplysning:
    return Opplysning(
        navn=feature.name,
        tekst=tekster.fact(feature.name, value),
        verdi=value,
        kode=feature.categories[value] if feature.categories and value is not None else None,
        enhet=feature.unit,
        kilde=tekster.get("kilde", feature.grunnlag),
        log_odds=log_odds,
        retning=_retning(log_odds),
    )


def _tema(tema: Tema, opplysninger: list[Opplysning], tekster: Tekster) -> TemaBidrag:
    total = sum(opplysning.log_odds for opplysning in opplysninger)
    return TemaBidrag(
        tema, tekster.get("tema", tema), TYPE_OF[tema], total, _retning(total), tuple(opplysninger)
    )


def _retning(log_odds: float) -> Retning | None:
    if log_odds == 0:
        return None
    return Retning.OPP if log_odds > 0 else Retning.NED
