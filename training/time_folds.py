"""Folds that go forward in time inside the training rows: what tuning may look at, and no more."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from profilering.errors import CallerError, DataError
from profilering.risk import Outcome
from training.nav_config import NavConfig, SplitConfig
from training.prepare import Prepared
from training.split import Rows, split_by_time

FOLDS = 3
"""Few, because each needs a whole horizon of embargo; more than one, because one year is not every year."""

SHORTEST_MONTHS = 3
"""A quarter to learn from and to validate on; less is a season."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Learn on what was over before `fra`, validate on [fra, til); rows of the prepared registreringer."""

    fra: date
    til: date
    learn: Rows
    validate: Rows


def time_folds(prepared: Prepared, config: NavConfig) -> tuple[Fold, ...]:
    """Part the training rows into `FOLDS` steps forward in time, the earliest first.

    The months after the first horizon are cut in equal parts; fold k validates on one of the last
    parts and learns on every row whose horizon was over before it. Nobody stands on both sides.

    Raises CallerError if the learning period is too short, DataError if a fold lacks a class.
    """
    months = _months_of_each(config)
    training = prepared.registreringer[prepared.split.train]
    folds = []
    for back in range(FOLDS, 0, -1):
        fra = _moved(config.deling.laer_til, -back * months)
        til = _moved(config.deling.laer_til, (1 - back) * months)
        learn_til = _moved(fra, -config.utfall.maaneder)
        period = SplitConfig(config.deling.laer_fra, learn_til, fra, til, kalibrer_andel=0, holdt_utenfor=0)
        sides = split_by_time(training, period, seed=config.seed)
        folds.append(Fold(fra, til, prepared.split.train[sides.train], prepared.split.train[sides.test]))
    for fold in folds:
        _check_classes(prepared, fold)
    return tuple(folds)


def _months_of_each(config: NavConfig) -> int:
    """The whole months of each part when the learning period has given up one horizon."""
    fra, til, horizon = config.deling.laer_fra, config.deling.laer_til, config.utfall.maaneder
    whole = (til.year - fra.year) * 12 + til.month - fra.month - (til.day < fra.day)
    months = (whole - horizon) // (FOLDS + 1)
    if months < SHORTEST_MONTHS:
        wanted = horizon + (FOLDS + 1) * SHORTEST_MONTHS
        raise CallerError(
            f"deling: {whole} whole months to learn from leave no room for {FOLDS} folds with an embargo "
            f"of {horizon}; use {wanted} or more, or do not tune"
        )
    return months


def _check_classes(prepared: Prepared, fold: Fold) -> None:
    for outcome in Outcome:
        for side, rows in (("learns", fold.learn), ("validates", fold.validate)):
            happened = prepared.outcome(outcome)[prepared.defined(outcome, rows)]
            if not 0 < happened.sum() < happened.size:
                raise DataError(
                    f"{outcome}: the fold that validates from {fold.fra} to {fold.til} {side} on "
                    f"{happened.size} rows without both 0 and 1; give more rows, or do not tune"
                )


def _moved(day: date, months: int) -> date:
    moved: date = pl.Series([day]).dt.offset_by(f"{months}mo")[0]
    return moved
