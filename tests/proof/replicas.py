"""Real processes of the service as the platform has them: started, asked whether they are ready, stopped."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from serving.identity.issuers import IssuerKind
from tests.bench.served import ROOT, free_port
from tests.bundles import a_bundle, approve
from tests.issuer import OwnIssuer, Server, real_clock
from tests.issuer_command import TILGANG, environment_of

PATIENCE_SECONDS = 120
"""Eight workers on two busy cores take long to import polars and LightGBM."""


@dataclass(frozen=True, slots=True)
class Replica:
    """One service, of one process or several; its log is in a file."""

    port: int
    log: Path
    process: "subprocess.Popen[bytes]"

    def is_ready(self) -> bool:
        """Ask it as the platform does."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/internal/isReady")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait_until_loaded(self, workers: int = 1) -> None:
        """Wait until every worker has begun to answer with the model, and the port answers."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.log.read_text("utf-8").count('"model_loaded"') < workers or not self.is_ready():
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text("utf-8")[-2000:]
            time.sleep(0.05)

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the process that was started, as the platform does."""
        self.process.send_signal(signal.SIGTERM)

    def left(self) -> list[str]:
        """What is left of it and of every process it started: their command lines."""
        return [
            (folder / "cmdline").read_text("utf-8").replace("\0", " ")
            for folder in Path("/proc").glob("[0-9]*")
            if _lives_in_group(folder, self.process.pid)
        ]


def _lives_in_group(folder: Path, group: int) -> bool:
    try:
        state, _, of_group = (folder / "stat").read_text("ascii").rpartition(")")[2].split()[:3]
    except OSError:  # it ended meanwhile
        return False
    return int(of_group) == group and state != "Z"


@dataclass(frozen=True, slots=True)
class Place:
    """What the replicas of one service share: model, journal, and whom they believe."""

    folder: Path
    journal: str
    issuer: OwnIssuer
    stop_seconds: float

    @contextmanager
    def a_replica(self, *, workers: int = 1) -> Iterator[Replica]:
        """Start one. What is left of it in the end is killed."""
        port = free_port()
        log = self.folder / f"{port}.log"
        command = [sys.executable, "-m", "serving", "serve", "--port", str(port), "--workers", str(workers)]
        command += ["--approved", str(self.folder / "approved.toml"), "--journal", self.journal]
        command += ["--artefacts", str(self.folder / "artefacts"), "--arkiv", str(self.folder / "arkiv")]
        command += ["--stop-seconds", str(self.stop_seconds)]
        with log.open("wb") as file:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=file, stderr=file, env=self._environ(), start_new_session=True
            )
        replica = Replica(port, log, process)
        try:
            yield replica
        finally:
            if replica.left():
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE_SECONDS)

    def _environ(self) -> Mapping[str, str]:
        ours = environment_of(self.issuer.issuer, self.folder / "tilgang.toml")
        return {**os.environ, **ours, "OMP_WAIT_POLICY": "PASSIVE"}


@contextmanager
def a_place(folder: Path, journal: str, *, stop_seconds: float) -> Iterator[Place]:
    """Make a small bundle, an approval, an issuer and a file of access that nobody is too fast for."""
    approve(folder / "approved.toml", a_bundle(folder / "artefacts"))
    quick = TILGANG.replace("kall_per_minutt = 600", "kall_per_minutt = 60000")
    (folder / "tilgang.toml").write_text(quick, "utf-8")
    with Server(0) as server:
        yield Place(folder, journal, server.an_issuer(IssuerKind.ENTRA, real_clock), stop_seconds)
