"""Hot swaps under load: no request fails, and every answer stands on exactly one bundle.

Two replicas of the real service share a journal. Clients ask them all along while two bundles are
approved by turns. What an answer says of itself is held against what the journal keeps of it, and
against numbers that only its bundle gives.
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

from models.approved import Approved, load_approved
from models.bundle import folder_of
from profilering.features import NAMES
from tests.bench.served import free_port, wait_until_ready
from tests.bundles import approve, lifted
from tests.journals import connected, intact

ROOT = Path(__file__).parents[2]
SWAPS, REPLICAS, CLIENTS = 100, 2, 4
GOAL_PER_SECOND, PACE_PER_SECOND = 50.0, 56.0
"""Asked a little faster than the goal, so that a slow moment is made up for."""
PATIENCE_SECONDS = 120
PROFILERINGER = "SELECT nummer, bytes FROM innfoersel JOIN innhold USING (nummer) WHERE slag = 'profilering'"


@dataclass(frozen=True, slots=True)
class Mark:
    """What an answer carries of the model behind it, written in several places of one request."""

    bundle: str
    version: str
    bases: Mapping[str, float]  # log-odds before any contribution, per outcome: no other bundle has them


def mark_of(approved: Approved) -> Mark:
    """What every answer that stands on this carries."""
    row = (0,) * len(NAMES)
    bases = {risk.outcome.value: risk.base_log_odds for risk in approved.basis.model.risks([row])[0]}
    return Mark(approved.digests["bundle"], approved.model_version, bases)


def is_mixed(content: Mapping[str, Any], marks: Sequence[Mark]) -> bool:
    """Whether an entry stands on anything but exactly one of the bundles."""
    mark = next((mark for mark in marks if mark.bundle == content["digester"]["bundle"]), None)
    if mark is None:
        return True
    versions = {content["versjoner"]["modell"], json.loads(content["svar"])["versjoner"]["modell"]}
    versions |= {risk["modell"] for risk in content["anslag"]}
    bases = [risk["grunnlinje"] == mark.bases[risk["utfall"]] for risk in content["anslag"]]
    return versions != {mark.version} or not all(bases)


@dataclass(frozen=True, slots=True)
class Swapped:
    """What was seen while bundles were swapped."""

    swaps: int
    seconds: float
    answers: int
    failures: int  # requests that got no answer
    mixed: int  # entries that stand on more than one bundle
    told_otherwise: int  # answers that are not there, or named another model than their entry
    by_bundle: Mapping[str, int] = field(default_factory=dict)

    def holds(self) -> bool:
        """Whether nothing failed, nothing was mixed, and the load was the one asked for."""
        right = self.failures == self.mixed == self.told_otherwise == 0 and len(self.by_bundle) == 2
        return right and self.answers / self.seconds >= GOAL_PER_SECOND

    def __str__(self) -> str:
        return (
            f"{self.swaps} hot swaps | {self.answers:,} answers at {self.answers / self.seconds:.0f}/s | "
            f"{self.failures} failures | {self.mixed + self.told_otherwise} inconsistent"
        )


def swap_under_load(
    approved: Path, artefacts: Path, folder: Path, *, swaps: int = SWAPS, told: Callable[[str], None] = print
) -> Swapped:
    """Serve the approved bundle and a changed copy of it by turns, and ask all along."""
    ours = folder / "approved.toml"
    marks = _two_bundles(approved, artefacts, folder)
    approve(ours, marks[0].bundle)
    with ExitStack() as stack:
        replicas = [stack.enter_context(_replica(folder, number)) for number in range(REPLICAS)]
        clients = [
            _Client(number, replicas[number % REPLICAS].port, first=time.monotonic())
            for number in range(CLIENTS)
        ]
        stack.callback(_end, clients)
        for client in clients:
            client.start()
        began = time.monotonic()
        for swap in range(1, swaps + 1):
            approve(ours, marks[swap % 2].bundle, why=f"bytte {swap}")
            for replica in replicas:
                replica.wait_until_loaded(swap + 1)
            told(f"{swap} of {swaps} swaps, {sum(len(client.said) for client in clients):,} answers")
        seconds = time.monotonic() - began
        _end(clients)
    return _look(folder, clients, marks, swaps=swaps, seconds=seconds)


def _two_bundles(approved: Path, artefacts: Path, folder: Path) -> tuple[Mark, Mark]:
    first = load_approved(approved, artefacts)
    digest, ours = first.digests["bundle"], folder / "artefacts"
    shutil.copytree(folder_of(artefacts, digest), folder_of(ours, digest))
    other = lifted(folder_of(ours, digest), digest, ours, f"{first.model_version}-b", lift=0.25)
    approve(folder / "other.toml", other)
    return mark_of(first), mark_of(load_approved(folder / "other.toml", ours))


def _look(
    folder: Path, clients: Sequence["_Client"], marks: Sequence[Mark], *, swaps: int, seconds: float
) -> Swapped:
    said = {number: version for client in clients for number, version in client.said.items()}
    versions = {mark.bundle: mark.version for mark in marks}
    by_bundle: Counter[str] = Counter()
    mixed = told_otherwise = 0
    with connected(folder / "journal.db") as database:
        for number, raw in database.execute(PROFILERINGER):
            content = json.loads(raw)
            bundle = content["digester"]["bundle"]
            by_bundle[bundle] += 1
            if is_mixed(content, marks):
                mixed += 1
                continue
            told_otherwise += said.pop(number, versions[bundle]) != versions[bundle]
    intact(folder / "journal.db")
    return Swapped(
        swaps=swaps,
        seconds=seconds,
        answers=sum(len(client.said) for client in clients),
        failures=sum(client.failures for client in clients),
        mixed=mixed,
        told_otherwise=told_otherwise + len(said),
        by_bundle=dict(by_bundle),
    )


@dataclass
class _Replica:
    """One service process and its log."""

    port: int
    log: Path
    process: "subprocess.Popen[bytes]"

    def wait_until_loaded(self, times: int) -> None:
        """Wait until it has begun to answer with a bundle so many times."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.log.read_text("utf-8").count('"model_loaded"') < times:
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text("utf-8")[-2000:]
            time.sleep(0.05)


