"""What lets nobody rewrite what was said, also not in a database console.

A revision that was once run must go on giving the same database: change these functions only by
adding new ones.
"""

from collections.abc import Sequence

from alembic import op

_ERASED = "EXISTS (SELECT 1 FROM sletting WHERE sletting.nummer = OLD.nummer)"


def refuse_rewriting(table: str) -> None:
    """Stop UPDATE and DELETE on a table; on PostgreSQL also TRUNCATE, which SQLite does not have."""
    if _on_postgres():
        _refusing_function()
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def let_erased_leave(table: str) -> None:
    """Narrow the stop on DELETE to rows that no `sletting` names."""
    if _on_postgres():
        op.execute(
            "CREATE OR REPLACE FUNCTION refuse_deleting_what_is_not_erased() RETURNS trigger AS $$ BEGIN "
            f"IF {_ERASED} THEN RETURN OLD; END IF; "
            "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$ LANGUAGE plpgsql"
        )
        op.execute(f"DROP TRIGGER {table}_no_delete ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_deleting_what_is_not_erased()"
        )
        return
    op.execute(f"DROP TRIGGER {table}_no_delete")
    op.execute(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN NOT {_ERASED} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def refuse_replacing(table: str, unique: Sequence[str]) -> None:
    """Stop SQLite's INSERT OR REPLACE, which deletes the old row without asking its triggers."""
    if _on_postgres():
        return  # PostgreSQL has no such statement: ON CONFLICT DO UPDATE is an UPDATE to the triggers
    taken = " OR ".join(f"{column} = NEW.{column}" for column in unique)
    known = f"EXISTS (SELECT 1 FROM {table} WHERE {taken})"  # noqa: S608  our own names
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {known} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: it has this row'); END"
    )


def keep_out_of_statistics(table: str) -> None:
    """Keep PostgreSQL's planner from sampling values: an erased salt would live on in its statistics."""
    if not _on_postgres():
        return
    columns = {"innhold": ("salt", "bytes"), "noekkel": ("noekkel", "forespoersel")}[table]
    for column in columns:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")


def keep_as_it_is(table: str, column: str) -> None:
    """Keep PostgreSQL from compressing: it took more than half of the time of writing (measured, 12 kB)."""
    if _on_postgres():
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")


def _refusing_function() -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$ LANGUAGE plpgsql"
    )


def _on_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"
