"""A long day in short: steady mixed load on one real replica, whose memory and open files must stay flat."""

import http.client
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from scipy import stats

from serving.api.parti_route import MEDIA_TYPE
from tests.builders import API, JSON, a_request, body_of
from tests.guarded import bearer
from tests.proof.replicas import Place, Replica, a_place

MINUTES = 30.0
WARM_UP = 0.3
"""Share of the time in which caches fill and the memory's arenas settle."""
PER_SECOND = 20.0
POINTS = 30
"""Means that the line is drawn through: of single samples, each hangs together with the one before."""
MOST_PER_HOUR = 1.0  # MiB
STOP_SECONDS = 0.5
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Slope:
    """How fast something grows, and the half-width of the 95 % interval around it."""

    per_hour: float
    give_or_take: float


@dataclass
class Soaked:
    """What was seen under load; one sample a second."""

    seconds: list[float] = field(default_factory=list)
    mib: list[float] = field(default_factory=list)  # resident
    files: list[int] = field(default_factory=list)  # open
    answers: Counter[tuple[int, int]] = field(default_factory=Counter)  # status that was due, and that came

    @property
    def memory(self) -> Slope:
        """Of the resident memory after warm-up, in MiB."""
        return slope_of(*self._warm(self.mib))

    @property
    def files_kept(self) -> tuple[int, int]:
        """Fewest open files in the first and in the second half after warm-up: what is opened for a
        moment is none of them, what is never closed is."""
        files = self._warm([float(number) for number in self.files])[1]
        half = len(files) // 2
        return int(min(files[:half])), int(min(files[half:]))

    def holds(self) -> bool:
        """Whether memory and files stayed flat, and everything was answered as it should be."""
        before, after = self.files_kept
        as_due = all(due == came for due, came in self.answers)
        return self.memory.per_hour <= MOST_PER_HOUR and after <= before and as_due

    def __str__(self) -> str:
        slope, (before, after) = self.memory, self.files_kept
        others = sum(number for (due, came), number in self.answers.items() if due != came)
        return (
            f"{self.answers.total():,} answers, {others} not as due, {self.mib[-1]:.0f} MiB resident, "
            f"growing {slope.per_hour:+.2f} ± {slope.give_or_take:.2f} MiB/h, files {before} then {after}"
        )

    def _warm(self, values: list[float]) -> tuple[list[float], list[float]]:
        begun = self.seconds[-1] * WARM_UP
        kept = [(at, value) for at, value in zip(self.seconds, values, strict=True) if at >= begun]
        return [at for at, _ in kept], [value for _, value in kept]


def slope_of(seconds: list[float], values: list[float]) -> Slope:
    """Least squares through the means of equal stretches, so that neighbours count for one."""
    stretches = min(POINTS, len(values))
    hours = [float(np.mean(part)) / 3600 for part in np.array_split(seconds, stretches)]
    means = [float(np.mean(part)) for part in np.array_split(values, stretches)]
    line = stats.linregress(hours, means)
    return Slope(float(line.slope), float(line.stderr * stats.t.ppf(0.975, stretches - 2)))


def soak(folder: Path, *, minutes: float = MINUTES, told: Callable[[str], None] = print) -> Soaked:
    """Ask one replica for so long."""
    with (
        a_place(folder, str(folder / "journal.db"), stop_seconds=STOP_SECONDS) as place,
        place.a_replica() as replica,
    ):
        replica.wait_until_loaded()
        return _watched(replica, place, minutes * 60, told)


def _watched(replica: Replica, place: Place, length: float, told: Callable[[str], None]) -> Soaked:
    seen, began = Soaked(), time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=20)
    latest = ""
    for turn in count():
        at = time.monotonic() - began
        if at > length:
            return seen
        if not seen.seconds or at >= seen.seconds[-1] + 1:
            _sample(replica, at, seen)
            if len(seen.seconds) % 60 == 0:
                told(f"{at / 60:.0f} of {length / 60:.0f} minutes: {seen}")
        due, request = _request(turn, place, latest)
        connection.request(**request)
        answer = connection.getresponse()
        answer.read()
        latest = answer.headers["Location"] or latest
        seen.answers[due, answer.status] += 1
        time.sleep(max(0.0, began + (turn + 1) / PER_SECOND - time.monotonic()))
    raise AssertionError


def _sample(replica: Replica, at: float, seen: Soaked) -> None:
    process = Path("/proc") / str(replica.process.pid)
    pages = int((process / "statm").read_text("ascii").split()[1])
    seen.seconds.append(at)
    seen.mib.append(pages * os.sysconf("SC_PAGE_SIZE") / MIB)
    seen.files.append(len(list((process / "fd").iterdir())))


def _request(turn: int, place: Place, latest: str) -> tuple[int, Mapping[str, Any]]:
    """One kind by turns: the status that is due, and the request. `latest` is where an answer stands."""
    issuer = place.issuer
    system = bearer(issuer.token(issuer.machine("system")))
    new = body_of(a_request(periodeId=str(UUID(int=turn))))
    again = {"Idempotency-Key": f"runde-{turn // 200}"}
    lines = {**system, "Content-Type": MEDIA_TYPE}
    kinds: list[tuple[int, str, str, bytes, Mapping[str, str]]] = [
        (201, "POST", API, new, JSON | system),
        (201, "POST", API, body_of(a_request(periodeId=str(UUID(int=turn // 200)))), JSON | system | again),
        (200, "GET", latest, b"", system),
        (201, "POST", API, new, JSON | bearer(issuer.token())),  # a person's, with its line of who saw whom
        (401, "POST", API, new, JSON | bearer(issuer.token(aud="en annen"))),
        (404, "GET", f"{API}/{UUID(int=turn)}", b"", system),
        (403, "PUT", "/api/v1/drift/stans", b"{}", JSON | system),
        (400, "POST", API, b'{"person": NaN, ' + new[1:], JSON | system),
        (200, "POST", f"{API}:parti", b"\n".join([json.dumps({}).encode(), new, new]), lines),
        (422, "POST", API, body_of(a_request(fylke=turn)), JSON | system),
        (200, "GET", "/internal/isReady", b"", {}),
    ]
    due, method, url, body, headers = kinds[turn % len(kinds)]
    return due, {"method": method, "url": url, "body": body or None, "headers": dict(headers)}
