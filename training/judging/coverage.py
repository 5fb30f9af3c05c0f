"""Do the intervals people are shown hold what happens to those who register later?

A veileder reads that 31 of 100 alike people had the outcome, "as low as 27 or as high as 35". The
interval tells how far chance in the calibration cohort reaches; nothing in it knows that later years
may differ. Only later cohorts can say how often it holds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betaincinv

from models.reference import ALIKE, ENOUGH, TAIL, Cohort, frequency
from profilering.risk import Frequency

Floats = NDArray[np.float64]
Groups = list[NDArray[np.intp]]

ROUNDING = 1e-9
"""A share that is the interval's own end lies inside, whatever the last digit of a float says."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the interval shown held what was seen later, in groups of nearby estimates.

    Two chances stand between the two: the one that the interval is for, and that of the later group
    itself. So even with nothing changed fewer than 95 of 100 hold; `expected` says how many.
    """

    n: int  # later registreringer
    held: Frequency  # groups that hold, of all groups
    expected: float  # share that would hold if only chance stood between
    seldom: int  # groups where it happened more seldom than the interval says
    often: int  # groups where it happened more often
    largest_gap: float  # share seen later minus share shown, where they lie furthest apart
    gap_at: float  # the share shown there


def coverage_of(cohort: Cohort, log_odds: Floats, outcome: Floats) -> Coverage | None:
    """Hold the interval shown at the middle of every group against the share seen in the group.

    n later registreringer by their estimates are parted, in order, into groups of as many as the
    interval counts (those with the same estimate stay together). `cohort` is what the service counts
    in. None where either has fewer people than an interval is given for.
    """
    if log_odds.size < ENOUGH or len(cohort.log_odds) < ENOUGH:
        return None
    groups = _nearby(log_odds)
    shown = [cohort.alike(float(log_odds[rows[rows.size // 2]])) for rows in groups]
    pairs = [(s, rows) for s, rows in zip(shown, groups, strict=True) if s is not None]
    seen = np.array([outcome[rows].mean() for _, rows in pairs])
    told = np.array([s.cases / s.of for s, _ in pairs])
    often = int((seen > np.array([s.high for s, _ in pairs]) + ROUNDING).sum())
    seldom = int((seen < np.array([s.low for s, _ in pairs]) - ROUNDING).sum())
    expected = [_expected(s, int(outcome[rows].sum()), rows.size) for s, rows in pairs]
    widest = int(np.argmax(np.abs(seen - told)))
    return Coverage(
        n=log_odds.size,
        held=frequency(len(pairs) - often - seldom, len(pairs)),
        expected=float(np.mean(expected)),
        seldom=seldom,
        often=often,
        largest_gap=float(seen[widest] - told[widest]),
        gap_at=float(told[widest]),
    )


def _nearby(log_odds: Floats) -> Groups:
    """Part rows into groups of ALIKE by estimate; ties stay together, and a short rest joins the last."""
    order = np.argsort(log_odds, kind="stable")
    ordered = log_odds[order]
    ends = [0]
    while ends[-1] + ALIKE <= ordered.size:
        ends.append(int(np.searchsorted(ordered, ordered[ends[-1] + ALIKE - 1], side="right")))
    inner = [end for end in ends[1:] if end + ALIKE <= ordered.size]
    return np.split(order, inner)


def _expected(shown: Frequency, cases: int, of: int) -> float:
    """The chance that an interval holds, when people then and later had the outcome equally often.

    How often that is, both together tell. Every count the interval could have come from is weighed.
    """
    share = (shown.cases + cases) / (shown.of + of)
    counts = np.arange(shown.of + 1, dtype=np.float64)
    low = np.where(counts > 0, betaincinv(np.maximum(counts, 1), shown.of - counts + 1, TAIL), 0.0)
    below = shown.of - np.minimum(counts, shown.of - 1)
    high = np.where(counts < shown.of, betaincinv(counts + 1, below, 1 - TAIL), 1.0)
    first, last = np.ceil(low * of - ROUNDING), np.floor(high * of + ROUNDING)
    inside = _at_most(last, of, share) - _at_most(first - 1, of, share)
    drawn = np.diff(_at_most(counts, shown.of, share), prepend=0.0)
    return float(drawn @ inside)


def _at_most(cases: Floats, of: int, share: float) -> Floats:
    """The binomial chance of at most so many cases."""
    return np.where(cases < 0, 0.0, bdtr(np.maximum(cases, 0), of, share))
