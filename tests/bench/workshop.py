"""The data scientist's working day, timed: features from raw spells, then a whole evaluation.

One register is walked as `train` walks it. The people are invented: the figures prove that the
machinery is quick enough, and nothing else.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from models.policy_file import read_policy_version
from profilering.errors import CallerError
from profilering.features import compute_features
from tests.bench.goals import Bound, Measurement
from tests.bench.parts import lines_of, parts_of
from training.about import about_run
from training.candidate import Candidate, fit_candidate
from training.cohort import tables_as_of
from training.extract import Extract, read_extract
from training.fit import THREADS
from training.judging.judge import judge
from training.judging.subject import subject_of
from training.market import arbeidsmarked_of
from training.nav_config import NavConfig
from training.pipeline import write_run
from training.prepare import Prepared, prepare
from training.release.limits import read_gates

GOAL_PER_MINUTE = 200_000
"""Registreringer whose features are built from raw spells (the reach of the workshop)."""
GOAL_EVALUATION_SECONDS = 180
"""200,000 registreringer, 1,000 bootstraps, two cores (the reach of the workshop)."""
ROUNDS = 3
"""The quickest of several counts: what else the machine does only ever makes one slower."""

Told = Callable[[str], None]
"""Called with each line that has no goal, as soon as it is known: the whole takes minutes."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A register that has been read, and what was made of it."""

    register: Path
    config: NavConfig
    extract: Extract
    prepared: Prepared

    @property
    def count(self) -> int:
        """Mature registreringer."""
        return self.prepared.registreringer.height


def measure_workshop(register: Path, config: NavConfig, *, fewest: int, told: Told) -> list[Measurement]:
    """Measure feature building and evaluation. Raises CallerError on fewer than `fewest` registreringer."""
    ready = _read(register, config, told)
    if ready.count < fewest:
        raise CallerError(
            f"{register} has {ready.count} mature registreringer and {fewest} are to be measured; make a "
            "larger one (python -m training synthetic FOLDER --persons 300000), or ask for fewer"
        )
    features = measure_features(ready)
    with _clocked("fit_candidate", told):
        candidate = fit_candidate(ready.prepared, config, threads=THREADS)
    return [*features, measure_evaluation_of(candidate, ready, told)]


def measure_features(ready: Ready) -> list[Measurement]:
    """Count registreringer a minute: with cohort, labels and sides, and the features alone."""
    rows, extract = ready.prepared.registreringer, ready.extract
    market, tables = arbeidsmarked_of(extract.arbeidsmarked), tables_as_of(rows, extract)
    ways: dict[str, Callable[[], object]] = {
        "prepare, raw spells to features, labels and sides": lambda: prepare(extract, ready.config),
        "tables_as_of and compute_features": lambda: compute_features(tables_as_of(rows, extract), market),
        "compute_features alone": lambda: compute_features(tables, market),
    }
    rates = {what: 60 * ready.count / _quickest(way) for what, way in ways.items()}
    unit = "registreringer a minute"
    return [Measurement(what, rate, unit, Bound.AT_LEAST, GOAL_PER_MINUTE) for what, rate in rates.items()]


def measure_evaluation_of(candidate: Candidate, ready: Ready, told: Told) -> Measurement:
    """Time what lies between a fitted candidate and its verdict; writing the report is told beside it.

    The candidate stands in for the approved model as well, so that as many models are compared as
    on a day when one is in use.
    """
    about = about_run(ready.extract, ready.config, trainer="tests.bench")
    policy = read_policy_version(ready.config.evaluering.policy)
    began = time.perf_counter()
    with _clocked("subject_of, NAV's rule and the policy one by one", told):
        subject = subject_of(ready.prepared, ready.extract, ready.register, ready.config, policy)
    with _clocked("judge", told), parts_of(judge.__code__) as parts:
        judged = judge(
            candidate, subject, about, read_gates(), approved=candidate.model, told=lambda _stage: None
        )
    seconds = time.perf_counter() - began
    for line in lines_of(parts):
        told(line)
    with _clocked("write_run, report and card, not counted", told), TemporaryDirectory() as folder:
        write_run(judged, Path(folder))
    what = f"full evaluation of {ready.count:,} registreringer (subject_of and judge)"
    return Measurement(what, seconds, "s", Bound.AT_MOST, GOAL_EVALUATION_SECONDS)


def _read(register: Path, config: NavConfig, told: Told) -> Ready:
    with _clocked("read_extract", told):
        extract = read_extract(register)
    prepared = prepare(extract, config)
    split = prepared.split
    told(
        f"{prepared.registreringer.height:,} mature registreringer: train {split.train.size:,}, "
        f"calibrate {split.calibrate.size:,}, held out {split.held_out.size:,}, test {split.test.size:,}; "
        f"{config.evaluering.omtrekk:,} bootstraps"
    )
    return Ready(register, config, extract, prepared)


def _quickest(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


@contextmanager
def _clocked(what: str, told: Told) -> Iterator[None]:
    began = time.perf_counter()
    yield
    told(f"{what:<52}{time.perf_counter() - began:7.1f} s")
