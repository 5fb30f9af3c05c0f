"""What an append says to the database, in words its driver keeps prepared.

Everything else goes through SQLAlchemy. An append is what every answer waits for, and building its
statements anew took five times as long as the database took to make it durable.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

Row = tuple[Any, ...]
ROWS = 64
"""Of one statement; more are added by several."""


class Cursor(Protocol):
    """What both drivers' cursors can do (PEP 249)."""

    def execute(self, statement: str, values: Sequence[object] = (), /) -> object:
        """Have one statement carried out."""

    def fetchall(self) -> Sequence[Any]:
        """Every row the last statement gave."""


HEAD = "SELECT nummer, digest FROM hode"
_ENTRY = "SELECT e.nummer, e.digest, e.slag, e.sak_id, e.opprettet, i.bytes FROM innfoersel e"
_BY_NUMBER = f"{_ENTRY} LEFT JOIN innhold i ON i.nummer = e.nummer WHERE e.nummer = ?"
_KNOWN = "SELECT noekkel, forespoersel, nummer FROM noekkel WHERE noekkel IN ({marks})"
_ERASED = (
    "SELECT e.sak_id FROM innfoersel e JOIN sletting s ON s.nummer = e.nummer "
    "WHERE e.slag = 'profilering' AND e.sak_id IN ({marks})"
)
_ADD_ENTRY = (
    "INSERT INTO innfoersel (nummer, slag, sak_id, opprettet, forrige, forpliktelse, digest) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_ADD_CONTENT = "INSERT INTO innhold (nummer, salt, bytes) VALUES (?, ?, ?)"
_ADD_KEY = "INSERT INTO noekkel (noekkel, forespoersel, nummer) VALUES (?, ?, ?)"
_MOVE_HEAD = "UPDATE hode SET nummer = ?, digest = ?"


class Statements:
    """The statements of one transaction, through the cursor of its driver.

    `mark` is how the driver marks the place of a value.
    """

    def __init__(self, cursor: Cursor, *, mark: str) -> None:
        self._cursor = cursor
        self._mark = mark

    def known_keys(self, keys: Sequence[str]) -> dict[str, tuple[str, int]]:
        """Of these keys those that are known: the digest of the request, and the entry's number."""
        if not keys:
            return {}
        rows = self._rows(_with_marks(_KNOWN, len(keys)), keys)
        return {key: (request, number) for key, request, number in rows}

    def erased_cases(self, cases: Sequence[str]) -> set[str]:
        """Of these cases those whose profilering is erased."""
        return {case for (case,) in self._rows(_with_marks(_ERASED, len(cases)), cases)} if cases else set()

    def entry(self, number: int) -> Row:
        """One entry, its content None where it was erased."""
        (row,) = self._rows(_BY_NUMBER, (number,))
        return row

    def add(self, entries: Sequence[Row], contents: Sequence[Row], keys: Sequence[Row]) -> None:
        """Add rows to the three tables that only grow, each with the table's columns in their order."""
        for statement, rows in ((_ADD_ENTRY, entries), (_ADD_CONTENT, contents), (_ADD_KEY, keys)):
            for first in range(0, len(rows), ROWS):
                part = rows[first : first + ROWS]
                self._cursor.execute(
                    _in_words(_for_rows(statement, len(part)), self._mark), list(chain.from_iterable(part))
                )

    def move_head(self, number: int, digest: str) -> None:
        """Let the next entry follow this one."""
        self._cursor.execute(_in_words(_MOVE_HEAD, self._mark), (number, digest))

    def _rows(self, statement: str, values: Sequence[object]) -> Sequence[Row]:
        self._cursor.execute(_in_words(statement, self._mark), values)
        return self._cursor.fetchall()


def statements_on(connection: Connection) -> Statements:
    """The statements in the transaction of a connection that SQLAlchemy lent."""
    return Statements(connection.connection.cursor(), mark=mark_of(connection.engine))


def mark_of(engine: Engine) -> str:
    """How the driver of an engine marks the place of a value."""
    return "?" if engine.dialect.paramstyle == "qmark" else "%s"


@contextmanager
def driver_connection(engine: Engine) -> Iterator[Any]:
    """A connection of the pool as its driver has it; what was not committed is undone as it goes back.

    Raises DBAPIError, as SQLAlchemy does, for every error of the driver.
    """
    connection, driver = None, None
    try:
        connection = engine.raw_connection()
        driver = connection.driver_connection
        yield connection
    except engine.dialect.loaded_dbapi.Error as error:
        if connection is not None and engine.dialect.is_disconnect(error, driver, None):
            connection.invalidate()
            engine.dispose()  # the others have lost the server too
        raise DBAPIError(None, None, error) from None
    finally:
        if connection is not None:
            connection.close()


@lru_cache(maxsize=256)
def _for_rows(statement: str, number: int) -> str:
    """The statement for so many rows at once: row by row, the driver would let other threads in between."""
    before, values, row = statement.partition("VALUES ")
    return before + values + ", ".join([row] * number)


@lru_cache(maxsize=256)
def _with_marks(statement: str, number: int) -> str:
    return statement.format(marks=", ".join("?" * number))


@lru_cache(maxsize=512)
def _in_words(statement: str, mark: str) -> str:
    return statement.replace("?", mark)
