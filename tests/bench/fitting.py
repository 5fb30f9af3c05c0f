"""How long training both outcomes takes on half a million registreringer, and how much memory.

A smaller register is repeated under new names until it is large enough: as much work and memory for
a fit as so many people, though not as many people. Its figures mean nothing but time and size.
"""

import math
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl

from profilering.errors import CallerError
from tests.bench.goals import Bound, Measurement
from training.candidate import fit_candidate
from training.extract import read_extract
from training.fit import THREADS
from training.nav_config import read_nav_config
from training.prepare import Prepared, prepare
from training.split import Rows, SplitRows

GOAL_SECONDS = 240
GOAL_GIB = 4
"""Both outcomes on 500,000 registreringer (the reach of the workshop)."""
KIB_PER_GIB = 2**20
"""Linux counts `ru_maxrss` in KiB."""
KEYS = ("person_id", "periode_id")
"""What must differ between copies."""


@dataclass(frozen=True, slots=True)
class FitCost:
    """What one training of both outcomes cost, in a process of its own."""

    train: int  # rows
    calibrate: int
    own: int  # train rows the register has itself; the others repeat them
    seconds: float  # of `fit_candidate`
    before_gib: float  # largest memory of the process until the fit began: reading, preparing, repeating
    peak_gib: float  # largest memory of the process

    def __str__(self) -> str:
        repeated = f"REPEATED from {self.own:,}" if self.own < self.train else "none repeated"
        return (
            f"{self.train:,} train rows ({repeated}), {self.calibrate:,} to calibrate on; "
            f"largest memory before the fit {self.before_gib:.2f} GiB"
        )

    @property
    def measurements(self) -> list[Measurement]:
        """Time and memory beside their goals."""
        what = f"fit_candidate, {self.train:,} train rows"
        return [
            Measurement(f"{what}, time", self.seconds, "s", Bound.AT_MOST, GOAL_SECONDS),
            Measurement(f"{what}, largest memory", self.peak_gib, "GiB", Bound.AT_MOST, GOAL_GIB),
        ]


def measure_fit(register: Path, *, train: int) -> FitCost:
    """Read, prepare, repeat and fit in a process of its own, so that the memory is that of the work.

    A process inherits the peak of the one that starts it: call this before anything large is done.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(_fit_here, register, train).result()


def _fit_here(register: Path, train: int) -> FitCost:
    config = read_nav_config()
    prepared = prepare(read_extract(register), config)
    own = prepared.split.train.size
    prepared = with_train_rows(prepared, train)
    before = _peak_gib()
    began = time.perf_counter()
    fit_candidate(prepared, config, threads=THREADS)
    seconds = time.perf_counter() - began
    sides = prepared.split
    return FitCost(sides.train.size, sides.calibrate.size, own, seconds, before, _peak_gib())


def with_train_rows(prepared: Prepared, train: int) -> Prepared:
    """Repeat everybody under new names until `train` rows can be learnt from, and learn from just so many.

    Every copy stands on the side its original stands on; of the train rows the spread over all
    years is kept. Raises CallerError when there is nothing to repeat.
    """
    if not prepared.split.train.size or train < 1:
        raise CallerError(
            f"{train} of {prepared.split.train.size} train rows are asked for; both must be > 0"
        )
    whole = repeat(prepared, math.ceil(train / prepared.split.train.size))
    rows = whole.split.train
    chosen = rows[np.arange(train) * rows.size // train]
    return replace(whole, split=replace(whole.split, train=chosen))


def repeat(prepared: Prepared, copies: int) -> Prepared:
    """Stand so many copies after each other, each with persons and perioder of its own."""
    people, count = prepared.registreringer, prepared.registreringer.height
    named = [
        people.with_columns(pl.format("{}-{}", key, pl.lit(copy)).alias(key) for key in KEYS)
        for copy in range(copies)
    ]

    def on_side(rows: Rows) -> Rows:
        return np.concatenate([rows + copy * count for copy in range(copies)])

    split = prepared.split
    return replace(
        prepared,
        # Rechunked, or all copies would share the memory of the first.
        registreringer=pl.concat(named, rechunk=True),
        features=pl.concat([prepared.features] * copies, rechunk=True),
        design=replace(prepared.design, values=np.tile(prepared.design.values, (copies, 1))),
        split=SplitRows(
            train=on_side(split.train),
            calibrate=on_side(split.calibrate),
            held_out=on_side(split.held_out),
            test=on_side(split.test),
        ),
    )


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_GIB
