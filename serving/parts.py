"""What the service is made of, as every route and task gets it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from models.approved import Approved
from serving.access.access_log import AccessLog
from serving.journal import Journal
from serving.revisjon.kilder import Revisjonskilder
from serving.telemetry.metrics import Metrics
from serving.telemetry.tracing import OFF, Traces
from serving.upkeep.standing import Standing
from serving.upkeep.stop import StopSwitch


@dataclass(frozen=True, slots=True)
class Sources:
    """What differs from one call to the next: time, names and salt, handed in so that tests can choose."""

    clock: Callable[[], datetime]  # aware
    timer: Callable[[], float]  # seconds, monotonic
    new_id: Callable[[], UUID]
    new_salt: Callable[[], bytes]  # 32 random bytes


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the service is made of."""

    standing: Standing
    stop: StopSwitch
    journal: Journal
    access: AccessLog
    approved_of: Callable[[Mapping[str, str]], Approved]  # from the archive, by digests
    sources: Sources
    code_digest: str
    revisjon: Revisjonskilder
    metrics: Metrics = field(default_factory=Metrics)
    traces: Traces = OFF
