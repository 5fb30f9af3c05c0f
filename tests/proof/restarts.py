"""Restarts under load: no request fails while replicas are stopped and started one after the other.

A balancer of ours does what the platform does: it asks each replica whether it is ready, sends new
requests to those that are, and goes on sending to one that stops until it has asked again.
"""

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

from tests.builders import API, a_request
from tests.journals import intact, rows
from tests.postgres import a_server
from tests.proof.replicas import PATIENCE_SECONDS, Place, Replica, a_place

RESTARTS, STARTS, WORKERS = 100, 20, 8
CLIENTS, PER_SECOND = 4, 20.0
LOOK_SECONDS = 0.2
STOP_SECONDS = 1.0
"""How long a worker answers on after SIGTERM: several looks of the balancer."""
LONGEST_UNTIL_NOT_READY, LONGEST_UNTIL_ENDED = 1.0, 15.0  # seconds after SIGTERM
ANSWERED_AT_ONCE = 16
PROFILERINGER = "SELECT count(*) FROM innfoersel WHERE slag = 'profilering'"


@dataclass
class Restarted:
    """What was seen while replicas were restarted."""

    restarts: int = 0
    answers: Counter[int] = field(default_factory=Counter)  # by status
    failures: list[str] = field(default_factory=list)  # requests without an answer, by type of error
    not_ready_after: list[float] = field(default_factory=list)  # seconds after SIGTERM
    ended_after: list[float] = field(default_factory=list)
    exit_codes: Counter[int] = field(default_factory=Counter)
    journaled: int = 0

    def holds(self) -> bool:
        """Whether nothing failed, and each replica stopped in order and in time."""
        in_time = (
            max(self.not_ready_after) <= LONGEST_UNTIL_NOT_READY
            and max(self.ended_after) <= LONGEST_UNTIL_ENDED
        )
        whole = not self.failures and set(self.answers) == {201} and self.journaled == self.answers.total()
        return whole and in_time and set(self.exit_codes) == {0}

    def __str__(self) -> str:
        others = {status: number for status, number in self.answers.items() if status != 201}
        return (
            f"{self.answers[201]:,} answers, {len(self.failures)} failed, {sum(others.values())} refused, "
            f"unready after ≤ {max(self.not_ready_after):.2f} s, ended after ≤ {max(self.ended_after):.1f} s"
        )


def restart_under_load(
    folder: Path, *, restarts: int = RESTARTS, told: Callable[[str], None] = print
) -> Restarted:
    """Restart one of two replicas after the other over one PostgreSQL, and ask all along."""
    seen = Restarted()
    with (
        a_server() as server,
        a_place(folder, server.a_journal(), stop_seconds=STOP_SECONDS) as place,
        ExitStack() as stack,
    ):
        replicas = [stack.enter_context(place.a_replica()) for _ in range(2)]
        for replica in replicas:
            replica.wait_until_loaded()
        with _balanced(replicas) as balancer, _load(balancer, place, seen):
            for number in range(restarts):
                place_of_it = number % 2
                _stop(replicas[place_of_it], seen)
                replicas[place_of_it] = stack.enter_context(place.a_replica())
                replicas[place_of_it].wait_until_loaded()
                balancer.wait_until_sent_to(replicas[place_of_it])
                seen.restarts += 1
                told(f"{seen.restarts} of {restarts} restarts: {seen}")
        intact(place.journal)
        ((seen.journaled,),) = rows(place.journal, PROFILERINGER)
    return seen


def _stop(replica: Replica, seen: Restarted) -> None:
    replica.ask_to_stop()
    asked = time.monotonic()
    while replica.is_ready():
        time.sleep(0.01)
    seen.not_ready_after.append(time.monotonic() - asked)
    seen.exit_codes[replica.process.wait(PATIENCE_SECONDS)] += 1
    seen.ended_after.append(time.monotonic() - asked)


class _Balancer(Thread):
    """Knows which replicas are ready, as of its last look at them."""

    def __init__(self, replicas: Sequence[Replica]) -> None:
        super().__init__(name="balancer")
        self._replicas = replicas  # changed by who restarts them
        self._turns = count()
        self.ready: tuple[int, ...] = ()
        self.over = Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self.over.is_set():
            self.ready = tuple(replica.port for replica in list(self._replicas) if replica.is_ready())
            self.over.wait(LOOK_SECONDS)

    def wait_until_sent_to(self, replica: Replica) -> None:
        """Wait for the look that sees it ready."""
        end = time.monotonic() + PATIENCE_SECONDS
        while replica.port not in self.ready:
            assert time.monotonic() < end
            time.sleep(LOOK_SECONDS / 4)

    def next_port(self) -> int:
        """Where the next request goes."""
        ready = self.ready
        return ready[next(self._turns) % len(ready)]


