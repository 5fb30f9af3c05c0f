"""Whether journaled estimates mean what they say, once it is known what happened."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval, Persons, resample
from training.evaluation.evaluate import CurveBin, calibration_curve
from training.evaluation.statistic import interval_of, model_statistic
from training.fairness.groups import FEWEST_POSITIVES
from training.fairness.suppression import shown_bins

Floats = NDArray[np.float64]

FIGURES = ("mean_estimate", "base", "slope", "ece", "auc", "brier")

BOOTSTRAPS = 300
"""Enough for the first two digits of an interval."""


@dataclass(frozen=True, slots=True)
class Mature:
    """Estimates of n people set against outcomes, each figure with its 95 % bootstrap interval.

    `figures` are those of FIGURES, by the names of `training.evaluation.statistic`; `gap` is the mean
    estimate minus the share with the outcome, on the same resamples.
    """

    gap: Interval
    figures: Mapping[str, Interval]
    curve: tuple[CurveBin, ...]  # without the bins in which few had the outcome, or few had not


def mature_of(outcome: Floats, probability: Floats, persons: Persons, *, seed: int) -> Mature | None:
    """Measure n estimates against what happened (0/1), resampling the persons behind them.

    None with fewer than a hundred who had the outcome, or who had it not: nothing can be tested then.
    """
    if min(outcome.sum(), (1 - outcome).sum()) < FEWEST_POSITIVES:
        return None
    statistic = model_statistic(outcome, probability, np.ones_like(outcome))
    drawn = resample({"": statistic}, persons, seed=seed, bootstraps=BOOTSTRAPS)
    gap = drawn.figure("", "mean_estimate") - drawn.figure("", "base")
    return Mature(
        gap.interval(),
        {name: interval_of(drawn, "", name) for name in FIGURES},
        shown_bins(calibration_curve(outcome, probability, None)),
    )
