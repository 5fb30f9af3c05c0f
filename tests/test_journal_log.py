"""What an append to SQLite spares: folding its log each time, and reading its pages again."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from serving.journal import EntryKind, Journal
from tests.journals import an_entry, appended, opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with opened(path) as journal:
        yield journal


def test_the_log_does_not_grow_without_end(path: Path, journal: Journal) -> None:
    content = bytes(1_000_000)
    for _ in range(60):
        appended(journal, an_entry(content=content))
    # Of 60 MB: the writer itself began the log anew, and not before it was 32 MiB long.
    assert 30_000_000 < path.with_name(path.name + "-wal").stat().st_size < 40_000_000


def test_one_append_after_another_has_the_same_connection_and_so_its_pages(journal: Journal) -> None:
    with ThreadPoolExecutor(4) as threads:  # so that there are several to choose from
        list(threads.map(lambda _: journal.latest(EntryKind.STANS), range(16)))
    seen = []

    def look(connection: sqlite3.Connection, *_: object) -> None:
        seen.append(id(connection))

    event.listen(Pool, "checkout", look)
    try:
        for _ in range(6):
            appended(journal, an_entry())
    finally:
        event.remove(Pool, "checkout", look)
    assert len(seen) >= 6 and len(set(seen)) == 1
