"""Builders: an ordinary case of everything, so that a test names only what matters to it.

The numbers are made up and say nothing of Norway. What is read from a file or sorted is made once: it
cannot change.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

import polars as pl
from hypothesis import strategies as st

from models.policy_file import policy_path, read_policy
from models.text_file import read_tekster, text_path
from profilering.assess import Basis
from profilering.features import NAMES, Arbeidsmarked, FeatureRow, features_alone
from profilering.features.catalogue import FYLKER
from profilering.policy import Policy
from profilering.registrering import (
    Arbeidsforhold,
    Beskrivelse,
    Egenvurdering,
    Historikk,
    JaNeiVetIkke,
    Livsoppholdsytelse,
    Opplysninger,
    Periode,
    Registrering,
    Tiltak,
    Utdanning,
    Ytelse,
)
from profilering.risk import LIGHTGBM, Frequency, Outcome, Risk, Span
from profilering.tekster import Tekster

DAY = date(2026, 5, 12)
"""The day of registrering in the ordinary case."""

LANGVARIG, HELSE = Outcome.LANGVARIG_STOENAD, Outcome.HELSERELATERT_YTELSE


def before(days: int) -> date:
    """A day so many days before the ordinary registrering (after it, when negative)."""
    return DAY - timedelta(days=days)


def a_job(
    startet: date,
    sluttet: date | None = None,
    stillingsprosent: int | None = 100,
    styrk08: str | None = "7223",
) -> Arbeidsforhold:
    """A full-time job as metal worker, still running."""
    return Arbeidsforhold(startet, sluttet, stillingsprosent, styrk08)


def some_opplysninger(**changes: Any) -> Opplysninger:
    """Everything answered, and nothing that hinders."""
    ordinary = Opplysninger(
        utdanning=Utdanning(nus=4, bestaatt=JaNeiVetIkke.JA, godkjent=JaNeiVetIkke.JA),
        helse=JaNeiVetIkke.NEI,
        annet_gitt=True,
        annet=JaNeiVetIkke.NEI,
        jobbsituasjon=frozenset({Beskrivelse.HAR_BLITT_SAGT_OPP}),
        styrk08="7223",
    )
    return replace(ordinary, **changes)


def a_historikk(**changes: Any) -> Historikk:
    """One long job that ended eleven days ago; the other registers hold nothing."""
    ordinary = Historikk(
        arbeidsforhold=(a_job(before(2476), before(11)),), ytelser=(), perioder=(), tiltak=()
    )
    return replace(ordinary, **changes)


def a_registrering(**changes: Any) -> Registrering:
    """Somebody of 38 in Vestland who lost a long job and answered everything."""
    ordinary = Registrering(
        registrert=DAY,
        foedselsaar=1988,
        fylke="46",
        opplysninger=some_opplysninger(),
        historikk=a_historikk(),
        soeker_ytelse=frozenset(),
        oensker_arbeidsevnevurdering=False,
        egenvurdering=None,
    )
    return replace(ordinary, **changes)


@cache
def a_market(*months: tuple[date, int]) -> Arbeidsmarked:
    """The labour market of fylke 46 and yrke 7: for each month the unemployed per thousand.

    A month is published twenty days into the next one. Without months: two, a year apart.
    """
    published = months or ((date(2025, 3, 1), 25), (date(2026, 3, 1), 20))
    rows = [
        {
            "fylke": "46",
            "styrk1": "7",
            "maaned": month,
            "kjent_fra": month + timedelta(days=50),
            "ledighet_promille": promille,
            "ledige_stillinger_per_100": 80,
        }
        for month, promille in published
    ]
    return Arbeidsmarked.of(pl.DataFrame(rows))


def features(registrering: Registrering, market: Arbeidsmarked | None = None) -> dict[str, int | None]:
    """The features of one registrering by name."""
    return dict(zip(NAMES, features_alone(registrering, market or a_market()), strict=True))


def a_frequency(cases: int, of: int = 500, low: float | None = None, high: float | None = None) -> Frequency:
    """Counted people, by default with an interval of four persons in a hundred to each side."""
    share = cases / of
    return Frequency(
        cases,
        of,
        low=max(0.0, share - 0.04) if low is None else low,
        high=min(1.0, share + 0.04) if high is None else high,
    )


def log_odds(probability: float) -> float:
    """The log-odds of a probability strictly between 0 and 1."""
    return math.log(probability / (1 - probability))


def a_risk(
    outcome: Outcome = LANGVARIG,
    probability: float = 0.1,
    contributions: Mapping[str, float] | None = None,
    alike: Frequency | None = None,
) -> Risk:
    """An estimate of ten in a hundred, drawn down by work; features that are not named drew nothing."""
    named = {"maaneder_i_jobb_siste_12": -0.6} if contributions is None else contributions
    assert named.keys() <= set(NAMES)
    drawn = tuple(named.get(name, 0.0) for name in NAMES)
    return Risk(
        outcome=outcome,
        probability=probability,
        base_log_odds=log_odds(probability) - sum(drawn),
        contributions=drawn,
        alike=a_frequency(round(probability * 500)) if alike is None else alike,
        everyone=a_frequency(2100, of=10_000),
        model_version="test-1",
    )


@cache
def a_policy() -> Policy:
    """The policy of 2026 as it stands in its file."""
    return read_policy(policy_path("2026-2"))


@cache
def some_tekster() -> Tekster:
    """The texts people read, as they stand in their file."""
    return read_tekster(text_path("nb"))


SPANS = {
    "alder": Span(18, 67),
    "antall_jobber_siste_36": Span(0, 20),
    "perioder_siste_60": Span(0, 20),
}
"""What the policy holds a person against; no ordinary life lies outside."""


@dataclass(frozen=True, slots=True)
class LinearModel:
    """A model made by hand: every known whole unit of a feature draws its weight, missing draws nothing.

    Implements `profilering.risk.RiskModel`; `alike` counts as many of 500 as the estimate says.
    """

    base: Mapping[Outcome, float]  # log-odds
    weights: Mapping[Outcome, Mapping[str, float]]  # log-odds per unit
    version: str = "test-1"
    spans: Mapping[str, Span] = field(default_factory=lambda: dict(SPANS))

    method: str = LIGHTGBM
    explaining: str = "by hand"

    def by(self, method: str) -> "LinearModel":
        """It knows one way only, whatever that is called."""
        return self

    def risks(self, rows: Sequence[FeatureRow]) -> list[tuple[Risk, ...]]:
        """One tuple of risks per row, in the order of `base`."""
        named = [dict(zip(NAMES, row, strict=True)) for row in rows]
        return [tuple(self._risk(outcome, row) for outcome in self.base) for row in named]

    def _risk(self, outcome: Outcome, row: Mapping[str, int | None]) -> Risk:
        drawn = {name: self.weights[outcome].get(name, 0.0) * (row[name] or 0) for name in NAMES}
        total = self.base[outcome] + sum(drawn.values())
        probability = 1 / (1 + math.exp(-total))
        return Risk(
            outcome=outcome,
            probability=probability,
            base_log_odds=self.base[outcome],
            contributions=tuple(drawn.values()),
            alike=a_frequency(round(probability * 500)),
            everyone=a_frequency(2100, of=10_000),
            model_version=self.version,
        )


def a_model() -> LinearModel:
    """Work draws both estimates down; earlier support and stated hindrances draw them up."""
    shared = {"maaneder_i_jobb_siste_12": -0.15, "andre_forhold_hindrer": 0.2, "utdanningsnivaa": -0.1}
    return LinearModel(
        base={LANGVARIG: -0.2, HELSE: -1.5},
        weights={
            LANGVARIG: {**shared, "maaneder_ytelse_siste_24": 0.08, "ledighet": 0.01, "alder": 0.005},
            HELSE: {**shared, "helse_hindrer": 0.5, "maaneder_sykepenger_siste_24": 0.15},
        },
    )


def a_basis(**changes: Any) -> Basis:
    """The hand-made model with the real policy and the real texts."""
    ordinary = Basis(model=a_model(), arbeidsmarked=a_market(), policy=a_policy(), tekster=some_tekster())
    return replace(ordinary, **changes)


def a_random_registrering(random: Random) -> Registrering:
    """Anybody at all: every answer and register may be missing, spells overlap and reach past the day."""

    def maybe(value: Any, share_missing: float = 0.15) -> Any:
        return None if random.random() < share_missing else value

    def one(of: Iterable[Any]) -> Any:
        return random.choice(list(of))

    def a_spell() -> tuple[date, date | None]:
        fra = before(random.randint(-60, random.choice((30, 800, 3000, 9000))))
        return fra, maybe(fra + timedelta(days=random.randint(1, random.choice((10, 60, 400, 1500)))), 0.25)

    def spells() -> list[tuple[date, date | None]]:
        return [a_spell() for _ in range(random.choice((0, 1, 2, 4, 7)))]

    styrk08 = [None, "7", "72", "7223", "9112", "0110", "2", "X9"]
    stated = Opplysninger(
        utdanning=maybe(Utdanning(maybe(random.randint(0, 9)), maybe(one(JaNeiVetIkke)), one(JaNeiVetIkke))),
        helse=maybe(one(JaNeiVetIkke)),
        annet_gitt=True,
        annet=maybe(one(JaNeiVetIkke)),
        jobbsituasjon=maybe(frozenset({one(Beskrivelse), one(Beskrivelse)})),
        styrk08=one(styrk08),
    )
    historikk = Historikk(
        arbeidsforhold=maybe(
            tuple(
                Arbeidsforhold(fra, til, maybe(one((0, 20, 50, 80, 100))), one(styrk08))
                for fra, til in spells()
            )
        ),
        ytelser=maybe(tuple(Ytelse(one(Livsoppholdsytelse), fra, til) for fra, til in spells())),
        perioder=maybe(tuple(Periode(fra, til) for fra, til in spells())),
        tiltak=maybe(tuple(Tiltak(fra, til) for fra, til in spells())),
    )
    return Registrering(
        registrert=DAY,
        foedselsaar=maybe(random.randint(1950, 2012), 0.05),
        fylke=maybe(one((*FYLKER, "46", "46", "46", "99"))),
        opplysninger=stated,
        historikk=historikk,
        soeker_ytelse=frozenset({one(Livsoppholdsytelse)}) if random.random() < 0.1 else frozenset(),
        oensker_arbeidsevnevurdering=random.random() < 0.05,
        egenvurdering=maybe(one(Egenvurdering), 0.5),
        motstrid=("utdanning.nus",) if random.random() < 0.05 else (),
    )


REGISTRERINGER = st.randoms(use_true_random=False).map(a_random_registrering)
"""Anybody at all, for property tests."""
