"""Which database a place names: a file for the embedded journal, an address for PostgreSQL."""

from pathlib import Path

from serving.journal.postgres import PostgresStore
from serving.journal.sqlite import SqliteStore, create_if_absent
from serving.journal.store import Store

POSTGRES = "postgresql://"


def open_store(place: str, *, timeout_seconds: float) -> Store:
    """Make the connections to the journal at a path or a `postgresql://` address; nothing is created."""
    if is_postgres(place):
        return PostgresStore(place, timeout_seconds=timeout_seconds)
    return SqliteStore(Path(place), timeout_seconds=timeout_seconds)


def create_where_absent(place: str) -> None:
    """Make an empty journal appear where a file is named and none is; a server's tables are its owner's."""
    if not is_postgres(place):
        create_if_absent(Path(place))


def is_postgres(place: str) -> bool:
    """Whether a place is the address of a server."""
    return place.startswith(POSTGRES)
