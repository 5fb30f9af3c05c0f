"""The capacity view: with k places, how many of those with the outcome are found, and who is missed.

Information for planners, and never a threshold: who is offered what follows the person's need
(policy), not how many places there happen to be (`plantall` in the glossary).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval, Persons, Resampled, Statistic, resample
from training.evaluation.evaluate import checked_mass
from training.evaluation.groupings import EVERYONE, Grouping, group_by, group_everyone, told
from training.evaluation.metrics import hits_at, rank
from training.evaluation.suppression import hide_few

Floats = NDArray[np.float64]

SHARES = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30)
"""Places, as shares of all: the capacities that training.md asks about, from scarce to plenty."""

UNSHOWN = Interval(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True, slots=True)
class Places:
    """What a number of places reaches when the highest estimates get them.

    The counts are None, and the shares NaN, where fewer than ten people are found or missed.
    """

    share: float  # of the rows
    places: int
    found: int | None  # of those with the outcome
    missed: int | None
    share_found: Interval
    precision: Interval  # share of the places that reach somebody with the outcome


@dataclass(frozen=True, slots=True)
class MissedGroup:
    """Those with the outcome in one group, and how many of them a number of places misses.

    The counts are None where fewer than ten people stand behind them or beside them, or where
    such a number could be worked out from the other groups of the column (`suppression`).
    """

    column: str
    value: str
    share: float  # places, as a share of all rows
    positives: int | None  # rows of the group with the outcome
    missed: int | None  # of those
    share_missed: float | None


@dataclass(frozen=True, slots=True)
class CapacityView:
    """All numbers of places, and who is missed at each."""

    n: int
    places: tuple[Places, ...]
    missed: tuple[MissedGroup, ...]  # by share, column, value


def capacity_view(
    outcome: Floats,
    probability: Floats,
    columns: Mapping[str, Sequence[str | None]],
    persons: Persons,
    *,
    seed: int,
    bootstraps: int,
    threads: int = 2,
) -> CapacityView:
    """Give places to the highest of n estimates, and count those with the outcome who get none.

    `columns` has n values each. Rows are counted, so there are no weights; people with the same
    estimate draw lots for the last places, and count by their chance. Intervals are 95 %.

    Raises DataError if one class is missing, an estimate is outside 0..1, or the lengths differ.
    """
    own = checked_mass(outcome, probability, None)
    statistic = _reached(outcome, probability)
    drawn = resample({"reached": statistic}, persons, own, seed=seed, bootstraps=bootstraps, threads=threads)
    groupings = (group_everyone(outcome.size), *group_by(columns, rows=outcome.size).values())
    missed = [
        row
        for share in SHARES
        for row in _missed(groupings, persons, outcome, _chance(share, probability), share)
    ]
    return CapacityView(
        n=outcome.size,
        places=tuple(_places(row, outcome.size, drawn) for row in missed if row.column == EVERYONE),
        missed=tuple(row for row in missed if row.column != EVERYONE),
    )


def _reached(outcome: Floats, probability: Floats) -> Statistic:
    """Give share found and precision at every number of places as a function of the rows' mass."""
    ranking = rank(outcome, probability)
    shares = np.array(SHARES)

    def figures(mass: Floats) -> Floats:
        levels = ranking.levels(mass)
        hits = np.array([hits_at(share, levels) for share in SHARES])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.concatenate([hits / levels.hits[-1], hits / (shares * levels.flagged[-1])])

    return Statistic((*map(_found, SHARES), *map(_precise, SHARES)), figures)


def _found(share: float) -> str:
    return f"share_found {share}"


def _precise(share: float) -> str:
    return f"precision {share}"


def _chance(share: float, probability: Floats) -> Floats:
    """Give each row's chance of a place: 1 above the cut, 0 below, lots at it."""
    _, level_of_row, rows = np.unique(-probability, return_inverse=True, return_counts=True)
    above = np.cumsum(rows) - rows
    chance = np.clip((share * probability.size - above) / rows, 0.0, 1.0)
    return np.asarray(chance[level_of_row])


def _missed(
    groupings: Sequence[Grouping], persons: Persons, outcome: Floats, chance: Floats, share: float
) -> Iterator[MissedGroup]:
    """Count the missed of every group, hiding what points to few people.

    Where hiding asks who is found, those who draw lots count on the side they are likelier to end on.
    """
    for grouping in groupings:
        positives = np.bincount(grouping.codes, weights=outcome)
        missed = np.bincount(grouping.codes, weights=outcome * (1 - chance))
        untold = hide_few([grouping], persons, outcome, chance >= 0.5)
        for place, value in enumerate(grouping.values):
            yield MissedGroup(
                column=grouping.column,
                value=told(value),
                share=share,
                positives=None if untold.outcome[place] else round(positives[place]),
                missed=None if untold.fnr[place] else round(missed[place]),
                share_missed=None if untold.fnr[place] else float(missed[place] / positives[place]),
            )


def _places(everyone: MissedGroup, n: int, drawn: Resampled) -> Places:
    """Tell one number of places from the row that counts everybody."""
    share, positives, missed = everyone.share, everyone.positives, everyone.missed
    count = round(share * n)
    if positives is None or missed is None:
        return Places(share, count, None, None, UNSHOWN, UNSHOWN)
    found, precision = (drawn.figure("reached", name(share)).interval() for name in (_found, _precise))
    return Places(share, count, positives - missed, missed, found, precision)
