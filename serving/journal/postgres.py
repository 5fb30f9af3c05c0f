"""The journal in PostgreSQL: one head row, locked by whoever writes."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.pool import QueuePool

from serving.journal.statements import HEAD, Statements, driver_connection
from serving.journal.store import READ_HEAD, refuse_other_versions


class PostgresStore:
    """A PostgreSQL database with a journal. Implements `Store`; connects when it is first asked."""

    def __init__(self, address: str, *, timeout_seconds: float) -> None:
        url = make_url(address).set(drivername="postgresql+psycopg")
        self._name = url.render_as_string(hide_password=True)
        patience_ms = int(timeout_seconds * 1000)
        self.engine = create_engine(
            url,
            poolclass=QueuePool,
            pool_use_lifo=True,  # the last one used again: its statements are prepared
            pool_timeout=timeout_seconds,
            hide_parameters=True,  # an error message must not carry a person's content
            connect_args={
                "connect_timeout": max(2, round(timeout_seconds)),  # libpq takes no less
                # A server that vanished without a word is given up after about ten seconds.
                "tcp_user_timeout": 10_000,
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 3,
                "application_name": "profilering",
                "options": (
                    f"-c statement_timeout={patience_ms} -c lock_timeout={patience_ms} "
                    # A worker that vanished in the middle holds the head no longer than this.
                    f"-c idle_in_transaction_session_timeout={patience_ms} -c synchronous_commit=on"
                ),
            },
        )

    def check(self) -> None:
        """Refuse a database without a journal of this version. Raises SetupError."""
        refuse_other_versions(self.engine, self._name)

    def lock_head(self, connection: Connection) -> tuple[int, str]:
        """Wait for the head row and keep it: whoever has it writes, the others wait in line."""
        number, digest = connection.execute(READ_HEAD.with_for_update()).one()
        return number, digest

    @contextmanager
    def writing(self) -> Iterator[tuple[Statements, tuple[int, str]]]:
        """As `lock_head`, but with the driver alone."""
        # In a pipeline nothing waits for the server but what needs its answer.
        with driver_connection(self.engine) as connection, connection.driver_connection.pipeline():
            cursor = connection.cursor()
            head = cursor.execute(f"{HEAD} FOR UPDATE").fetchone()
            yield Statements(cursor, mark="%s"), head
            connection.commit()

    def still_there(self) -> None:
        """The server looks after its own files."""

    def forget(self) -> tuple[str, ...]:
        """Write the tables anew and let go of the log; needs the owner of the tables, and pg_checkpoint."""
        with self.engine.connect() as connection:
            outside = connection.execution_options(isolation_level="AUTOCOMMIT")
            for table in ("innhold", "noekkel"):
                outside.exec_driver_sql(f"VACUUM FULL {table}")
            for _ in range(2):  # the segment being written is let go only by the next checkpoint
                outside.exec_driver_sql("SELECT pg_switch_wal()")
                outside.exec_driver_sql("CHECKPOINT")
            recycled = outside.exec_driver_sql("SHOW wal_recycle").scalar() == "on"
        if recycled:
            return (
                "wal_recycle is on: segments of the write-ahead log keep what was erased until they are "
                "written over; set it to off and run the command again",
            )
        return ()
