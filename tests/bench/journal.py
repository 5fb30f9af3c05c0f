"""What an append costs, beside a bare INSERT made durable by the same database in the same run."""

import os
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg

from serving.journal import Journal, NewEntry
from serving.journal.chain import START, Link, commitment_to, digest_of, instant_text
from serving.journal.verify import verify_journal
from tests.journals import CASE, CREATED, SALT, an_entry, connected
from tests.postgres import a_server

CONTENT_BYTES = 12_000
"""About what a profilering takes (`make bench` prints the size of a real one beside its time)."""
CLIENTS = 32
PORTION = 10_000
"""Entries written together when a journal is made to be checked."""
ROUNDS = 5
"""The quietest of these counts: the machine is shared."""


@dataclass(frozen=True, slots=True)
class Appends:
    """Seconds per append of one database, at its quietest."""

    database: str
    bare: float  # one INSERT of as many bytes, committed and synced
    single: float  # one append at a time
    grouped: float  # one of many appended at once by 32 clients

    @property
    def single_ratio(self) -> float:
        """What chain, commitment, keys and two more tables cost, in bare transactions."""
        return self.single / self.bare

    @property
    def grouped_ratio(self) -> float:
        """An append's share of a shared transaction, in bare transactions."""
        return self.grouped / self.bare


def measure_appends(appends: int) -> list[Appends]:
    """Measure both databases, each on this machine's disk, synced."""
    with TemporaryDirectory() as folder, a_server() as server:
        places = {"SQLite": str(Path(folder) / "journal.db"), "PostgreSQL": server.a_journal()}
        return [_measure(name, place, appends) for name, place in places.items()]


def _measure(name: str, place: str, appends: int) -> Appends:
    journal = Journal.open(place, timeout_seconds=30)
    bare, single, grouped = [], [], []
    with _bare(place) as insert, ThreadPoolExecutor(CLIENTS) as clients:
        for _ in range(ROUNDS):
            bare.append(_seconds_each(insert, appends))
            single.append(_seconds_each(lambda: journal.append(_entry(), salt=SALT), appends))
            entries = [_entry() for _ in range(appends * 4)]
            started = time.perf_counter()
            list(clients.map(lambda entry: journal.append(entry, salt=SALT), entries))
            grouped.append((time.perf_counter() - started) / len(entries))
    journal.close()
    return Appends(name, min(bare), min(single), min(grouped))


def _entry() -> NewEntry:
    return replace(an_entry(uuid4(), os.urandom(CONTENT_BYTES), key=str(uuid4())))


@contextmanager
def _bare(place: str) -> Iterator[Callable[[], object]]:
    """One INSERT of as many bytes into a table without anything, in a transaction of its own."""
    with connected(place) as database:
        postgres = isinstance(database, psycopg.Connection)
        database.execute(f"CREATE TABLE bare (bytes {'bytea' if postgres else 'blob'})")
        if not postgres:
            database.execute("PRAGMA synchronous = FULL")
        insert = f"INSERT INTO bare VALUES ({'%s' if postgres else '?'})"  # noqa: S608  our own words
        yield lambda: database.execute(insert, (os.urandom(CONTENT_BYTES),))


def _seconds_each(step: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        step()
        taken.append(time.perf_counter() - started)
    return statistics.mean(taken)


def measure_verify(entries: int, content_bytes: int) -> float:
    """Seconds to check so many entries of an SQLite journal, as the operator's command does."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / "journal.db"
        Journal.open(place, timeout_seconds=5).close()
        fill(place, entries, content_bytes)
        started = time.perf_counter()
        result = verify_journal(str(place), checkpoints=None, trusted_keys=())
        taken = time.perf_counter() - started
    if (result.entries, result.fault) != (entries, None):
        raise RuntimeError(f"the journal made for the measurement does not verify: {result.fault}")
    return taken


def fill(place: Path, entries: int, content_bytes: int) -> None:
    """Write a right chain straight into the tables: the journal itself would take an hour.

    Every entry says the same, and the triggers that keep rows as they are come back afterwards.
    """
    content, created = os.urandom(content_bytes), instant_text(CREATED)
    commitment, case, previous = commitment_to(content, SALT), str(CASE), START

    def links(numbers: range) -> Iterator[tuple[object, ...]]:
        nonlocal previous
        for number in numbers:
            link = Link(number, "profilering", case, created, previous, commitment)
            before, previous = previous, digest_of(link)
            yield number, link.kind, case, created, before, commitment, previous

    with closing(sqlite3.connect(place, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = OFF")
        triggers = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        database.execute("BEGIN")
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        for first in range(1, entries + 1, PORTION):
            numbers = range(first, min(first + PORTION, entries + 1))
            database.executemany("INSERT INTO innfoersel VALUES (?, ?, ?, ?, ?, ?, ?)", links(numbers))
            contents = ((number, SALT, content) for number in numbers)
            database.executemany("INSERT INTO innhold VALUES (?, ?, ?)", contents)
        database.execute("UPDATE hode SET nummer = ?, digest = ?", (entries, previous))
        for _, sql in triggers:
            database.execute(sql)
        database.execute("COMMIT")
