"""What is erased is gone from every file, the chain still holds, and nothing else went with it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest

from profilering.errors import CallerError, SetupError
from serving.journal import EntryKind, ErasedError, Journal, NewEntry
from serving.journal.erasing import (
    Erased,
    Moment,
    cases_of_period,
    entries_of_cases,
    erase,
    erase_cases,
    forget,
)
from serving.journal.retention import OPPBEVARING, months_before, read_retention, retain
from tests.journals import CREATED, REFUSED, an_entry, appended, connected, opened, rows
from tests.postgres import Postgres, a_server
from tests.proof.erasure import WHY, erase_in_postgres, erase_in_sqlite, owned

THE_CASE, OTHER_CASE = UUID(int=7), UUID(int=8)
PERIOD = UUID("0b2f1a34-5555-4222-8333-444455556666")


def a_moment(now: datetime = CREATED) -> Moment:
    return Moment(now, UUID(int=99), bytes(32))


@pytest.fixture
def journal(place: str) -> Iterator[Journal]:
    with opened(place) as journal:
        yield journal


def of_kind(kind: EntryKind, case: UUID, content: bytes = b"{}", key: str | None = None) -> NewEntry:
    return replace(an_entry(case, content, key), kind=kind)


def erase_case(place: str, case: UUID = THE_CASE) -> Erased:
    with owned(place) as store:
        erased = erase(store, entries_of_cases(store, [case]), WHY, a_moment())
        assert erased is not None
        assert forget(store) == ()
    return erased


def test_an_erased_case_is_gone_with_its_keys_and_the_others_stay(place: str, journal: Journal) -> None:
    appended(journal, of_kind(EntryKind.PROFILERING, THE_CASE, key="k"))
    appended(journal, of_kind(EntryKind.PROFILERING, OTHER_CASE, b"[1]", key="j"))
    appended(journal, of_kind(EntryKind.VURDERING, THE_CASE))
    appended(journal, of_kind(EntryKind.INNSYN, THE_CASE))
    journal.close()
    erased = erase_case(place)
    assert erased.numbers == (1, 3)  # who looked is kept for its own time
    assert rows(place, "SELECT nummer FROM innhold ORDER BY nummer") == [(2,), (4,), (5,)]
    assert rows(place, "SELECT nummer FROM noekkel") == [(2,)]
    with opened(place) as again:
        for kind in (EntryKind.PROFILERING, EntryKind.VURDERING):
            with pytest.raises(ErasedError):
                again.find(THE_CASE, kind)
        stored = again.find(OTHER_CASE, EntryKind.PROFILERING)
        assert stored is not None
        assert again.head() == erased.receipt


def test_the_erasure_is_an_entry_that_says_what_why_and_by_whom(place: str, journal: Journal) -> None:
    appended(journal, of_kind(EntryKind.PROFILERING, THE_CASE))
    erased = erase_case(place)
    stored = journal.latest(EntryKind.SLETTING)
    assert stored is not None
    assert stored.receipt == erased.receipt
    assert json.loads(stored.content) == {
        "grunn": "krav om sletting",
        "hjemmel": "GDPR art. 17",
        "innfoersler": [1],
        "utfoert_av": "Z990001",
    }


def test_the_same_request_after_an_erasure_is_a_new_one(place: str, journal: Journal) -> None:
    entry = of_kind(EntryKind.PROFILERING, THE_CASE, key="k")
    appended(journal, entry)
    erase_case(place)
    assert appended(journal, entry).number == 3


@pytest.mark.parametrize("kind", [EntryKind.VURDERING, EntryKind.INNSIGELSE, EntryKind.ETTERPROEVING])
def test_what_is_said_of_a_case_once_it_is_erased_is_refused(
    place: str, journal: Journal, kind: EntryKind
) -> None:
    appended(journal, of_kind(EntryKind.PROFILERING, THE_CASE))
    found = journal.find(THE_CASE, EntryKind.PROFILERING)  # somebody looks, and then writes
    assert found is not None
    erase_case(place)
    with pytest.raises(ErasedError):
        appended(journal, of_kind(kind, THE_CASE, b"[7]"))
    appended(journal, of_kind(kind, OTHER_CASE))
    appended(journal, of_kind(EntryKind.INNSYN, THE_CASE))
    assert (b"[7]",) not in rows(place, "SELECT bytes FROM innhold")


def test_what_is_said_just_before_its_case_is_erased_goes_with_it(place: str, journal: Journal) -> None:
    appended(journal, of_kind(EntryKind.PROFILERING, THE_CASE))
    with owned(place) as store:
        assert entries_of_cases(store, [THE_CASE]) == [1]  # counted before the other one is through
        appended(journal, of_kind(EntryKind.VURDERING, THE_CASE))
        erased = erase_cases(store, [THE_CASE], WHY, a_moment())
    assert erased is not None
    assert erased.numbers == (1, 2)


def test_nothing_left_to_erase_makes_no_entry(place: str, journal: Journal) -> None:
    appended(journal, of_kind(EntryKind.PROFILERING, THE_CASE))
    erase_case(place)
    with owned(place) as store:
        assert entries_of_cases(store, [THE_CASE]) == []
        assert erase(store, [1], WHY, a_moment()) is None
    head = journal.head()
    assert head is not None
    assert head.number == 2


@pytest.mark.parametrize("kind", [EntryKind.STANS, EntryKind.MODELLBYTTE, EntryKind.SLETTING])
def test_what_tells_of_no_person_is_never_erased(place: str, journal: Journal, kind: EntryKind) -> None:
    appended(journal, of_kind(kind, THE_CASE))
    with owned(place) as store, pytest.raises(CallerError, match=f"entry 1 is a {kind}"):
        erase(store, [1], WHY, a_moment())
    assert rows(place, "SELECT count(*) FROM innhold") == [(1,)]


def test_the_cases_of_a_period_are_found_in_their_content(place: str, journal: Journal) -> None:
    content = json.dumps({"forespoersel": {"periodeId": str(PERIOD)}}).encode()
    appended(journal, of_kind(EntryKind.PROFILERING, THE_CASE, content))
    appended(journal, of_kind(EntryKind.PROFILERING, OTHER_CASE))
    with owned(place) as store:
        assert cases_of_period(store, PERIOD) == [THE_CASE]


@pytest.mark.parametrize("table", ["innhold", "noekkel", "sletting", "innfoersel"])
def test_no_console_deletes_what_no_erasure_names(place: str, journal: Journal, table: str) -> None:
    appended(journal, of_kind(EntryKind.PROFILERING, THE_CASE, key="k"))
    erase_case(place)
    appended(journal, of_kind(EntryKind.PROFILERING, OTHER_CASE, key="j"))
    with connected(place) as console, pytest.raises(REFUSED, match="append-only"):
        console.execute(f"DELETE FROM {table}")  # noqa: S608  our own names


# Nothing is left in any file


@pytest.mark.parametrize("forgetting", [True, False])
def test_after_an_erasure_no_file_of_sqlite_holds_a_trace(tmp_path: Path, forgetting: bool) -> None:
    traces = erase_in_sqlite(tmp_path, forgetting=forgetting)
    assert (traces.before, traces.others_kept) == (traces.planted, True)
    # Without forgetting they must be found: else the search looks in the wrong place.
    assert (traces.after == 0) is forgetting


def test_after_an_erasure_no_file_of_postgres_holds_a_trace() -> None:
    with a_server("wal_recycle = off", "fsync = off", "autovacuum_naptime = 1s") as server:
        traces = erase_in_postgres(server)
    assert (traces.before, traces.after) == (traces.planted, 0)
    assert traces.others_kept


def test_the_keeper_of_a_server_that_recycles_its_log_is_told(postgres: Postgres) -> None:
    address = postgres.a_journal()
    with connected(address) as console:
        console.execute("ALTER SYSTEM SET wal_recycle = on")
        console.execute("SELECT pg_reload_conf()")
    with owned(address) as store:
        (left,) = forget(store)
    assert "wal_recycle is on" in left
    with connected(address) as console:
        console.execute("ALTER SYSTEM RESET wal_recycle")
        console.execute("SELECT pg_reload_conf()")


# How long things are kept


def test_each_kind_is_kept_for_its_own_time_and_no_longer(place: str, journal: Journal) -> None:
    now = datetime(2030, 3, 31, 12, tzinfo=UTC)
    limit = datetime(2029, 2, 28, 12, tzinfo=UTC)  # 13 months earlier, in a shorter month
    for created in (limit - timedelta(microseconds=1), limit, now):
        for kind in (EntryKind.PROFILERING, EntryKind.INNSYN, EntryKind.STANS):
            appended(journal, replace(of_kind(kind, THE_CASE), created=created))
    whole = read_retention()
    months = {**dict.fromkeys(whole.months, 13), EntryKind.INNSYN: 100}
    ids = count(500)
    with owned(place) as store:
        moments = (Moment(now, UUID(int=number), bytes(32)) for number in ids)
        erased = list(retain(store, replace(whole, months=months), "nattjobb", lambda: next(moments)))
    assert [one.numbers for one in erased] == [(1,)]
    stored = journal.latest(EntryKind.SLETTING)
    assert stored is not None
    content = json.loads(stored.content)
    assert content["grunn"] == "oppbevaringstiden er ute: profilering, 13 måneder"
    assert "GDPR" in content["hjemmel"]


def test_every_kind_about_a_person_has_a_time_with_a_source() -> None:
    retention = read_retention()
    assert min(retention.months.values()) >= 6  # AI Act art. 26(6)
    assert all(retention.kilder.values())


@pytest.mark.parametrize(
    "change",
    [
        ('"innsyn"', '"stans"'),
        ('"innsyn"', '"profilering"'),
        ("maaneder = 24", "maaneder = 0"),
        ("maaneder = 24", "maneder = 24"),
        ("kilde", "kjelde"),
    ],
)
def test_a_file_that_leaves_a_kind_out_or_cannot_be_meant_is_refused(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    file = tmp_path / "oppbevaring.toml"
    file.write_text(OPPBEVARING.read_text("utf-8").replace(*change), "utf-8")
    with pytest.raises(SetupError, match=r"oppbevaring\.toml"):
        read_retention(file)


def test_months_are_counted_by_the_calendar() -> None:
    assert months_before(datetime(2028, 3, 31, tzinfo=UTC), 1) == datetime(2028, 2, 29, tzinfo=UTC)
    assert months_before(datetime(2028, 1, 15, tzinfo=UTC), 13) == datetime(2026, 12, 15, tzinfo=UTC)
