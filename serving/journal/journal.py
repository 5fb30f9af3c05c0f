"""Append and look up: the only way into the journal."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Self, TypeVar
from uuid import UUID

from sqlalchemy import Connection, bindparam, text

from profilering.errors import SetupError
from serving.journal.appending import (
    ENTRIES,
    Appended,
    Salted,
    answered_before,
    append_group,
    erased_of,
    stored_of,
)
from serving.journal.desk import Desk
from serving.journal.entry import (
    AlreadyAppended,
    EntryKind,
    ErasedEntry,
    IdempotencyKey,
    JournalUnavailableError,
    NewEntry,
    Receipt,
    StoredEntry,
)
from serving.journal.places import create_where_absent, is_postgres, open_store
from serving.journal.statements import statements_on
from serving.journal.store import READ_HEAD, Store, unavailable_if_it_fails
from serving.journal.tables import ABOUT_THE_SERVICE, innfoersel

READERS = 4
"""As many as the connections that read at a time; with the writer's own, fewer than the pool holds."""

GROUP = 64
"""Requests that may share one transaction: more would make the first one wait for the last."""

GIVES_UP_FIRST = 0.8
"""Share of a caller's patience after which the database gives up: the caller then hears why, and the
entry is not made behind its back."""

T = TypeVar("T")
Read = Callable[[Connection], Any]


class Journal:
    """The journal of one process; threads may share it, other processes may use the same database.

    Every method raises JournalUnavailableError where the database does not answer in time.
    """

    def __init__(self, store: Store, *, place: str, timeout_seconds: float) -> None:
        self._store = store
        self.place = place
        self.timeout_seconds = timeout_seconds
        self._checked = False
        self._writing = Lock()
        self._writer: Desk[Sequence[Salted], Sequence[Appended]] = Desk(
            self._write, name="journal-writer", threads=1, at_most=GROUP
        )
        self._readers: Desk[Read, Any] = Desk(self._read, name="journal-reader", threads=READERS, at_most=1)

    @classmethod
    def open(cls, place: str | Path, *, timeout_seconds: float) -> Self:
        """Open the journal at a path, or make an empty one where there is no file; or in PostgreSQL.

        Raises SetupError for a file that is another database or another schema version. A
        PostgreSQL server is first asked when somebody needs it: the service starts without it.
        """
        with unavailable_if_it_fails():
            create_where_absent(str(place))
            store = open_store(str(place), timeout_seconds=timeout_seconds * GIVES_UP_FIRST)
            try:
                if not is_postgres(str(place)):
                    store.check()
            except BaseException:
                store.engine.dispose()
                raise
        return cls(store, place=str(place), timeout_seconds=timeout_seconds)

    def close(self) -> None:
        """Give back all connections; the last process to close folds SQLite's log into the file."""
        self._writer.close()
        self._readers.close()
        self._store.engine.dispose()

    def append(self, entry: NewEntry, *, salt: bytes) -> Receipt | AlreadyAppended:
        """Make an entry durable and say where it stands; returns only after the commit.

        `salt` is 32 fresh random bytes. JournalUnavailableError means nothing may be shown; where
        the commit itself went unanswered, the same keys later give the stored entry or make one.
        Raises KeyReusedError for a key that came with another request, ErasedError where what it
        led to was erased.
        """
        return self.append_all([entry], salts=[salt])[0]

    def append_all(
        self, entries: Sequence[NewEntry], *, salts: Sequence[bytes]
    ) -> list[Receipt | AlreadyAppended]:
        """Make many entries durable in one transaction, in order. Raises the first refusal of any."""
        results: list[Receipt | AlreadyAppended] = []
        for result in self.append_each(entries, salts=salts):
            if isinstance(result, Exception):
                raise result
            results.append(result)
        return results

    def append_each(self, entries: Sequence[NewEntry], *, salts: Sequence[bytes]) -> Sequence[Appended]:
        """As `append_all`, but each entry's refusal is its own result."""
        return self._writer.ask(_salted(entries, salts), timeout_seconds=self.timeout_seconds)

    def append_here(self, entries: Sequence[NewEntry], *, salts: Sequence[bytes]) -> Sequence[Appended]:
        """As `append_each`, in the calling thread, which a database that hangs keeps as long as it likes.

        For a thread that does nothing else, whose callers wait only so long (`Desk`).
        """
        return self._write([_salted(entries, salts)])[0]

    def find_here(self, keys: Sequence[IdempotencyKey]) -> StoredEntry | None:
        """As `find_by_keys`, in the calling thread (`append_here`)."""
        found: StoredEntry | None = self._read([_answered(keys)])[0]
        return found

    def find(self, case_id: UUID, kind: EntryKind) -> StoredEntry | None:
        """Look up the latest entry of one kind about one case. Raises ErasedError where it was erased."""
        return self._ask(lambda connection: _latest_about(connection, kind, case_id))

    def entries_about(self, case_id: UUID, kind: EntryKind) -> list[StoredEntry | ErasedEntry]:
        """Look up every entry of one kind about one case, in order; what was erased has its place left."""
        return self._ask(lambda connection: _all_about(connection, kind, case_id))

    def latest(self, kind: EntryKind) -> StoredEntry | None:
        """Look up the latest entry of a kind that is about the service, like `stans`."""
        return self._ask(lambda connection: _latest(connection, kind))

    def find_by_keys(self, keys: Sequence[IdempotencyKey]) -> StoredEntry | None:
        """Look up what a request already led to. Raises KeyReusedError and ErasedError."""
        return self._ask(_answered(keys))

    def head(self) -> Receipt | None:
        """Tell the last entry; None says the journal is empty."""
        number, digest = self._ask(lambda connection: tuple(connection.execute(READ_HEAD).one()))
        return Receipt(number, digest) if number > 0 else None

    def _ask(self, read: Callable[[Connection], T]) -> T:
        result: T = self._readers.ask(read, timeout_seconds=self.timeout_seconds)
        return result

    def _read(self, reads: Sequence[Read]) -> list[Any]:
        with _unavailable_while_serving():
            self._check_once()
            with self._store.engine.connect() as connection:
                return [read(connection) for read in reads]

    def _write(self, jobs: Sequence[Sequence[Salted]]) -> list[Sequence[Appended]]:
        """Do several callers' jobs in one transaction; each caller's entries stay together."""
        with _unavailable_while_serving():
            self._check_once()
            # One writer of a process at a time: SQLite's would else sleep until the other one is done.
            with self._writing, self._store.writing() as (statements, head):
                results = iter(append_group(statements, head, [salted for job in jobs for salted in job]))
            self._store.still_there()
        return [[next(results) for _ in job] for job in jobs]

    def _check_once(self) -> None:
        # At the first use and not at the start, so that a server may come up after the service.
        if not self._checked:
            self._store.check()
            self._checked = True


