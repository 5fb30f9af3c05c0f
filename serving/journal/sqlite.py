"""The embedded journal: one SQLite file, durable at every commit, safe for several processes."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import QueuePool

from profilering.errors import SetupError
from serving.journal.migrations import migrate
from serving.journal.statements import HEAD, Statements, driver_connection
from serving.journal.store import READ_HEAD, refuse_other_versions

APPLICATION_ID = 0x50524F46
"""`PROF` in ASCII, in SQLite's header: tells a journal from any other SQLite file."""
LOG_PAGES = 8_192
"""Of 4 KiB each; at this length the log is folded into the file, and one in some 500 answers waits for it. At
SQLite's own thousand it was one in 70; in a thread beside the writer, more answers waited, each for less."""


class SqliteStore:
    """The file of an embedded journal. Implements `Store`."""

    def __init__(self, path: Path, *, timeout_seconds: float) -> None:
        self._path = path
        self._file = identity_of(path) if path.exists() else None
        self.engine = open_engine(path, timeout_seconds=timeout_seconds)

    def check(self) -> None:
        """Refuse a file that is no journal, or one of another version. Raises SetupError."""
        refuse_other_files(self.engine, self._path)
        refuse_other_versions(self.engine, str(self._path))

    def lock_head(self, connection: Connection) -> tuple[int, str]:
        """Begin as the only writer, so that the head just read stays the head."""
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        number, digest = connection.execute(READ_HEAD).one()
        return number, digest

    @contextmanager
    def writing(self) -> Iterator[tuple[Statements, tuple[int, str]]]:
        """As `lock_head`, but with the driver alone."""
        with driver_connection(self.engine) as connection:
            cursor = connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            head = cursor.execute(HEAD).fetchone()
            yield Statements(cursor, mark="?"), head
            cursor.execute("COMMIT")

    def still_there(self) -> None:
        """SQLite goes on writing to a file that was moved or deleted; such an entry is lost."""
        if identity_of(self._path) != self._file:
            raise SetupError(f"{self._path} was replaced while the service ran; start it again")

    def forget(self) -> tuple[str, ...]:
        """Write the file anew and empty its log: pages keep what is deleted, and copies of what was moved."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if busy:
            return ("somebody reads the journal and keeps its log from being emptied; run the command again",)
        return ()


def open_engine(path: Path, *, timeout_seconds: float) -> Engine:
    """Make the connections of one process to an existing journal; none of them creates a file.

    The driver's own BEGIN is off (SQLAlchemy, *Transactions with SQLite*): it is deferred,
    and a deferred reader that wants to write fails as locked when another wrote in between.
    """

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=timeout_seconds,
            isolation_level=None,
            check_same_thread=False,  # the pool lends a connection to one thread at a time
        )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        return connection

    return create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_use_lifo=True,  # the last one used again: its cache of pages holds until another one writes
        pool_timeout=timeout_seconds,
        hide_parameters=True,  # an error message must not carry a person's content
    )


def create_if_absent(path: Path) -> None:
    """Make an empty journal appear at `path` whole, or leave the one that is there alone.

    It is built beside and linked into place: of several processes that start at once one
    wins, and none sees a half-made file. Raises SetupError where only the write-ahead log is
    left, since a new file would take those old pages for its own.
    """
    log = path.with_name(path.name + "-wal")
    log_without_journal = log.exists()  # asked first: another process may be creating both now
    if path.exists():
        return
    if log_without_journal:
        raise SetupError(f"{path} is gone but {log.name} is there; restore the file, or move the log away")
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        draft = Path(folder) / path.name
        draft.touch(mode=0o600)
        _write_empty_journal(draft)
        _link_durably(draft, path)


def _write_empty_journal(draft: Path) -> None:
    engine = open_engine(draft, timeout_seconds=0)
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        migrate(connection)
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")  # stays in the file
    engine.dispose()


def _link_durably(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return  # another process was first, with the same empty journal
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def refuse_other_files(engine: Engine, path: Path) -> None:
    """Stop the service before it writes into a file that is no journal. Raises SetupError."""
    with engine.connect() as connection:
        application, mode = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("application_id", "journal_mode")
        )
    if application != APPLICATION_ID:
        raise SetupError(
            f"{path} is no journal: its application_id is {application}, a journal's is {APPLICATION_ID}; "
            "point the setting at the journal, or at a path where none is yet"
        )
    if mode != "wal":
        raise SetupError(f"{path} has journal_mode {mode}, not wal; set it with PRAGMA journal_mode = WAL")


def identity_of(path: Path) -> tuple[int, int]:
    """Tell the file at `path` from one that takes its name later. Raises OSError if none is there."""
    stat = path.stat()
    return stat.st_dev, stat.st_ino
