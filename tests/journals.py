"""Ordinary journals and entries for the tests that need one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from serving.journal import EntryKind, IdempotencyKey, Journal, NewEntry, Receipt

SALT = bytes(range(32))
CASE = UUID("0b2f1a34-1111-4222-8333-444455556666")
CREATED = datetime(2026, 5, 12, 8, 14, 1, 250, tzinfo=UTC)


def an_entry(case_id: UUID = CASE, content: bytes = b'{"svar":1}', key: str | None = None) -> NewEntry:
    idempotency = None if key is None else IdempotencyKey.of(caller="a", key=key, request=content)
    return NewEntry(EntryKind.PROFILERING, case_id, CREATED, content, idempotency)


@contextmanager
def opened(path: Path, *, busy_timeout_seconds: float = 10.0) -> Iterator[Journal]:
    with closing(Journal.open(path, busy_timeout_seconds=busy_timeout_seconds)) as journal:
        yield journal


def appended(journal: Journal, entry: NewEntry) -> Receipt:
    result = journal.append(entry, salt=SALT)
    assert isinstance(result, Receipt)
    return result


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()
