"""Whether the people an estimate is made for now are like those of the reference: PSI against its own null.

The population stability index sums (p - q) · ln(p / q) over bins: ten of about equal count for
numbers (equal values share a bin), the codes themselves for categories, and one for missing.
Chance alone makes it larger the fewer people there are, so the usual fixed limits of 0.1 and 0.25
mean something else for every n. Here each column is held against what it would be if both sides
came from the same people: both are drawn anew, at their own sizes, from the shares of both
together. The p-values are corrected with Holm's method, so that a run of any number of columns
raises a false alarm with at most the stated probability.

Limits. An alarm says that people are distributed otherwise than in the reference, not that the
model is wrong for them, and not why. The reference is some years old: the labour market has moved,
and so have the people who register; such alarms are true findings. With enough people even small
changes are no chance: they are named as small and raise no alarm. What changes between columns
but in none of them is not seen. A person with several registreringer is counted once when the
null is drawn, which makes it a little too wide rather than too narrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profilering.errors import SetupError
from training.design import Design
from training.fairness.significance import holm
from training.monitoring.limits import DriftLimit

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BINS = 10
"""Tenths: what PSI is customarily computed on."""
NULL_DRAWS = 9_999
"""The smallest p-value is then 1/10,000: below 1 % also after correction for a hundred columns."""
UNSEEN = 0.5
"""Added to every bin on both sides (Jeffreys), so that one empty bin does not make the index infinite."""
BY_CHANCE = 0.99
"""Quantile of the null shown beside each PSI; the alarm goes by the corrected p-value."""

CHANCE, SMALL, MOVED = "tilfeldig", "liten endring", "varsel"


@dataclass(frozen=True, slots=True)
class Sample:
    """Columns of n rows, and the number of persons behind them."""

    design: Design
    persons: int


@dataclass(frozen=True, slots=True)
class Drift:
    """How one column has moved."""

    name: str
    psi: float
    by_chance: float  # 99 % of the null for these numbers of people lie below
    p_value: float  # corrected with Holm's method for all columns of the run
    verdict: str

    @property
    def alarm(self) -> bool:
        return self.verdict == MOVED


def drifts(
    pairs: Sequence[tuple[Sample, Sample]], *, limit: DriftLimit, seed: int, draws: int = NULL_DRAWS
) -> tuple[Drift, ...]:
    """Hold the columns of every pair (reference, watched) against their own null, largest PSI first.

    Raises SetupError when `draws` cannot show a p-value as small as the limit asks for.
    """
    tested = [
        (name, reference, watched, column)
        for reference, watched in pairs
        for column, name in enumerate(reference.design.names)
    ]
    level = limit.nivaa
    if len(tested) > level * (draws + 1):
        raise SetupError(
            f"{len(tested)} columns at level {level} need {len(tested) / level:.0f} draws of the null, "
            f"not {draws}; raise the level or draw more"
        )
    found = [
        _against_null(reference, watched, column, draws=draws, seed=[seed, number])
        for number, (_, reference, watched, column) in enumerate(tested)
    ]
    corrected = holm(np.array([p_value for _, _, p_value in found])).tolist()
    moved = [
        Drift(name, index, by_chance, p_value, _verdict(index, p_value, limit))
        for (name, *_), (index, by_chance, _), p_value in zip(tested, found, corrected, strict=True)
    ]
    return tuple(sorted(moved, key=lambda drift: -drift.psi))


def psi(reference: Counts, watched: Counts) -> Floats:
    """The index of counts per bin; the bins are the last axis."""
    p, q = _shares(reference), _shares(watched)
    return np.asarray(((p - q) * np.log(p / q)).sum(axis=-1), dtype=np.float64)


def _verdict(index: float, p_value: float, limit: DriftLimit) -> str:
    if p_value > limit.nivaa:
        return CHANCE
    return MOVED if index >= limit.minste_psi else SMALL


def _against_null(
    reference: Sample, watched: Sample, column: int, *, draws: int, seed: list[int]
) -> tuple[float, float, float]:
    """PSI of one column, the highest that chance gives, and the share of the null that is as large."""
    before, now = _counts(reference.design, watched.design, column)
    shares = (before + now) / (before + now).sum()
    generator = np.random.default_rng(seed)
    sizes = (reference.persons, watched.persons)
    null = psi(*(generator.multinomial(size, shares, size=draws) for size in sizes))
    found = float(psi(before, now))
    return found, float(np.quantile(null, BY_CHANCE)), float((1 + np.sum(null >= found)) / (1 + draws))


def _counts(reference: Design, watched: Design, column: int) -> tuple[Counts, Counts]:
    """Rows per bin on both sides, the last one for missing; bins that are empty on both are left out."""
    before, now = reference.values[:, column], watched.values[:, column]
    known = before[~np.isnan(before)]
    if reference.categorical[column]:
        cuts = np.unique(np.concatenate([known, now[~np.isnan(now)]]))
    else:
        tenths = np.arange(1, BINS) / BINS
        cuts = np.unique(np.quantile(known, tenths, method="inverted_cdf")) if known.size else known
    counted = np.stack([_per_bin(values, cuts) for values in (before, now)])
    kept = counted[:, counted.sum(axis=0) > 0]
    return kept[0], kept[1]


def _per_bin(values: Floats, cuts: Floats) -> Counts:
    """Count values up to each cut, above the last, and missing."""
    bins = np.where(np.isnan(values), cuts.size + 1, np.searchsorted(cuts, values, side="left"))
    return np.bincount(bins, minlength=cuts.size + 2)


def _shares(counts: Counts) -> Floats:
    held = counts + UNSEEN
    return np.asarray(held / held.sum(axis=-1, keepdims=True), dtype=np.float64)
