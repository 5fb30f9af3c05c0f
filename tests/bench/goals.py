"""A figure that was measured, beside the goal it was set."""

import operator
from dataclasses import dataclass
from enum import Enum


class Bound(Enum):
    """On which side of its goal a figure has to lie; the goal itself is good enough."""

    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One figure, its unit, and the goal it must reach."""

    what: str
    found: float
    unit: str
    bound: Bound
    goal: float

    @property
    def reached(self) -> bool:
        """Whether the figure lies on the right side of its goal; NaN never does."""
        right_side = operator.ge if self.bound is Bound.AT_LEAST else operator.le
        return bool(right_side(self.found, self.goal))

    def __str__(self) -> str:
        verdict = "reached" if self.reached else "NOT REACHED"
        goal = f"goal {self.bound.value} {self.goal:,g}"
        return f"{self.what}: {_short(self.found)} {self.unit}, {goal} {verdict}"


def _short(found: float) -> str:
    """Enough figures to compare with the goal by eye."""
    return f"{found:,.0f}" if found >= 1000 else f"{found:.2f}"
