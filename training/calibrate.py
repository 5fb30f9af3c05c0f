"""Learn the straight line that makes a model's log-odds mean what they say."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from models.calibration import Calibration
from profilering.errors import DataError
from training.fit import check_outcome

Floats = NDArray[np.float64]

KEPT_DECIMALS = 10
"""What lies beyond is arithmetic noise: it differs between machines and moves no probability visibly."""

MOST_STEPS = 50
"""Newton's method on two numbers settles in fewer than ten; more means there is no maximum."""

SMALLEST_STEP = 1e-12
"""A step this short changes no kept decimal."""


def fit_calibration(raw_log_odds: Floats, outcome: Floats, weights: Floats | None) -> Calibration:
    """Fit slope and intercept by maximum likelihood on people the model was not fitted on.

    All three have n rows. Scores that are the same for everybody carry no slope: it is then 1,
    and only the level is learnt.

    Raises DataError if one class is missing, or if the scores separate the classes perfectly.
    """
    check_outcome(outcome, weights, rows=raw_log_odds.size)
    mass = np.ones_like(outcome) if weights is None else weights
    centre = float(np.average(raw_log_odds, weights=mass))
    spread = float(np.sqrt(np.average((raw_log_odds - centre) ** 2, weights=mass)))
    if spread <= np.finfo(np.float64).eps * max(1.0, abs(centre)):
        level = float(logit(np.average(outcome, weights=mass)))
        return Calibration(slope=1.0, intercept=round(level - centre, KEPT_DECIMALS))
    steepness, level = _maximum_likelihood((raw_log_odds - centre) / spread, outcome, mass)
    slope = steepness / spread
    return Calibration(
        slope=round(slope, KEPT_DECIMALS), intercept=round(level - slope * centre, KEPT_DECIMALS)
    )


def _maximum_likelihood(score: Floats, outcome: Floats, mass: Floats) -> tuple[float, float]:
    """Find the slope and level of largest likelihood with Newton's method, halving steps that overshoot."""
    columns = np.column_stack([score, np.ones_like(score)])
    line = np.array([0.0, float(logit(np.average(outcome, weights=mass)))])
    loss = _loss(columns @ line, outcome, mass)
    for _ in range(MOST_STEPS):
        probability = expit(columns @ line)
        gradient = (columns * (mass * (outcome - probability))[:, None]).sum(axis=0)
        curvature = (columns * (mass * probability * (1 - probability))[:, None]).T @ columns
        step = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        while (new_loss := _loss(columns @ (line + step), outcome, mass)) > loss + 1e-9 * abs(loss):
            step = step / 2
        line, loss = line + step, new_loss
        if np.abs(step).max() < SMALLEST_STEP:
            return float(line[0]), float(line[1])
    raise DataError(
        "the scores separate the two classes perfectly, so no calibration line fits best; "
        "suspect a feature that knows the outcome, or too few rows"
    )


def _loss(log_odds: Floats, outcome: Floats, mass: Floats) -> float:
    """Give the weighted negative log-likelihood."""
    return float((mass * (np.logaddexp(0.0, log_odds) - outcome * log_odds)).sum())
