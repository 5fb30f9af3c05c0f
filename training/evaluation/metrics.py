"""The measures of a probability estimate, one function each, with weights and ties treated right.

Everywhere: `outcome` is 0/1, `probability` 0..1, `mass` the weight of each row (ones if nobody is
weighted), all with n rows. People with the same estimate are never put in an order: they count as
one group, so a score of three levels is measured as fairly as a fine one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from profilering.errors import DataError
from training.calibrate import fit_calibration

Floats = NDArray[np.float64]
Measure = Callable[[Floats], float]  # from the mass of each row to a figure
PreparedMeasure = Callable[[Floats, Floats], Measure]  # from outcome and probability

SURE = float(np.finfo(np.float64).eps)
"""Estimates are kept this far from 0 and 1 where a logarithm is taken, as scikit-learn does."""

ECE_BINS = 10
"""Tenths, as the figures in the literature and in population.md use."""


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Rows sorted once by estimate, so that a thousand resamples need not sort again."""

    order: NDArray[np.intp]
    starts: NDArray[np.intp]  # first sorted position of each group of equal estimates
    positive: Floats  # the outcome in sorted order

    def masses(self, mass: Floats) -> tuple[Floats, Floats]:
        """Give the mass of positives and negatives in each group, lowest estimate first."""
        sorted_mass = mass[self.order]
        positive = sorted_mass * self.positive
        negative = sorted_mass - positive
        if self.starts.size == self.order.size:
            return positive, negative
        return np.add.reduceat(positive, self.starts), np.add.reduceat(negative, self.starts)


def weighted_sum(mass: Floats, values: Floats) -> float:
    """Sum the products in numpy's own order.

    A BLAS dot product would split long sums among threads, so that the last digits would depend
    on the number of cores, and the cores would be waited for.
    """
    return float((mass * values).sum())


def prepare_auc(outcome: Floats, probability: Floats) -> Measure:
    """Sort once; give a function from masses to the area under the ROC curve, ties counted half.

    The function gives NaN where one class has no mass.
    """
    ranking = _rank(outcome, probability)

    def auc(mass: Floats) -> float:
        positive, negative = ranking.masses(mass)
        below = np.cumsum(negative)
        pairs = float(below[-1] * positive.sum())
        if pairs <= 0:
            return float("nan")
        return weighted_sum(positive, below - 0.5 * negative) / pairs

    return auc


def prepare_brier(outcome: Floats, probability: Floats) -> Measure:
    """Give a function from masses to the mean squared error."""
    losses = (probability - outcome) ** 2

    def brier(mass: Floats) -> float:
        return weighted_sum(mass, losses) / float(mass.sum())

    return brier


def average_precision(outcome: Floats, probability: Floats, mass: Floats) -> float:
    """Average the precision over the positives, highest estimate first."""
    positive, negative = _rank(outcome, probability).masses(mass)
    hits = np.cumsum(positive[::-1])
    flagged = np.cumsum((positive + negative)[::-1])
    precision = np.divide(hits, flagged, out=np.zeros_like(hits), where=flagged > 0)
    return weighted_sum(positive[::-1], precision) / float(hits[-1])


def log_loss(outcome: Floats, probability: Floats, mass: Floats) -> float:
    """Average the surprise, in natural units; an estimate of exactly 0 or 1 is moved by 2e-16."""
    kept = np.clip(probability, SURE, 1 - SURE)
    surprise = -(outcome * np.log(kept) + (1 - outcome) * np.log1p(-kept))
    return weighted_sum(mass, surprise) / float(mass.sum())


def equal_count_bins(probability: Floats, mass: Floats, *, bins: int) -> NDArray[np.intp]:
    """Number the bin (0 and up) of each row, so that bins hold about the same mass.

    Equal estimates share a bin, the one their middle rank falls in; with many ties some
    bins are then larger and some are empty.
    """
    levels, level_of_row = np.unique(probability, return_inverse=True)
    level_mass = np.bincount(level_of_row, weights=mass, minlength=levels.size)
    middle = (np.cumsum(level_mass) - level_mass / 2) / level_mass.sum()
    numbered = np.minimum((middle * bins).astype(np.intp), bins - 1)
    return np.asarray(numbered[level_of_row], dtype=np.intp)


def expected_calibration_error(outcome: Floats, probability: Floats, mass: Floats) -> float:
    """Average |mean estimate - observed share| over ten equal-count bins, weighted by mass.

    The figure is above 0 by chance alone: with 5,000 people by about 0.01.
    """
    bin_of_row = equal_count_bins(probability, mass, bins=ECE_BINS)
    gap = np.bincount(bin_of_row, weights=mass * (probability - outcome), minlength=ECE_BINS)
    return float(np.abs(gap).sum() / mass.sum())


def calibration_line(outcome: Floats, probability: Floats, mass: Floats) -> tuple[float, float]:
    """Refit slope and intercept of the log-odds: (1, 0) where the estimates mean what they say.

    Both are NaN where no line exists: one estimate for everybody, or classes that do not overlap.
    """
    log_odds = logit(np.clip(probability, SURE, 1 - SURE))
    if np.all(log_odds == log_odds[0]):
        return float("nan"), float("nan")
    try:
        line = fit_calibration(log_odds, outcome, mass)
    except DataError:
        return float("nan"), float("nan")
    return line.slope, line.intercept


def precision_and_recall_at(
    share: float, outcome: Floats, probability: Floats, mass: Floats
) -> tuple[float, float]:
    """Give precision and recall when the `share` (0..1) with the highest estimates is flagged.

    Where the limit falls inside a group of equal estimates, the group counts in part: what
    drawing lots inside it would give on average.
    """
    positive, negative = _rank(outcome, probability).masses(mass)
    positive, total = positive[::-1], (positive + negative)[::-1]
    limit = share * total.sum()
    taken = np.clip(limit - (np.cumsum(total) - total), 0.0, total)
    part = np.divide(taken, total, out=np.zeros_like(total), where=total > 0)
    hits = weighted_sum(positive, part)
    return hits / float(limit), hits / float(positive.sum())


def _rank(outcome: Floats, probability: Floats) -> _Ranking:
    """Sort the rows by estimate and find where each group of equal estimates starts."""
    order = np.argsort(probability, kind="stable")
    ranked = probability[order]
    new_level = np.concatenate(([True], ranked[1:] != ranked[:-1]))
    return _Ranking(order=order, starts=np.flatnonzero(new_level), positive=outcome[order])
