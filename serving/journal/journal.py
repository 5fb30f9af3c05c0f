"""Append and look up: the only way into the journal."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from profilering.errors import SetupError
from serving.journal.chain import Link, commitment_to, digest_of, instant_text
from serving.journal.entry import (
    AlreadyAppended,
    EntryKind,
    IdempotencyKey,
    JournalUnavailableError,
    KeyReusedError,
    NewEntry,
    Receipt,
    StoredEntry,
)
from serving.journal.sqlite import (
    create_if_absent,
    identity_of,
    open_engine,
    refuse_other_databases,
    take_write_lock,
)
from serving.journal.tables import hode, innfoersel, innhold, noekkel


class Journal:
    """The journal of one process; threads may share it, other processes may use the same file.

    Every method raises JournalUnavailableError where the database cannot be used in time.
    """

    def __init__(self, path: Path, engine: Engine, *, busy_timeout_seconds: float) -> None:
        self._path = path
        self._file = identity_of(path)
        self._engine = engine
        self._turn = Lock()
        self._busy_timeout_seconds = busy_timeout_seconds

    @classmethod
    def open(cls, path: Path, *, busy_timeout_seconds: float) -> Self:
        """Open the journal at `path`, or make an empty one where there is no file.

        Raises SetupError for a file that is another database or another schema version.
        """
        engine = open_engine(path, busy_timeout_seconds=busy_timeout_seconds)
        try:
            with _unavailable_if_it_fails():
                create_if_absent(path)
                refuse_other_databases(engine, path)
                return cls(path, engine, busy_timeout_seconds=busy_timeout_seconds)
        except (SetupError, JournalUnavailableError):
            engine.dispose()
            raise

    def close(self) -> None:
        """Give back all connections; the last process to close folds the log into the file."""
        self._engine.dispose()

    def append(self, entry: NewEntry, *, salt: bytes) -> Receipt | AlreadyAppended:
        """Make an entry durable and say where it stands; returns only after the commit.

        `salt` is 32 fresh random bytes. A caller waits at most the busy timeout for its turn
        among this process's threads, and as long again for other processes.
        JournalUnavailableError means nothing may be shown; in the rare case that the commit itself
        went unanswered, the same idempotency key later gives the stored entry or makes one.
        Raises KeyReusedError for a key that came with another request.
        """
        commitment = commitment_to(entry.content, salt)
        with self._taking_turns(), _unavailable_if_it_fails():
            with self._engine.begin() as connection:
                take_write_lock(connection)
                result = _append(connection, entry, salt, commitment)
            self._refuse_a_replaced_file()
        return result

    def find(self, case_id: UUID, kind: EntryKind) -> StoredEntry | None:
        """Look up the latest entry of one kind about one profilering."""
        wanted = {"case_id": str(case_id), "kind": kind.value}
        with _unavailable_if_it_fails(), self._engine.connect() as connection:
            row = connection.execute(_FIND_LATEST, wanted).one_or_none()
        return None if row is None else _stored(row)

    def find_by_key(self, key: IdempotencyKey) -> StoredEntry | None:
        """Look up what a request already led to. Raises KeyReusedError for a key with another request."""
        with _unavailable_if_it_fails(), self._engine.connect() as connection:
            return _answered_before(connection, key)

    def head(self) -> Receipt | None:
        """Tell the last entry; None says the journal is empty."""
        with _unavailable_if_it_fails(), self._engine.connect() as connection:
            head = _read_head(connection)
        return head if head.number > 0 else None

    @contextmanager
    def _taking_turns(self) -> Iterator[None]:
        # SQLite makes a second writer sleep and ask again, up to 100 ms; a lock wakes it at once.
        if not self._turn.acquire(timeout=self._busy_timeout_seconds):
            raise JournalUnavailableError(
                f"no turn to write within {self._busy_timeout_seconds} s; try again"
            )
        try:
            yield
        finally:
            self._turn.release()

    def _refuse_a_replaced_file(self) -> None:
        # SQLite goes on writing to a file that was moved or deleted; such an entry is lost.
        if identity_of(self._path) != self._file:
            raise JournalUnavailableError(f"{self._path} was replaced while the service ran; start it again")


@contextmanager
def _unavailable_if_it_fails() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise JournalUnavailableError(f"the journal cannot be used: {reason}; try again") from error


# Statements are built once: SQLAlchemy then finds their SQL in its cache without reading them anew.
_READ_HEAD = select(hode.c.nummer, hode.c.digest)
_MOVE_HEAD = update(hode).values(nummer=bindparam("number"), digest=bindparam("to"))
_ADD_ENTRY, _ADD_CONTENT, _ADD_KEY = insert(innfoersel), insert(innhold), insert(noekkel)
_FIND_KEY = select(noekkel.c.forespoersel, noekkel.c.nummer).where(noekkel.c.noekkel == bindparam("key"))
_READ_ENTRY = select(innfoersel, innhold.c.bytes).join(innhold)
_FIND_BY_NUMBER = _READ_ENTRY.where(innfoersel.c.nummer == bindparam("number"))
_FIND_LATEST = (
    _READ_ENTRY.where(innfoersel.c.sak_id == bindparam("case_id"), innfoersel.c.slag == bindparam("kind"))
    .order_by(innfoersel.c.nummer.desc())
    .limit(1)
)


def _append(
    connection: Connection, entry: NewEntry, salt: bytes, commitment: str
) -> Receipt | AlreadyAppended:
    if entry.idempotency is not None:
        before = _answered_before(connection, entry.idempotency)
        if before is not None:
            return AlreadyAppended(before)
    head = _read_head(connection)
    link = Link(
        number=head.number + 1,
        kind=entry.kind.value,
        case_id=str(entry.case_id),
        created=instant_text(entry.created),
        previous=head.digest,
        commitment=commitment,
    )
    receipt = Receipt(link.number, digest_of(link))
    _add_entry(connection, link, receipt)
    connection.execute(_ADD_CONTENT, {"nummer": link.number, "salt": salt, "bytes": entry.content})
    if entry.idempotency is not None:
        key = {"noekkel": entry.idempotency.key, "forespoersel": entry.idempotency.request}
        connection.execute(_ADD_KEY, {**key, "nummer": link.number})
    connection.execute(_MOVE_HEAD, {"number": receipt.number, "to": receipt.digest})
    return receipt


def _add_entry(connection: Connection, link: Link, receipt: Receipt) -> None:
    row = {
        "nummer": link.number,
        "slag": link.kind,
        "sak_id": link.case_id,
        "opprettet": link.created,
        "forrige": link.previous,
        "forpliktelse": link.commitment,
        "digest": receipt.digest,
    }
    connection.execute(_ADD_ENTRY, row)


def _read_head(connection: Connection) -> Receipt:
    number, digest = connection.execute(_READ_HEAD).one()
    return Receipt(number, digest)


def _answered_before(connection: Connection, key: IdempotencyKey) -> StoredEntry | None:
    found = connection.execute(_FIND_KEY, {"key": key.key}).one_or_none()
    if found is None:
        return None
    if found.forespoersel != key.request:
        raise KeyReusedError("the idempotency key was used for another request; send a new key")
    return _stored(connection.execute(_FIND_BY_NUMBER, {"number": found.nummer}).one())


def _stored(row: Row[Any]) -> StoredEntry:
    return StoredEntry(
        receipt=Receipt(row.nummer, row.digest),
        kind=EntryKind(row.slag),
        case_id=UUID(row.sak_id),
        created=datetime.fromisoformat(row.opprettet),
        content=row.bytes,
    )
