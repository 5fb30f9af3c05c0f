"""The capacity view: with k places, how many of those with the outcome are found, and who is missed.

Information for planners, and never a threshold: who is offered what follows the person's need
(policy), not how many places there happen to be (`plantall` in the glossary).

Who is missed at 10 % but not at 15 % can be had by subtraction. So every column is hidden as one table
of people parted by where they would get a place: found at the fewest places, found at the next number
but not before, and so on, missed at all. Where a part of a group is of fewer than ten, the whole group
is hidden at every number of places, and others with it until nothing such is left over
(`suppression`). All that can be worked out is then sums of parts of ten and more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval, Persons, Resampled, Statistic, resample
from training.evaluation.evaluate import checked_mass
from training.evaluation.metrics import hits_at, rank
from training.fairness.groupings import EVERYONE, Grouping, group_by, group_everyone, told
from training.fairness.suppression import hide_few, hide_groups, people_in

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SHARES = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30)
"""Places, as shares of all: the capacities that training.md asks about, from scarce to plenty."""

FEW_SHARES = (0.10, 0.25)
"""For columns of small groups: fewer numbers of places part a group into fewer and larger parts."""

ROUNDING = 1e-9
"""Chances add up to whole people but for the last digits of a float."""

UNSHOWN = Interval(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True, slots=True)
class Places:
    """What a number of places reaches when the highest estimates get them.

    The counts are None, and the shares NaN, where they would reveal fewer than ten people.
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

    The counts are None where they would reveal fewer than ten people, alone, beside the other groups of
    the column, or beside the other numbers of places.
    """

    column: str
    value: str
    share: float  # places, as a share of all rows
    positives: int | None  # rows of the group with the outcome
    missed: int | None  # of those
    share_missed: float | None


@dataclass(frozen=True, slots=True)
class CapacityView:
    """The numbers of places, and who is missed at each: at SHARES, or FEW_SHARES where these hide fewer."""

    n: int
    places: tuple[Places, ...]
    missed: tuple[MissedGroup, ...]  # by column, share, value


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
    chances = {share: _chance(share, probability) for share in SHARES}
    missed = [row for grouping in groupings for row in _missed(grouping, persons, outcome, chances)]
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
    grouping: Grouping, persons: Persons, outcome: Floats, chances: Mapping[float, Floats]
) -> Iterator[MissedGroup]:
    """Count the missed of every group, hiding what points to few people."""
    few = hide_few([grouping], persons, outcome, outcome == 1).outcome
    hidden_at = {
        shares: _hidden(grouping, persons, outcome, [chances[share] for share in shares], few)
        for shares in (SHARES, FEW_SHARES)
    }
    shares, hidden = min(hidden_at.items(), key=lambda found: int(found[1].sum()))
    positives = np.bincount(grouping.codes, weights=outcome)
    for share in shares:
        missed = np.bincount(grouping.codes, weights=outcome * (1 - chances[share]))
        for place, value in enumerate(grouping.values):
            yield MissedGroup(
                column=grouping.column,
                value=told(value),
                share=share,
                positives=None if few[place] else round(positives[place]),
                missed=None if hidden[place] else round(missed[place]),
                share_missed=None if hidden[place] else float(missed[place] / positives[place]),
            )


def _hidden(
    grouping: Grouping, persons: Persons, outcome: Floats, chances: Sequence[Floats], few: Mask
) -> Mask:
    """Say which groups to hide, so that no part of any is of fewer than ten people.

    Those who draw lots belong to every part they may end in; a part counts as no more than it will hold.
    """
    parts = []
    for before, after in pairwise([np.zeros_like(outcome), *chances, np.ones_like(outcome)]):
        gained = outcome * (after - before)
        held = np.floor(np.bincount(grouping.codes, weights=gained) + ROUNDING).astype(np.intp)
        parts.append(np.minimum(held, people_in(grouping, persons, gained > 0)))
    return hide_groups(np.column_stack(parts), (np.arange(len(grouping.values)),), few)


def _places(everyone: MissedGroup, n: int, drawn: Resampled) -> Places:
    """Tell one number of places from the row that counts everybody."""
    share, positives, missed = everyone.share, everyone.positives, everyone.missed
    count = round(share * n)
    if positives is None or missed is None:
        return Places(share, count, None, None, UNSHOWN, UNSHOWN)
    found, precision = (drawn.figure("reached", name(share)).interval() for name in (_found, _precise))
    return Places(share, count, positives - missed, missed, found, precision)
