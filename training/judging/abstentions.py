"""Whom the service gives no forslag, and why: a tool that is silent about some helps the others only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profilering.policy import REFRAINING, RegelKode
from training.evaluation.bootstrap import Interval, Persons, Resampled, Statistic, resample
from training.fairness.groupings import Grouping, group_by, group_everyone, told
from training.fairness.suppression import hide_groups, people_in
from training.judging.forslag import Codes

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ANY = "ANY"
"""Names the figure of all refraining rules together."""


@dataclass(frozen=True, slots=True)
class Abstention:
    """One group; `shares` and `n` are None where they would reveal fewer than ten people."""

    column: str
    value: str
    n: int | None  # registreringer
    share: Interval | None  # given no forslag
    by_rule: Mapping[RegelKode, Interval] | None  # None also where only all rules together can be told


def abstentions(
    fixed: Codes,
    columns: Mapping[str, Sequence[str | None]],
    persons: Persons,
    *,
    seed: int,
    bootstraps: int,
    threads: int = 2,
) -> tuple[Abstention, ...]:
    """Count who is given no forslag, everybody first and then each group, with 95 % intervals.

    `fixed` names the rule that decided each of n rows before any estimate, or is empty.
    """
    rules = [kode for kode in RegelKode if kode in REFRAINING and (fixed == kode.value).any()]
    masks = {kode.value: fixed == kode.value for kode in rules}
    masks[ANY] = np.isin(fixed, [kode.value for kode in rules])
    groupings = (group_everyone(fixed.size), *group_by(columns, rows=fixed.size).values())
    statistic = _shares(groupings, masks)
    drawn = resample({"share": statistic}, persons, seed=seed, bootstraps=bootstraps, threads=threads)
    return tuple(row for grouping in groupings for row in _rows(grouping, persons, masks, rules, drawn))


def _shares(groupings: Sequence[Grouping], masks: Mapping[str, Mask]) -> Statistic:
    """Every group's share in every mask; rows that nothing tells apart are summed first."""
    told_apart = np.column_stack([*(g.codes for g in groupings), *masks.values()])
    _, first, cell = np.unique(told_apart, axis=0, return_index=True, return_inverse=True)
    cell = cell.ravel()
    names = [_name(g, place, mask) for mask in masks for g in groupings for place in range(len(g.values))]

    def shares(mass: Floats) -> Floats:
        of_cell = np.bincount(cell, weights=mass, minlength=first.size)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = [
                np.bincount(g.codes[first], weights=of_cell * mask[first], minlength=len(g.values))
                / np.bincount(g.codes[first], weights=of_cell, minlength=len(g.values))
                for mask in masks.values()
                for g in groupings
            ]
        return np.concatenate(found)

    return Statistic(tuple(names), shares)


def _name(grouping: Grouping, place: int, mask: str) -> str:
    return f"{mask} {grouping.column} {place}"


def _rows(
    grouping: Grouping,
    persons: Persons,
    masks: Mapping[str, Mask],
    rules: Sequence[RegelKode],
    drawn: Resampled,
) -> Iterator[Abstention]:
    table = (np.arange(len(grouping.values)),)
    everybody, rest = np.ones(persons.size, dtype=np.bool_), ~masks[ANY]
    few = hide_groups(
        people_in(grouping, persons, everybody)[:, None],
        table,
        np.zeros(len(grouping.values), dtype=np.bool_),
    )

    def hidden(parts: Sequence[Mask]) -> Mask:
        people = [people_in(grouping, persons, part) for part in (*parts, rest)]
        return hide_groups(np.column_stack(people), table, few)

    together, parted = hidden([masks[ANY]]), hidden([masks[kode.value] for kode in rules])
    # A group whose parts are shown is never hidden as a whole, so either choice is one table.
    by_rule = int(parted.sum()) == int(together.sum())
    hide = parted if by_rule else together
    for place, value in enumerate(grouping.values):

        def interval(mask: str, place: int = place) -> Interval:
            return drawn.figure("share", _name(grouping, place, mask)).interval()

        yield Abstention(
            grouping.column,
            told(value),
            None if few[place] else int((grouping.codes == place).sum()),
            None if hide[place] else interval(ANY),
            {kode: interval(kode.value) for kode in rules} if by_rule and not hide[place] else None,
        )
