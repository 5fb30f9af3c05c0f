"""What explanations rest on, theme by theme: health is one matter among many, a ytelse is not a need.

A theme's share of an explanation is the |sum| of the contributions of its features. Contributions
have n rows and the catalogue's columns in its order, as `FittedOutcome.explain` gives them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profilering.errors import DataError
from profilering.features import CATALOGUE
from profilering.tema import Tema
from training.explanations.views import Weight, weights_of
from training.fairness.groups import FEWEST_SHOWN

Floats = NDArray[np.float64]

TEMAER = tuple(Tema)
MEMBERS = np.array([[feature.tema is tema for tema in TEMAER] for feature in CATALOGUE], dtype=np.float64)
"""1 where a feature (row) belongs to a theme (column)."""


@dataclass(frozen=True, slots=True)
class ThemeShare:
    """How many of all explanations one theme leads; None when fewer than ten people are behind it."""

    tema: Tema
    share: float | None  # 0..1


@dataclass(frozen=True, slots=True)
class ThemeShares:
    """REQ-30 and REQ-50 in figures: what leads, and what rests on YTELSER alone."""

    rows: int
    led: tuple[ThemeShare, ...]  # every theme, in the order of `Tema`
    resting_on_ytelser: float | None  # share where YTELSER weighs more than all other themes together


def theme_sums(contributions: Floats) -> Floats:
    """Sum what the features of each theme add: n rows, one column per theme in the order of `Tema`.

    Raises DataError if the columns are not as many as the catalogue's.
    """
    if contributions.ndim != 2 or contributions.shape[1] != len(CATALOGUE):
        raise DataError(
            f"contributions have shape {contributions.shape}; "
            f"give one row per person and the catalogue's {len(CATALOGUE)} columns"
        )
    return contributions @ MEMBERS


def theme_weights(contributions: Floats) -> tuple[Weight, ...]:
    """Mean |sum| of every theme, largest first."""
    return weights_of([tema.value for tema in TEMAER], theme_sums(contributions))


def theme_shares(contributions: Floats) -> ThemeShares:
    """Count which theme leads each explanation, and which explanations rest on YTELSER alone."""
    sizes = np.abs(theme_sums(contributions))
    leading = _leading(sizes)
    ytelser = sizes[:, TEMAER.index(Tema.YTELSER)]
    return ThemeShares(
        rows=len(sizes),
        led=tuple(ThemeShare(tema, _share(leading == place)) for place, tema in enumerate(TEMAER)),
        resting_on_ytelser=_share(ytelser > sizes.sum(axis=1) - ytelser),
    )


def same_leading_theme(first: Floats, second: Floats) -> float:
    """Share of people, 0..1, whose leading theme is the same in both; a row is the same person in each.

    Raises DataError if the two are not of one shape, or empty.
    """
    if first.shape != second.shape or len(first) == 0:
        raise DataError(
            f"contributions have shapes {first.shape} and {second.shape}; give the same people, at least one"
        )
    one, other = (_leading(np.abs(theme_sums(given))) for given in (first, second))
    return float(np.mean(one == other))


def _leading(sizes: Floats) -> NDArray[np.intp]:
    """Place of the largest theme in each row; -1 where nothing added anything."""
    return np.where(sizes.max(axis=1) > 0, sizes.argmax(axis=1), -1)


def _share(people: NDArray[np.bool_]) -> float | None:
    return float(people.mean()) if people.sum() >= FEWEST_SHOWN else None
