"""The rows of a journal as they lie in its database, read by the checker and the export alone.

Nothing of the program that writes the journal is used, and no layer that would turn a value into
another: texts arrive as the bytes that were hashed.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from profilering.errors import SetupError
from serving.journal.etterproev import FaultError

if TYPE_CHECKING:
    import psycopg

Row = tuple[object, ...]
Read = Callable[[str], Iterator[Row]]
"""Give the rows of a query as they come, one query after the other; all of them see the same instant."""

ENTRIES = """
    SELECT nummer, slag, sak_id, opprettet, forrige, forpliktelse, digest, salt, bytes
    FROM innfoersel LEFT JOIN innhold USING (nummer) ORDER BY nummer
"""
ENTRIES_AFTER = """
    SELECT nummer, slag, sak_id, opprettet, forrige, forpliktelse, digest, salt, bytes
    FROM innfoersel LEFT JOIN innhold USING (nummer) WHERE nummer > {number} ORDER BY nummer LIMIT {most}
"""
"""To be filled in with whole numbers."""
SCHEMA_VERSION = b"0002"
APPLICATION_ID = 0x50524F46
CONNECT_SECONDS = 10

NOT_REACHED = (
    "SQLITE_BUSY",
    "SQLITE_CANTOPEN",
    "SQLITE_IOERR",
    "SQLITE_LOCKED",
    "SQLITE_NOMEM",
    "SQLITE_PERM",
)
"""SQLite's words for a file it could not get at; any other is about what the file holds."""


def rows_of(place: str) -> AbstractContextManager[Read]:
    """Open a journal for reading, at a path or a `postgresql://` address; others may append meanwhile.

    Reading raises FaultError where the database is damaged or holds no journal of this version, and
    SetupError where it cannot be reached.
    """
    return _postgres(place) if place.startswith("postgresql://") else _sqlite(Path(place))


@contextmanager
def _sqlite(path: Path) -> Iterator[Read]:
    if not path.is_file():
        raise SetupError(f"there is no journal at {path}; give the path of the file")

    def read(query: str) -> Iterator[Row]:
        try:
            # Not the cursor itself: a generator left unfinished would close it after its database.
            yield from iter(database.execute(query).fetchone, None)
        except sqlite3.DatabaseError as error:
            name = error.sqlite_errorname
        else:
            return
        if name.startswith(NOT_REACHED):
            raise SetupError(f"{path} cannot be read: {name}; see that it is there and may be read")
        raise FaultError(f"filen er skadet eller ikke en journal ({name})")

    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        # Bytes as they lie in the file: a text that is no longer UTF-8 is a fault to report.
        database.text_factory = bytes
        database.isolation_level = None
        database.execute("BEGIN")
        if [*read("PRAGMA application_id")] != [(APPLICATION_ID,)]:
            raise FaultError("filen er ikke en journal", 0)
        _refuse_other_versions(read)
        yield read


@contextmanager
def _postgres(address: str) -> Iterator[Read]:
    # Imported here: an embedded journal needs no PostgreSQL driver.
    import psycopg  # noqa: PLC0415
    from psycopg.types.string import ByteaBinaryLoader  # noqa: PLC0415

    def read(query: str) -> Iterator[Row]:
        try:
            # Row by row while the server reads ahead: with a cursor there, each would wait for the other.
            with connection.cursor(binary=True) as cursor:
                yield from cursor.stream(query.encode())
        except psycopg.Error as error:
            name, state = type(error).__name__, error.sqlstate or ""
        else:
            return
        if state.startswith(("XX", "42")):  # damaged; or a table or column that is not there
            raise FaultError(f"databasen er skadet eller ikke en journal ({name})")
        raise SetupError(f"the journal's database cannot be read: {name}; try again")

    with closing(_connected(address)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        for name in ("text", "varchar"):
            connection.adapters.register_loader(name, ByteaBinaryLoader)
        _refuse_other_versions(read)
        yield read


def _connected(address: str) -> "psycopg.Connection[Row]":
    import psycopg  # noqa: PLC0415

    try:
        return psycopg.connect(address, connect_timeout=CONNECT_SECONDS, client_encoding="UTF8")
    except psycopg.Error as error:
        name = type(error).__name__
    # Outside the handler: the driver's own error names the address.
    raise SetupError(f"the journal's database cannot be reached: {name}; see that it is up")


def _refuse_other_versions(read: Read) -> None:
    if [*read("SELECT version_num FROM alembic_version")] != [(SCHEMA_VERSION,)]:
        raise FaultError("databasen er ikke en journal i denne versjonen", 0)
