"""What is counted, for whoever runs the service: numbers and words of ours, nothing of anybody.

A label takes its values from a closed set; what is not in it becomes "annet". docs/metrics.md says
what each metric proves. Workers of one service count into files of one folder, so that a scrape of
any of them tells of all; how things stand is told by the worker that is asked.
"""

import os
import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from profilering.innsatsgruppe import ForslagKode
from profilering.policy import REFRAINING
from serving.identity.roles import ACCESS
from serving.identity.token import TokenFault
from serving.telemetry.call_id import TraceParent
from serving.telemetry.log import METHODS, Answered
from serving.wire import problems
from serving.wire.codes import WireRegel
from serving.wire.problems import Problem, invalid, too_many, unreadable, wrong_method

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SHARED_COUNTS = "PROMETHEUS_MULTIPROC_DIR"
"""The library's variable for a folder, empty at first, in which the workers of one service count together."""
OTHER = "annet"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
"""Around the 0.1 s that an answer may take and the 2 s after which there is none (api.md)."""

DAYS = tuple(round(86_400 * days) for days in (1 / 1440, 1 / 144, 1 / 24, 0.25, 1, 3, 7, 14, 28, 91))
"""In seconds: from a minute, in which nobody reads an explanation, to a wait that harms (REQ-57)."""

SCORED = frozenset(ForslagKode) - {ForslagKode.INGEN_FORSLAG}
WITHOUT = REFRAINING | {WireRegel.TOTRINN}
"""Why there is no forslag in an answer; TOTRINN says that it is not shown yet, whatever it is."""
CONCLUDED = frozenset(ForslagKode) | {WireRegel.TOTRINN}
FOLLOWED = {True: "ja", False: "nei", None: "ingen"}
PROBLEMS = frozenset(
    problem.code
    for problem in (
        *(value for value in vars(problems).values() if isinstance(value, Problem)),
        *(unreadable("", ""), invalid(()), too_many(1), wrong_method(())),
    )
)
FAULTS = frozenset(TokenFault) | {
    "UKJENT_KLIENT",
    "MANGLER_ROLLE",
    "FOR_MANGE_KALL",
    "FOR_MANGE_SAMTIDIG",
    "NOEKLER_MANGLER",
}
ROUTES = frozenset(path for _, path in ACCESS)

# A quotation mark inside a text of JSON has a backslash before it, so this is found in no text.
_FORSLAG = re.compile(rb'"forslag":\{"kode":"([A-Z_]+)".*?"regel":"([A-Z_]+)"')

T = TypeVar("T")


class Kanal(StrEnum):
    """How a registrering came: in a request of its own, or as a line of many."""

    ENKELT = "enkelt"
    PARTI = "parti"


