"""Shares of people by group and office, told only where nobody can be counted out of them.

A share of n people is as telling as the two counts behind it, so both must be ten or more, and
neither may follow from the sums (`training.fairness.suppression`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from training.fairness.suppression import hide_groups

Bools = NDArray[np.bool_]
Values = Sequence[str | None]  # one per person; None: missing
Columns = Mapping[str, Values]

ALL = "alle"
MISSING = "mangler"

TOO_LOW, WITHIN, TOO_HIGH = "under grensen", "innenfor", "over grensen"


@dataclass(frozen=True, slots=True)
class Band:
    """Where a share may lie without an alarm."""

    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Share:
    """The share of one group; None where fewer than ten stand behind a count of it.

    The verdict goes by the whole interval: `over grensen` says that all of it lies above. It is given
    for withheld shares too, because almost none and almost all are what is looked for.
    """

    column: str
    value: str
    n: int
    share: float | None
    low: float | None  # Wilson's 95 % interval
    high: float | None
    verdict: str

    @property
    def outside(self) -> bool:
        return self.verdict != WITHIN


def shares(columns: Columns, hits: Bools, band: Band) -> tuple[Share, ...]:
    """The share of hits among all, then in every value of every column; small groups are left out."""
    found = list(_column(ALL, [ALL] * hits.size, hits, band))
    for column, values in columns.items():
        found.extend(_column(column, values, hits, band))
    return tuple(found)


def parts(column: str, values: Values, *, summed: Collection[str]) -> tuple[Share, ...]:
    """The part of everybody that each value has; the total of the `summed` values is known as well."""
    found, codes = np.unique(_named(values), return_inverse=True)
    n = np.bincount(codes, minlength=found.size)
    tables = (np.arange(found.size), np.flatnonzero(np.isin(found, list(summed))))
    withheld = hide_groups(n[:, None], tables, np.zeros(found.size, dtype=np.bool_))
    return tuple(
        Share(
            column, str(found[place]), int(n[place]), n[place] / n.sum(), *wilson(n[place], n.sum()), WITHIN
        )
        for place in np.flatnonzero(~withheld)
    )


def told(parts_of_a_sum: Mapping[str, int]) -> dict[str, int | None]:
    """The counts, None for those under ten and those that would give them away; nobody is told as 0."""
    some = {name: count for name, count in parts_of_a_sum.items() if count > 0}
    counts = np.array(list(some.values()), dtype=np.intp)[:, None]
    hidden = hide_groups(counts, (np.arange(len(some)),), np.zeros(len(some), dtype=np.bool_))
    return {**parts_of_a_sum, **{name: None for name, hide in zip(some, hidden, strict=True) if hide}}


def verdict_of(hits: int, n: int, band: Band) -> str:
    """Where the whole interval of a share lies."""
    low, high = wilson(hits, n)
    if low > band.high:
        return TOO_HIGH
    return TOO_LOW if high < band.low else WITHIN


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval for `hits` of `n`."""
    interval = binomtest(hits, n).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def _column(column: str, values: Values, hits: Bools, band: Band) -> list[Share]:
    found, codes = np.unique(_named(values), return_inverse=True)
    n = np.bincount(codes, minlength=found.size)
    h = np.bincount(codes[hits], minlength=found.size)
    everybody = (np.arange(found.size),)
    left_out = hide_groups(n[:, None], everybody, np.zeros(found.size, dtype=np.bool_))
    withheld = hide_groups(np.column_stack([h, n - h]), everybody, left_out)
    return [
        _share(column, str(found[place]), int(h[place]), int(n[place]), band, told=not withheld[place])
        for place in np.flatnonzero(~left_out)
    ]


def _share(column: str, value: str, hits: int, n: int, band: Band, *, told: bool) -> Share:
    verdict = verdict_of(hits, n, band)
    if not told:
        return Share(column, value, n, None, None, None, verdict)
    low, high = wilson(hits, n)
    return Share(column, value, n, hits / n, low, high, verdict)


def _named(values: Values) -> NDArray[np.str_]:
    return np.array([MISSING if value is None else value for value in values], dtype=np.str_)
