"""The people an estimate is held against: counted cases, not a formula.

The cohort is the one the calibration was learnt on; it is kept as numbers only, in the order of
its estimates. Neighbours share an estimate, so that nobody can be looked up by theirs.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from scipy.special import betaincinv

from profilering.errors import SetupError
from profilering.risk import Frequency

ENOUGH = 100
"""Under this many earlier cases no frequency is given (explanation.md)."""
ALIKE = 500
"""How many of the nearest earlier cases are counted, at least (explanation.md)."""
TAIL = 0.025
"""On each side of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Estimates of earlier registreringer in rising order, and how many had the outcome up to each.

    `counted[i]` is the number of cases among the first i; it has one entry more than `log_odds`.
    """

    log_odds: tuple[float, ...]
    counted: tuple[int, ...]

    def alike(self, log_odds: float) -> Frequency | None:
        """Count the ALIKE nearest by log-odds of the estimate; None when there are too few.

        All with the same estimate are counted or none: nothing ranks one of them before another.
        """
        n = min(ALIKE, len(self.log_odds))
        if n < ENOUGH:
            return None
        nearest = self._first_of_nearest(log_odds, n)
        first = bisect_left(self.log_odds, self.log_odds[nearest])
        end = bisect_right(self.log_odds, self.log_odds[nearest + n - 1])
        return frequency(self.counted[end] - self.counted[first], end - first)

    def everyone(self) -> Frequency:
        """Count the whole cohort."""
        return frequency(self.counted[-1], len(self.log_odds))

    def _first_of_nearest(self, log_odds: float, n: int) -> int:
        """Where the window of the n nearest begins; of equally near ones, the lower."""
        at = bisect_left(self.log_odds, log_odds)
        low, high = max(0, at - n), min(at, len(self.log_odds) - n)
        while low < high:
            middle = (low + high) // 2
            if log_odds - self.log_odds[middle] > self.log_odds[middle + n] - log_odds:
                low = middle + 1
            else:
                high = middle
        return low


def cohort_of(log_odds: list[float], cases: list[int]) -> Cohort:
    """Order people by estimate and count. Raises SetupError on empty, unordered or impossible input."""
    if not log_odds or len(log_odds) != len(cases) or set(cases) - {0, 1}:
        raise SetupError(
            f"reference cohort has {len(log_odds)} estimates and {len(cases)} outcomes of 0 or 1"
        )
    pairs = sorted(zip(log_odds, cases, strict=True))
    return Cohort(tuple(x for x, _ in pairs), tuple(accumulate((c for _, c in pairs), initial=0)))


@lru_cache(10_000)
def frequency(cases: int, of: int) -> Frequency:
    """Cases of a number, with the exact (Clopper–Pearson) 95 % interval.

    Nearly always of ALIKE, so there are few to work out.
    """
    low = float(betaincinv(cases, of - cases + 1, TAIL)) if cases > 0 else 0.0
    high = float(betaincinv(cases + 1, of - cases, 1 - TAIL)) if cases < of else 1.0
    return Frequency(cases, of, low, high)