@contextmanager
def _replica(folder: Path, number: int) -> Iterator[_Replica]:
    log = folder / f"replica-{number}.log"
    port = free_port()
    command = [sys.executable, "-m", "serving", "serve", "--port", str(port)]
    for flag in ("approved.toml", "artefacts", "arkiv"):
        command += [f"--{flag.partition('.')[0]}", str(folder / flag)]
    command += ["--journal", str(folder / "journal.db")]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file, env=os.environ.copy())
    try:
        wait_until_ready(port, process)
        yield _Replica(port, log, process)
    finally:
        process.terminate()
        process.wait(timeout=20)


class _Client(Thread):
    """Asks one replica at a steady pace; every request has facts of its own."""

    def __init__(self, number: int, port: int, first: float) -> None:
        super().__init__(name=f"client-{number}")
        self.said: dict[int, str] = {}  # number of the entry → the model the answer named
        self.failures = 0
        self._number, self._port, self._first = number, port, first
        self._over = Event()
        personas = sorted((ROOT / "serving" / "personas").glob("P*.json"))
        self._requests = [json.loads(path.read_text("utf-8")) for path in personas]

    def run(self) -> None:
        """Ask until told to stop."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        turn = 0
        while not self._over.wait(max(0.0, self._due(turn) - time.monotonic())):
            try:
                self._ask(connection, turn)
            except (OSError, http.client.HTTPException):
                self.failures += 1
                connection.close()
            turn += 1
        connection.close()

    def end(self) -> None:
        """Ask no more."""
        self._over.set()

    def _due(self, turn: int) -> float:
        return self._first + (turn * CLIENTS + self._number) / PACE_PER_SECOND

    def _ask(self, connection: http.client.HTTPConnection, turn: int) -> None:
        request = self._requests[turn % len(self._requests)]
        body = json.dumps({**request, "periodeId": str(UUID(int=turn * CLIENTS + self._number))})
        connection.request("POST", "/api/v1/profileringer", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        if response.status == 201:
            self.said[answer["journal"]["nummer"]] = answer["versjoner"]["modell"]
        else:
            self.failures += 1


def _end(clients: Sequence[_Client]) -> None:
    for client in clients:
        client.end()
    for client in clients:
        if client.is_alive():
            client.join(PATIENCE_SECONDS)
