"""Resample the people of a run once, for every figure of it.

All statistics of a run are computed on the same resamples, so any two figures can be set against
each other: what they share cancels out (a paired bootstrap). Persons are drawn, not rows: somebody
who registered three times comes or stays away as a whole, so that the intervals are not too narrow.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Persons = NDArray[np.intp]

TWO_SIDED_95 = (2.5, 97.5)
"""The percentiles of a 95 % bootstrap interval (training.md, *Evaluate*)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % bootstrap interval; NaN where the figure does not exist."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """One figure on everybody (`whole`) and on each resample (`draws`); differences keep the pairs."""

    whole: float
    draws: Floats

    def __sub__(self, other: "Drawn") -> "Drawn":
        return Drawn(self.whole - other.whole, self.draws - other.draws)

    def __truediv__(self, other: "Drawn") -> "Drawn":
        with np.errstate(divide="ignore", invalid="ignore"):
            whole = np.float64(self.whole) / np.float64(other.whole)
            return Drawn(float(whole), self.draws / other.draws)

    def interval(self) -> Interval:
        """Give the percentile interval; resamples where the figure does not exist tell nothing."""
        told = self.draws[np.isfinite(self.draws)]
        if not told.size:
            return Interval(self.whole, float("nan"), float("nan"))
        low, high = np.percentile(told, TWO_SIDED_95)
        return Interval(self.whole, float(low), float(high))

    def centred(self) -> "Drawn":
        """Move the resamples so that they lie around the figure itself.

        For a figure that chance alone makes larger, such as a sum of absolute gaps: each resample
        adds its own chance to the sample's, so that an interval of them could miss the figure.
        """
        told = self.draws[np.isfinite(self.draws)]
        return Drawn(self.whole, self.draws - (told.mean() - self.whole)) if told.size else self

    def standard_error(self) -> float:
        """Give the spread of the figure over the resamples; NaN with fewer than two that tell."""
        told = self.draws[np.isfinite(self.draws)]
        return float(np.std(told, ddof=1)) if told.size > 1 else float("nan")


@dataclass(frozen=True, slots=True)
class Statistic:
    """Named figures as a function of the mass of each row: what is resampled."""

    names: tuple[str, ...]
    of: Callable[[Floats], Floats]  # n masses → one figure per name; called from several threads


@dataclass(frozen=True, slots=True)
class Resampled:
    """Every figure of every statistic, on everybody and on each resample."""

    names: Mapping[str, tuple[str, ...]]
    whole: Mapping[str, Floats]  # k figures
    draws: Mapping[str, Floats]  # one row per resample, k figures

    def figure(self, statistic: str, name: str) -> Drawn:
        """Give one figure, to be set against others or told with its interval."""
        place = self.names[statistic].index(name)
        return Drawn(float(self.whole[statistic][place]), self.draws[statistic][:, place])


def numbered(persons: NDArray[np.generic] | list[str]) -> Persons:
    """Number the persons behind n rows, 0 and up: what `resample` draws from."""
    _, numbers = np.unique(np.asarray(persons), return_inverse=True)
    return np.asarray(numbers, dtype=np.intp)


def resample(
    statistics: Mapping[str, Statistic],
    persons: Persons,
    weights: Floats | None = None,
    *,
    seed: int,
    bootstraps: int,
    threads: int = 2,
) -> Resampled:
    """Compute every statistic on everybody and on `bootstraps` resamples of the persons.

    `persons` numbers the person behind each of n rows; `weights` are the rows' own masses. The
    same seed gives the same figures with any number of threads.
    """
    count = int(persons.max()) + 1 if persons.size else 0
    own = np.ones(persons.size) if weights is None else weights
    draws = {name: np.empty((bootstraps, len(s.names))) for name, s in statistics.items()}

    def draw(number: int) -> None:
        generator = np.random.default_rng([seed, number])
        times = np.bincount(generator.integers(0, count, size=count), minlength=count)
        mass = times[persons] * own
        for name, statistic in statistics.items():
            draws[name][number] = statistic.of(mass)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(draw, range(bootstraps)))
    return Resampled(
        names={name: s.names for name, s in statistics.items()},
        whole={name: np.asarray(s.of(own), dtype=np.float64) for name, s in statistics.items()},
        draws=draws,
    )
