"""The group table: does the model serve the people of each protected group as well as the rest?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.metrics import prepare_auc, weighted_sum

Floats = NDArray[np.float64]
GroupValue = str | int | float | bool | None  # as it stands in the table; None: missing

CANNOT_BE_TESTED = "kan ikke testes"
TESTED = "testet"

FEWEST_POSITIVES = 100
"""With fewer people who had the outcome, a gap cannot be told from chance (training.md, *Evaluate*)."""

FEWEST_SHOWN = 10
"""A smaller count could point to a person, so neither it nor what reveals it is given (training.md)."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One value of one protected column; None where the count behind a figure is below ten.

    The verdict says whether the group is large enough to be tested. It never says that the group
    passed: that is for a gate with a sourced limit.
    """

    column: str
    value: GroupValue
    n: int | None  # people
    positives: int | None  # people with the outcome
    auc: float | None
    mean_estimate: float | None
    observed: float | None  # share with the outcome
    fnr: float | None  # share of those with the outcome who are not flagged
    fpr: float | None  # share of those without it who are flagged
    verdict: str


@dataclass(frozen=True, slots=True)
class GroupTable:
    """Rows of all protected columns, and from which estimate on a person counts as flagged."""

    threshold: float  # probability; flagged: estimate >= threshold
    rows: tuple[GroupRow, ...]


def group_table(
    columns: Mapping[str, Sequence[GroupValue]],
    outcome: Floats,
    probability: Floats,
    weights: Floats | None,
    *,
    threshold: float,
) -> GroupTable:
    """Measure every value of every protected column; columns in the order given, values sorted.

    Each column has n values, one per row. Flagged are those with an estimate of at least
    `threshold`; `threshold_of_top` finds one for a share of the people. For crossings, give a
    column that holds both values.
    """
    mass = np.ones_like(outcome) if weights is None else weights
    flagged = (probability >= threshold).astype(np.float64)
    rows = []
    for column, values in columns.items():
        for value in sorted(set(values), key=_sort_key):
            members = np.array([other == value for other in values], dtype=np.bool_)
            row = _group_row(
                column, value, outcome[members], probability[members], mass[members], flagged[members]
            )
            rows.append(row)
    return GroupTable(threshold=threshold, rows=tuple(rows))


def threshold_of_top(share: float, probability: Floats, weights: Floats | None) -> float:
    """Give the lowest estimate among the `share` (0..1) of people with the highest ones.

    With ties at that estimate somewhat more people than `share` are flagged.
    """
    mass = np.ones_like(probability) if weights is None else weights
    order = np.argsort(-probability, kind="stable")
    reached = np.searchsorted(np.cumsum(mass[order]), share * mass.sum())
    return float(probability[order[min(int(reached), order.size - 1)]])


def _group_row(
    column: str,
    value: GroupValue,
    outcome: Floats,
    probability: Floats,
    mass: Floats,
    flagged: Floats,  # 0 or 1
) -> GroupRow:
    """Measure one group, leaving out what too few people stand behind."""
    n, positives = outcome.size, int(outcome.sum())
    both = min(positives, n - positives) >= FEWEST_SHOWN
    case_mass, other_mass = mass * outcome, mass * (1 - outcome)
    return GroupRow(
        column=column,
        value=value,
        n=n if n >= FEWEST_SHOWN else None,
        positives=positives if both else None,
        auc=_auc(outcome, probability, mass) if both else None,
        mean_estimate=_share(mass, probability) if n >= FEWEST_SHOWN else None,
        observed=_share(mass, outcome) if both else None,
        fnr=_share(case_mass, 1 - flagged) if both else None,
        fpr=_share(other_mass, flagged) if both else None,
        verdict=TESTED if positives >= FEWEST_POSITIVES else CANNOT_BE_TESTED,
    )


def _auc(outcome: Floats, probability: Floats, mass: Floats) -> float | None:
    """Give the AUC, or None where one class has no weight."""
    auc = prepare_auc(outcome, probability)(mass)
    return None if math.isnan(auc) else auc


def _share(mass: Floats, of: Floats) -> float | None:
    """Give the weighted mean, or None where all weights are 0."""
    total = float(mass.sum())
    return weighted_sum(mass, of) / total if total > 0 else None


def _sort_key(value: GroupValue) -> tuple[bool, bool, float, str]:
    """Order numbers before words, and the missing last."""
    if value is None:
        return True, False, 0.0, ""
    if isinstance(value, str):
        return False, True, 0.0, value
    return False, False, float(value), ""
