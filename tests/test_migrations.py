# ruff: noqa: S608  every name in a statement is ours
"""The tables are those the code means, also in a journal made before; and the service may only append."""

from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from typer.testing import CliRunner

from profilering.errors import SetupError
from serving.__main__ import cli
from serving.journal import EntryKind, Journal, JournalUnavailableError
from serving.journal.migrations import migrate
from serving.journal.places import open_store
from serving.journal.sqlite import APPLICATION_ID, open_engine
from serving.journal.tables import SCHEMA_VERSION, metadata
from tests.journals import CASE, REFUSED, SALT, an_entry, appended, connected, intact, opened, rows
from tests.postgres import Postgres


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["journal", *arguments])
    return result.exit_code, result.output


def test_the_migrations_lay_out_the_tables_the_code_means(place: str) -> None:
    with opened(place):
        pass
    store = open_store(place, timeout_seconds=5)
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.engine.dispose()


def test_a_journal_of_the_first_version_is_refused_until_it_is_migrated_and_then_whole(
    tmp_path: Path,
) -> None:
    place = str(tmp_path / "journal.db")
    _make_first_version(place)
    with connected(place) as console:
        console.execute(
            "INSERT INTO innfoersel SELECT 1, 'profilering', 'x', 't', digest, 'f', 'd' FROM hode"
        )
    with pytest.raises(SetupError, match="journal migrate"):
        Journal.open(place, timeout_seconds=1)
    assert run("migrate", "--journal", place) == (0, f"the journal has schema version {SCHEMA_VERSION}\n")
    assert rows(place, "SELECT sak_id FROM innfoersel") == [("x",)]
    with connected(place) as console:
        for statement in (
            "DELETE FROM innfoersel",
            "INSERT OR REPLACE INTO innfoersel SELECT * FROM innfoersel",
        ):
            with pytest.raises(REFUSED, match="append-only"):
                console.execute(statement)


def _make_first_version(place: str) -> None:
    """As the first release left it: no revision, but a number in the file's header."""
    Path(place).touch()
    engine = open_engine(Path(place), timeout_seconds=1)
    with engine.begin() as connection:
        migrate(connection, "0001")
        connection.exec_driver_sql("DROP TABLE alembic_version")
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql("PRAGMA user_version = 1")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    engine.dispose()


def test_migrating_twice_changes_nothing(place: str) -> None:
    with opened(place) as journal:
        appended(journal, an_entry())
    for _ in range(2):
        assert run("migrate", "--journal", place)[0] == 0
    assert intact(place) == 1


def test_an_empty_database_is_no_journal_until_it_is_migrated(postgres: Postgres) -> None:
    place = postgres.an_empty_database()
    with opened(place) as journal:
        with pytest.raises(JournalUnavailableError, match=r"schema version none.*journal migrate"):
            journal.head()
        assert run("migrate", "--journal", place)[0] == 0
        assert appended(journal, an_entry()).number == 1  # without being opened again


SERVICE = "tjenesten"


def test_the_role_of_the_service_appends_and_reads_and_nothing_else(postgres: Postgres) -> None:
    place = postgres.a_journal()
    with connected(place) as owner:
        owner.execute(f"CREATE ROLE {SERVICE} LOGIN")
    assert run("migrate", "--journal", place, "--service-role", SERVICE)[0] == 0
    as_service = place.replace("eier@", f"{SERVICE}@")
    with opened(as_service) as journal:
        appended(journal, an_entry(key="k"))
        assert journal.find(CASE, EntryKind.PROFILERING) is not None
    with connected(as_service) as console:
        for statement in (
            *(f"DELETE FROM {table}" for table in ("innfoersel", "innhold", "noekkel", "hode", "sletting")),
            *(f"UPDATE {table} SET nummer = 7" for table in ("innfoersel", "innhold", "noekkel", "sletting")),
            *(f"TRUNCATE {table} CASCADE" for table in ("innfoersel", "innhold", "noekkel", "hode")),
            "INSERT INTO sletting VALUES (1, 1)",
            "INSERT INTO hode VALUES (2, 0, '')",
            "DROP TABLE innhold",
            "ALTER TABLE innhold DISABLE TRIGGER ALL",
            "SET session_replication_role = replica",
            "CREATE TABLE mine (x int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                console.execute(statement)
    assert intact(place) == 1


@pytest.mark.parametrize("table", ["innfoersel", "innhold", "noekkel", "sletting"])
def test_not_even_the_owner_rewrites_by_mistake(postgres: Postgres, table: str) -> None:
    place = postgres.a_journal()
    with opened(place) as journal:
        journal.append(an_entry(key="k"), salt=SALT)
    with connected(place) as console:
        if table == "sletting":
            console.execute("INSERT INTO sletting VALUES (1, 1)")
        for statement in (f"UPDATE {table} SET nummer = 7", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(REFUSED, match="append-only"):
                console.execute(statement)
