"""The journal's schema, revision by revision; each is frozen once a journal has been made with it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring a database to a revision, in the caller's transaction; an empty one becomes an empty journal."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    if _made_before_revisions(connection):
        command.stamp(config, "0001")
    command.upgrade(config, revision)


def _made_before_revisions(connection: Connection) -> bool:
    """Whether it is a journal of the first version, which wrote no revision."""
    tables = inspect(connection).get_table_names()
    return "innfoersel" in tables and "alembic_version" not in tables
