"""A wire to PostgreSQL that is cut at one message after the other, before it arrives or before the answer."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count

from serving.journal import AlreadyAppended, Journal, JournalUnavailableError
from tests.journals import SALT, intact, rows
from tests.postgres import Postgres
from tests.proof.disk import ENTRIES, Failures
from tests.proof.writer import entry_of

TIMEOUT_SECONDS = 5.0
LONG_ENOUGH_SECONDS = 0.1
"""For the server to do what it was asked before it notices that nobody is there."""


@dataclass
class Wire:
    """Carries messages to a server; cuts every connection at the `cut_at`-th message from a client."""

    to_port: int
    cut_at: int
    lose_the_answer: bool  # the message arrives, its answer does not
    messages: int = 0
    port: int = 0

    def carry(self, client: socket.socket) -> None:
        """Carry one connection until either side leaves, or the wire is cut."""
        with client, socket.create_connection(("127.0.0.1", self.to_port)) as server:
            threading.Thread(target=_pour, args=(server, client), daemon=True).start()
            while message := _read(client):
                self.messages += 1
                if self.messages == self.cut_at and not self.lose_the_answer:
                    break
                if self.messages == self.cut_at:
                    _hang_up(client)
                    server.sendall(message)
                    time.sleep(LONG_ENOUGH_SECONDS)  # its work is done; nobody hears of it
                    break
                server.sendall(message)
            # Closing alone would wait for the thread that reads the way back.
            _hang_up(client)
            _hang_up(server)


@contextmanager
def a_wire(to_port: int, cut_at: int, *, lose_the_answer: bool) -> Iterator[Wire]:
    """Listen on loopback for as long as the block lasts."""
    wire = Wire(to_port, cut_at, lose_the_answer)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire.port = listener.getsockname()[1]
        threading.Thread(target=_accept, args=(listener, wire), daemon=True).start()
        yield wire


def _accept(listener: socket.socket, wire: Wire) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=wire.carry, args=(client,), daemon=True).start()


def _pour(source: socket.socket, sink: socket.socket) -> None:
    try:
        while message := _read(source):
            sink.sendall(message)
    except OSError:
        return


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


def _read(source: socket.socket) -> bytes:
    try:
        return source.recv(1 << 20)
    except OSError:
        return b""


def cut_at_each_message(server: Postgres, *, lose_the_answer: bool, step: int = 1) -> Failures:
    """Cut a small run at its first message, then at one `step` later, until the run is over before."""
    tried = told = missing = stuck = 0
    for calls in count(1, step):
        place = server.a_journal()
        with a_wire(server.port, calls, lose_the_answer=lose_the_answer) as wire:
            through_it = place.replace(f":{server.port}/", f":{wire.port}/")
            acknowledged = _try(through_it)
        told += len(acknowledged) < ENTRIES
        missing += len(acknowledged - _stored(place))
        stuck += len({str(number) for number in range(ENTRIES)} - _try(place))
        missing += intact(place) != ENTRIES
        if wire.messages < calls:
            break
        tried += 1
    return Failures(tried, told, missing, stuck)


def _try(place: str) -> set[str]:
    """Append each entry once, under its own key; give the names of those acknowledged."""
    acknowledged = set()
    journal = Journal.open(place, timeout_seconds=TIMEOUT_SECONDS)
    for number in range(ENTRIES):
        try:
            result = journal.append(entry_of(str(number)), salt=SALT)
        except JournalUnavailableError:
            continue
        assert isinstance(result, AlreadyAppended) or result.number > 0
        acknowledged.add(str(number))
    journal.close()
    return acknowledged


def _stored(place: str) -> set[str]:
    return {bytes(c).decode().partition("|")[0] for (c,) in rows(place, "SELECT bytes FROM innhold")}
