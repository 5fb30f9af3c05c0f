"""Decide which figures of which groups may be shown: no count of fewer than ten people can be worked out.

A table's totals are taken to be known. If one value alone were hidden, anybody could subtract the
shown ones from the total; so the smallest of the shown is hidden too, until what is hidden
together is neither one group nor fewer than ten people. A crossing is held to this along both of
its margins, and what is hidden for a value stays hidden in its crossings.

This protects each table and its margins, not what three or more linked tables could tell together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Persons
from training.evaluation.evaluate import CurveBin
from training.fairness.groupings import Codes, Grouping
from training.fairness.groups import FEWEST_SHOWN

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hidden:
    """For each of k groups, what may not be told: the size hides the outcome, the outcome both rates."""

    size: Mask  # how many they are
    outcome: Mask  # how many have the outcome
    fnr: Mask  # how many of those are flagged
    fpr: Mask  # how many of the rest are flagged


def hide_few(groupings: Iterable[Grouping], persons: Persons, outcome: Floats, flagged: Mask) -> Hidden:
    """Decide for the groups of all groupings of n rows, laid end to end; columns before their crossings.

    People are counted, not rows: ten rows of one person are one.
    """
    parts, of_column = [], dict[str, Hidden]()
    for grouping in groupings:
        part = _hidden(grouping, persons, outcome == 1, flagged, of_column)
        parts.append(part)
        if not grouping.crossed:
            of_column[grouping.column] = part
    return Hidden(
        size=np.concatenate([part.size for part in parts]),
        outcome=np.concatenate([part.outcome for part in parts]),
        fnr=np.concatenate([part.fnr for part in parts]),
        fpr=np.concatenate([part.fpr for part in parts]),
    )


def hide_groups(people: Codes, tables: Sequence[Codes], already: Mask) -> Mask:
    """Say which of k groups to hide: too small, hidden already, or needed so that none can be subtracted.

    `people` has k rows and one column per count that goes with the figure; each of `tables` lists
    groups whose total is known.
    """
    hidden = already | (people < FEWEST_SHOWN).any(axis=1)
    changed = True
    while changed:
        changed = False
        for table in tables:
            inside, outside = table[hidden[table]], table[~hidden[table]]
            revealed = inside.size == 1 or (people[inside].sum(axis=0) < FEWEST_SHOWN).any()
            if inside.size and outside.size and revealed:
                hidden[outside[np.argmin(people[outside].sum(axis=1))]] = True
                changed = True
    return hidden


def shown_bins(curve: Sequence[CurveBin]) -> tuple[CurveBin, ...]:
    """Leave out of a calibration curve the bins in which fewer than ten had, or had not, the outcome.

    All bins together are known to be everybody, so one bin is never left out alone.
    """
    cases = np.array([round(point.observed * point.n) for point in curve], dtype=np.intp)
    others = np.array([point.n for point in curve], dtype=np.intp) - cases
    nobody = np.zeros(len(curve), dtype=np.bool_)
    hidden = hide_groups(np.column_stack([cases, others]), (np.arange(len(curve)),), nobody)
    return tuple(point for point, hide in zip(curve, hidden, strict=True) if not hide)


def _hidden(
    grouping: Grouping, persons: Persons, case: Mask, flagged: Mask, of_column: Mapping[str, Hidden]
) -> Hidden:
    tables = _tables(grouping)
    sides = [(of_column[side.column], side.codes) for side in grouping.crossed]

    def hide(parts: Sequence[Mask], above: Sequence[Mask]) -> Mask:
        people = np.column_stack([people_in(grouping, persons, part) for part in parts])
        nobody = np.zeros(len(people), dtype=np.bool_)
        return hide_groups(people, tables, np.logical_or.reduce([nobody, *above]))

    size = hide([np.ones_like(case)], [side.size[codes] for side, codes in sides])
    outcome = hide([case, ~case], [size, *(side.outcome[codes] for side, codes in sides)])
    return Hidden(
        size=size,
        outcome=outcome,
        fnr=hide([case & flagged, case & ~flagged], [outcome, *(side.fnr[codes] for side, codes in sides)]),
        fpr=hide([~case & flagged, ~case & ~flagged], [outcome, *(side.fpr[codes] for side, codes in sides)]),
    )


def _tables(grouping: Grouping) -> tuple[Codes, ...]:
    """List the sets of groups whose total stands somewhere: the column, or both margins of a crossing."""
    if not grouping.crossed:
        return (np.arange(len(grouping.values)),)
    margins = [side.codes for side in grouping.crossed]
    return tuple(np.flatnonzero(codes == value) for codes in margins for value in np.unique(codes))


def people_in(grouping: Grouping, persons: Persons, rows: Mask) -> Codes:
    """Count the distinct people behind these rows of each group."""
    width = int(persons.max()) + 1
    pairs = np.sort(grouping.codes[rows] * width + persons[rows])
    distinct = pairs[np.diff(pairs, prepend=-1) > 0]
    return np.bincount(distinct // width, minlength=len(grouping.values))
