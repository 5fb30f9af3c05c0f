"""The four works whose growth is measured; each runs alone in a process, on invented people repeated.

What a work needs is made first and not measured: a register is repeated under new row numbers, a
journal is written straight into its tables. So the figures tell of size and of nothing else.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from models.approved import load_approved
from models.lightgbm_model import LightgbmModel
from profilering.errors import SetupError
from profilering.features import Tables, compute_features
from profilering.risk import Outcome
from serving.journal import Journal
from serving.journal.verify import verify_journal
from tests.bench.journal import fill
from tests.bench.material import material_of
from tests.bench.speed import Practice
from training.cohort import in_cohort, tables_as_of
from training.extract import read_extract
from training.fit import THREADS, fit_lightgbm
from training.nav_config import read_nav_config
from training.prepare import prepare

TREES = 20
"""Of each outcome; the shipped models have 350, and take as many times longer."""
BATCH = 5_000
"""Rows explained together, as the command `score` does; what was explained is let go."""
CONTENT_BYTES = 200
ROUNDS, SHORT_SECONDS = 3, 60.0
"""A work shorter than this is done again, and the quickest counts."""

Work = Callable[[], object]


class Part(StrEnum):
    """What grows with the number of people."""

    FEATURES = "features"
    TRAINING = "training"
    SCORING = "scoring with explanations"
    VERIFICATION = "journal verification"

    @property
    def streams(self) -> bool:
        """Whether its memory must not grow with the number."""
        return self in {Part.SCORING, Part.VERIFICATION}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one work took, in a process of its own."""

    seconds: float
    base_mib: float  # resident when the work began: what it was given
    peak_mib: float  # largest resident until it was done


def measure_part(part: Part, size: int, practice: Practice) -> Cost:
    """Make ready and do one work. Call it in a fresh process: memory is counted by process."""
    with ExitStack() as stack:
        work = READY[part](size, practice, stack)
        Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak so far is that of making ready
        base, seconds = _mib("VmRSS"), _timed(work)
        while len(seconds) < ROUNDS and seconds[0] < SHORT_SECONDS:
            seconds += _timed(work)
        return Cost(min(seconds), base, _mib("VmHWM"))


def _features(size: int, practice: Practice, _: ExitStack) -> Work:
    extract = read_extract(practice.register)
    cohort = in_cohort(extract.registreringer, read_nav_config().kohort)
    market = load_approved(practice.approved, practice.artefacts).basis.arbeidsmarked
    tables = repeated(tables_as_of(cohort.head(size), extract), size)
    return lambda: compute_features(tables, market)


def repeated(tables: Tables, size: int) -> Tables:
    """The first `size` registreringer of these tables laid after each other as often as it takes."""
    count = tables.svar.height
    copies = range(-(-size // count))

    def whole(table: pl.DataFrame) -> pl.DataFrame:
        shifted = (
            table.with_columns(rad=pl.col("rad") + pl.lit(copy * count, dtype=pl.UInt32)) for copy in copies
        )
        return pl.concat([part.filter(pl.col("rad") < size) for part in shifted], rechunk=True)

    return Tables(whole(tables.svar), whole(tables.spells))


def _training(size: int, practice: Practice, _: ExitStack) -> Work:
    config = read_nav_config()
    prepared = prepare(read_extract(practice.register), config)
    params = replace(config.lightgbm, trees=TREES)
    sides = []
    for outcome in Outcome:
        rows = prepared.defined(outcome, prepared.split.train)
        learnt, happened = prepared.design.take(rows), prepared.outcome(outcome)[rows]
        values = np.resize(learnt.values, (size, learnt.values.shape[1]))  # repeats the rows
        sides.append((replace(learnt, values=values), np.resize(happened, size)))

    def fit() -> None:
        for design, happened in sides:
            fit_lightgbm(design, happened, None, params, seed=config.seed, threads=THREADS)

    return fit


def _scoring(size: int, practice: Practice, _: ExitStack) -> Work:
    approved = load_approved(practice.approved, practice.artefacts)
    model = approved.basis.model
    if not isinstance(model, LightgbmModel):
        raise SetupError("only a LightGBM bundle can be taken apart here; approve one")
    people = material_of(practice.register, approved.basis.arbeidsmarked, people=1, rows=BATCH).matrix

    def score() -> None:
        for first in range(0, size, BATCH):
            rows = people[: size - first]
            for fitted in model.fitted:
                fitted.explain(rows, threads=THREADS)

    return score


def _verification(size: int, _: Practice, stack: ExitStack) -> Work:
    place = Path(stack.enter_context(TemporaryDirectory())) / "journal.db"
    Journal.open(place, timeout_seconds=5).close()
    fill(place, size, CONTENT_BYTES)

    def verify() -> None:
        result = verify_journal(str(place), checkpoints=None, trusted_keys=())
        if (result.entries, result.fault) != (size, None):
            raise SetupError(f"the journal made for the measurement does not verify: {result.fault}")

    return verify


READY: Mapping[Part, Callable[[int, Practice, ExitStack], Work]] = {
    Part.FEATURES: _features,
    Part.TRAINING: _training,
    Part.SCORING: _scoring,
    Part.VERIFICATION: _verification,
}


def _timed(work: Work) -> list[float]:
    began = time.perf_counter()
    work()
    return [time.perf_counter() - began]


def _mib(field: str) -> float:
    """What Linux says of this process; unlike `ru_maxrss`, nothing is inherited from who started it."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024
