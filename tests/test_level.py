"""The level that moves: followed when early outcomes show it, left alone otherwise, never peeked at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit

from models.calibration import probabilities_of
from profilering.risk import Outcome
from training.contract import TABLES, dtypes
from training.design import Design
from training.extract import Extract
from training.judging.level import LevelFindings, measure_level, year_of_use
from training.judging.level_correction import (
    LevelCorrection,
    RecentCohort,
    early_signs,
    level_correction,
)
from training.nav_config import NavConfig, read_nav_config
from training.prepare import Prepared
from training.reporting.level_section import level_section
from training.reporting.report import Report, report_html
from training.split import Rows, split_by_time

Floats = NDArray[np.float64]
LANGVARIG = Outcome.LANGVARIG_STOENAD
FIRST, LAST = date(2016, 1, 1), date(2024, 7, 1)
DEPLOYED = date(2022, 7, 1)


def config_of() -> NavConfig:
    return read_nav_config(overrides={"evaluering.omtrekk": 40})


@dataclass(frozen=True)
class World:
    """Invented people whose level moves as told, and a model that knows everything but the level."""

    prepared: Prepared
    extract: Extract
    estimates: Floats
    config: NavConfig

    def estimates_of_rows(self, _outcome: Outcome, rows: Rows) -> Floats:
        return self.estimates[rows]

    def measured(self) -> LevelFindings:
        found = measure_level(self.prepared, self.extract, self.config, self.estimates_of_rows)
        return found[LANGVARIG]

    def people(self) -> pl.DataFrame:
        signs = early_signs(self.prepared.registreringer, self.extract.ytelser, self.config.utfall)
        return self.prepared.registreringer.select(
            "registrert", happened=pl.col("langvarig_stoenad").cast(pl.Float64)
        ).with_columns(signs, estimate=pl.Series(self.estimates))


def a_world(level: Callable[[float], float], *, persons: int = 16_000, seed: int = 3) -> World:
    """`level` gives the log-odds added to everybody by years since 2016; early ytelser carry it doubled."""
    generator, config = np.random.default_rng(seed), config_of()
    days = np.sort(generator.integers(0, (LAST - FIRST).days, persons))
    log_odds = generator.normal(-1.3, 1.0, persons)
    moved = np.array([level(day / 365.25) for day in days])
    happened = generator.random(persons) < probabilities_of(log_odds + moved)
    early = generator.random(persons) < probabilities_of(-0.5 + 0.5 * log_odds + 2 * moved)
    registrert = [FIRST + timedelta(days=int(day)) for day in days]
    registreringer = pl.DataFrame(
        {"person_id": [f"S{n:08d}" for n in range(persons)], "registrert": registrert}
    ).with_columns(pl.Series(o.value.lower(), happened.astype(np.int8)) for o in Outcome)
    prepared = Prepared(
        registreringer,
        pl.DataFrame(),
        Design(("x",), (False,), (0,), log_odds[:, None].copy()),
        split_by_time(registreringer, config.deling, seed=7),
        {},
    )
    spells = registreringer.filter(pl.Series(early)).select(
        "person_id",
        ytelse=pl.lit("DAGPENGER"),
        fom="registrert",
        tom=pl.col("registrert").dt.offset_by("9mo"),
        kjent_fra=pl.col("registrert").dt.offset_by("30d"),
    )
    return World(prepared, an_extract(spells), probabilities_of(log_odds), config)


def an_extract(ytelser: pl.DataFrame) -> Extract:
    frames = {name: pl.DataFrame(schema=dtypes(name)) for name in TABLES if name != "ytelser"}
    return Extract("oppdiktet", date(2025, 12, 31), synthetic=True, files={}, ytelser=ytelser, **frames)


def wave(years: float) -> float:
    """A level that goes up and down in the learning period, and lies low from 2021 on."""
    return 0.5 * np.sin(2 * years) if years < 5 else -0.6


@pytest.fixture(scope="module")
def falling() -> World:
    return a_world(wave)


@pytest.fixture(scope="module")
def found(falling: World) -> LevelFindings:
    return falling.measured()


def test_a_level_that_fell_before_deployment_is_followed(found: LevelFindings) -> None:
    assert found.shipped.gap.low > 0.05
    assert found.correction.shift == pytest.approx(-0.6, abs=0.15)
    assert abs(found.moved.gap.value) < 0.3 * found.shipped.gap.value
    assert found.moved.ece_change.high < 0
    assert found.moved.brier_change.high < 0


def test_a_level_that_stays_is_left_alone() -> None:
    still = a_world(lambda _years: 0.0).measured()
    assert still.correction.shift == pytest.approx(0.0, abs=0.08)
    assert still.moved.gap.low < 0.01
    assert still.moved.gap.high > -0.01


def test_calibrating_each_year_follows_the_level_when_its_outcomes_are_mature(found: LevelFindings) -> None:
    first, *later = found.years
    assert (first.fra, first.til) == (date(2019, 7, 1), date(2020, 7, 1))
    assert [use.year for use in found.years] == [2022, 2023, 2024]
    for use in later[1:]:
        assert use.line is not None
        assert use.line.intercept == pytest.approx(-0.6, abs=0.25)
    assert abs(found.yearly.gap.value) < found.shipped.gap.value


def test_the_ranking_and_the_slope_are_as_shipped(found: LevelFindings, falling: World) -> None:
    assert found.moved.slope.value == pytest.approx(found.shipped.slope.value, abs=1e-6)
    moved = found.correction.applied_to(falling.estimates)
    assert np.array_equal(np.argsort(moved, kind="stable"), np.argsort(falling.estimates, kind="stable"))


def test_differences_are_paired_with_the_level_as_shipped(found: LevelFindings) -> None:
    assert found.shipped.ece_change.value == found.shipped.brier_change.high == 0
    change = found.moved.brier.value - found.shipped.brier.value
    assert found.moved.brier_change.value == pytest.approx(change)


def test_what_nobody_knew_on_the_day_of_deployment_moves_nothing(falling: World) -> None:
    """Outcomes after the learning period, and every ytelse that became known after deployment."""
    people = falling.people()
    before = level_correction(people, falling.config)
    later = pl.col("registrert") >= falling.config.deling.laer_til
    other = people.with_columns(happened=pl.when(later).then(1 - pl.col("happened")).otherwise("happened"))
    assert level_correction(other, falling.config) == before
    known = falling.extract.ytelser.filter(pl.col("kjent_fra") <= DEPLOYED)
    late = falling.prepared.registreringer.select(
        "person_id",
        ytelse=pl.lit("AAP"),
        fom="registrert",
        tom=pl.lit(None, pl.Date),
        kjent_fra=pl.lit(DEPLOYED + timedelta(1)),
    )
    for ytelser in (known, pl.concat([falling.extract.ytelser, late])):
        told = replace(falling, extract=an_extract(ytelser))
        assert level_correction(told.people(), falling.config) == before


def test_every_cohort_is_of_the_last_year_and_was_read_in_full_before_deployment(
    found: LevelFindings,
) -> None:
    cohorts = found.correction.cohorts
    assert [(c.maaned, c.sign_months) for c in cohorts] == [
        *((date(2021, month, 1), 6) for month in (7, 8, 9, 10)),
        *((date(2021, month, 1), 3) for month in (11, 12)),
        (date(2022, 1, 1), 3),
    ]


def test_a_year_is_calibrated_on_nobody_whose_outcome_was_not_mature_on_its_first_day(falling: World) -> None:
    people = falling.people()
    mature = pl.col("registrert") < date(2021, 7, 1)
    other = people.with_columns(happened=pl.when(mature).then("happened").otherwise(1 - pl.col("happened")))
    assert year_of_use(other, 2023, falling.config) == year_of_use(people, 2023, falling.config)


def test_nobody_the_model_was_fitted_on_tells_of_its_level(falling: World, found: LevelFindings) -> None:
    """On them the estimates are too good: they stand near what happened."""
    estimates = falling.estimates.copy()
    estimates[falling.prepared.split.train] = 0.999
    assert replace(falling, estimates=estimates).measured() == found


def test_each_test_year_goes_through_its_own_line(falling: World, found: LevelFindings) -> None:
    rows = falling.prepared.split.test
    years = falling.prepared.registreringer["registrert"][rows].dt.year().to_numpy()
    log_odds = logit(falling.estimates[rows])
    by_hand = [
        expit(use.line.slope * log_odds[years == use.year] + use.line.intercept)
        for use in found.years
        if use.line is not None
    ]
    assert len(by_hand) == 3
    assert found.yearly.mean_estimate.value == pytest.approx(np.concatenate(by_hand).mean(), abs=1e-9)


def test_too_few_outcomes_give_no_line_and_the_level_as_shipped() -> None:
    few = a_world(wave, persons=600).measured()
    assert all(use.line is None for use in few.years)
    assert few.yearly.mean_estimate == few.shipped.mean_estimate


def test_too_few_months_to_learn_from_move_nothing_and_the_report_says_so(
    falling: World, found: LevelFindings
) -> None:
    short = falling.people().filter(pl.col("registrert") >= date(2020, 3, 1))
    correction = level_correction(short, falling.config)
    assert correction == LevelCorrection(0.0, (), ())
    section = level_section(LANGVARIG, "Langvarig stønad", replace(found, correction=correction))
    assert "Nivået er derfor ikke flyttet." in section.text[-1]


EARLY: Mapping[str, tuple[date, tuple[date, date | None, date], tuple[int, int]]] = {
    "on the measuring day": (
        date(2020, 3, 2),
        (date(2020, 6, 15), date(2020, 6, 15), date(2020, 7, 1)),
        (1, 0),
    ),
    "ended the day before": (
        date(2020, 3, 2),
        (date(2020, 3, 2), date(2020, 6, 14), date(2020, 4, 1)),
        (0, 0),
    ),
    "began the day after": (date(2020, 3, 2), (date(2020, 6, 16), None, date(2020, 6, 20)), (0, 1)),
    "still running": (date(2020, 3, 2), (date(2020, 3, 2), None, date(2020, 4, 1)), (1, 1)),
    "registered on the 15th": (
        date(2020, 3, 15),
        (date(2020, 6, 15), date(2020, 6, 15), date(2020, 7, 1)),
        (1, 0),
    ),
    "registered after the 15th": (
        date(2020, 3, 16),
        (date(2020, 6, 15), date(2020, 6, 30), date(2020, 7, 1)),
        (0, 0),
    ),
    "known on the day of reading": (date(2020, 3, 2), (date(2020, 6, 1), None, date(2020, 7, 15)), (1, 1)),
    "known too late": (date(2020, 3, 2), (date(2020, 6, 1), None, date(2020, 7, 16)), (0, 1)),
}


@pytest.mark.parametrize("case", EARLY)
def test_an_early_sign_is_what_was_in_force_and_known(case: str) -> None:
    registrert, (fom, tom, kjent_fra), wanted = EARLY[case]
    one = pl.DataFrame({"person_id": ["S1"], "registrert": [registrert]})
    schema = dtypes("ytelser")
    ytelser = pl.DataFrame([("S1", "AAP", fom, tom, kjent_fra)], schema=schema, orient="row")
    signs = early_signs(one, ytelser, config_of().utfall)
    assert signs.select("paa_3", "paa_6").row(0) == wanted
    days = (
        (date(2020, 8, 15), date(2020, 11, 15))
        if "after" in case and "15th" in case
        else (date(2020, 7, 15), date(2020, 10, 15))
    )
    assert signs.select("lest_3", "lest_6").row(0) == days


def test_the_section_tells_with_and_without_and_hides_small_counts(found: LevelFindings) -> None:
    small = RecentCohort(date(2021, 6, 1), 6, n=77, estimate=0.2, on=9, expected=0.1987)
    told = replace(found, correction=replace(found.correction, cohorts=(small,)))
    section = level_section(LANGVARIG, "Langvarig stønad", told)
    assert section.tables[0].header == (
        "Mål",
        "Som levert",
        "Nivået flyttet etter tidlige utfall",
        "Kalibrert på nytt hvert år",
    )
    assert section.tables[2].rows == (("2021-06", "6 måneder", None, None, None, None),)
    page = report_html(Report("Rapport", "Oppdiktet", (section,)))
    assert "modellen er som levert" in page
    assert "ned med" in page
    assert "77" not in str(section.tables[2])
    assert page == report_html(
        Report("Rapport", "Oppdiktet", (level_section(LANGVARIG, "Langvarig stønad", told),))
    )
