"""How good estimates are expected to be before any outcome is known (confidence-based, CBPE).

**Assumption: the estimates are calibrated.** Of people with the estimate .3, three of ten will have
the outcome; then the estimates alone say what AUC, Brier and observed share to expect. The
method cannot see that calibration fails: a level that moves with the labour market shows only
once outcomes are mature (`training.monitoring.mature`). Outcomes of different rows are drawn
independently; shared shocks make the real spread larger than the interval.
Source: Białek et al. 2024, *Estimating model performance under covariate shift without labels*.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from training.evaluation.bootstrap import TWO_SIDED_95, Interval

Floats = NDArray[np.float64]

DRAWS = 1_000
"""The ends of a 95 % interval then rest on 25 draws each: enough for two digits."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What to expect of n estimates if they are calibrated.

    The interval holds the figure on these very people in 95 of 100 cases.
    """

    auc: Interval
    brier: Interval
    share: Interval  # of people with the outcome


def expected_of(probability: Floats, *, seed: int) -> Expected:
    """Draw the outcomes of n people from their own estimates, many times over."""
    generator = np.random.default_rng(seed)
    ranks = rankdata(probability)
    drawn = np.array([_figures(probability, ranks, generator) for _ in range(DRAWS)])
    return Expected(*(_interval(drawn[:, column]) for column in range(3)))


def _figures(
    probability: Floats, ranks: Floats, generator: np.random.Generator
) -> tuple[float, float, float]:
    """AUC (from ranks, ties counted half), Brier and share of one drawing."""
    happened = generator.random(probability.size) < probability
    n, positives = probability.size, int(happened.sum())
    pairs = positives * (n - positives)
    above = float(ranks[happened].sum()) - positives * (positives + 1) / 2
    brier = float(np.mean((probability - happened) ** 2))
    return above / pairs if pairs else float("nan"), brier, positives / n


def _interval(drawn: Floats) -> Interval:
    told = drawn[np.isfinite(drawn)]
    if not told.size:
        return Interval(float("nan"), float("nan"), float("nan"))
    low, high = np.percentile(told, TWO_SIDED_95)
    return Interval(float(np.mean(told)), float(low), float(high))