@contextmanager
def _balanced(replicas: Sequence[Replica]) -> Iterator[_Balancer]:
    balancer = _Balancer(replicas)
    balancer.start()
    try:
        for replica in replicas:
            balancer.wait_until_sent_to(replica)
        yield balancer
    finally:
        balancer.over.set()
        balancer.join(PATIENCE_SECONDS)


@contextmanager
def _load(balancer: _Balancer, place: Place, seen: Restarted) -> Iterator[None]:
    over, first = Event(), time.monotonic()
    clients = [
        Thread(target=_ask, args=(number, first, balancer, place, seen, over)) for number in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    try:
        yield
    finally:
        over.set()
        for client in clients:
            client.join(PATIENCE_SECONDS)


def _ask(number: int, first: float, balancer: _Balancer, place: Place, seen: Restarted, over: Event) -> None:
    """Ask at a steady pace, on connections that are kept as long as the replica keeps them."""
    connections: dict[int, http.client.HTTPConnection] = {}
    for turn in count():
        if over.wait(max(0.0, first + (turn * CLIENTS + number) / PER_SECOND - time.monotonic())):
            return
        try:
            port = balancer.next_port()
            for gone in connections.keys() - {*balancer.ready, port}:
                connections.pop(gone).close()  # a proxy keeps no connection to who is not ready
            if port not in connections:
                connections[port] = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            case = UUID(int=turn * CLIENTS + number)
            seen.answers[_status(connections[port], case, place)] += 1
        except (OSError, http.client.HTTPException, ZeroDivisionError) as error:
            seen.failures.append(type(error).__qualname__)


def _status(connection: http.client.HTTPConnection, case: UUID, place: Place) -> int:
    token = place.issuer.token(place.issuer.machine("system"))
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    connection.request("POST", API, json.dumps(a_request(periodeId=str(case))), headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


# Several workers in one service


@dataclass
class Started:
    """What was seen while a service of several workers was started and stopped."""

    ready_after: list[float] = field(default_factory=list)  # seconds, until every worker has its model
    ended_after: list[float] = field(default_factory=list)
    exit_codes: Counter[int] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    left_behind: list[str] = field(default_factory=list)  # command lines

    def holds(self) -> bool:
        """Whether each start answered, and each stop was whole and in time."""
        in_time = max(self.ended_after) <= LONGEST_UNTIL_ENDED
        return in_time and not self.left_behind and set(self.answers) == {201} and set(self.exit_codes) == {0}

    def __str__(self) -> str:
        return (
            f"no hang, all answer after ≤ {max(self.ready_after):.1f} s, ended after ≤ "
            f"{max(self.ended_after):.1f} s, {len(self.left_behind)} processes left"
        )


def start_and_stop(
    folder: Path, *, starts: int = STARTS, workers: int = WORKERS, told: Callable[[str], None] = print
) -> Started:
    """Start many workers, have them answer, and stop them; a hang ends the proof with an error."""
    seen = Started()
    with a_place(folder, str(folder / "journal.db"), stop_seconds=STOP_SECONDS) as place:
        for number in range(starts):
            began = time.monotonic()
            with place.a_replica(workers=workers) as replica:
                replica.wait_until_loaded(workers)
                seen.ready_after.append(time.monotonic() - began)
                _ask_some(replica, number, place, seen)
                replica.ask_to_stop()
                asked = time.monotonic()
                seen.exit_codes[replica.process.wait(PATIENCE_SECONDS)] += 1
                seen.ended_after.append(time.monotonic() - asked)
                time.sleep(1)  # Python's own tracker of resources ends after the others
                seen.left_behind += replica.left()
            told(f"{number + 1} of {starts} starts of {workers} workers: {seen}")
    return seen


def _ask_some(replica: Replica, number: int, place: Place, seen: Started) -> None:
    for turn in range(ANSWERED_AT_ONCE):
        connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=20)
        seen.answers[_status(connection, UUID(int=number * ANSWERED_AT_ONCE + turn), place)] += 1
        connection.close()
