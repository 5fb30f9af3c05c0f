"""One worker that journals and is killed: `python -m tests.proof.writer PLACE NAME COUNT LEDGER`.

Four threads share a journal, as the requests of a worker do. What is acknowledged goes into the
ledger at once: the file outlives the process, as a caller's own records do. Started again under
the same name it goes on where the ledger ends, and sends again what was left unanswered.
"""

import hashlib
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_OID, uuid5

from serving.journal import (
    AlreadyAppended,
    EntryKind,
    IdempotencyKey,
    Journal,
    JournalUnavailableError,
    NewEntry,
    Receipt,
)

THREADS = 4
TIMEOUT_SECONDS = 1.0


UNKNOWN = Receipt(0, "-")


class Ack(NamedTuple):
    """A line of the ledger: what a caller was told."""

    name: str  # of the entry, the same at every attempt
    number: int
    digest: str


def entry_of(name: str) -> NewEntry:
    """The entry with this name: some kilobytes that differ from every other's."""
    content = (name + "|" + hashlib.sha256(name.encode()).hexdigest() * 30).encode()
    key = IdempotencyKey.of(caller="proof", key=name, request=content)
    return NewEntry(EntryKind.PROFILERING, uuid5(NAMESPACE_OID, name), datetime.now(UTC), content, (key,))


def acks_of(ledger: Path) -> list[Ack]:
    """Read a ledger; a line cut off by the kill was never seen by the caller."""
    lines = ledger.read_text().split("\n")[:-1] if ledger.exists() else []
    return [Ack(name, int(number), digest) for name, number, digest in (line.split() for line in lines)]


def append_honestly(journal: Journal, entry: NewEntry, acknowledge: Callable[[Receipt], None]) -> None:
    """Append, and acknowledge what the journal gave back."""
    result = journal.append(entry, salt=os.urandom(32))
    acknowledge(result.entry.receipt if isinstance(result, AlreadyAppended) else result)


def acknowledge_first(journal: Journal, entry: NewEntry, acknowledge: Callable[[Receipt], None]) -> None:
    """The sabotage: answer before the commit, when nobody can know the place yet."""
    acknowledge(UNKNOWN)
    journal.append(entry, salt=os.urandom(32))


WAYS = {"honest": append_honestly, "answer-before-commit": acknowledge_first}


def work(place: str, name: str, count: int, ledger: Path, way: str) -> None:
    """Journal `count` entries per thread, again and again until each is acknowledged."""
    acked = {ack.name for ack in acks_of(ledger)}
    journal = Journal.open(place, timeout_seconds=TIMEOUT_SECONDS)
    print("ready", flush=True)  # noqa: T201  what the rig waits for
    file = os.open(ledger, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def thread(number: int) -> None:
        for turn in range(count):
            entry_name = f"{name}/{number}/{turn}"
            while entry_name not in acked:
                try:
                    WAYS[way](journal, entry_of(entry_name), partial(_note, file, entry_name))
                except JournalUnavailableError:
                    time.sleep(0.02)
                else:
                    break

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(thread, range(THREADS)))
    journal.close()


def _note(file: int, name: str, receipt: Receipt) -> None:
    os.write(file, f"{name} {receipt.number} {receipt.digest}\n".encode())


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]), sys.argv[5])
