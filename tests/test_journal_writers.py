"""Several processes on one journal: no fork, no gap, no loss, and a check that would see one."""

import multiprocessing
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path

import psycopg
import pytest

from serving.journal import Journal
from serving.journal.chain import Link, commitment_to, digest_of, instant_text
from tests.journals import CASE, CREATED, REFUSED, SALT, an_entry, appended, connected, intact, opened, rows

WRITERS, APPENDS_EACH = 4, 150

Writer = Callable[[str, Barrier, int], None]

FRESH = multiprocessing.get_context("forkserver")
"""Processes that share nothing with this one nor with each other; what they import is imported once."""
FRESH.set_forkserver_preload([__name__])


def append_honestly(place: str, start: Barrier, writer: int) -> None:
    with opened(place) as journal:
        start.wait()
        for number in range(APPENDS_EACH):
            appended(journal, an_entry(content=f"{writer}/{number}".encode()))


def append_without_a_lock(place: str, start: Barrier, writer: int) -> None:
    """Do as the journal does, but read the head before the transaction begins."""
    with connected(place) as database:
        slot = "%s" if isinstance(database, psycopg.Connection) else "?"
        add = f"INSERT INTO innfoersel VALUES ({', '.join([slot] * 7)})"  # noqa: S608  our own names
        start.wait()
        for number in range(APPENDS_EACH):
            last, previous = database.execute("SELECT nummer, digest FROM hode").fetchone()
            commitment = commitment_to(f"{writer}/{number}".encode(), SALT)
            link = Link(last + 1, "profilering", str(CASE), instant_text(CREATED), previous, commitment)
            row = (link.number, link.kind, link.case_id, link.created, previous, commitment, digest_of(link))
            time.sleep(0.001)
            try:
                database.execute("BEGIN")
                database.execute(add, row)
                move = f"UPDATE hode SET nummer = {slot}, digest = {slot}"  # noqa: S608
                database.execute(move, (link.number, digest_of(link)))
                database.execute("COMMIT")
            except TAKEN:
                database.execute("ROLLBACK")


TAKEN = (*REFUSED, psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected)
"""What a second entry in the same place meets: the trigger or the unique column."""


def run_at_once(writer: Writer, place: str) -> None:
    start = FRESH.Barrier(WRITERS, timeout=60)
    processes = [FRESH.Process(target=writer, args=(place, start, number)) for number in range(WRITERS)]
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


def outcome_of(place: str) -> Outcome:
    query = "SELECT count(*), count(DISTINCT forrige), max(nummer) FROM innfoersel"
    return Outcome(*rows(place, query)[0])


ALL_THERE = Outcome(*[WRITERS * APPENDS_EACH] * 3)


def test_four_processes_append_without_fork_gap_or_loss(place: str) -> None:
    run_at_once(append_honestly, place)
    assert outcome_of(place) == ALL_THERE
    assert intact(place) == WRITERS * APPENDS_EACH
    contents = {bytes(content).decode() for (content,) in rows(place, "SELECT bytes FROM innhold")}
    assert contents == {f"{writer}/{n}" for writer in range(WRITERS) for n in range(APPENDS_EACH)}


def test_writers_without_a_lock_are_caught_by_the_same_check(place: str) -> None:
    with opened(place):
        pass
    run_at_once(append_without_a_lock, place)
    assert outcome_of(place) != ALL_THERE


def test_two_entries_cannot_follow_the_same_one(place: str) -> None:
    with opened(place) as journal:
        for _ in range(2):
            appended(journal, an_entry())
    with connected(place) as database, pytest.raises(TAKEN, match=r"forrige|has this row"):
        database.execute(
            "INSERT INTO innfoersel SELECT 3, slag, sak_id, opprettet, forrige, forpliktelse, 'new' "
            "FROM innfoersel WHERE nummer = 2"
        )


def open_and_append(place: str, start: Barrier, _writer: int) -> None:
    start.wait()
    with closing(Journal.open(place, timeout_seconds=10)) as journal:
        appended(journal, an_entry())


def test_several_processes_may_open_a_new_journal_at_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    run_at_once(open_and_append, str(path))
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert intact(path) == WRITERS
