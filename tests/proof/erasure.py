"""Values nobody else has are journaled and erased; then every file is searched for them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from serving.journal import Journal, Receipt
from serving.journal.erasing import Moment, Why, entries_of_cases, erase, forget
from serving.journal.places import open_store
from serving.journal.store import Store
from tests.journals import CREATED, an_entry, appended, connected, opened
from tests.postgres import Postgres

WHY = Why("krav om sletting", "GDPR art. 17", "Z990001")
CASES = 60
ERASED = range(0, CASES, 3)
"""Twenty cases among sixty, the first one of them."""


@dataclass(frozen=True, slots=True)
class Traces:
    """How many of the erased cases' values stood in some file, before and after."""

    planted: int
    before: int
    after: int
    others_kept: bool


def erase_in_sqlite(folder: Path, *, forgetting: bool = True) -> Traces:
    """Search the folder of an SQLite journal, while the service has it open."""
    place = str(folder / "journal.db")
    with opened(place) as journal:
        plant(journal)
        before = found_in(folder, _values(ERASED))
        _erase(place, forgetting=forgetting)
        after = found_in(folder, _values(ERASED))
        kept = _values(sorted(set(range(CASES)) - set(ERASED)))
        return Traces(len(_values(ERASED)), len(before), len(after), found_in(folder, kept) == set(kept))


def erase_in_postgres(server: Postgres) -> Traces:
    """Search everything a server has on disk, its log too; the server is stopped for the last search."""
    place = server.a_journal()
    with opened(place) as journal:
        plant(journal)
        with connected(place) as console:
            console.execute("ANALYZE")  # the planner's samples must not keep a value
            console.execute("CHECKPOINT")
        before = found_in(server.folder, _values(ERASED))
        _erase(place, forgetting=True)
        goes_on = appended(journal, an_entry()).number == CASES + 3
    server.stop()
    after = found_in(server.folder, _values(ERASED))
    return Traces(len(_values(ERASED)), len(before), len(after), goes_on)


def plant(journal: Journal) -> None:
    """Cases of all sizes, so that some fill part of a page and some several."""
    for number in range(CASES):
        value, salt = _planted(number)
        content = b'{"a":"' + value + b'","b":"' + b"y" * (number * 997 % 20_000) + b'"}'
        entry = replace(an_entry(_case(number), content, key=f"key-{number}"))
        assert isinstance(journal.append(entry, salt=salt), Receipt)


def found_in(folder: Path, values: Sequence[bytes]) -> set[bytes]:
    """Which values stand anywhere in the files below a folder."""
    found: set[bytes] = set()
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            found |= {value for value in values if value in content}
    return found


@contextmanager
def owned(place: str) -> Iterator[Store]:
    """The database as its owner has it."""
    store = open_store(place, timeout_seconds=10)
    try:
        yield store
    finally:
        store.engine.dispose()


def _erase(place: str, *, forgetting: bool) -> None:
    # In two rounds: the first moves what the second erases, and a page may keep a copy of what moved.
    with owned(place) as store:
        for part in (ERASED[::2], ERASED[1::2]):
            numbers = entries_of_cases(store, [_case(number) for number in part])
            erase(store, numbers, WHY, Moment(CREATED, UUID(int=99), bytes(32)))
            if forgetting:
                assert forget(store) == ()


def _values(numbers: Sequence[int]) -> list[bytes]:
    return [part for number in numbers for part in _planted(number)]


def _planted(number: int) -> tuple[bytes, bytes]:
    """A value nobody else has, and a salt: each long enough to be found for sure."""
    return f"PLANTET-{number:04d}-{'x' * 40}".encode(), sha256(bytes([number])).digest()


def _case(number: int) -> UUID:
    return UUID(int=1000 + number)