def _salted(entries: Sequence[NewEntry], salts: Sequence[bytes]) -> list[Salted]:
    return [Salted.of(entry, salt) for entry, salt in zip(entries, salts, strict=True)]


def _answered(keys: Sequence[IdempotencyKey]) -> Callable[[Connection], StoredEntry | None]:
    return lambda connection: answered_before(statements_on(connection), keys)


def _latest(connection: Connection, kind: EntryKind) -> StoredEntry | None:
    row = connection.execute(_LATEST, {"kind": kind.value}).one_or_none()
    return None if row is None else stored_of(row)


def _latest_about(connection: Connection, kind: EntryKind, case_id: UUID) -> StoredEntry | None:
    row = connection.execute(_LATEST_ABOUT, {"kind": kind.value, "case_id": str(case_id)}).one_or_none()
    return None if row is None else stored_of(row)


def _all_about(connection: Connection, kind: EntryKind, case_id: UUID) -> list[StoredEntry | ErasedEntry]:
    rows = connection.execute(_ALL_ABOUT, {"kind": kind.value, "case_id": str(case_id)})
    return [erased_of(row) if row.bytes is None else stored_of(row) for row in rows]


_ALL_ABOUT = ENTRIES.where(
    innfoersel.c.slag == bindparam("kind"), innfoersel.c.sak_id == bindparam("case_id")
).order_by(innfoersel.c.nummer)
_OF_KIND = ENTRIES.where(innfoersel.c.slag == bindparam("kind")).order_by(innfoersel.c.nummer.desc()).limit(1)
# The condition of the partial index, word for word: SQLite uses the index for nothing less.
_LATEST = _OF_KIND.where(text(ABOUT_THE_SERVICE))
_LATEST_ABOUT = _OF_KIND.where(innfoersel.c.sak_id == bindparam("case_id"))


@contextmanager
def _unavailable_while_serving() -> Iterator[None]:
    """What would have stopped the start only makes the journal unavailable once the service runs."""
    try:
        with unavailable_if_it_fails():
            yield
    except SetupError as error:
        raise JournalUnavailableError(str(error)) from None
