"""All chance in the register: one generator per stream and block, nothing hidden."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


class Stream(IntEnum):
    """What the numbers are for; a change in one stream leaves the others as they were."""

    MARKET = 1
    PERSONS = 2
    PATHS = 3
    PERIODS = 4
    ANSWERS = 5
    DATES = 6
    VEDTAK = 7


def generator(seed: int, stream: Stream, block: int) -> np.random.Generator:
    """The generator of one stream in one block; PCG64, the same on every platform."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, int(stream), block])))


def whole_numbers(uniform: Floats, low: int, high: int) -> Ints:
    """Turn uniforms on [0, 1) into whole numbers low..high, both included."""
    return (low + np.floor(uniform * (high - low + 1))).astype(np.int32)


def pick(uniform: Floats, shares: Floats) -> Ints:
    """Choose a column by cumulated `shares` (k,) or (n, k); what is left over goes to column k."""
    cumulated = np.cumsum(shares, axis=-1)
    chosen: Ints = (uniform[:, None] >= cumulated).sum(axis=-1, dtype=np.int32)
    return chosen
