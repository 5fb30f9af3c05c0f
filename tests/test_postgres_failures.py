"""A PostgreSQL that is down, frozen, full or crowded: nobody waits, nothing half, and it mends itself."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from serving.journal import EntryKind, Journal, JournalUnavailableError
from serving.journal.places import open_store
from serving.journal.statements import driver_connection
from tests.journals import CASE, SALT, an_entry, appended, connected, intact, opened
from tests.postgres import Postgres

TIMEOUT_SECONDS = 1.0


@pytest.fixture
def address(postgres: Postgres) -> str:
    return postgres.a_journal()


@pytest.fixture
def journal(address: str) -> Iterator[Journal]:
    with opened(address, timeout_seconds=TIMEOUT_SECONDS) as journal:
        appended(journal, an_entry(key="first"))
        yield journal


@contextmanager
def refused_in_time() -> Iterator[None]:
    started = time.monotonic()
    with pytest.raises(JournalUnavailableError):
        yield
    assert time.monotonic() - started < TIMEOUT_SECONDS + 0.5


def appended_again(journal: Journal, key: str) -> int:
    """Do as a caller told to try again, for a few seconds."""
    end = time.monotonic() + 15
    while True:
        try:
            result = journal.append(an_entry(key=key), salt=SALT)
        except JournalUnavailableError:
            assert time.monotonic() < end
            time.sleep(0.05)
        else:
            return result.entry.receipt.number if hasattr(result, "entry") else result.number


def test_a_server_that_is_stopped_is_told_at_once_and_used_again_when_it_is_back(
    postgres: Postgres, address: str, journal: Journal
) -> None:
    postgres.stop()
    try:
        with refused_in_time():
            journal.append(an_entry(key="second"), salt=SALT)
        with refused_in_time():
            journal.find(CASE, EntryKind.PROFILERING)
    finally:
        postgres.start()
    assert appended_again(journal, "second") == 2
    assert journal.find(CASE, EntryKind.PROFILERING) is not None
    assert intact(address) == 2


def test_a_server_that_crashes_has_what_was_acknowledged(
    postgres: Postgres, address: str, journal: Journal
) -> None:
    postgres.crash()
    postgres.start()
    assert appended_again(journal, "second") == 2
    assert appended_again(journal, "first") == 1
    assert intact(address) == 2


def test_a_service_may_start_before_its_server(postgres: Postgres, address: str) -> None:
    postgres.stop()
    try:
        early = Journal.open(address, timeout_seconds=TIMEOUT_SECONDS)
        with refused_in_time():
            early.head()
    finally:
        postgres.start()
    assert appended_again(early, "k") == 1
    early.close()


def test_a_server_that_hangs_keeps_nobody_waiting_and_goes_on_where_it_was(
    postgres: Postgres, address: str, journal: Journal
) -> None:
    postgres.freeze()
    try:
        with ThreadPoolExecutor(20) as threads:
            started = time.monotonic()
            keys = [f"frozen-{number}" for number in range(10)]
            writes = [threads.submit(journal.append, an_entry(key=key), salt=SALT) for key in keys]
            reads = [threads.submit(journal.find, CASE, EntryKind.PROFILERING) for _ in range(10)]
            errors = [*(one.exception() for one in writes), *(one.exception() for one in reads)]
            assert all(isinstance(error, JournalUnavailableError) for error in errors)
            assert time.monotonic() - started < TIMEOUT_SECONDS + 0.5
    finally:
        postgres.thaw()
    numbers = sorted(appended_again(journal, key) for key in keys)
    assert numbers == list(range(2, 12))  # each once, whether or not it came about unseen
    assert intact(address) == 11


def test_a_worker_that_vanishes_in_the_middle_does_not_hold_the_others_up(
    address: str, journal: Journal
) -> None:
    store = open_store(address, timeout_seconds=TIMEOUT_SECONDS)
    with store.engine.connect() as vanished:
        store.lock_head(vanished)
        started = time.monotonic()
        assert appended_again(journal, "second") == 2
        assert time.monotonic() - started < 3 * TIMEOUT_SECONDS
        vanished.invalidate()
    store.engine.dispose()


def test_a_database_turned_read_only_refuses_to_append_and_still_answers(
    address: str, journal: Journal
) -> None:
    name = address.rpartition("/")[2]
    with connected(address) as owner:
        owner.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    journal.close()
    with opened(address, timeout_seconds=TIMEOUT_SECONDS) as again:
        with refused_in_time():
            again.append(an_entry(key="second"), salt=SALT)
        assert again.find(CASE, EntryKind.PROFILERING) is not None


def test_a_full_disk_acknowledges_nothing_and_is_over_when_there_is_room(
    postgres: Postgres, address: str
) -> None:
    postgres.stop()
    postgres.largest_file = "65536"  # 32 or 64 MiB: room for a segment of its log, not for the table
    postgres.start()
    with opened(address, timeout_seconds=5) as journal:
        acknowledged = 0
        with pytest.raises(JournalUnavailableError, match="could not extend file"):
            while acknowledged < 100:
                journal.append(an_entry(content=os.urandom(1_000_000)), salt=SALT)
                acknowledged += 1
        assert journal.find(CASE, EntryKind.PROFILERING) is not None
        postgres.stop()
        postgres.largest_file = "unlimited"
        postgres.start()
        assert appended_again(journal, "k") == acknowledged + 1
    assert intact(address) == acknowledged + 1


def test_a_server_without_a_connection_to_spare_is_told_and_used_again(
    postgres: Postgres, address: str
) -> None:
    with connected(address) as owner:
        role = "trang"
        owner.execute(
            f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 2 IN ROLE pg_read_all_data, pg_write_all_data"
        )
    crowded = address.replace("eier@", f"{role}@")
    with opened(crowded, timeout_seconds=TIMEOUT_SECONDS) as journal:
        with ExitStack() as others:
            for _ in range(2):
                others.enter_context(connected(crowded))
            with refused_in_time():
                journal.append(an_entry(key="k"), salt=SALT)
        assert appended_again(journal, "k") == 1


def test_the_journal_never_takes_more_connections_than_it_has_threads(address: str, journal: Journal) -> None:
    with ThreadPoolExecutor(40) as threads:
        keys = [f"k{number}" for number in range(200)]
        list(threads.map(lambda key: journal.append(an_entry(key=key), salt=SALT), keys))
        list(threads.map(lambda _: journal.find(CASE, EntryKind.PROFILERING), range(200)))
    store = open_store(address, timeout_seconds=5)
    with store.engine.connect() as connection:
        query = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        assert connection.execute(query).scalar_one() <= 5 + 1  # four readers, the writer, and this one
    store.engine.dispose()


def test_connections_that_a_restart_cut_cost_one_refusal_and_not_one_each(address: str) -> None:
    with ExitStack() as stack:
        store = open_store(address, timeout_seconds=TIMEOUT_SECONDS)
        stack.callback(store.engine.dispose)
        pooled = [store.engine.raw_connection() for _ in range(3)]
        for connection in pooled:
            connection.close()
        with connected(address) as console:
            console.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with pytest.raises(DBAPIError), driver_connection(store.engine) as connection:
            connection.cursor().execute("SELECT 1")
        for _ in range(3):
            with driver_connection(store.engine) as connection:
                connection.cursor().execute("SELECT 1")
