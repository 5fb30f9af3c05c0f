"""Several processes on one file: no fork, no gap, no loss, and a check that would see one."""

import multiprocessing
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from serving.journal import Journal
from serving.journal.chain import Link, commitment_to, digest_of, instant_text
from serving.journal.verify import verify_sqlite
from tests.journals import CASE, CREATED, SALT, an_entry, appended, opened, rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with opened(path) as journal:
        yield journal


WRITERS, APPENDS_EACH = 4, 150

Writer = Callable[[Path, Barrier, int], None]


def append_honestly(path: Path, start: Barrier, writer: int) -> None:
    with opened(path) as journal:
        start.wait()
        for number in range(APPENDS_EACH):
            appended(journal, an_entry(content=f"{writer}/{number}".encode()))


def append_without_a_lock(path: Path, start: Barrier, writer: int) -> None:
    """Do as the journal does, but read the head before the transaction begins."""
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as database:
        start.wait()
        for number in range(APPENDS_EACH):
            last, previous = database.execute("SELECT nummer, digest FROM hode").fetchone()
            commitment = commitment_to(f"{writer}/{number}".encode(), SALT)
            link = Link(last + 1, "profilering", str(CASE), instant_text(CREATED), previous, commitment)
            row = (link.number, link.kind, link.case_id, link.created, previous, commitment, digest_of(link))
            time.sleep(0.001)
            try:
                database.execute("BEGIN IMMEDIATE")
                database.execute("INSERT INTO innfoersel VALUES (?, ?, ?, ?, ?, ?, ?)", row)
                database.execute("UPDATE hode SET nummer = ?, digest = ?", (link.number, digest_of(link)))
                database.execute("COMMIT")
            except sqlite3.IntegrityError as error:
                assert "UNIQUE constraint failed: innfoersel" in str(error)
                database.execute("ROLLBACK")


def run_at_once(writer: Writer, path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(WRITERS, timeout=60)
    processes = [spawn.Process(target=writer, args=(path, start, number)) for number in range(WRITERS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0] * WRITERS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of several writers left behind."""

    entries: int
    predecessors: int
    last_number: int


def outcome_of(path: Path) -> Outcome:
    query = "SELECT count(*), count(DISTINCT forrige), max(nummer) FROM innfoersel"
    return Outcome(*rows(path, query)[0])


ALL_THERE = Outcome(*[WRITERS * APPENDS_EACH] * 3)


def test_four_processes_append_without_fork_gap_or_loss(path: Path) -> None:
    run_at_once(append_honestly, path)
    assert outcome_of(path) == ALL_THERE
    assert verify_sqlite(path).fault is None
    contents = {content.decode() for (content,) in rows(path, "SELECT bytes FROM innhold")}
    assert contents == {f"{writer}/{n}" for writer in range(WRITERS) for n in range(APPENDS_EACH)}


def test_writers_without_a_lock_are_caught_by_the_same_check(path: Path) -> None:
    with opened(path):
        pass
    run_at_once(append_without_a_lock, path)
    assert outcome_of(path) != ALL_THERE


def test_two_entries_cannot_follow_the_same_one(path: Path, journal: Journal) -> None:
    for _ in range(2):
        appended(journal, an_entry())
    with closing(sqlite3.connect(path)) as database, pytest.raises(sqlite3.IntegrityError, match="forrige"):
        database.execute(
            "INSERT INTO innfoersel SELECT 3, slag, sak_id, opprettet, forrige, forpliktelse, 'new' "
            "FROM innfoersel WHERE nummer = 2"
        )


def open_and_append(path: Path, start: Barrier, _writer: int) -> None:
    start.wait()
    with opened(path) as journal:
        appended(journal, an_entry())


def test_several_processes_may_open_a_new_journal_at_once(path: Path) -> None:
    run_at_once(open_and_append, path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert verify_sqlite(path).entries == WRITERS
