"""What is given up by leaving a contested theme out: ranking, calibration, and who is overlooked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval
from training.fairness.groups import FEWEST_POSITIVES, threshold_of_top

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Contested:
    """One model without a theme, beside the candidate with it (`tema` None: the candidate itself)."""

    tema: str | None
    auc: Interval
    loss: Interval | None  # candidate's AUC minus this one's, paired
    gaps: Mapping[str, tuple[float, float]]  # column → largest FNR gap and FPR ratio, against the rest
    flips: float  # share of people whose forslag is another than the candidate's


def widest_gaps(
    columns: Mapping[str, Sequence[str | None]], outcome: Floats, estimate: Floats, *, top: float
) -> dict[str, tuple[float, float]]:
    """Largest FNR gap and FPR ratio over the testable values of each column, the `top` share flagged."""
    flagged = estimate >= threshold_of_top(top, estimate, None)
    gaps = {}
    for column, values in columns.items():
        known = np.array(["" if value is None else str(value) for value in values])
        pairs = [_gaps(known == value, outcome == 1, flagged) for value in np.unique(known)]
        told = [pair for pair in pairs if pair is not None]
        if told:
            gaps[column] = (max(fnr for fnr, _ in told), max(fpr for _, fpr in told))
    return gaps


def _gaps(
    group: NDArray[np.bool_], positive: NDArray[np.bool_], flagged: NDArray[np.bool_]
) -> tuple[float, float] | None:
    """FNR gap and FPR ratio of a group against the rest; None where it cannot be tested."""
    cases, others = group & positive, group & ~positive
    if cases.sum() < FEWEST_POSITIVES or (~group & positive).sum() < FEWEST_POSITIVES:
        return None
    fnr_gap = float(np.mean(~flagged[cases]) - np.mean(~flagged[~group & positive]))
    rest = float(np.mean(flagged[~group & ~positive]))
    return fnr_gap, float(np.mean(flagged[others])) / rest if rest else float("nan")
