"""`GET /internal/metrics`: the counts of all workers, and how the one that is asked stands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import PlainTextResponse, Response

from serving.journal import JournalUnavailableError
from serving.parts import Parts
from serving.telemetry.metrics import MEDIA_TYPE, Metrics
from serving.upkeep.standing import NotApproved

METRICS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Every metric, as Prometheus reads it.",
        "content": {"text/plain": {"example": 'profilering_registrert_total{kanal="enkelt"} 48211.0\n'}},
    }
}


@dataclass(frozen=True, slots=True)
class Ages:
    """How old what a worker keeps up to date is, in seconds; None for what it does not have."""

    checkpoint: float | None = None  # since it saw to the newest one
    waiting: float | None = None  # since entries began to wait for one; 0 where none does
    keys: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))  # by issuer


NO_AGES = Ages()


def metrics_routes(parts: Parts, metrics: Metrics, ages: Callable[[], Ages] = lambda: NO_AGES) -> APIRouter:
    """The route of the metrics, under /internal."""
    router = APIRouter(prefix="/internal", tags=["internal"], default_response_class=PlainTextResponse)

    @router.get("/metrics", responses=METRICS)
    def read_metrics() -> Response:
        """Tell what was counted since the start, and how things stand."""
        return Response(metrics.text(_Stand(parts, ages())), headers={"Content-Type": MEDIA_TYPE})

    return router


class _Stand(Collector):
    """Tells how one worker stands when it is asked."""

    def __init__(self, parts: Parts, ages: Ages) -> None:
        self._parts = parts
        self._ages = ages

    def collect(self) -> Iterable[Metric]:
        """Give a metric for each thing that is known."""
        yield self._info()
        yield from self._of_journal()
        yield from _told(
            "journal_sjekkpunkt_alder_sekunder",
            "Since this worker saw to the newest checkpoint.",
            self._ages.checkpoint,
        )
        yield from _told(
            "journal_sjekkpunkt_venter_sekunder",
            "How long entries have waited for a checkpoint.",
            self._ages.waiting,
        )
        keys = GaugeMetricFamily(
            "noekler_alder_sekunder", "Since an issuer's keys were fetched.", labels=["issuer"]
        )
        for issuer, seconds in self._ages.keys.items():
            keys.add_metric([issuer], seconds)
        yield keys

    def _info(self) -> Metric:
        info = GaugeMetricFamily("profilering_info", "What answers.", labels=["modell", "policy", "kode"])
        approved = self._parts.standing.approved
        versions = (
            ["ingen", "ingen"]
            if isinstance(approved, NotApproved)
            else [approved.model_version, approved.basis.policy.versjon]
        )
        info.add_metric([*versions, self._parts.code_digest], 1)
        return info

    def _of_journal(self) -> Iterable[Metric]:
        """Nothing where the journal does not answer: that there is no head is what the alarm looks for."""
        try:
            head = self._parts.journal.head()
            stanset = self._parts.stop.state().stanset
        except JournalUnavailableError:
            return
        yield from _told("journal_head", "Number of the last entry.", 0 if head is None else head.number)
        yield from _told("stans", "1 while the service is stopped.", stanset)


def _told(name: str, says: str, value: float | None) -> Iterable[Metric]:
    if value is not None:
        yield GaugeMetricFamily(name, says, value=value)
