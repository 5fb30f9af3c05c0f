"""The goals of speed as data: where the project stood, what it is to reach, and when `make bench` fails.

Source: the table *Goals* of shared/design/performance.md. Times are in R, LightGBM's own contributions
of one row and both shipped models on one thread, in the same run; so they travel between machines.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Figure(StrEnum):
    """What has a goal, as the page names it."""

    EXPLANATION = "explanation alone"
    WARM_P50 = "one warm, durable answer, one client, p50"
    WARM_P99 = "the same, p99"
    ONE_WORKER = "durable answers a second, one worker, 32 clients"
    TWO_WORKERS = "the same, two workers"
    BATCH = "batch explanations per core"
    MLFLOW_1 = "against mlflow models serve, 1 client"
    MLFLOW_32 = "against mlflow models serve, 32 clients"
    MLFLOW_UNSIGNED_1 = "against mlflow without a signature, 1 client"
    MLFLOW_UNSIGNED_32 = "against mlflow without a signature, 32 clients"
    TUTORIAL_1 = "against FastAPI + shap, 1 client"
    TUTORIAL_32 = "against FastAPI + shap, 32 clients"
    DIFFERENCE = "largest difference to LightGBM's contributions"


class Verdict(StrEnum):
    """How far a figure came."""

    BEYOND = "beyond"
    GOAL = "goal"
    SHORT = "short of the goal"
    ALARM = "**ALARM**"
    MISSING = "**NOT MEASURED**"

    @property
    def passes(self) -> bool:
        """Whether the run may end well."""
        return self not in {Verdict.ALARM, Verdict.MISSING}


@dataclass(frozen=True, slots=True)
class Goal:
    """The ladder of one figure; whether more or less is better follows from goal and beyond."""

    unit: str
    floor: float
    goal: float
    beyond: float

    @property
    def more_is_better(self) -> bool:
        """Whether beyond lies above the goal."""
        return self.beyond > self.goal

    @property
    def alarm(self) -> float:
        """Half of the gain from floor to goal; where the floor is perfection, the goal itself."""
        between = (self.floor + self.goal) / 2
        return between if (self.floor < self.goal) == self.more_is_better else self.goal

    def verdict(self, found: float) -> Verdict:
        """How far `found` came; NaN was not measured."""
        if math.isnan(found):
            return Verdict.MISSING
        for rung, verdict in ((self.beyond, Verdict.BEYOND), (self.goal, Verdict.GOAL)):
            if self._reaches(found, rung):
                return verdict
        return Verdict.SHORT if self._reaches(found, self.alarm) else Verdict.ALARM

    def _reaches(self, found: float, rung: float) -> bool:
        return found >= rung if self.more_is_better else found <= rung


GOALS: Mapping[Figure, Goal] = MappingProxyType(
    {
        Figure.EXPLANATION: Goal("R", 1.0, 0.15, 0.06),
        Figure.WARM_P50: Goal("R", 1.5, 0.5, 0.35),
        Figure.WARM_P99: Goal("R", 1.7, 0.65, 0.5),
        Figure.ONE_WORKER: Goal("/ R", 0.8, 3, 4.5),
        Figure.TWO_WORKERS: Goal("/ R", 1.5, 5, 7),
        Figure.BATCH: Goal("times LightGBM's", 1, 8, 15),
        Figure.MLFLOW_1: Goal("times theirs", 2.8, 6, 10),
        Figure.MLFLOW_32: Goal("times theirs", 5, 15, 25),
        # The source has one mlflow, whose 117 and 68 answers a second are those with a signature. Without one
        # it is several times as quick and checks nothing; it is held to the same.
        Figure.MLFLOW_UNSIGNED_1: Goal("times theirs", 2.8, 6, 10),
        Figure.MLFLOW_UNSIGNED_32: Goal("times theirs", 5, 15, 25),
        Figure.TUTORIAL_1: Goal("times theirs", 1.7, 4, 7),
        Figure.TUTORIAL_32: Goal("times theirs", 1.3, 4, 7),
        # LightGBM's own is the floor: it differs by 0 from itself, and no other can be nearer.
        Figure.DIFFERENCE: Goal("log-odds", 0, 1e-10, 1e-12),
    }
)
WITHOUT_PEERS = frozenset(figure for figure in Figure if not figure.startswith("against"))
"""What the quick bench measures."""
