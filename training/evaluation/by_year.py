"""Calibration by year of registration: how far the level moves as the labour market does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval, Persons, Statistic, resample
from training.evaluation.evaluate import checked_mass
from training.evaluation.statistic import drawn_figure, interval_of, model_statistic
from training.fairness.groupings import group_by
from training.fairness.suppression import hide_few

Floats = NDArray[np.float64]
Years = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CalibrationYear:
    """One year's registrations: what the model said of them beside what happened, with 95 % intervals."""

    year: int
    n: int
    mean_estimate: Interval
    observed: Interval  # share with the outcome
    gap: Interval  # mean estimate minus observed
    slope: Interval  # of the outcome on the log-odds; 1 is right
    ece: Interval


@dataclass(frozen=True, slots=True)
class CalibrationByYear:
    """The years that can be told, oldest first, and those that cannot."""

    years: tuple[CalibrationYear, ...]
    too_few: tuple[
        int, ...
    ]  # fewer than ten people with or without the outcome, or needed to hide such a year


def calibration_by_year(
    outcome: Floats,
    probability: Floats,
    years: Years,
    persons: Persons,
    *,
    seed: int,
    bootstraps: int,
    threads: int = 2,
) -> CalibrationByYear:
    """Measure each year of n rows by itself, on the same resamples of the people.

    Raises DataError if one class is missing, or an estimate is outside 0..1.
    """
    own = checked_mass(outcome, probability, None)
    (grouping,) = group_by({"year": years.tolist()}, rows=outcome.size).values()
    hidden = hide_few([grouping], persons, outcome, outcome == 1).outcome
    rows = {int(year): np.flatnonzero(years == year) for year in np.unique(years)}
    told = {year: at for (year, at), untold in zip(rows.items(), hidden, strict=True) if not untold}
    statistics = {
        str(year): _of_rows(model_statistic(outcome[at], probability[at], own[at]), at)
        for year, at in told.items()
    }
    found = resample(statistics, persons, own, seed=seed, bootstraps=bootstraps, threads=threads)

    def one(year: int) -> CalibrationYear:
        name = str(year)
        gap = drawn_figure(found, name, "mean_estimate") - drawn_figure(found, name, "base")
        return CalibrationYear(
            year=year,
            n=told[year].size,
            mean_estimate=interval_of(found, name, "mean_estimate"),
            observed=interval_of(found, name, "base"),
            gap=gap.interval(),
            slope=interval_of(found, name, "slope"),
            ece=interval_of(found, name, "ece"),
        )

    return CalibrationByYear(
        years=tuple(one(year) for year in told), too_few=tuple(year for year in rows if year not in told)
    )


def _of_rows(statistic: Statistic, rows: NDArray[np.intp]) -> Statistic:
    """Measure some of the rows only."""
    return Statistic(statistic.names, lambda mass: statistic.of(mass[rows]))
