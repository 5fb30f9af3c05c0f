"""The figures of every group as one statistic of the rows' mass, fast enough for a thousand resamples.

Two passes over the rows give every sum: rows of the same groups, outcome and flag share a cell,
and a sparse matrix adds cells up to groups. Only the AUC needs an order, found once per grouping.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from training.evaluation.bootstrap import Statistic
from training.fairness.groupings import Codes, Grouping

Floats = NDArray[np.float64]

BASE, MEAN_ESTIMATE, AUC, SELECTED, FNR, FPR = "base", "mean_estimate", "auc", "selected", "fnr", "fpr"
CALIBRATION_GAP, FNR_GAP, FPR_RATIO = "calibration_gap", "fnr_gap", "fpr_ratio"
LOG_FPR_RATIO = "log_fpr_ratio"

FIGURES = (
    BASE,
    MEAN_ESTIMATE,
    AUC,
    SELECTED,
    FNR,
    FPR,
    CALIBRATION_GAP,
    FNR_GAP,
    FPR_RATIO,
    LOG_FPR_RATIO,
)
"""The figures of each group, in the order they lie in a draw: all groups of the first, then of the next."""

KINDS = TN, FP, FN, TP = range(4)
"""The four cells of a confusion table, numbered 2 * outcome + flagged."""

HALF_A_PERSON = 0.5
"""Added to hits and misses before a logarithm (Haldane, Anscombe), so that no rate of 0 is infinitely far."""


def group_statistic(
    groupings: Sequence[Grouping], outcome: Floats, probability: Floats, flagged: NDArray[np.bool_]
) -> Statistic:
    """Prepare every figure of every group of the groupings; each figure lists the groups in order.

    Gaps and ratios set a group against everybody outside it; NaN where a figure does not exist.
    """
    cells = _prepare_cells(groupings, outcome, probability, flagged)
    level = np.unique(probability, return_inverse=True)[1]
    rankings = tuple(_rank(grouping, outcome, level) for grouping in groupings)
    ends = np.cumsum([len(grouping.values) for grouping in groupings])[:-1]

    def figures(mass: Floats) -> Floats:
        counts, estimated = cells.sums(mass)
        positive = np.split(counts[:, FN] + counts[:, TP], ends)
        auc = [ranking.auc(mass, of) for ranking, of in zip(rankings, positive, strict=True)]
        smoothing = HALF_A_PERSON * float(mass.sum()) / mass.size
        return _figures(counts, estimated, np.concatenate(auc), smoothing)

    names = [f"{g.column}={value}" for g in groupings for value in g.values]
    return Statistic(tuple(f"{figure} {name}" for figure in FIGURES for name in names), figures)


def _figures(counts: Floats, estimated: Floats, auc: Floats, smoothing: float) -> Floats:
    """Turn g groups' masses by outcome and flag (g rows, the first is everyone) into all figures."""
    passed, wrongly, missed, found = counts.T
    positive, negative = missed + found, passed + wrongly
    others = counts[0] - counts
    others_passed, others_wrongly, others_missed, others_found = others.T
    with np.errstate(divide="ignore", invalid="ignore"):
        total = positive + negative
        base, mean = positive / total, estimated / total
        fnr, fpr = missed / positive, wrongly / negative
        others_fnr = others_missed / (others_missed + others_found)
        others_fpr = others_wrongly / (others_passed + others_wrongly)
        log_ratio = np.log((wrongly + smoothing) / (negative + 2 * smoothing)) - np.log(
            (others_wrongly + smoothing) / (others_passed + others_wrongly + 2 * smoothing)
        )
        by_name = {
            BASE: base,
            MEAN_ESTIMATE: mean,
            AUC: auc,
            SELECTED: (wrongly + found) / total,
            FNR: fnr,
            FPR: fpr,
            CALIBRATION_GAP: mean - base,
            FNR_GAP: fnr - others_fnr,
            FPR_RATIO: fpr / others_fpr,
            LOG_FPR_RATIO: log_ratio,
        }
    return np.concatenate([by_name[figure] for figure in FIGURES])


