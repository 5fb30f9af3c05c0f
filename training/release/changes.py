"""Whose forslag would be another under another model, counted so that nobody can be found in the count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from profilering.innsatsgruppe import ForslagKode
from training.evaluation.bootstrap import Persons
from training.fairness.groups import FEWEST_SHOWN
from training.fairness.suppression import hide_groups
from training.judging.forslag import Codes

Mask = NDArray[np.bool_]
Places = NDArray[np.intp]

MISSING = "mangler"


@dataclass(frozen=True, slots=True)
class ForslagCount:
    """Registreringer given one forslag by the first model and one by the second."""

    fra: str
    til: str
    n: int | None  # None: cannot be shown


@dataclass(frozen=True, slots=True)
class GroupCount:
    """Registreringer of one group, and how many of them would get another forslag; None: cannot be shown."""

    column: str
    value: str
    n: int | None
    changed: int | None


@dataclass(frozen=True, slots=True)
class Changes:
    """n registreringer of a cohort, from one model's forslag to another's."""

    n: int
    changed: int | None  # None: fewer than ten people, or fewer than ten who do not change
    counts: tuple[ForslagCount, ...]  # every pair of forslag


def changes_of(first: Codes, second: Codes, persons: Persons) -> Changes:
    """Count n registreringer by both models' forslag.

    Those who change and those who do not are two tables with known totals, and together a third.
    """
    pairs = list(product((kode.value for kode in ForslagKode), repeat=2))
    same = np.array([fra == til for fra, til in pairs])
    members = [(first == fra) & (second == til) for fra, til in pairs]
    tables = [np.flatnonzero(same), np.flatnonzero(~same), np.arange(len(pairs))]
    hidden = _hidden(_people(members, persons), tables)
    changed = first != second
    return Changes(
        n=first.size,
        changed=int(changed.sum()) if _may_tell(changed, persons) else None,
        counts=tuple(
            ForslagCount(fra, til, None if hide else int(rows.sum()))
            for (fra, til), rows, hide in zip(pairs, members, hidden.tolist(), strict=True)
        ),
    )


def changes_by_group(
    column: str, values: Sequence[str | None], changed: Mask, persons: Persons
) -> tuple[GroupCount, ...]:
    """Count by the values of one column, sorted, the missing last."""
    told = np.array([MISSING if value is None else value for value in values])
    groups = sorted(set(told.tolist()), key=lambda value: (value == MISSING, value))
    members = [told == group for group in groups]
    whole = [np.arange(len(groups))]
    few = hide_groups(_people(members, persons)[:, None], whole, np.zeros(len(groups), dtype=np.bool_))
    parts = [_people([rows & side for rows in members], persons) for side in (changed, ~changed)]
    hidden = hide_groups(np.column_stack(parts), whole, few)
    return tuple(
        GroupCount(
            column,
            group,
            n=None if small else int(rows.sum()),
            changed=None if hide else int((rows & changed).sum()),
        )
        for group, rows, small, hide in zip(groups, members, few.tolist(), hidden.tolist(), strict=True)
    )


def count_labels(labels: Codes, known: Sequence[str], persons: Persons) -> Mapping[str, int | None]:
    """Count rows by label, every known one in its order; None where the count cannot be shown."""
    members = [labels == label for label in known]
    hidden = _hidden(_people(members, persons), [np.arange(len(known))])
    return {
        label: None if hide else int(rows.sum())
        for label, rows, hide in zip(known, members, hidden.tolist(), strict=True)
    }


def _hidden(people: Places, tables: Sequence[Places]) -> Mask:
    """Which counts to hide. An empty one is not shown either, but hides nobody behind it."""
    filled = [table[people[table] > 0] for table in tables]
    return hide_groups(people[:, None], filled, np.zeros(people.size, dtype=np.bool_))


def _people(members: Sequence[Mask], persons: Persons) -> Places:
    """How many people stand behind each set of rows: one who registered twice is one."""
    return np.array([np.unique(persons[rows]).size for rows in members], dtype=np.intp)


def _may_tell(some: Mask, persons: Persons) -> bool:
    return bool(min(_people([some, ~some], persons)) >= FEWEST_SHOWN)
