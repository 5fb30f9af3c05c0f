"""What only the owner of the journal's tables does."""

from sqlalchemy import Connection

from serving.journal.migrations import migrate
from serving.journal.places import open_store
from serving.journal.store import unavailable_if_it_fails

PATIENCE_SECONDS = 600
"""A migration may have to wait for those who read."""


def migrate_journal(place: str, *, service_role: str | None) -> None:
    """Bring a journal to this version, whole or not at all; let a PostgreSQL role append to it.

    Raises JournalUnavailableError where the database cannot be reached or says no.
    """
    store = open_store(place, timeout_seconds=PATIENCE_SECONDS)
    try:
        with unavailable_if_it_fails(), store.engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver's own is off
            migrate(connection)
            if service_role is not None:
                _let_append(connection, service_role)
    finally:
        store.engine.dispose()


def _let_append(connection: Connection, service_role: str) -> None:
    role = connection.dialect.identifier_preparer.quote(service_role)
    connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    connection.exec_driver_sql(f"GRANT INSERT ON innfoersel, innhold, noekkel TO {role}")
    connection.exec_driver_sql(f"GRANT UPDATE ON hode TO {role}")
