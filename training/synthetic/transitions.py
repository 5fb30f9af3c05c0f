"""How many persons moved from which tilstand to which, month by month: what the checks weigh stocks with."""

from typing import Final

import numpy as np
import polars as pl

from training.synthetic import states
from training.synthetic.life import Lives
from training.synthetic.states import NAMES

GROUPS: Final = (*NAMES[:11], "SJ", "SJ12", "SL", "SL12", "XX")
"""Tilstander as counted: months 1-11 of illness as one, the last month by itself."""


def _groups() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    names = []
    for code, name in enumerate(NAMES):
        last = code in (states.SJ12, states.SL12)
        names.append(name[:2] if states.IS_SICK[code] and not last else name)
    return np.array([GROUPS.index(name) for name in names])


def transition_counts(lives: Lives, persons: int) -> pl.DataFrame:
    """One row per month written, tilstand of the month before, and tilstand; XX is not active."""
    register = lives.around.config.register
    tilstand = _groups()[lives.paths.tilstand[:, :persons]]
    first, size = register.registreringer_fra, len(GROUPS)
    parts = []
    for month in range(first, register.maaneder):
        pairs = np.bincount(tilstand[month - 1] * size + tilstand[month], minlength=size * size)
        seen = np.flatnonzero(pairs)
        parts.append(np.stack([np.full(seen.size, month), seen // size, seen % size, pairs[seen]]))
    month, before, after, antall = np.concatenate(parts, axis=1)
    return pl.DataFrame(
        {
            "maaned": pl.Series(lives.around.days.first(month.astype(np.int32))).cast(pl.Date),
            "fra": np.array(GROUPS)[before],
            "til": np.array(GROUPS)[after],
            "antall": antall,
        }
    )