@dataclass(frozen=True, slots=True)
class _Cells:
    """Rows that no grouping tells apart share a cell; `adds` sums c cells to g groups times four kinds."""

    cell_of_row: Codes
    probability: Floats
    adds: Any  # a sparse array, which has no types

    def sums(self, mass: Floats) -> tuple[Floats, Floats]:
        """Give the mass of each group by kind, and each group's sum of estimates."""
        cells = self.adds.shape[1]
        of_mass = np.bincount(self.cell_of_row, weights=mass, minlength=cells)
        of_estimate = np.bincount(self.cell_of_row, weights=mass * self.probability, minlength=cells)
        both = (self.adds @ np.column_stack([of_mass, of_estimate])).reshape(-1, len(KINDS), 2)
        return both[:, :, 0], both[:, :, 1].sum(axis=1)


def _prepare_cells(
    groupings: Sequence[Grouping], outcome: Floats, probability: Floats, flagged: NDArray[np.bool_]
) -> _Cells:
    kind = 2 * outcome.astype(np.intp) + flagged
    cell = kind
    for grouping in groupings:
        if not grouping.crossed:  # a crossing parts no cell that its two columns leave whole
            _, cell = np.unique(cell * len(grouping.values) + grouping.codes, return_inverse=True)
    _, first, cell_of_row = np.unique(cell, return_index=True, return_inverse=True)
    rows, start = [], 0
    for grouping in groupings:
        rows.append(len(KINDS) * (start + grouping.codes[first]) + kind[first])
        start += len(grouping.values)
    columns = np.tile(np.arange(first.size), len(groupings))
    ones = np.ones(columns.size)
    adds = csr_array((ones, (np.concatenate(rows), columns)), shape=(len(KINDS) * start, first.size))
    return _Cells(cell_of_row, probability, adds)


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Within each of k groups, whom every person with the outcome is ranked above; found once.

    Persons without the outcome stand by group, then by estimate. `below` counts those who stand
    before the first one with the same group and estimate, `upto` those until the last one.
    """

    negatives: Codes  # rows without the outcome
    starts: Codes  # k + 1 places in `negatives`: where each group begins, and the end
    positives: Codes  # rows with the outcome, in the same order
    some: Codes  # the groups that have positives
    starts_of_some: Codes  # where these begin in `positives`
    below: Codes  # per positive, places in `negatives`
    upto: Codes | None  # None: the same, no estimates tie

    def auc(self, mass: Floats, positive: Floats) -> Floats:
        """Give each group's area under the ROC curve, ties counted half; NaN where one class has no mass.

        `positive` is the groups' mass with the outcome.
        """
        reached = np.zeros(self.negatives.size + 1)
        np.cumsum(mass[self.negatives], out=reached[1:])
        beaten = reached[self.below]
        if self.upto is not None:
            beaten = 0.5 * (beaten + reached[self.upto])
        won = np.zeros(self.starts.size - 1)
        won[self.some] = np.add.reduceat(mass[self.positives] * beaten, self.starts_of_some)
        before, negative = reached[self.starts[:-1]], np.diff(reached[self.starts])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((won - positive * before) / (positive * negative))


def _rank(grouping: Grouping, outcome: Floats, level: Codes) -> _Ranking:
    """Order rows by group, then by `level`: the whole-numbered rank of the estimate."""
    key = grouping.codes * (int(level.max()) + 1) + level
    order = np.argsort(key, kind="stable")
    positives, negatives = order[outcome[order] == 1], order[outcome[order] == 0]
    below = np.searchsorted(key[negatives], key[positives], side="left")
    upto = np.searchsorted(key[negatives], key[positives], side="right")
    some, starts_of_some = np.unique(grouping.codes[positives], return_index=True)
    return _Ranking(
        negatives=negatives,
        starts=np.searchsorted(grouping.codes[negatives], np.arange(len(grouping.values) + 1)),
        positives=positives,
        some=some,
        starts_of_some=starts_of_some,
        below=below,
        upto=None if np.array_equal(below, upto) else upto,
    )
