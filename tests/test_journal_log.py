"""SQLite's log is folded into the file beside the writer, and a writer keeps its pages."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from serving.journal import EntryKind, Journal
from serving.journal import journal as module
from tests.journals import an_entry, appended, intact, opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with opened(path) as journal:
        yield journal


def file_holds(path: Path, content: bytes) -> bool:
    """Whether something stands in the file itself; the log is another one."""
    return content in path.read_bytes()


def wait_until(true: Callable[[], object], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def test_the_log_is_folded_beside_the_writer_every_so_often(
    path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FOLD_EVERY", 3)
    for number in range(2):
        appended(journal, an_entry(content=b"first words, number %d" % number))
    time.sleep(0.2)
    assert not file_holds(path, b"first words")
    appended(journal, an_entry(content=b"last words"))
    wait_until(lambda: file_holds(path, b"last words"))
    assert file_holds(path, b"first words, number 0")
    assert intact(path) == 3


def test_nobody_waits_for_the_log_to_be_folded(
    path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FOLD_EVERY", 1)
    folding = []

    def slow(connection: object) -> None:
        folding.append(connection)
        time.sleep(1)

    monkeypatch.setattr(journal._store, "fold", slow)
    began = time.monotonic()
    appended(journal, an_entry())
    assert time.monotonic() - began < 0.9
    wait_until(lambda: folding)
    assert journal.latest(EntryKind.STANS) is None  # others read meanwhile
    assert time.monotonic() - began < 0.9


def test_a_folding_that_fails_hurts_nobody(
    path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FOLD_EVERY", 1)
    failed = []

    def broken(connection: object) -> None:
        failed.append(connection)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(journal._store, "fold", broken)
    for _ in range(8):  # more than there are threads that read
        appended(journal, an_entry())
    wait_until(lambda: len(failed) == 8)
    assert journal.head() is not None


def test_the_log_ends_where_nobody_folds_it(
    path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FOLD_EVERY", 1_000_000)
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
