"""Say which group each row belongs to, for every column that people are compared by and every crossing.

Codes are made once per run, so that a thousand resamples count with whole numbers only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from profilering.errors import CallerError, DataError
from training.fairness.groups import GroupValue, sort_key

Codes = NDArray[np.intp]

CROSSED = " × "
"""Stands between the names, and between the values, of two crossed columns."""

MISSING = "mangler"
"""How a missing value is told."""

EVERYONE = "alle"


@dataclass(frozen=True, slots=True)
class Grouping:
    """One column, or two crossed: k groups that n rows are parted into."""

    column: str
    values: tuple[GroupValue, ...]  # k values, sorted; only those that occur
    codes: Codes  # n rows: place in `values`
    crossed: tuple["Side", ...] = ()  # of a crossing: its two columns


@dataclass(frozen=True, slots=True)
class Side:
    """One of the columns of a crossing, and which of its groups each crossed group lies in."""

    column: str
    codes: Codes  # k crossed groups


def group_everyone(rows: int) -> Grouping:
    """Put everybody in one group: what the others are read against."""
    return Grouping(EVERYONE, (EVERYONE,), np.zeros(rows, dtype=np.intp))


def group_by(columns: Mapping[str, Sequence[GroupValue]], *, rows: int) -> dict[str, Grouping]:
    """Group by each column; numbers before words, the missing last.

    Raises DataError if a column does not have one value per row.
    """
    for column, values in columns.items():
        if len(values) != rows:
            raise DataError(f"group column {column} has {len(values)} values for {rows} rows; give one each")
    return {column: _group(column, values) for column, values in columns.items()}


def cross(groupings: Mapping[str, Grouping], pairs: Iterable[tuple[str, str]] | None) -> tuple[Grouping, ...]:
    """Cross pairs of columns, all of them when `pairs` is None; only crossings that occur are groups.

    Raises CallerError for a pair that names no column.
    """
    wanted = tuple(combinations(groupings, 2)) if pairs is None else tuple(pairs)
    unknown = sorted({column for pair in wanted for column in pair} - set(groupings))
    if unknown:
        raise CallerError(f"crossings name the columns {unknown}, which are not given; give or leave out")
    return tuple(_cross(groupings[one], groupings[other]) for one, other in wanted)


def told(value: GroupValue) -> str:
    """Write a value as people read it."""
    return MISSING if value is None else str(value)


def _group(column: str, values: Sequence[GroupValue]) -> Grouping:
    levels = tuple(sorted(set(values), key=sort_key))
    place = {level: number for number, level in enumerate(levels)}
    codes = np.fromiter((place[value] for value in values), dtype=np.intp, count=len(values))
    return Grouping(column, levels, codes)


def _cross(one: Grouping, other: Grouping) -> Grouping:
    width = len(other.values)
    pairs, codes = np.unique(one.codes * width + other.codes, return_inverse=True)
    first, second = np.divmod(pairs, width)
    values = tuple(
        told(one.values[a]) + CROSSED + told(other.values[b]) for a, b in zip(first, second, strict=True)
    )
    column = one.column + CROSSED + other.column
    sides = (Side(one.column, first), Side(other.column, second))
    return Grouping(column, values, np.asarray(codes, dtype=np.intp), sides)
