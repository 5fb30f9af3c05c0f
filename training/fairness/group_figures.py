"""What is told of one group: figures with intervals, gaps with verdicts, and nothing about fewer than ten."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval
from training.fairness.groups import CANNOT_BE_TESTED, DIFFERENCE_SHOWN, NO_DIFFERENCE_SHOWN, GroupValue

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gap:
    """One tested difference; `interval` is None where it would reveal fewer than ten people."""

    interval: Interval | None
    p_holm: float | None  # None: cannot be tested
    verdict: str


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One group's figures with 95 % intervals; None where they would reveal fewer than ten people."""

    column: str  # of a crossing: both, with a × between
    value: GroupValue
    n: int | None  # rows
    positives: int | None  # rows with the outcome
    base: Interval | None  # share with the outcome
    mean_estimate: Interval | None
    auc: Interval | None
    selected: Interval | None  # share flagged
    fnr: Interval | None  # share of those with the outcome who are not flagged
    fpr: Interval | None  # share of those without it who are flagged
    calibration_gap: Gap  # mean estimate minus base
    fnr_gap: Gap  # minus that of everybody outside the group
    fpr_ratio: Gap  # divided by that of everybody outside the group

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The three that are tested."""
        return self.calibration_gap, self.fnr_gap, self.fpr_ratio

    @property
    def verdict(self) -> str:
        """Sum up: a difference anywhere, none shown, or nothing that can be tested."""
        verdicts = {gap.verdict for gap in self.gaps}
        if DIFFERENCE_SHOWN in verdicts:
            return DIFFERENCE_SHOWN
        return NO_DIFFERENCE_SHOWN if NO_DIFFERENCE_SHOWN in verdicts else CANNOT_BE_TESTED


@dataclass(frozen=True, slots=True)
class Evidence:
    """What verdicts and gates rest on, by group; hidden figures too, so it is never shown to anybody.

    NaN where a group cannot be tested. A ratio stands as its logarithm.
    """

    found: Floats
    standard_error: Floats


def by_column(groups: Sequence[GroupFigures]) -> dict[str, tuple[GroupFigures, ...]]:
    """Part the groups by column or crossing, in their order."""
    columns = dict.fromkeys(group.column for group in groups)
    return {column: tuple(group for group in groups if group.column == column) for column in columns}
