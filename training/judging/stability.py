"""Would an equally good model have said the same? How many people's forslag flips, and whose.

Equally good models flag different people (Bach et al. 2023: overlap down to 0.45; REQ-62), and
nobody is told which of them happened to be chosen. Here the candidate is held against models that
differ by seed or by the people drawn only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profilering.innsatsgruppe import ForslagKode
from training.fairness.groups import FEWEST_SHOWN

Codes = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Flips:
    """One other model beside the candidate, on the same n people."""

    name: str
    share: float  # of people whose forslag is another, 0..1
    overlap: float  # Jaccard: of those either model gives more than STANDARD_INNSATS, the share both do
    same_theme: float | None  # share whose explanation is led by the same tema; None where not asked


@dataclass(frozen=True, slots=True)
class FlipGroup:
    """People of one group: how many have a forslag that flips in at least one of the models."""

    column: str
    value: str
    n: int
    flips: int | None  # None: fewer than ten, or so many that fewer than ten do not


@dataclass(frozen=True, slots=True)
class Stability:
    """All models beside the candidate, and who the people are whose forslag depends on the choice."""

    n: int
    ever: float  # share of people whose forslag flips in at least one model
    models: tuple[Flips, ...]
    groups: tuple[FlipGroup, ...]


def flips_of(name: str, ours: Codes, other: Codes, *, same_theme: float | None = None) -> Flips:
    """Hold another model's forslag against the candidate's."""
    standard = ForslagKode.STANDARD_INNSATS.value
    either, both = (ours != standard) | (other != standard), (ours != standard) & (other != standard)
    overlap = float(both.sum() / either.sum()) if either.any() else float("nan")
    return Flips(name, float(np.mean(ours != other)), overlap, same_theme)


def stability_of(
    ours: Codes, others: Sequence[tuple[Flips, Codes]], columns: Mapping[str, Sequence[str | None]]
) -> Stability:
    """Gather the models, and count who flips by the columns given; one value per person and column."""
    ever = np.zeros(ours.size, dtype=np.bool_)
    for _flips, codes in others:
        ever |= codes != ours
    groups = []
    for column, values in columns.items():
        known = np.array(["mangler" if value is None else str(value) for value in values])
        for value in np.unique(known):
            members = ever[known == value]
            groups.append(FlipGroup(column, str(value), members.size, _shown(members)))
    kept = tuple(group for group in groups if group.n >= FEWEST_SHOWN)
    return Stability(ours.size, float(np.mean(ever)), tuple(flips for flips, _ in others), kept)


def _shown(flipped: NDArray[np.bool_]) -> int | None:
    count = int(flipped.sum())
    return count if min(count, flipped.size - count) >= FEWEST_SHOWN else None
