"""Measure estimates against what happened, with intervals that say how sure the figures are."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profilering.errors import DataError
from training.evaluation.metrics import (
    PreparedMeasure,
    average_precision,
    calibration_line,
    equal_count_bins,
    expected_calibration_error,
    log_loss,
    precision_and_recall_at,
    prepare_auc,
    prepare_brier,
)
from training.fit import check_outcome

Floats = NDArray[np.float64]

TWO_SIDED_95 = (2.5, 97.5)
"""The percentiles of a 95 % bootstrap interval (training.md, *Evaluate*)."""

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
class Difference:
    """One model's figure minus another's on the same people, with a 95 % paired bootstrap interval."""

    value: float
    low: float
    high: float


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
    mass = _checked_mass(outcome, probability, weights)
    base = float(np.average(outcome, weights=mass))
    brier = prepare_brier(outcome, probability)(mass)
    auc = prepare_auc(outcome, probability)
    auc_low, auc_high = _interval([auc(mass * counts) for counts in _resamples(mass.size, seed, bootstraps)])
    slope, intercept = calibration_line(outcome, probability, mass)
    precision_at_10, recall_at_10 = precision_and_recall_at(0.10, outcome, probability, mass)
    precision_at_25, recall_at_25 = precision_and_recall_at(0.25, outcome, probability, mass)
    return Metrics(
        n=outcome.size,
        auc=auc(mass),
        auc_low=auc_low,
        auc_high=auc_high,
        average_precision=average_precision(outcome, probability, mass),
        brier=brier,
        skill=1 - brier / (base * (1 - base)),
        log_loss=log_loss(outcome, probability, mass),
        ece=expected_calibration_error(outcome, probability, mass),
        slope=slope,
        intercept=intercept,
        mean_estimate=float(np.average(probability, weights=mass)),
        base=base,
        precision_at_10=precision_at_10,
        precision_at_25=precision_at_25,
        recall_at_10=recall_at_10,
        recall_at_25=recall_at_25,
    )


def paired_difference(
    outcome: Floats,
    probability: Floats,
    other: Floats,
    weights: Floats | None,
    *,
    measure: PreparedMeasure = prepare_auc,
    seed: int,
    bootstraps: int,
) -> Difference:
    """Say how much better `probability` measures than `other` on the same n people.

    Both are measured on the same resamples, so what they share cancels out. `measure` is
    `prepare_auc` or `prepare_brier` of `training.evaluation.metrics`, or one of the same form.

    Raises DataError if one class is missing, or an estimate is outside 0..1.
    """
    mass = _checked_mass(outcome, probability, weights)
    _checked_mass(outcome, other, weights)
    first, second = measure(outcome, probability), measure(outcome, other)
    low, high = _interval(
        [
            first(drawn) - second(drawn)
            for drawn in (mass * c for c in _resamples(mass.size, seed, bootstraps))
        ]
    )
    return Difference(value=first(mass) - second(mass), low=low, high=high)


def calibration_curve(
    outcome: Floats, probability: Floats, weights: Floats | None, *, bins: int = 10
) -> tuple[CurveBin, ...]:
    """Compare estimates with what happened in bins of about equal count, lowest estimates first.

    Equal estimates share a bin; empty bins are left out. The interval is Wilson's, for the number
    of unweighted people who would tell as much as the weighted ones do.

    Raises DataError if one class is missing, or an estimate is outside 0..1.
    """
    mass = _checked_mass(outcome, probability, weights)
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


def _resamples(n: int, seed: int, bootstraps: int) -> Iterator[Floats]:
    """Give, per resample, how many times each of n rows is drawn with replacement."""
    generator = np.random.default_rng(seed)
    for _ in range(bootstraps):
        yield np.bincount(generator.integers(0, n, size=n), minlength=n).astype(np.float64)


def _interval(figures: list[float]) -> tuple[float, float]:
    """Give the 95 % percentile interval; resamples that lost a class (NaN) tell nothing and are left out."""
    told = [figure for figure in figures if not math.isnan(figure)]
    if not told:
        return float("nan"), float("nan")
    low, high = np.percentile(told, TWO_SIDED_95)
    return float(low), float(high)


def _checked_mass(outcome: Floats, probability: Floats, weights: Floats | None) -> Floats:
    """Check the inputs and give the mass of each row."""
    check_outcome(outcome, weights, rows=probability.size)
    if not np.all((probability >= 0) & (probability <= 1)):
        raise DataError("an estimate is missing or outside 0..1; give probabilities, not log-odds")
    return np.ones_like(outcome) if weights is None else weights
