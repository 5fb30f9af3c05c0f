"""How long one warm, explained and journaled answer takes, measured through a real server."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
WARM_UP, REQUESTS = 50, 400


def measure_answers(approved: Path, artefacts: Path) -> dict[str, float]:
    """p50 and p99 in milliseconds of POST at one client, every answer durable before it leaves."""
    personas = sorted((ROOT / "serving" / "personas").glob("P*.json"))
    bodies = [json.dumps(json.loads(path.read_text("utf-8"))) for path in personas]
    with tempfile.TemporaryDirectory() as folder, served(approved, artefacts, Path(folder)) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        times = [_timed(connection, bodies[i % len(bodies)]) for i in range(WARM_UP + REQUESTS)][WARM_UP:]
        connection.close()
    return {"p50_ms": statistics.median(times), "p99_ms": statistics.quantiles(times, n=100)[98]}


@contextmanager
def served(approved: Path, artefacts: Path, folder: Path) -> Iterator[int]:
    """A server of our own on a free loopback port, ended by its pid."""
    port = _free_port()
    command = [sys.executable, "-m", "serving", "serve", "--port", str(port), "--approved", str(approved)]
    command += ["--artefacts", str(artefacts), "--journal", str(folder / "journal.db")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=os.environ.copy())
    try:
        _wait_until_ready(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def _timed(connection: http.client.HTTPConnection, body: str) -> float:
    began = time.perf_counter()
    connection.request("POST", "/api/v1/profileringer", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 201:
        raise RuntimeError(f"the server answered {answer.status}, 201 was due")
    return (time.perf_counter() - began) * 1000


def _wait_until_ready(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with exit code {server.returncode}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/internal/isReady")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the server was not ready within 30 s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
