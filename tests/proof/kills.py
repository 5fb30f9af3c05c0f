"""Workers and databases killed under load: what was acknowledged must be there, once, and unforged."""

import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.journals import intact, rows
from tests.postgres import Postgres
from tests.proof.writer import UNKNOWN, Ack, acks_of

STARTING = 0.9
"""Share that are killed while they write; the others while they start."""
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Survived:
    """What a rig found in the journal afterwards."""

    kills: int
    crashes: int
    acknowledged: int
    missing: int  # acknowledged, but not there as it was acknowledged
    twice: int  # contents that stand there more than once
    entries: int  # in the chain, which the verifier found whole

    def holds(self) -> bool:
        """Whether nothing was lost and nothing doubled."""
        return self.missing == self.twice == 0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is killed, and how workers behave."""

    kills: int
    crashes: int = 0
    way: str = "honest"
    longest_seconds: float = 0.15  # from the moment a worker writes to its end
    workers: int = 4
    seed: int = 1


def kill_workers(place: str, folder: Path, plan: Plan, server: Postgres | None = None) -> Survived:
    """Run some workers, kill one after the other at random moments, crash the server in between.

    In the end every worker finishes undisturbed what it began.
    """
    rng = random.Random(plan.seed)  # noqa: S311  moments to kill at, no secrets
    moments = sorted(rng.sample(range(plan.kills), plan.crashes))
    workers = [_start(place, folder, number, plan, forever=True) for number in range(plan.workers)]
    for kill in range(plan.kills):
        number = kill % plan.workers
        if rng.random() < STARTING:
            _wait_until_writing(workers[number])
        time.sleep(rng.uniform(0, plan.longest_seconds))
        assert workers[number].poll() is None, workers[number].communicate()
        _end(workers[number])
        if server is not None and kill in moments:
            server.crash()
            time.sleep(rng.uniform(0, 0.3))
            server.start()
        workers[number] = _start(place, folder, number, plan, forever=True)
    for worker in workers:
        _end(worker)
    _finish(place, folder, plan)
    return _look(place, folder, plan)


def _finish(place: str, folder: Path, plan: Plan) -> None:
    """Let every worker send again what it had no answer for."""
    workers = [_start(place, folder, number, plan, forever=False) for number in range(plan.workers)]
    for worker in workers:
        _, err = worker.communicate(timeout=120)
        assert worker.returncode == 0, err


def _look(place: str, folder: Path, plan: Plan) -> Survived:
    acks = [ack for number in range(plan.workers) for ack in acks_of(_ledger(folder, number))]
    stored = rows(place, "SELECT nummer, digest, bytes FROM innfoersel JOIN innhold USING (nummer)")
    places = {_name(content): (number, digest) for number, digest, content in stored}
    times = Counter(_name(content) for *_, content in stored)
    return Survived(
        kills=plan.kills + plan.workers,
        crashes=plan.crashes,
        acknowledged=len(acks),
        missing=sum(not _is_there(ack, places) for ack in acks),
        twice=sum(count > 1 for count in times.values()),
        entries=intact(place),
    )


def _end(worker: "subprocess.Popen[str]") -> None:
    worker.kill()
    worker.communicate()


def _is_there(ack: Ack, places: dict[str, tuple[int, str]]) -> bool:
    if ack.number == UNKNOWN.number:
        return ack.name in places
    return places.get(ack.name) == (ack.number, ack.digest)


def _wait_until_writing(worker: "subprocess.Popen[str]") -> None:
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n", worker.communicate()


def _name(content: bytes) -> str:
    return bytes(content).decode().partition("|")[0]


def _start(place: str, folder: Path, number: int, plan: Plan, *, forever: bool) -> "subprocess.Popen[str]":
    ledger = _ledger(folder, number)
    done = 1 + max((_turn(ack.name) for ack in acks_of(ledger)), default=-1)
    count = 1_000_000 if forever else done + 1
    module = [sys.executable, "-m", "tests.proof.writer"]
    arguments = [place, f"w{number}", str(count), str(ledger), plan.way]
    return subprocess.Popen(
        [*module, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _turn(name: str) -> int:
    return int(name.rpartition("/")[2])


def _ledger(folder: Path, number: int) -> Path:
    return folder / f"w{number}.ledger"
