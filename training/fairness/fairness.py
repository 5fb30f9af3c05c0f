"""Does the model serve the people of each group, and of each crossing of two, as well as everybody else?

The columns only measure; they are never features. No verdict says that a group has passed: a
difference is shown, is not shown, or the group is too small to be tested.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profilering.errors import CallerError, DataError
from training.evaluation.bootstrap import Persons, resample
from training.evaluation.evaluate import checked_mass
from training.fairness.group_figures import Evidence, Gap, GroupFigures
from training.fairness.group_statistic import CALIBRATION_GAP, FIGURES, FNR_GAP, FPR_RATIO, group_statistic
from training.fairness.group_tests import GroupTests
from training.fairness.groupings import cross, group_by, group_everyone
from training.fairness.groups import GroupValue
from training.fairness.significance import holm, one_sided
from training.fairness.suppression import hide_few

Floats = NDArray[np.float64]

BEYOND_BELOW = 0.025
"""One side of 95 %: a limit is broken when being within it is this improbable."""


@dataclass(frozen=True, slots=True)
class Fairness:
    """Every group of every column and every crossing, and from which estimate on people are flagged."""

    threshold: float  # probability; flagged: estimate >= threshold
    everyone: GroupFigures
    groups: tuple[GroupFigures, ...]
    crossings: tuple[GroupFigures, ...]
    evidence: Mapping[str, Evidence]  # per tested figure; groups first, then crossings


@dataclass(frozen=True, slots=True)
class Breach:
    """A group for which a figure is shown to lie beyond its limit."""

    column: str
    value: GroupValue
    figure: str  # as the keyword of `beyond`
    found: float | None  # None: would reveal fewer than ten people
    limit: float
    p_holm: float


def measure_fairness(  # noqa: PLR0913 - arrays, then choices by name
    columns: Mapping[str, Sequence[GroupValue]],
    outcome: Floats,
    probability: Floats,
    persons: Persons,
    weights: Floats | None = None,
    *,
    threshold: float,
    crossings: Sequence[tuple[str, str]] | None = None,
    seed: int,
    bootstraps: int,
    threads: int = 2,
) -> Fairness:
    """Measure every value of every column and of every crossing, all on the same resamples.

    n rows throughout; `persons` numbers who stands behind each (`bootstrap.numbered`). Without
    `crossings`, every pair of columns is crossed. Differences are tested with the resamples'
    standard error and corrected over all tested groups, one family per figure.

    Raises DataError if one class is missing, an estimate is outside 0..1 or a length is wrong.
    """
    checked_mass(outcome, probability, weights)
    if persons.shape != outcome.shape:
        raise DataError(f"persons has {persons.size} entries for {outcome.size} rows; give one per row")
    singles = group_by(columns, rows=outcome.size)
    groupings = (group_everyone(outcome.size), *singles.values(), *cross(singles, crossings))
    flagged = probability >= threshold
    statistic = group_statistic(groupings, outcome, probability, flagged)
    found = resample(
        {"groups": statistic}, persons, weights, seed=seed, bootstraps=bootstraps, threads=threads
    )
    tests = GroupTests(
        groupings=groupings,
        outcome=outcome,
        whole=found.whole["groups"].reshape(len(FIGURES), -1),
        draws=found.draws["groups"].reshape(bootstraps, len(FIGURES), -1),
        hidden=hide_few(groupings, persons, outcome, flagged),
    )
    rows, evidence = tests.rows()
    single = sum(len(grouping.values) for grouping in singles.values())
    return Fairness(threshold, rows[0], rows[1 : single + 1], rows[single + 1 :], evidence)


def beyond(
    fairness: Fairness, *, kalibreringsavvik: float, fnr_gap: float, fpr_ratio: float
) -> tuple[Breach, ...]:
    """Find the tested groups whose figure is shown to lie beyond its limit, for the gates.

    Broken when the calibration gap is larger than the limit either way, when a group is overlooked
    more than others by more than `fnr_gap`, or wrongly flagged more than `fpr_ratio` times as often.

    Raises CallerError for a limit that no gap could be held to.
    """
    if kalibreringsavvik < 0 or fnr_gap < 0 or fpr_ratio < 1:
        raise CallerError("limits of group gaps: the two differences from 0 and up, the ratio from 1 and up")
    found = {figure: evidence.found for figure, evidence in fairness.evidence.items()}
    held = (
        (
            "kalibreringsavvik",
            CALIBRATION_GAP,
            kalibreringsavvik,
            abs(found[CALIBRATION_GAP]) - kalibreringsavvik,
        ),
        ("fnr_gap", FNR_GAP, fnr_gap, found[FNR_GAP] - fnr_gap),
        ("fpr_ratio", FPR_RATIO, fpr_ratio, found[FPR_RATIO] - math.log(fpr_ratio)),
    )
    groups = (*fairness.groups, *fairness.crossings)
    breaches = []
    for name, figure, limit, excess in held:
        p_holm = holm(one_sided(excess, fairness.evidence[figure].standard_error))
        for place in np.flatnonzero(p_holm < BEYOND_BELOW):
            group = groups[place]
            gap: Gap = getattr(group, figure)
            shown = None if gap.interval is None else gap.interval.value
            breaches.append(Breach(group.column, group.value, name, shown, limit, float(p_holm[place])))
    return tuple(breaches)
