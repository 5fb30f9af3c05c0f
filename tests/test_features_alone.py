"""One registrering in plain Python against the tables that train the model: equal, whatever a life holds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import TypeVar

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from profilering.features import Arbeidsmarked, features_alone, features_of
from profilering.features.tables import MARKED
from profilering.registrering import (
    Historikk,
    Livsoppholdsytelse,
    Periode,
    Registrering,
    Tiltak,
    Ytelse,
)
from tests.make import DAY, a_historikk, a_job, a_market, a_random_registrering, a_registrering, before

Spell = TypeVar("Spell")

EDGES = [
    *(before(days + off) for days in (0, 365, 730, 1095, 1825, 7300) for off in (-1, 0, 1)),
    *(date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2026, 1, 1), date.min, date.max),
]
"""Days where a window, a month or the calendar ends: few, so that spells meet, overlap and are alike."""


def a_nasty_registrering(random: Random) -> Registrering:
    """Anybody, on one of several days, with spells that begin and end at edges, or before they begin."""

    def days() -> tuple[date, date | None]:
        return random.choice(EDGES), random.choice([*EDGES, None, None])

    def some(make: Callable[[], Spell]) -> tuple[Spell, ...] | None:
        return random.choice((None, (), *(3 * [tuple(make() for _ in range(random.randint(1, 9)))])))

    historikk = Historikk(
        some(lambda: a_job(*days(), random.choice((None, 0, 50)), random.choice((None, "", "7", "3", "X")))),
        some(lambda: Ytelse(random.choice(list(Livsoppholdsytelse)), *days())),
        some(lambda: Periode(*days())),
        some(lambda: Tiltak(*days())),
    )
    anybody = a_random_registrering(random)
    return replace(
        anybody,
        registrert=random.choice((DAY, DAY, date(2024, 2, 29), date(2026, 1, 1))),
        opplysninger=replace(anybody.opplysninger, styrk08=random.choice((None, "7", "3"))),
        historikk=historikk,
    )


def a_nasty_market(random: Random) -> Arbeidsmarked:
    """A few cells with months known on the same day, late, too early or with figures that are missing."""
    months_of_cell = [date(year, month, 1) for year in (2021, 2022, 2023, 2025) for month in range(1, 13)]
    rows = [
        {
            "fylke": fylke,
            "styrk1": yrke,
            "maaned": month,
            "kjent_fra": random.choice((month + timedelta(days=50), *EDGES[:9])),
            "ledighet_promille": random.choice((None, random.randint(0, 90))),
            "ledige_stillinger_per_100": random.choice((None, random.randint(0, 300))),
        }
        for fylke in ("46", "03")
        for yrke in ("7", "3")
        for month in random.sample(months_of_cell, random.choice((0, 1, 1, 20)))
    ]
    return Arbeidsmarked.of(pl.DataFrame(rows, schema=MARKED))


@settings(deadline=None, max_examples=12)
@given(st.randoms(use_true_random=True))
def test_everybody_alone_is_the_same_as_in_a_crowd(random: Random) -> None:
    """One registrering in plain Python against the tables that train the model."""
    market = a_nasty_market(random)
    crowd = [random.choice((a_random_registrering, a_nasty_registrering))(random) for _ in range(250)]
    together = features_of(crowd, market)
    assert [features_alone(one, market) for one in crowd] == together.rows()
    assert together[:1].equals(features_of(crowd[:1], market))


def test_a_life_of_hundreds_of_spells_is_the_same_alone_as_in_a_crowd() -> None:
    random = Random(3)  # noqa: S311 - nothing secret
    jobs = tuple(a_job(before(random.randint(1, 4000)), before(random.randint(-9, 900))) for _ in range(400))
    periods = tuple(Periode(job.startet, job.sluttet) for job in jobs)
    long = a_registrering(historikk=a_historikk(arbeidsforhold=jobs, perioder=periods))
    assert [features_alone(long, a_market())] == features_of([long], a_market()).rows()
