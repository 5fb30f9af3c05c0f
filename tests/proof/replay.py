"""Profileringer journaled by the service, then made again by a fresh process: every one must be equal.

The answers come from the service's own function, in two processes that share a journal; every
twentieth is given while the stop switch is on. The command that makes them again runs on another
number of threads.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

from models.approved import Approved, load_approved
from models.archive import Archive
from models.code import code_digest
from serving.identity.caller import LOCAL
from serving.journal import Journal
from serving.parts import Sources
from serving.upkeep.stop import StopState, StopSwitch
from tests.builders import body_of, profile, some_parts
from tests.proof.requests import Json, request_of
from training.cohort import in_cohort
from training.extract import read_extract
from training.nav_config import read_nav_config
from training.registreringer import registreringer_of

ROOT = Path(__file__).parents[2]
NUMBER = 10_000
GOAL_SECONDS = 60.0
WRITERS = 2
THREADS = 2
"""Of LightGBM when it is made again; the service explains one person on one."""
STOPPED_EVERY = 20
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Practice:
    """What a service on practice data answers with, and the register its people come from."""

    register: Path
    approved: Path
    artefacts: Path


@dataclass(frozen=True, slots=True)
class MadeAgain:
    """How many profileringer were journaled, and what a fresh process says of them."""

    journaled: int
    equal: int
    seconds: float  # of the whole command, its start included
    said: str  # by the command

    @property
    def holds(self) -> bool:
        """Whether every one is equal."""
        return self.equal == self.journaled

    def __str__(self) -> str:
        what = f"{self.journaled:,} profileringer made again in a fresh process, {THREADS} threads"
        return f"{what}: {self.equal:,} equal, {self.seconds:.1f} s (goal {GOAL_SECONDS:.0f} s)"


def make_again(practice: Practice, folder: Path, *, number: int = NUMBER) -> MadeAgain:
    """Journal so many profileringer in a folder, and have the command make them again."""
    approved = load_approved(practice.approved, practice.artefacts)
    Archive(folder / "arkiv").keep(approved, practice.artefacts)
    with closing(Journal.open(_journal(folder), timeout_seconds=PATIENCE_SECONDS)):
        pass  # made once, before two processes want it
    shares = [(practice, folder, range(first, number, WRITERS)) for first in range(WRITERS)]
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("spawn")) as pool:
        journaled = sum(pool.map(_journal_share, shares))
    began = time.perf_counter()
    command = ["replay", "--all", "--journal", str(_journal(folder)), "--arkiv", str(folder / "arkiv")]
    ended = subprocess.run(
        [sys.executable, "-m", "serving", *command, "--threads", str(THREADS)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    equal = re.search(r"(\d+) equal", ended.stdout)
    return MadeAgain(journaled, int(equal[1]) if equal else 0, seconds, ended.stdout + ended.stderr)


def journal_answers(requests: Sequence[Json], approved: Approved, journal: Journal) -> int:
    """Have the service answer, every so often while it is stopped; gives how many it answered."""
    sources = Sources(lambda: datetime.now(UTC), time.perf_counter, uuid4, lambda: os.urandom(32))
    stop = StopSwitch(journal, timer=lambda: 0.0)  # what it is told stays fresh
    parts = replace(some_parts(journal, approved, sources), stop=stop, code_digest=code_digest())
    for place, request in enumerate(requests, 1):
        stop.learn(StopState(stanset=place % STOPPED_EVERY == 0))
        profile(body_of(dict(request)), None, LOCAL, parts)
    return len(requests)


def _journal_share(share: tuple[Practice, Path, range]) -> int:
    practice, folder, numbers = share
    approved = load_approved(practice.approved, practice.artefacts)
    with closing(Journal.open(_journal(folder), timeout_seconds=PATIENCE_SECONDS)) as journal:
        return journal_answers(_requests(practice.register, numbers), approved, journal)


def _requests(register: Path, numbers: range) -> list[Json]:
    """The people of the register from one end to the other, spread over its years; more go round again."""
    extract = read_extract(register)
    rows = in_cohort(extract.registreringer, read_nav_config().kohort)
    spread = max(1, len(rows) // numbers.stop)
    chosen = rows[[number * spread % len(rows) for number in numbers]]
    people = registreringer_of(chosen, extract)
    return [request_of(person, number) for person, number in zip(people, numbers, strict=True)]


def _journal(folder: Path) -> Path:
    return folder / "journal.db"
