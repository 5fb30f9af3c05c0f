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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.approved import load_approved
from models.lightgbm_model import LightgbmModel
from profilering.features import NAMES
from serving.answering import understand

ROOT = Path(__file__).parent.parent.parent
WARM_UP, ROUNDS, REQUESTS = 50, 5, 100
"""The quietest of several rounds counts: these machines are noisy, and noise only ever adds."""


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """Milliseconds of one warm answer, and of LightGBM's own contributions for the same models."""

    p50: float
    p99: float
    contributions: float  # both models, one row, one thread: what absolute times travel by
    reading: float  # of a request: bytes to what the model is asked about


def measure_answers(approved: Path, artefacts: Path) -> AnswerTimes:
    """Time POST at one client through a real server, every answer durable before it leaves."""
    bodies = _bodies()
    with tempfile.TemporaryDirectory() as folder, served(approved, artefacts, Path(folder)) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for i in range(WARM_UP):
            _timed(connection, bodies[i])
        rounds = [
            [_timed(connection, body) for body in bodies[first : first + REQUESTS]]
            for first in range(WARM_UP, len(bodies), REQUESTS)
        ]
        connection.close()
    quietest = min(rounds, key=statistics.median)
    p99 = statistics.quantiles(quietest, n=100)[98]
    return AnswerTimes(
        statistics.median(quietest), p99, _contributions(approved, artefacts), _reading(bodies)
    )


def _bodies() -> list[str]:
    """One for each request: the same facts again would get the stored answer, and no append."""
    personas = sorted((ROOT / "serving" / "personas").glob("P*.json"))
    requests = [json.loads(path.read_text("utf-8")) for path in personas]
    return [
        json.dumps(requests[i % len(requests)] | {"enhet": f"{i:04}"})
        for i in range(WARM_UP + ROUNDS * REQUESTS)
    ]


def _reading(bodies: Sequence[str]) -> float:
    times = []
    for body in bodies:
        began = time.perf_counter()
        understand(body.encode())
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _contributions(approved: Path, artefacts: Path) -> float:
    model = load_approved(approved, artefacts).basis.model
    if not isinstance(model, LightgbmModel):
        raise TypeError("only a LightGBM bundle can be taken apart here")
    row = np.full((1, len(NAMES)), 1.0)
    times = []
    for _ in range(200):
        began = time.perf_counter()
        for fitted in model.fitted:
            fitted.booster.predict(row, pred_contrib=True, num_threads=1)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


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
