"""Does the model keep its promises? More work never raises an estimate, a stated hindrance never lowers it.

The calibrated estimate is what people are shown, so that is what is tried: a calibration with a
negative slope would turn every promise round.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.lightgbm_model import FittedOutcome
from profilering.errors import DataError

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class FeatureMoves:
    """One directed feature: how often it was moved, and how often the estimate went the wrong way."""

    name: str
    direction: int  # 1: more never lowers, -1: more never raises
    pairs: int
    violations: int
    worst: float  # log-odds in the wrong direction, 0.0 if none


@dataclass(frozen=True, slots=True)
class MonotoneCheck:
    """All directed features together, and the worst of them; every feature in the matrix's order."""

    pairs: int
    violations: int
    worst: float  # log-odds
    worst_feature: str | None  # None: no violation
    features: tuple[FeatureMoves, ...]


@dataclass(frozen=True, slots=True)
class _Moves:
    """Rows and columns of the matrix, each with another value to put there."""

    rows: Places
    columns: Places
    values: Floats


def check_monotone(
    fitted: FittedOutcome,
    matrix: Floats,
    directions: Sequence[int],
    *,
    pairs: int = 10_000,
    seed: int,
    threads: int = 1,
) -> MonotoneCheck:
    """Move one directed value of a person to another observed one, `pairs` times, and compare log-odds.

    Features are tried equally often and their values equally often, so that rare values are tried
    too. Missing values are left missing. Nothing is rounded away: sums of rising trees rise exactly.

    Raises DataError if no directed feature has two values to move between.
    """
    moves = _draw(matrix, np.flatnonzero(directions), pairs, np.random.default_rng(seed))
    before = matrix[moves.rows]
    after = before.copy()
    places = np.arange(len(moves.rows))
    after[places, moves.columns] = moves.values
    moved_up = np.sign(moves.values - before[places, moves.columns])
    gained = _log_odds(fitted, after, threads) - _log_odds(fitted, before, threads)
    against = -gained * moved_up * np.asarray(directions)[moves.columns]
    wrong = np.where(against > 0, against, 0.0)
    return _summed(fitted.booster.feature_name(), directions, moves.columns, wrong)


def _draw(matrix: Floats, directed: Places, pairs: int, random: np.random.Generator) -> _Moves:
    """Deal the pairs out among the columns that have two values or more."""
    observed = {column: np.unique(known) for column in directed if (known := _known(matrix, column)).size}
    movable = [column for column, values in observed.items() if values.size > 1]
    if not movable:
        raise DataError("no feature with a direction has two observed values; give rows that differ")
    columns = np.repeat(movable, np.diff(np.linspace(0, pairs, len(movable) + 1).astype(int)))
    rows = np.concatenate(
        [
            random.choice(np.flatnonzero(~np.isnan(matrix[:, column])), size=int((columns == column).sum()))
            for column in movable
        ]
    )
    values = np.concatenate(
        [_others(observed[column], matrix[rows[columns == column], column], random) for column in movable]
    )
    return _Moves(rows, columns, values)


def _known(matrix: Floats, column: int) -> Floats:
    values = matrix[:, column]
    return values[~np.isnan(values)]


def _others(observed: Floats, own: Floats, random: np.random.Generator) -> Floats:
    """For each own value another of the observed ones, all equally likely."""
    drawn = random.integers(0, observed.size - 1, own.size)
    return observed[drawn + (drawn >= np.searchsorted(observed, own))]


def _log_odds(fitted: FittedOutcome, matrix: Floats, threads: int) -> Floats:
    raw = np.asarray(fitted.booster.predict(matrix, raw_score=True, num_threads=threads), dtype=np.float64)
    return fitted.calibration.log_odds_of_all(raw)


def _summed(names: Sequence[str], directions: Sequence[int], columns: Places, wrong: Floats) -> MonotoneCheck:
    features = tuple(
        FeatureMoves(
            name=names[column],
            direction=direction,
            pairs=int((columns == column).sum()),
            violations=int((wrong[columns == column] > 0).sum()),
            worst=float(wrong[columns == column].max(initial=0.0)),
        )
        for column, direction in enumerate(directions)
        if direction
    )
    worst = max(features, key=lambda feature: feature.worst)
    return MonotoneCheck(
        pairs=len(wrong),
        violations=sum(feature.violations for feature in features),
        worst=worst.worst,
        worst_feature=worst.name if worst.worst > 0 else None,
        features=features,
    )
