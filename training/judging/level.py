"""What could be done about the level that moves, measured: with, without, and once a year.

Mature outcomes come a whole horizon late, so on the day a model is put to use its level is that of
people who registered long before (training.md, *The level moves, the ranking stays*). Two honest
means are tried on the test rows, each using only what was known on its day. They are reported; the
model that is published is not changed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.calibration import Calibration, probabilities_of
from profilering.risk import Outcome
from training.calibrate import fit_calibration
from training.evaluation.bootstrap import Interval, Resampled, numbered, resample
from training.evaluation.evaluate import CurveBin, calibration_curve
from training.evaluation.metrics import log_odds_of
from training.evaluation.statistic import drawn_figure, interval_of, model_statistic
from training.extract import Extract
from training.fairness.groups import FEWEST_POSITIVES
from training.judging.level_correction import LevelCorrection, early_signs, level_correction
from training.nav_config import NavConfig
from training.prepare import Prepared
from training.split import Rows

Floats = NDArray[np.float64]

MOVED, YEARLY, SHIPPED = "moved", "yearly", "shipped"


@dataclass(frozen=True, slots=True)
class LevelFigures:
    """One way of setting the level, on the test rows, with 95 % intervals.

    `ece_change` and `brier_change` are against the level as shipped, on the same resamples.
    """

    mean_estimate: Interval
    observed: Interval
    gap: Interval  # mean estimate - observed
    ece: Interval
    slope: Interval
    brier: Interval
    ece_change: Interval
    brier_change: Interval
    curve: tuple[CurveBin, ...]


@dataclass(frozen=True, slots=True)
class YearOfUse:
    """What a test year would be calibrated on: the registreringer of [fra, til), mature on 1 January."""

    year: int
    fra: date
    til: date
    n: int
    line: Calibration | None  # on the model's log-odds; None: too few with or without the outcome


@dataclass(frozen=True, slots=True)
class LevelFindings:
    """One outcome: the level as shipped, moved by early outcomes, and calibrated anew each year."""

    shipped: LevelFigures
    moved: LevelFigures
    yearly: LevelFigures
    correction: LevelCorrection
    years: tuple[YearOfUse, ...]


def measure_level(
    prepared: Prepared,
    extract: Extract,
    config: NavConfig,
    estimates_of_rows: Callable[[Outcome, Rows], Floats],
) -> dict[Outcome, LevelFindings]:
    """Measure both outcomes; `estimates_of_rows` gives the candidate's calibrated probabilities.

    The intervals come from resampling the test persons; the corrections themselves are held fixed.
    """
    signs = early_signs(prepared.registreringer, extract.ytelser, config.utfall)
    return {
        outcome: _measure(_people(prepared, signs, outcome, config, estimates_of_rows), config)
        for outcome in Outcome
    }


def _people(
    prepared: Prepared,
    signs: pl.DataFrame,
    outcome: Outcome,
    config: NavConfig,
    estimates_of_rows: Callable[[Outcome, Rows], Floats],
) -> pl.DataFrame:
    """Of the learning period those nobody was fitted on, and everybody who registered after it."""
    after = (prepared.registreringer["registrert"] >= config.deling.laer_til).arg_true().to_numpy()
    split = prepared.split
    rows = prepared.defined(outcome, np.concatenate([split.calibrate, split.held_out, after]))
    return (
        prepared.registreringer[rows]
        .select(
            "person_id",
            "registrert",
            estimate=pl.Series(estimates_of_rows(outcome, rows)),
            happened=pl.Series(prepared.outcome(outcome)[rows]),
            test=pl.Series(np.isin(rows, split.test)),
        )
        .hstack(signs[rows])
    )


def _measure(people: pl.DataFrame, config: NavConfig) -> LevelFindings:
    correction = level_correction(people, config)
    test = people.filter("test")
    years = tuple(year_of_use(people, year, config) for year in test["registrert"].dt.year().unique().sort())
    shipped = test["estimate"].to_numpy()
    estimates = {
        SHIPPED: shipped,
        MOVED: correction.applied_to(shipped),
        YEARLY: _calibrated_yearly(test, years),
    }
    figures = _figures(test, estimates, config)
    return LevelFindings(figures[SHIPPED], figures[MOVED], figures[YEARLY], correction, years)


def year_of_use(people: pl.DataFrame, year: int, config: NavConfig) -> YearOfUse:
    """Calibrate on the newest whole year of registreringer that was mature on 1 January of `year`."""
    first = pl.Series([date(year, 1, 1)])
    til: date = first.dt.offset_by(f"-{config.utfall.maaneder}mo")[0]
    fra = til.replace(year=til.year - 1)
    cohort = people.filter(pl.col("registrert").is_between(fra, til, closed="left"))
    happened = cohort["happened"].to_numpy()
    positives = int(happened.sum())
    line = None
    if min(positives, happened.size - positives) >= FEWEST_POSITIVES:
        line = fit_calibration(log_odds_of(cohort["estimate"].to_numpy()), happened, None)
    return YearOfUse(year, fra, til, cohort.height, line)


def _calibrated_yearly(test: pl.DataFrame, years: tuple[YearOfUse, ...]) -> Floats:
    """The estimates of each test year through its own line; as shipped where there is none."""
    estimate = test["estimate"].to_numpy().copy()
    in_year = test["registrert"].dt.year().to_numpy()
    for use in years:
        rows = in_year == use.year
        if use.line is not None:
            estimate[rows] = probabilities_of(use.line.log_odds_of_all(log_odds_of(estimate[rows])))
    return estimate


def _figures(
    test: pl.DataFrame, estimates: Mapping[str, Floats], config: NavConfig
) -> dict[str, LevelFigures]:
    happened, own = test["happened"].to_numpy(), np.ones(test.height)
    drawn = resample(
        {name: model_statistic(happened, estimate, own) for name, estimate in estimates.items()},
        numbered(test["person_id"].to_numpy()),
        seed=config.seed,
        bootstraps=config.evaluering.omtrekk,
    )
    return {
        name: _figures_of(drawn, name, calibration_curve(happened, estimate, None))
        for name, estimate in estimates.items()
    }


def _figures_of(drawn: Resampled, name: str, curve: tuple[CurveBin, ...]) -> LevelFigures:
    gap = drawn.figure(name, "mean_estimate") - drawn.figure(name, "base")

    def change(figure: str) -> Interval:
        return (drawn_figure(drawn, name, figure) - drawn_figure(drawn, SHIPPED, figure)).interval()

    return LevelFigures(
        mean_estimate=interval_of(drawn, name, "mean_estimate"),
        observed=interval_of(drawn, name, "base"),
        gap=gap.interval(),
        ece=interval_of(drawn, name, "ece"),
        slope=interval_of(drawn, name, "slope"),
        brier=interval_of(drawn, name, "brier"),
        ece_change=change("ece"),
        brier_change=change("brier"),
        curve=curve,
    )
