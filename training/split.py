"""Who is learnt from, calibrated on and tested on: by time, with nobody on two sides.

Between learning and testing lies a whole horizon (the embargo), checked when the configuration is
read. A person with registreringer in both periods is given to one of them by a keyed hash of
their id, so neither side is left with only those who come once; the same hash parts those who
are fitted on from those the calibration is learnt and measured on.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.nav_config import SplitConfig

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class SplitRows:
    """Row numbers of each side; no person stands in two of them."""

    train: Rows
    calibrate: Rows
    held_out: Rows  # of the learning period: neither fitted nor calibrated on
    test: Rows


def split_by_time(registreringer: pl.DataFrame, config: SplitConfig, *, seed: int) -> SplitRows:
    """Split registreringer (person_id, registrert) by the configured periods and shares."""
    day = pl.col("registrert")
    learning = day.is_between(config.laer_fra, config.laer_til, closed="left")
    testing = day.is_between(config.test_fra, config.test_til, closed="left")
    rows = registreringer.select("person_id", learning=learning, testing=testing).with_columns(
        both=(pl.col("learning").any() & pl.col("testing").any()).over("person_id")
    )
    period = keyed_shares(rows["person_id"], f"period {seed}") < 0.5
    share = shares_of_persons(rows["person_id"], seed=seed)
    in_learning = rows["learning"] & (~rows["both"] | period)
    calibrate = share < config.kalibrer_andel
    held_out = ~calibrate & (share < config.kalibrer_andel + config.holdt_utenfor)
    return SplitRows(
        train=_numbers(in_learning & ~calibrate & ~held_out),
        calibrate=_numbers(in_learning & calibrate),
        held_out=_numbers(in_learning & held_out),
        test=_numbers(rows["testing"] & (~rows["both"] | ~period)),
    )


def split_by_person(registreringer: pl.DataFrame, share: float, *, seed: int) -> tuple[Rows, Rows]:
    """Two sides drawn by person, all years: the easier task, beside which time shows its price."""
    shares = keyed_shares(registreringer["person_id"], f"random {seed}")
    first = shares.to_numpy() < share
    return np.flatnonzero(first), np.flatnonzero(~first)


def shares_of_persons(ids: pl.Series, *, seed: int) -> pl.Series:
    """Each person's number in [0, 1) that says their side in the learning period: the lowest calibrate."""
    return keyed_shares(ids, f"share {seed}")


def keyed_shares(ids: pl.Series, key: str) -> pl.Series:
    """A number in [0, 1) per id, the same wherever and whenever it is computed."""
    distinct = ids.unique().to_list()
    values = [_share(f"{key} {one}") for one in distinct]
    return ids.replace_strict(distinct, values, return_dtype=pl.Float64)


def _numbers(wanted: pl.Series) -> Rows:
    return wanted.arg_true().to_numpy().astype(np.intp)


def _share(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big") / 2**56
