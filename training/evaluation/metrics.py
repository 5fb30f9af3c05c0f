"""The measures of a probability estimate, with weights and ties treated right, made to be resampled.

Everywhere: `outcome` is 0/1, `probability` 0..1, `mass` the weight of each row (ones if nobody is
weighted), all with n rows. What does not depend on the mass is done once by `rank` and the
`prepare_…` functions, so that a thousand resamples need not sort again. People with the same
estimate are never put in an order: they count as one group, so a score of three levels is measured
as fairly as a fine one.
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

SURE = float(np.finfo(np.float64).eps)
"""Estimates are kept this far from 0 and 1 where a logarithm is taken, as scikit-learn does."""

ECE_BINS = 10
"""Tenths, as the figures in the literature and in population.md use."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The distinct estimates, highest first, and the mass that stands at and above each."""

    positive: Floats  # mass with the outcome at this estimate
    hits: Floats  # mass with the outcome at this estimate and above
    flagged: Floats  # all mass at this estimate and above


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows sorted once by estimate, highest first."""

    order: NDArray[np.intp]
    starts: NDArray[np.intp]  # first sorted position of each group of equal estimates
    positive: Floats  # the outcome in sorted order

    def levels(self, mass: Floats) -> Levels:
        """Lay the mass of each row out on the distinct estimates."""
        total = mass[self.order]
        positive = total * self.positive
        if self.starts.size < self.order.size:
            total = np.add.reduceat(total, self.starts)
            positive = np.add.reduceat(positive, self.starts)
        return Levels(positive=positive, hits=np.cumsum(positive), flagged=np.cumsum(total))


def rank(outcome: Floats, probability: Floats) -> Ranking:
    """Sort the rows by estimate and find where each group of equal estimates starts."""
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    new_level = np.concatenate(([True], ranked[1:] != ranked[:-1]))
    return Ranking(order=order, starts=np.flatnonzero(new_level), positive=outcome[order])


def weighted_sum(mass: Floats, values: Floats) -> float:
    """Sum the products in one pass on one core.

    A BLAS dot product would split long sums among threads, so that the last digits would depend
    on the number of cores, and the cores would be waited for.
    """
    return float(np.einsum("i,i->", mass, values))


def area_under_roc(levels: Levels) -> float:
    """Give the share of pairs put in the right order, ties counted half; NaN without both classes."""
    above = levels.flagged - levels.hits
    pairs = float(above[-1] * levels.hits[-1])
    if pairs <= 0:
        return float("nan")
    ahead_or_tied = weighted_sum(levels.positive, above)
    ahead = weighted_sum(levels.positive[1:], above[:-1])
    return 1 - (ahead_or_tied + ahead) / 2 / pairs


def average_precision(levels: Levels) -> float:
    """Average the precision over the positives, highest estimate first; NaN without positives."""
    if levels.hits[-1] <= 0:
        return float("nan")
    seen = slice(int(np.searchsorted(levels.flagged, 0.0, side="right")), None)
    precision = levels.hits[seen] / levels.flagged[seen]
    return weighted_sum(levels.positive[seen], precision) / float(levels.hits[-1])


def hits_at(share: float, levels: Levels) -> float:
    """Give the mass with the outcome among the `share` (0..1) with the highest estimates.

    Where the limit falls inside a group of equal estimates, the group counts in part: what
    drawing lots inside it would give on average.
    """
    limit = share * levels.flagged[-1]
    last = int(np.searchsorted(levels.flagged, limit))
    above = levels.flagged[last - 1] if last else 0.0
    here = levels.flagged[last] - above
    part = (limit - above) / here if here > 0 else 0.0
    return float(levels.hits[last] - (1 - part) * levels.positive[last])


def prepare_auc(outcome: Floats, probability: Floats) -> Measure:
    """Give a function from masses to the area under the ROC curve; NaN where one class has no mass."""
    ranking = rank(outcome, probability)
    return lambda mass: area_under_roc(ranking.levels(mass))


def squared_error(outcome: Floats, probability: Floats) -> Floats:
    """Give each row's part of the Brier score."""
    return np.square(probability - outcome)


def surprise(outcome: Floats, probability: Floats) -> Floats:
    """Give each row's part of the log loss, in natural units; 0 and 1 are moved by 2e-16."""
    kept = np.clip(probability, SURE, 1 - SURE)
    return np.asarray(-(outcome * np.log(kept) + (1 - outcome) * np.log1p(-kept)))


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


def prepare_ece(outcome: Floats, probability: Floats, own: Floats) -> Measure:
    """Give a function from masses to the expected calibration error over ten bins.

    The bins are laid once, to hold about the same `own` mass each; resamples share them. The figure
    is above 0 by chance alone: with 5,000 people by about 0.01.
    """
    bin_of_row = equal_count_bins(probability, own, bins=ECE_BINS)
    gaps = probability - outcome

    def ece(mass: Floats) -> float:
        gap = np.bincount(bin_of_row, weights=mass * gaps, minlength=ECE_BINS)
        return float(np.abs(gap).sum() / mass.sum())

    return ece


def calibration_line(outcome: Floats, probability: Floats, mass: Floats) -> tuple[float, float]:
    """Refit slope and intercept of the log-odds: (1, 0) where the estimates mean what they say.

    Both are NaN where no line exists: one estimate for everybody, or classes that do not overlap.
    """
    log_odds = log_odds_of(probability)
    if np.all(log_odds == log_odds[0]):
        return float("nan"), float("nan")
    try:
        line = fit_calibration(log_odds, outcome, mass)
    except DataError:
        return float("nan"), float("nan")
    return line.slope, line.intercept


def log_odds_of(probability: Floats) -> Floats:
    """Give the log-odds; estimates of exactly 0 and 1 are moved by 2e-16."""
    return np.asarray(logit(np.clip(probability, SURE, 1 - SURE)), dtype=np.float64)
