"""The words and limits of every comparison of groups, and who counts as flagged in it."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
GroupValue = str | int | float | bool | None  # as it stands in the table; None: missing

CANNOT_BE_TESTED = "kan ikke testes"
NO_DIFFERENCE_SHOWN = "ingen påvist forskjell"
DIFFERENCE_SHOWN = "påvist forskjell"

FEWEST_POSITIVES = 100
"""With fewer people who had the outcome, a gap cannot be told from chance (training.md, *Evaluate*)."""

FEWEST_SHOWN = 10
"""A smaller count could point to a person, so neither it nor what reveals it is given (training.md)."""


def threshold_of_top(share: float, probability: Floats, weights: Floats | None) -> float:
    """Give the lowest estimate among the `share` (0..1) of people with the highest ones.

    With ties at that estimate somewhat more people than `share` are flagged.
    """
    mass = np.ones_like(probability) if weights is None else weights
    order = np.argsort(-probability, kind="stable")
    reached = np.searchsorted(np.cumsum(mass[order]), share * mass.sum())
    return float(probability[order[min(int(reached), order.size - 1)]])


def sort_key(value: GroupValue) -> tuple[bool, bool, float, str]:
    """Order numbers before words, and the missing last."""
    if value is None:
        return True, False, 0.0, ""
    if isinstance(value, str):
        return False, True, 0.0, value
    return False, False, float(value), ""
