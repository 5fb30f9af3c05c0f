"""Ordinary journals and entries for the tests that need one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import psycopg

from serving.journal import EntryKind, IdempotencyKey, Journal, NewEntry, Receipt
from serving.journal.places import is_postgres
from serving.journal.sqlite import create_if_absent
from serving.journal.verify import verify_journal

SALT = bytes(range(32))
CASE = UUID("0b2f1a34-1111-4222-8333-444455556666")
CREATED = datetime(2026, 5, 12, 8, 14, 1, 250, tzinfo=UTC)

Place = Path | str
"""Path of an SQLite journal, or the address of one in PostgreSQL."""


def an_entry(case_id: UUID = CASE, content: bytes = b'{"svar":1}', key: str | None = None) -> NewEntry:
    keys = () if key is None else (IdempotencyKey.of(caller="a", key=key, request=content),)
    return NewEntry(EntryKind.PROFILERING, case_id, CREATED, content, keys)


@contextmanager
def opened(place: Place, *, timeout_seconds: float = 10.0) -> Iterator[Journal]:
    _lay_where_absent(place)
    with closing(Journal.open(place, timeout_seconds=timeout_seconds)) as journal:
        yield journal


def _lay_where_absent(place: Place) -> None:
    """Spare `Journal.open` the making of a new file, as whole as its own; what is wrong it says itself."""
    path = Path(place)
    if is_postgres(str(place)) or path.exists() or path.with_name(path.name + "-wal").exists():
        return
    if path.parent.is_dir():
        with TemporaryDirectory(dir=path.parent) as folder:
            draft = Path(folder) / path.name
            draft.touch(mode=0o600)
            draft.write_bytes(an_empty_file())
            with suppress(FileExistsError):  # another process was first
                path.hardlink_to(draft)


@cache
def an_empty_file() -> bytes:
    """What the service makes where no journal is: its revisions take thirty milliseconds each time."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        create_if_absent(path)
        return path.read_bytes()


def appended(journal: Journal, entry: NewEntry) -> Receipt:
    result = journal.append(entry, salt=SALT)
    assert isinstance(result, Receipt)
    return result


def rows(place: Place, query: str) -> list[tuple[Any, ...]]:
    with connected(place) as database:
        return list(database.execute(query).fetchall())


@contextmanager
def connected(place: Place) -> Iterator[Any]:
    """A console on the journal's database, every statement by itself."""
    if is_postgres(str(place)):
        with psycopg.connect(str(place), autocommit=True) as postgres:
            yield postgres
    else:
        with closing(sqlite3.connect(place, isolation_level=None)) as sqlite:
            yield sqlite


REFUSED = (sqlite3.IntegrityError, psycopg.errors.RaiseException)
"""What a console gets from a trigger that stops it."""


def intact(place: Place) -> int:
    """The number of entries of a journal that the verifier finds nothing wrong with."""
    result = verify_journal(str(place), checkpoints=None, trusted_keys=())
    assert result.fault is None, result.fault
    return result.entries