class Metrics:
    """The counts of one app; `shared` is the folder of workers that count together.

    That folder must stand in the variable SHARED_COUNTS before this file is imported: the library
    reads it once. Threads may share this.
    """

    def __init__(self, *, shared: Path | None = None, timer: Callable[[], float] = perf_counter) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._shared = shared
        self._timer = timer
        own = self._own = CollectorRegistry()
        self._registrert = Counter(
            "profilering_registrert", "Registreringer read whole.", ["kanal"], registry=own
        )
        self._forslag = Counter(
            "profilering_forslag", "Answered with a forslag.", ["kode", "kanal"], registry=own
        )
        self._ingen = Counter(
            "profilering_ingen_forslag", "Answered without a forslag.", ["regel", "kanal"], registry=own
        )
        self._feilet = Counter(
            "profilering_feilet", "Answered with a problem.", ["feil", "kanal"], registry=own
        )
        self._vurdert = Counter(
            "profilering_vurdering", "Vurderinger written.", ["forslag", "fulgt"], registry=own
        )
        self._waited = Histogram(
            "profilering_til_vurdering_sekunder",
            "From a profilering to its first vurdering.",
            ["forslag"],
            buckets=DAYS,
            registry=own,
        )
        self._requests = Counter(
            "http_requests", "Requests answered.", ["route", "method", "status"], registry=own
        )
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "From the first layer to the last byte.",
            ["route"],
            buckets=SECONDS,
            registry=own,
        )
        self._under_way = Gauge(
            "http_requests_in_flight", "Requests under way.", multiprocess_mode="livesum", registry=own
        )
        self._queue = Histogram(
            "profilering_koe_sekunder", "Wait for a thread to work in.", buckets=SECONDS, registry=own
        )
        self._append = Histogram(
            "journal_append_seconds", "Making answers durable.", buckets=SECONDS, registry=own
        )
        self._swaps = Counter("modellbytte", "Models that began to answer in a worker.", registry=own)
        self._refused = Counter("modell_avvist", "Models that a worker would not answer with.", registry=own)
        self._tokens = Counter("tokens_avvist", "Requests refused at the gate.", ["fault"], registry=own)
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        """Show what may come before it does: a first failure then is a rise, and no new line."""
        for fault in FAULTS:
            self._tokens.labels(fault)
        for kanal in Kanal:
            self._registrert.labels(kanal)
            for code in PROBLEMS:
                self._feilet.labels(code, kanal)
            for kode in SCORED:
                self._forslag.labels(kode, kanal)
            for regel in WITHOUT:
                self._ingen.labels(regel, kanal)
        for forslag in CONCLUDED:
            for fulgt in FOLLOWED.values():
                self._vurdert.labels(forslag, fulgt)

    def registered(self, kanal: Kanal, number: int = 1) -> None:
        """Count registreringer that are about to be answered; each is told of once more below."""
        self._registrert.labels(kanal).inc(number)

    def answered(self, kanal: Kanal, body: bytes) -> None:
        """Count an answer, by the words that stand in its bytes."""
        found = _FORSLAG.search(body)
        kode, regel = (part.decode() for part in found.groups()) if found else (OTHER, OTHER)
        if kode == ForslagKode.INGEN_FORSLAG:
            self._ingen.labels(_known(regel, WITHOUT), kanal).inc()
        else:
            self._forslag.labels(_known(kode, SCORED), kanal).inc()

    def failed(self, kanal: Kanal, code: str, number: int = 1) -> None:
        """Count registreringer that got a problem for an answer, by its code."""
        self._feilet.labels(_known(code, PROBLEMS), kanal).inc(number)

    def concluded(
        self, forslag: ForslagKode | None, *, fulgt: bool | None, waited_seconds: float | None
    ) -> None:
        """Count a vurdering; no `forslag` where it could not be read, no wait where it is not the first."""
        kode = _known(forslag or WireRegel.TOTRINN, CONCLUDED)
        self._vurdert.labels(kode, FOLLOWED[fulgt]).inc()
        if waited_seconds is not None:
            self._waited.labels(kode).observe(max(waited_seconds, 0.0))  # two machines' clocks may differ

    def queued(self, work: Callable[[], T]) -> Callable[[], T]:
        """Give work that is about to wait for a thread, and measures how long it did."""
        asked = self._timer()

        def begin() -> T:
            self._queue.observe(self._timer() - asked)
            return work()

        return begin

    @contextmanager
    def appending(self) -> Iterator[None]:
        """Measure how long the journal takes, also where it fails."""
        begun = self._timer()
        try:
            yield
        finally:
            self._append.observe(self._timer() - begun)

    def model_swapped(self) -> None:
        """Count a model that begins to answer; the first one too."""
        self._swaps.inc()

    def model_refused(self) -> None:
        """Count a model that was tried and does not answer."""
        self._refused.inc()

    @contextmanager
    def request(self, _parent: TraceParent | None) -> Iterator[Callable[[Answered], None]]:
        """Count one request, under way and when it is over."""
        self._under_way.inc()
        try:
            yield self._count
        finally:
            self._under_way.dec()

    def _count(self, answered: Answered) -> None:
        route = _known(answered.route or "", ROUTES)
        method = _known(answered.method, METHODS)
        status = "avbrutt" if answered.status is None else str(answered.status)
        self._requests.labels(route, method, status).inc()
        self._seconds.labels(route).observe(answered.seconds)
        if answered.refused_for is not None:
            self._tokens.labels(_known(answered.refused_for, FAULTS)).inc()

    def text(self, *others: Collector) -> bytes:
        """Everything as Prometheus reads it, and behind it what others have to tell."""
        registry = CollectorRegistry()
        if self._shared is None:
            registry.register(self._own)
        else:
            _forget_the_dead(self._shared)
            MultiProcessCollector(registry, str(self._shared))  # type: ignore[no-untyped-call]
        for other in others:
            registry.register(other)
        return generate_latest(registry)


def _known(value: str, known: AbstractSet[str]) -> str:
    return value if value in known else OTHER


def _forget_the_dead(shared: Path) -> None:
    """Take away what workers that are gone had under way."""
    for file in shared.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)  # asks only whether there is such a process
        except ProcessLookupError:
            mark_process_dead(pid, str(shared))  # type: ignore[no-untyped-call]
