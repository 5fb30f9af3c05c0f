"""Sentinels for what is too good to be true: one feature that knows, labels that mean nothing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.design import Design
from training.evaluation.metrics import equal_count_bins, prepare_auc

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

BINS = 20
"""Enough levels to rank people by one number, few enough that no level is learnt from a handful."""


@dataclass(frozen=True, slots=True)
class SingleFeature:
    """How well one feature alone ranks the measured people."""

    name: str
    auc: float


def single_features(
    design: Design, outcome: Floats, train: Rows, measured: Rows
) -> tuple[SingleFeature, ...]:
    """Rank the measured rows by each feature alone, levels learnt on the training rows; best first.

    `outcome` has one value per row of the design.
    """
    found = []
    for column, name in enumerate(design.names):
        level = _levels(design.values[:, column], train)
        share = _share_of_level(level[train], outcome[train], int(level.max()) + 1)
        ranked = prepare_auc(outcome[measured], share[level[measured]])
        found.append(SingleFeature(name, ranked(np.ones(measured.size))))
    return tuple(sorted(found, key=lambda feature: -feature.auc))


def _levels(values: Floats, train: Rows) -> NDArray[np.intp]:
    """A level per row: missing is 0, few values are levels of their own, many are put in bins."""
    known = ~np.isnan(values)
    distinct = np.unique(values[train][known[train]])
    if distinct.size > BINS:
        bins = equal_count_bins(values[train][known[train]], np.ones(int(known[train].sum())), bins=BINS)
        ordered = values[train][known[train]]
        distinct = np.array([ordered[bins == number].min() for number in np.unique(bins)])
    levels = np.zeros(values.size, dtype=np.intp)
    levels[known] = np.searchsorted(distinct, values[known], side="right")
    return levels


def _share_of_level(level: NDArray[np.intp], outcome: Floats, levels: int) -> Floats:
    """The observed share per level, drawn towards everybody's where few people stand behind it."""
    people = np.bincount(level, minlength=levels)
    cases = np.bincount(level, weights=outcome, minlength=levels)
    return np.asarray((cases + outcome.mean()) / (people + 1))
