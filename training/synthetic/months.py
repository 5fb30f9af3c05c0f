"""The calendar of the register: which days a month t covers, in days since 1970-01-01.

The measuring day is the 15th. What happens between t-1 and t is dated in the period of t, from the 16th
of the month before to the 15th of t. That one rule makes labels from dated tables equal the simulated ones.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from training.synthetic.draws import Floats, Ints

NO_DATE = np.int32(np.iinfo(np.int32).min)
"""Stands for null in arrays of days."""

EARLIER, LATER = 2, 12
"""Months laid down before the first and after the last one, for events at the edges."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days by month; every method takes whole months t and gives days since 1970."""

    firsts: Ints  # first day of t = -EARLIER, ...
    start: int  # calendar months since year 0 at t = 0

    def first(self, month: Ints) -> Ints:
        """The 1st of the month."""
        return self.firsts[month + EARLIER]

    def measuring_day(self, month: Ints) -> Ints:
        """The 15th of the month."""
        return self.first(month) + 14

    def period_start(self, month: Ints) -> Ints:
        """The 16th of the month before: first day of what is dated in `month`."""
        return self.first(month - 1) + 15

    def in_period(self, month: Ints, uniform: Floats) -> Ints:
        """A day uniform in the period of `month`."""
        return self.between(self.period_start(month), self.measuring_day(month), uniform)

    def between(self, low: Ints, high: Ints, uniform: Floats) -> Ints:
        """A day uniform between two days, both included."""
        return (low + np.floor(uniform * (high - low + 1))).astype(np.int32)

    def month_of(self, day: Ints) -> Ints:
        """The calendar month t a day lies in; days before the first month laid down give that month."""
        return (np.searchsorted(self.firsts, day, side="right") - 1 - EARLIER).astype(np.int32)

    def fifth_of_next(self, day: Ints, fifth: int) -> Ints:
        """The given day of the calendar month after `day`'s; exact for any day, however early."""
        as_month = day.astype("datetime64[D]").astype("datetime64[M]") + 1
        return (as_month.astype("datetime64[D]").astype(np.int32) + fifth - 1).astype(np.int32)

    def calendar_month(self, month: Ints) -> Ints:
        """1..12."""
        return ((self.start + month) % 12 + 1).astype(np.int32)

    def year(self, month: Ints) -> Ints:
        """The calendar year of a month."""
        return ((self.start + month) // 12).astype(np.int32)


def calendar(first_month: date, months: int) -> Calendar:
    """Lay down a calendar of `months` months from `first_month`."""
    start = np.datetime64(first_month, "M") - EARLIER
    firsts = (start + np.arange(months + EARLIER + LATER)).astype("datetime64[D]").astype(np.int32)
    return Calendar(firsts=firsts, start=first_month.year * 12 + first_month.month - 1)


def months_between(first: date, later: date) -> int:
    """Whole calendar months from `first` to `later`; negative if `later` is earlier."""
    return (later.year - first.year) * 12 + later.month - first.month


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days
