"""The words a feature is defined in: each says the same of a table of many and of one life.

A word gives a `Value`: the polars expression that trains the model, and beside it plain Python for
one registrering, which needs no query engine. Whoever changes one changes the other; tests hold
them together on invented lives and on whole registers. All arithmetic is in whole numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeVar

import polars as pl

from profilering.features.life import Life
from profilering.features.tables import Slag

YEAR = 365  # days
MOST_MONTHS_SINCE = 180
"""Fifteen years: what ended before that is told as if it had ended then."""
MOST_MONTHS_IN_A_JOB = 240
WINDOWS = [
    (pl.col("til") - pl.max_horizontal(pl.col(fra), pl.col("reg") - window))
    .clip(lower_bound=0)
    .alias(f"{fra}_{window}")
    for fra in ("fra", "ny_fra")
    for window in (YEAR, 2 * YEAR, 3 * YEAR, 5 * YEAR)
]
"""Days of each spell inside each window, laid down once: features only add them up (`Life.days`)."""

Days = TypeVar("Days", pl.Expr, int)


@dataclass(frozen=True, slots=True)
class Value:
    """One definition in two forms: a column of `many`, and the value of `one`; None = missing."""

    many: pl.Expr
    one: Callable[[Life], Any]


def months(days: Days) -> Days:
    """Whole months nearest to a number of days, in whole-number arithmetic only."""
    return (days * 12 + 182) // 365


def fact(column: str) -> Value:
    """An answer, or a figure of the labour market, as it stands."""
    return Value(pl.col(column), lambda life: life.facts[column])


def age() -> Value:
    """Age at the end of the year of registrering."""

    def one(life: Life) -> int | None:
        born = life.facts["foedselsaar"]
        return None if born is None else life.facts["registrert"].year - born

    return Value(pl.col("registrert").dt.year() - pl.col("foedselsaar"), one)


def below(column: str, limit: int) -> Value:
    """A whole number under the limit; any other is missing."""

    def one(life: Life) -> int | None:
        value: int | None = life.facts[column]
        return value if value is not None and value < limit else None

    return Value(pl.when(pl.col(column) < limit).then(pl.col(column)), one)


def place_in(codes: tuple[str, ...], column: str) -> Value:
    """The place of a code in a fixed list; a code that is not in it is missing."""
    places = {code: place for place, code in enumerate(codes)}
    return Value(
        pl.col(column).cast(pl.Enum(codes), strict=False).to_physical().cast(pl.Int32),
        lambda life: places.get(life.facts[column]),
    )


def months_in(slag: Slag, window: int) -> Value:
    """Months of the window that some spell covers; no day counts twice."""
    return Value(
        months(_of(slag, pl.col(f"ny_fra_{window}")).sum()),
        lambda life: months(sum(life.new_days(slag, window))) if life.spells[slag] else 0,
    )


def longest_in(slag: Slag, window: int) -> Value:
    """Months of the window that one spell covers."""
    return Value(
        months(_of(slag, pl.col(f"fra_{window}")).max()),
        lambda life: months(max(life.days(slag, window), default=0)) if life.spells[slag] else None,
    )


def count_in(slag: Slag, window: int) -> Value:
    """Spells that reach into the window."""
    return Value(
        (_of(slag, pl.col(f"fra_{window}")) > 0).sum(),
        lambda life: len(life.days(slag, window)),
    )


def months_since(*slag: Slag) -> Value:
    """Months since the last such spell ended, 0 while it runs."""

    def one(life: Life) -> int | None:
        ends = [spell.til for each in slag for spell in life.spells[each]]
        return min(months(life.reg - max(ends)), MOST_MONTHS_SINCE) if ends else None

    last = pl.when(pl.col("slag").is_in(slag)).then("til").max()
    return Value(months(pl.col("reg").max() - last).clip(upper_bound=MOST_MONTHS_SINCE), one)


def now(slag: Slag) -> Value:
    """Whether such a spell runs on the day of registrering: 0 or 1."""
    return Value(
        _of(slag, pl.col("loeper")).any().cast(pl.Int32),
        lambda life: int(any(spell.loeper for spell in life.spells[slag])),
    )


def of_last_job(column: str) -> Value:
    """Of the job that ended (or runs) last; of several, the largest position, then the longest job.

    Beginning such a job earlier can then never lower what is known of the last job.
    """
    of = attrgetter(column)
    return Value(_of_last_job(column), lambda life: of(life.last_job) if life.last_job else None)


def months_of_last_job() -> Value:
    """How long the last job lasted."""

    def one(life: Life) -> int | None:
        last = life.last_job
        return min(months(last.til - last.fra), MOST_MONTHS_IN_A_JOB) if last else None

    lasted = _of_last_job("til") - _of_last_job("fra")
    return Value(months(lasted).clip(upper_bound=MOST_MONTHS_IN_A_JOB), one)


def _of(slag: Slag, value: pl.Expr) -> pl.Expr:
    """The value for spells of this slag, missing for others: cheaper within groups than a filter."""
    return pl.when(pl.col("slag") == slag).then(value)


def _of_last_job(column: str) -> pl.Expr:
    # A day number has at most seven digits and a position four: each term only breaks earlier ties.
    position = pl.col("stillingsprosent").cast(pl.Int64).fill_null(-1)
    order = (pl.col("til").cast(pl.Int64) * 10_000 + position) * 10_000_000 - pl.col("fra")
    jobb = pl.col("slag") == Slag.JOBB
    return pl.col(column).filter(jobb).get(order.filter(jobb).arg_max(), null_on_oob=True)
