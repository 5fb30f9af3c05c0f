"""From a model's raw log-odds to a probability: a straight line, then the logistic curve.

A line keeps contributions additive, so an auditor can redo the sum by hand
(architecture.md, *Facts that shape it*).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profilering.errors import SetupError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """The line `slope * raw + intercept` from raw to calibrated log-odds.

    Learnt on people the model was not fitted on (`training.calibrate`).
    """

    slope: float
    intercept: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.slope) and math.isfinite(self.intercept)):
            raise SetupError(
                f"calibration slope {self.slope}, intercept {self.intercept}: both must be finite; "
                "fit the calibration again"
            )

    def log_odds(self, raw: float) -> float:
        """Give the calibrated log-odds of one raw score."""
        return self.slope * raw + self.intercept

    def log_odds_of_all(self, raw: Floats) -> Floats:
        """Give the calibrated log-odds of many raw scores, bit-equal to `log_odds` of each.

        The product and the sum are two numpy passes, so nothing is fused.
        """
        scaled: Floats = raw * self.slope
        return scaled + self.intercept


def probability_of(log_odds: float) -> float:
    """Turn log-odds into a probability, 0..1, without overflow at either end."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1.0 + odds)


def probabilities_of(log_odds: Floats) -> Floats:
    """Turn many log-odds into probabilities, bit-equal to `probability_of` of each.

    numpy's own exp takes another path for long arrays than for short ones and differs in the
    last bit, which a replay would see; so the scalar function is mapped.
    """
    return np.fromiter(map(probability_of, log_odds.tolist()), dtype=np.float64, count=log_odds.size)
