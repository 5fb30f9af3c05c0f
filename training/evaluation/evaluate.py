"""Measure estimates against what happened, with intervals that say how sure the figures are."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profilering.errors import DataError
from training.evaluation.bootstrap import Drawn, Interval, Statistic, resample
from training.evaluation.metrics import Measure, equal_count_bins, prepare_auc
from training.evaluation.statistic import FIGURES, model_statistic
from training.fit import check_outcome

Floats = NDArray[np.float64]

NORMAL_95 = 1.959963984540054
"""Standard normal quantile of .975, for Wilson's interval."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """How well one model's probabilities fit one set of people; NaN where a figure does not exist."""

    n: int
    auc: float
    auc_low: float  # 95 % bootstrap interval
    auc_high: float
    average_precision: float
    brier: float
    skill: float  # 1 - brier / brier of saying the base rate to everybody
    log_loss: float
    ece: float  # ten equal-count bins
    slope: float  # of the outcome on the log-odds; 1 is right
    intercept: float  # 0 is right
    mean_estimate: float
    base: float  # observed share with the outcome
    precision_at_10: float  # of the tenth with the highest estimates
    precision_at_25: float
    recall_at_10: float
    recall_at_25: float


@dataclass(frozen=True, slots=True)
class CurveBin:
    """One point of a calibration curve: about a tenth of the people, or as the caller asked."""

    n: int
    mean_estimate: float
    observed: float
    low: float  # Wilson's 95 % interval for `observed`
    high: float


def evaluate(
    outcome: Floats, probability: Floats, weights: Floats | None, *, seed: int, bootstraps: int
) -> Metrics:
    """Give all figures for n rows; the interval of the AUC comes from resampling rows.

    Assumes rows to be independent: with several rows per person the interval is too narrow.

    Raises DataError if one class is missing, or an estimate is outside 0..1.
    """
    own = checked_mass(outcome, probability, weights)
    measures = {"auc": prepare_auc(outcome, probability)}
    auc = _resample_rows(measures, own, seed=seed, bootstraps=bootstraps)["auc"]
    return metrics_of(outcome.size, model_statistic(outcome, probability, own).of(own), auc.interval())


def metrics_of(n: int, figures: Floats, auc: Interval) -> Metrics:
    """Name the figures of `model_statistic` on everybody; the AUC comes with its interval."""
    return Metrics(
        n=n, auc_low=auc.low, auc_high=auc.high, **dict(zip(FIGURES, figures.tolist(), strict=True))
    )


def paired_difference(
    outcome: Floats,
    probability: Floats,
    other: Floats,
    weights: Floats | None,
    *,
    seed: int,
    bootstraps: int,
) -> Interval:
    """Say how much higher the AUC of `probability` is than that of `other` on the same n people.

    Both are measured on the same resamples, so what they share cancels out.

    Raises DataError if one class is missing, or an estimate is outside 0..1.
    """
    own = checked_mass(outcome, probability, weights)
    checked_mass(outcome, other, weights)
    measures = {"first": prepare_auc(outcome, probability), "second": prepare_auc(outcome, other)}
    drawn = _resample_rows(measures, own, seed=seed, bootstraps=bootstraps)
    return (drawn["first"] - drawn["second"]).interval()


def calibration_curve(
    outcome: Floats, probability: Floats, weights: Floats | None, *, bins: int = 10
) -> tuple[CurveBin, ...]:
    """Compare estimates with what happened in bins of about equal count, lowest estimates first.

    Equal estimates share a bin; empty bins are left out. The interval is Wilson's, for the number
    of unweighted people who would tell as much as the weighted ones do.

    Raises DataError if one class is missing, or an estimate is outside 0..1.
    """
    mass = checked_mass(outcome, probability, weights)
    bin_of_row = equal_count_bins(probability, mass, bins=bins)
    members = (np.flatnonzero(bin_of_row == number) for number in range(bins))
    return tuple(
        _curve_bin(outcome[rows], probability[rows], mass[rows]) for rows in members if mass[rows].sum() > 0
    )


def _curve_bin(outcome: Floats, probability: Floats, mass: Floats) -> CurveBin:
    """Summarise the people of one bin."""
    observed = float(np.average(outcome, weights=mass))
    effective = float(mass.sum() ** 2 / (mass * mass).sum())
    low, high = _wilson(observed, effective)
    mean_estimate = float(np.average(probability, weights=mass))
    return CurveBin(n=outcome.size, mean_estimate=mean_estimate, observed=observed, low=low, high=high)


def _wilson(share: float, n: float) -> tuple[float, float]:
    """Give Wilson's 95 % interval for a share (0..1) of n people; it stays inside 0..1."""
    spread = NORMAL_95**2 / n
    centre = (share + spread / 2) / (1 + spread)
    half = math.sqrt(spread * share * (1 - share) + spread**2 / 4) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def _resample_rows(
    measures: Mapping[str, Measure], own: Floats, *, seed: int, bootstraps: int
) -> dict[str, Drawn]:
    """Draw rows as if each were a person of its own."""
    statistics = {name: _single(name, measure) for name, measure in measures.items()}
    found = resample(statistics, np.arange(own.size), own, seed=seed, bootstraps=bootstraps)
    return {name: found.figure(name, name) for name in measures}


def _single(name: str, measure: Measure) -> Statistic:
    return Statistic((name,), lambda mass: np.array([measure(mass)]))


def checked_mass(outcome: Floats, probability: Floats, weights: Floats | None) -> Floats:
    """Check the inputs and give the mass of each row."""
    check_outcome(outcome, weights, rows=probability.size)
    if not np.all((probability >= 0) & (probability <= 1)):
        raise DataError("an estimate is missing or outside 0..1; give probabilities, not log-odds")
    return np.ones_like(outcome) if weights is None else weights
