"""The model as a whole, seen through its explanations: what weighs, which way, and by which values.

Everything is counted over groups of FEWEST_SHOWN people or more; no mark stands for one person.
Contributions are calibrated log-odds, n rows and one column per feature, as
`FittedOutcome.explain` gives them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.design import Design
from training.fairness.groups import FEWEST_SHOWN

Floats = NDArray[np.float64]

SWARM_STEP = 0.05
"""Log-odds; the width of a bin. A step moves an estimate by 1.25 of 100 at most: finer would show noise."""

DEPENDENCE_BINS = 25
"""More points than about this many cannot be told apart in a figure."""

BAND = (0.1, 0.9)
"""The middle 80 % of the people: the ends of a wider band would be single people in a small bin."""


@dataclass(frozen=True, slots=True)
class Weight:
    """How much one feature or one theme moves estimates, whichever way."""

    name: str
    mean_absolute: float  # log-odds


@dataclass(frozen=True, slots=True)
class Dot:
    """The people whose contribution lies in one bin."""

    contribution: float  # log-odds, the middle of the bin
    people: int
    value: float | None  # mean place of their values, 0 low .. 1 high; None: no order, or too few known


@dataclass(frozen=True, slots=True)
class Swarm:
    """One line of the beeswarm, dots from left to right."""

    name: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class DependencePoint:
    """The people with a value from `low` to `high`, both included; both None: the value is missing."""

    low: float | None
    high: float | None
    people: int
    mean: float  # log-odds, as the two below
    band_low: float
    band_high: float


@dataclass(frozen=True, slots=True)
class Dependence:
    """What one feature adds by its value: rising values (or codes), the missing last."""

    name: str
    categorical: bool
    points: tuple[DependencePoint, ...]


def weights_of(names: Sequence[str], contributions: Floats) -> tuple[Weight, ...]:
    """Mean |contribution| of every column, largest first."""
    sizes = np.abs(contributions).mean(axis=0)
    order = np.argsort(-sizes, kind="stable")
    return tuple(Weight(names[column], float(sizes[column])) for column in order)


def swarm(design: Design, contributions: Floats, name: str) -> Swarm:
    """Count one feature's contributions in bins, and say how high the values in each bin are."""
    column = design.names.index(name)
    values = design.values[:, column]
    places = np.full(len(values), np.nan) if design.categorical[column] else _places(values)
    bins = np.rint(contributions[:, column] / SWARM_STEP)
    dots = (_dot(float(step) * SWARM_STEP, places[bins == step]) for step in np.unique(bins))
    return Swarm(name, tuple(dot for dot in dots if dot.people >= FEWEST_SHOWN))


def dependence(design: Design, contributions: Floats, name: str) -> Dependence:
    """Find what one feature adds on average, and the middle 80 %, for each of its values or bins of them."""
    column = design.names.index(name)
    values, added = design.values[:, column], contributions[:, column]
    known = ~np.isnan(values)
    bins = _codes(values[known]) if design.categorical[column] else _bins(values[known])
    points = [_point(low, high, added[(values >= low) & (values <= high)]) for low, high in bins]
    if (~known).sum() >= FEWEST_SHOWN:
        points.append(_point(None, None, added[~known]))
    return Dependence(name, design.categorical[column], tuple(points))


def _dot(contribution: float, places: Floats) -> Dot:
    known = places[~np.isnan(places)]
    value = float(known.mean()) if known.size >= FEWEST_SHOWN else None
    return Dot(contribution, places.size, value)


def _places(values: Floats) -> Floats:
    """Where each value lies from low (0) to high (1); a few extreme ones do not set the scale."""
    known = values[~np.isnan(values)]
    if known.size == 0:
        return values
    low, high = np.quantile(known, (0.05, 0.95))
    if low == high:
        low, high = known.min(), known.max()
    if low == high:
        return np.full_like(values, np.nan)
    places: Floats = np.clip((values - low) / (high - low), 0, 1)
    return places


def _codes(known: Floats) -> Iterator[tuple[float, float]]:
    """The codes that enough people have."""
    codes, people = np.unique(known, return_counts=True)
    return ((float(code), float(code)) for code in codes[people >= FEWEST_SHOWN])


def _bins(known: Floats) -> list[tuple[float, float]]:
    """Put neighbouring values together until enough people have them; the last bin takes the rest."""
    enough = max(FEWEST_SHOWN, known.size // DEPENDENCE_BINS)
    bins: list[tuple[float, float]] = []
    low, gathered = None, 0
    for value, people in zip(*np.unique(known, return_counts=True), strict=True):
        low = value if low is None else low
        gathered += people
        if gathered >= enough:
            bins.append((float(low), float(value)))
            low, gathered = None, 0
    if low is not None and bins:
        bins[-1] = (bins[-1][0], float(known.max()))
    return bins


def _point(low: float | None, high: float | None, added: Floats) -> DependencePoint:
    band_low, band_high = np.quantile(added, BAND)
    return DependencePoint(low, high, added.size, float(added.mean()), float(band_low), float(band_high))
