"""Servers to be measured, ours and others': started on a free loopback port, ended with all they started."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from profilering.errors import SetupError

ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0
"""A peer that imports shap on two busy cores takes half a minute."""
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers."""

    port: int
    pid: int

    def peak_mib(self) -> float:
        """Largest resident memory of each of its processes so far, added up."""
        return peak_mib(self.pid)


@contextmanager
def served(
    approved: Path, artefacts: Path, folder: Path, *, journal: str | None = None, workers: int = 1
) -> Iterator[Served]:
    """Our service, all workers ready, with a journal in `folder` or at an address."""
    port = free_port()
    command = [sys.executable, "-m", "serving", "serve", "--port", str(port), "--workers", str(workers)]
    command += ["--approved", str(approved), "--artefacts", str(artefacts), "--arkiv", str(folder / "arkiv")]
    command += ["--journal", journal or str(folder / "journal.db")]
    log = folder / "log"

    def ready() -> bool:
        loaded = log.read_text("utf-8").count('"model_loaded"')
        return loaded >= workers and answers(port, "/internal/isReady")

    with started(command, port, log, ready) as server:
        yield server


@contextmanager
def started(
    command: Sequence[str],
    port: int,
    log: Path,
    ready: Callable[[], bool],
    environ: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """A server of our own, in a session of its own. Raises SetupError where it does not get ready."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=file, stderr=file, env={**os.environ, **(environ or {})},
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait(process, ready, log)
        yield Served(port, process.pid)
    finally:
        _end(process)


def wait_until_ready(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Wait until a service of ours answers that it is ready. Raises SetupError where it ends or does not."""
    _wait(server, lambda: answers(port, "/internal/isReady"), None)


def answers(port: int, path: str) -> bool:
    """Whether a GET has the answer 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def posted(port: int, path: str, body: bytes) -> bytes:
    """The answer to one request, whatever its status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse().read()
    connection.close()
    return answer


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: "subprocess.Popen[bytes]", ready: Callable[[], bool], log: Path | None) -> None:
    end = time.monotonic() + START_SECONDS
    while not ready():
        said = log.read_text("utf-8", "replace")[-800:] if log else "its log says why"
        if server.poll() is not None:
            raise SetupError(f"the server ended with exit code {server.returncode}: {said}")
        if time.monotonic() > end:
            raise SetupError(f"the server was not ready within {START_SECONDS:.0f} s: {said}")
        time.sleep(0.1)


def _end(server: "subprocess.Popen[bytes]") -> None:
    """Ask it to stop; what is left of its session after a while is killed."""
    family = _family(server.pid)
    server.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.wait(timeout=STOP_SECONDS)
    if any(Path(f"/proc/{pid}").exists() for pid in family):
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
    server.wait(timeout=STOP_SECONDS)


def peak_mib(pid: int) -> float:
    """Largest resident memory so far of a process and all that run below it, added up."""
    return sum(map(_peak_kib, _family(pid))) / 1024


def _family(pid: int) -> list[int]:
    """A process and all below it that still run."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    below = children.read_text("ascii").split() if children.exists() else []
    return [pid, *(grandchild for child in below for grandchild in _family(int(child)))]


def _peak_kib(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
