"""The database below the journal: what differs between the embedded one and PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from sqlalchemy import Connection, Engine, inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from profilering.errors import SetupError
from serving.journal.entry import JournalUnavailableError
from serving.journal.statements import Statements
from serving.journal.tables import SCHEMA_VERSION, hode


class Store(Protocol):
    """A database that can hold a journal."""

    @property
    def engine(self) -> Engine:
        """Connections that commit durably, and give up when the database does not answer in time."""
        ...

    def check(self) -> None:
        """Raise SetupError unless this is a journal that this version writes."""
        ...

    def lock_head(self, connection: Connection) -> tuple[int, str]:
        """Become the only writer until the commit, and read the number and digest of the last entry."""
        ...

    def writing(self) -> AbstractContextManager[tuple[Statements, tuple[int, str]]]:
        """A transaction of the only writer, durable at its end, with number and digest of the last entry."""
        ...

    def still_there(self) -> None:
        """Raise SetupError where what was written may be lost although it was committed."""
        ...

    def forget(self) -> tuple[str, ...]:
        """Leave nothing of deleted rows in the database's files; say what is left for its keeper to do."""
        ...


@contextmanager
def unavailable_if_it_fails() -> Iterator[None]:
    """Tell a database that cannot be used now from a fault in this program, and say nothing of content."""
    try:
        yield
    except DBAPIError as error:
        # The first line only: PostgreSQL's DETAIL may quote a row.
        reason = str(error.orig).partition("\n")[0]
        raise JournalUnavailableError(f"the journal cannot be used: {reason}; try again") from None
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise JournalUnavailableError(f"the journal cannot be used: {error}") from None


def refuse_other_versions(engine: Engine, name: str) -> None:
    """Raise SetupError unless the database holds the revision that this program reads and writes."""
    with engine.connect() as connection:
        # Asked first: an error in reading is no answer about the version.
        there = inspect(connection).has_table("alembic_version")
        read = "SELECT version_num FROM alembic_version"
        found = connection.exec_driver_sql(read).scalar() if there else None
    if found != SCHEMA_VERSION:
        raise SetupError(
            f"{name} has schema version {found or 'none'}, this program writes {SCHEMA_VERSION}; "
            "run `python -m serving journal migrate`, or start the program that wrote it"
        )


READ_HEAD = select(hode.c.nummer, hode.c.digest)
