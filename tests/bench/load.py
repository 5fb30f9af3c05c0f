"""Asks a server on loopback as fast as it answers, from a process of its own: ours and its peers alike.

`python -m tests.bench.load PORT PATH BODIES --clients N --seconds S --status 201` sends every line of
the file once at most, over connections that stay open, and ends when time or lines are spent. What
it prints is one `Loaded` as JSON. Nothing but the standard library: it shares two cores with the server.
"""

import argparse
import gc
import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from profilering.errors import SetupError

PATIENCE_SECONDS = 10.0
"""For one answer; what is not there by then has failed."""
LONGEST_SECONDS = 60.0
"""Of one run, whatever is asked for."""
CHUNK = 1 << 18
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked of a server on 127.0.0.1, and the status that is due."""

    port: int
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of one run; the times are of answers with the status that was due."""

    answered: int
    failures: int  # other statuses, broken connections, answers that did not come
    seconds: float  # from the first request to the last answer
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Answers a second, all clients together."""
        return self.answered / self.seconds


def load(target: Target, bodies: Sequence[bytes], *, clients: int, seconds: float) -> Loaded:
    """Have a process of its own ask. Raises SetupError when anything but the answers due came back."""
    with TemporaryDirectory() as folder:
        lines = Path(folder) / "bodies"
        lines.write_bytes(b"\n".join(bodies))
        command = [sys.executable, "-m", "tests.bench.load", str(target.port), target.path, str(lines)]
        command += ["--clients", str(clients), "--seconds", str(seconds), "--status", str(target.status)]
        ended = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False,
            timeout=LONGEST_SECONDS + 3 * PATIENCE_SECONDS,
        )  # fmt: skip
    if ended.returncode:
        raise SetupError(f"the load on {target.path} came to nothing: {ended.stderr.strip()[-500:]}")
    loaded = Loaded(**json.loads(ended.stdout))
    if loaded.failures or not loaded.answered:
        raise SetupError(
            f"{loaded.failures} of {loaded.answered + loaded.failures} requests to {target.path} failed "
            f"with {clients} clients; a figure of such a run means nothing, look at the server's log"
        )
    return loaded


def ask(
    target: Target,
    bodies: Iterable[bytes],
    *,
    clients: int,
    seconds: float,
    patience: float = PATIENCE_SECONDS,
) -> Loaded:
    """Keep so many connections busy, one request each at a time, until bodies or seconds are spent."""
    requests = iter([_request(target, body) for body in bodies])
    run = _Run(target, requests, time.perf_counter() + min(seconds, LONGEST_SECONDS), patience)
    began = time.perf_counter()
    for _ in range(clients):
        run.begin()
    while run.busy:
        run.turn()
    run.close()
    times = sorted(run.times)
    return Loaded(
        answered=len(times),
        failures=run.failures,
        seconds=max(run.last, began) - began,
        p50_ms=1000 * times[len(times) // 2] if times else 0.0,
        p99_ms=1000 * times[len(times) * 99 // 100] if times else 0.0,
    )


class _Run:
    """The connections of one run, and what came over them."""

    def __init__(self, target: Target, requests: Iterator[bytes], end: float, patience: float) -> None:
        self._target, self._requests, self._end, self._patience = target, requests, end, patience
        self._selector = selectors.DefaultSelector()
        self.times: list[float] = []
        self.failures = 0
        self.last = 0.0
        self.busy = 0  # connections that wait for an answer

    def begin(self) -> None:
        """Open one more connection and send its first request."""
        line = socket.create_connection(("127.0.0.1", self._target.port), timeout=self._patience)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = _Client(line)
        self._selector.register(line, selectors.EVENT_READ, client)
        self.busy += 1
        self._next(client)

    def turn(self) -> None:
        """Take what has come; where nothing comes for too long, all that is waited for has failed."""
        ready = self._selector.select(self._patience)
        if not ready:
            self.failures, self.busy = self.failures + self.busy, 0
        for key, _ in ready:
            client: _Client = key.data
            try:
                status = client.receive()
            except (OSError, ValueError):
                self._fail(client)
                continue
            if status is not None:
                self._answered(client, status)

    def close(self) -> None:
        """Close what was given up."""
        for key in list(self._selector.get_map().values()):
            key.data.line.close()
        self._selector.close()

    def _answered(self, client: "_Client", status: int) -> None:
        self.last = time.perf_counter()
        if status == self._target.status:
            self.times.append(self.last - client.sent)
        else:
            self.failures += 1
        self._next(client)

    def _next(self, client: "_Client") -> None:
        request = next(self._requests, None) if time.perf_counter() < self._end else None
        if request is None:
            self._close(client)
            return
        try:
            client.send(request)
        except OSError:
            self._fail(client)

    def _fail(self, client: "_Client") -> None:
        self.failures += 1
        self._close(client)

    def _close(self, client: "_Client") -> None:
        self._selector.unregister(client.line)
        client.line.close()
        self.busy -= 1


class _Client:
    """One connection that stays open, with at most one request under way."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.sent = 0.0
        self._come = b""

    def send(self, request: bytes) -> None:
        """Send a whole request. Raises OSError where the line is broken."""
        self.sent = time.perf_counter()
        self.line.sendall(request)

    def receive(self) -> int | None:
        """Take what has come; the status once the answer is whole.

        Raises OSError and ValueError where the line is broken or the answer tells no length.
        """
        more = self.line.recv(CHUNK)
        if not more:
            raise ConnectionResetError("the server closed the connection")
        self._come += more
        head, whole, body = self._come.partition(b"\r\n\r\n")
        if not whole or len(body) < _length(head):
            return None
        self._come = b""
        return int(head[9:12])


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    if not found:
        raise ValueError("the answer tells no length")
    return int(rest.split(b"\r\n", 1)[0])


def _request(target: Target, body: bytes) -> bytes:
    head = f"POST {target.path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def main() -> None:
    """Read what to ask, ask it, and print what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("bodies", type=Path)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--status", type=int, required=True)
    given = parser.parse_args()
    target = Target(given.port, given.path, given.status)
    bodies = given.bodies.read_bytes().split(b"\n")
    gc.disable()  # a pause of ours would count as theirs
    sys.stdout.write(json.dumps(asdict(ask(target, bodies, clients=given.clients, seconds=given.seconds))))


if __name__ == "__main__":
    main()
