"""Where the journal cannot prove an entry, nothing is acknowledged and nothing half written."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import Pool

from profilering.errors import SetupError
from serving.journal import EntryKind, Journal, JournalUnavailableError
from serving.journal.places import open_store
from tests.journals import SALT, an_entry, appended, intact, opened, rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with opened(path) as journal:
        yield journal


@contextmanager
def whenever(pool_does: str, look: Callable[[sqlite3.Connection], object]) -> Iterator[None]:
    """Have a look at the connection each time the pool makes one (connect) or lends one (checkout)."""

    def listener(connection: sqlite3.Connection, *_: object) -> None:
        look(connection)

    event.listen(Pool, pool_does, listener)
    try:
        yield
    finally:
        event.remove(Pool, pool_does, listener)


def every_new_connection(pragma: str) -> AbstractContextManager[None]:
    return whenever("connect", lambda connection: connection.execute(pragma))


def test_a_read_only_database_acknowledges_nothing(path: Path) -> None:
    with opened(path) as journal:
        first = appended(journal, an_entry())
    with every_new_connection("PRAGMA query_only = ON"), opened(path) as journal:
        with pytest.raises(JournalUnavailableError, match="readonly"):
            journal.append(an_entry(key="k"), salt=SALT)
        assert journal.head() == first


def test_a_full_disk_acknowledges_nothing_and_leaves_nothing_half_written(path: Path) -> None:
    with opened(path) as journal:
        first = appended(journal, an_entry())
    (pages,) = rows(path, "PRAGMA page_count")[0]
    large = an_entry(content=bytes(100_000), key="k")
    with every_new_connection(f"PRAGMA max_page_count = {pages + 5}"), opened(path) as journal:
        with pytest.raises(JournalUnavailableError, match="full"):
            journal.append(large, salt=SALT)
        assert journal.head() == first
        assert appended(journal, an_entry()).number == 2  # a small one still fits
    assert (
        rows(path, "SELECT nummer FROM innfoersel")
        == rows(path, "SELECT nummer FROM innhold")
        == [(1,), (2,)]
    )
    assert rows(path, "SELECT nummer FROM noekkel") == []
    assert intact(path) == 2


def test_a_database_locked_too_long_acknowledges_nothing(path: Path) -> None:
    with opened(path, timeout_seconds=0.2) as journal:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(JournalUnavailableError, match="locked"):
                journal.append(an_entry(), salt=SALT)
            assert journal.head() is None
        assert appended(journal, an_entry()).number == 1


def test_a_caller_waits_no_longer_than_told_however_many_wait(path: Path) -> None:
    with (
        opened(path, timeout_seconds=0.3) as journal,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        ThreadPoolExecutor(4) as threads,
    ):
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        waiting = [threads.submit(journal.append, an_entry(), salt=SALT) for _ in range(4)]
        assert all(isinstance(append.exception(), JournalUnavailableError) for append in waiting)
        assert time.monotonic() - started < 1.0  # one after the other it would take 1.2 s


def test_a_file_that_vanished_acknowledges_nothing_and_is_not_made_anew(path: Path, journal: Journal) -> None:
    appended(journal, an_entry())
    for file in path.parent.iterdir():
        file.unlink()
    with pytest.raises(JournalUnavailableError):
        journal.append(an_entry(), salt=SALT)
    assert not path.exists()


def test_a_connection_made_later_does_not_make_the_file_anew(path: Path) -> None:
    with opened(path):
        pass
    store = open_store(str(path), timeout_seconds=1)
    path.unlink()
    with pytest.raises(OperationalError, match="unable to open"):
        store.check()
    assert not path.exists()
    store.engine.dispose()


def test_a_file_that_was_replaced_acknowledges_nothing(path: Path, journal: Journal) -> None:
    appended(journal, an_entry())
    path.rename(path.with_name("old.db"))
    path.write_bytes(path.with_name("old.db").read_bytes())
    with pytest.raises(JournalUnavailableError, match="replaced"):
        journal.append(an_entry(), salt=SALT)


def test_an_error_carries_nothing_of_the_content(path: Path) -> None:
    with opened(path):
        pass
    entry = an_entry(content=b"hemmelig" * 20_000, key="hemmelig")
    with (
        every_new_connection("PRAGMA max_page_count = 20"),
        opened(path) as journal,
        pytest.raises(JournalUnavailableError, match="full") as caught,
    ):
        journal.append(entry, salt=SALT)
    error: BaseException | None = caught.value
    while error is not None:
        assert "hemmelig" not in f"{error!r} {error}"
        assert "[parameters:" not in str(error)
        error = error.__cause__
    assert "hemmelig" not in repr(entry)


def test_another_database_is_refused_and_left_as_it_was(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(SetupError, match="no journal"):
        Journal.open(path, timeout_seconds=1)
    assert path.read_bytes() == before


def test_another_schema_version_is_refused(path: Path) -> None:
    with opened(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SetupError, match=r"schema version 9999, .*journal migrate"):
        Journal.open(path, timeout_seconds=1)


@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_a_file_that_is_no_database_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises((SetupError, JournalUnavailableError), match=r"no journal|not a database"):
        Journal.open(path, timeout_seconds=1)
    assert path.read_bytes() == content


def test_a_log_without_its_journal_is_refused(path: Path) -> None:
    path.with_name(path.name + "-wal").write_bytes(b"old pages")
    with pytest.raises(SetupError, match="is gone"):
        Journal.open(path, timeout_seconds=1)
    assert not path.exists()


def test_a_folder_that_is_not_there_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(JournalUnavailableError, match="No such file"):
        Journal.open(tmp_path / "missing" / "journal.db", timeout_seconds=1)


@pytest.mark.parametrize("table", ["innfoersel", "innhold", "noekkel"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET nummer = 7", "DELETE FROM {}"])
def test_what_was_said_can_be_neither_changed_nor_deleted(
    path: Path, journal: Journal, table: str, statement: str
) -> None:
    appended(journal, an_entry(key="k"))
    with (
        closing(sqlite3.connect(path)) as database,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        database.execute(statement.format(table))


def test_every_commit_is_written_through_to_the_disk(path: Path, journal: Journal) -> None:
    seen: list[tuple[Any, ...]] = []

    def look(connection: sqlite3.Connection) -> None:
        seen.extend(
            connection.execute(f"PRAGMA {name}").fetchone() for name in ("synchronous", "journal_mode")
        )

    with whenever("checkout", look):
        appended(journal, an_entry())
    assert set(seen) == {(2,), ("wal",)}  # 2 is FULL


def test_the_log_does_not_grow_without_end(path: Path, journal: Journal) -> None:
    content = bytes(1_000_000)
    for _ in range(60):
        appended(journal, an_entry(content=content))
    # Of 60 MB: the writer itself began the log anew, and not before it was 32 MiB long.
    assert 30_000_000 < path.with_name(path.name + "-wal").stat().st_size < 40_000_000


def test_one_append_after_another_has_the_same_connection_and_so_its_pages(journal: Journal) -> None:
    with ThreadPoolExecutor(4) as threads:  # so that there are several to choose from
        list(threads.map(lambda _: journal.latest(EntryKind.STANS), range(16)))
    seen: list[sqlite3.Connection] = []
    with whenever("checkout", seen.append):
        for _ in range(6):
            appended(journal, an_entry())
    assert len(seen) >= 6 and len(set(map(id, seen))) == 1
