"""Traces: off unless asked for, and off they cost nothing, not even the import of their library."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from profilering.errors import SetupError
from serving.telemetry.call_id import TraceParent
from serving.telemetry.log import Answered

ENDPOINT = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOL = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


class Traces(Protocol):
    """Tells how long a request and its steps took, and nothing of what they were about."""

    def request(self, parent: TraceParent | None) -> AbstractContextManager[Callable[[Answered], None]]:
        """Be there from a request's beginning to its end (a `Witness`)."""

    def step(self, name: str) -> AbstractContextManager[object]:
        """Be there during a step of the request that is under way; `name` is a word of ours."""

    def close(self) -> None:
        """Send what waits, for as long as a worker that stops can wait."""


class Off:
    """No traces."""

    @contextmanager
    def request(self, _parent: TraceParent | None) -> Iterator[Callable[[Answered], None]]:
        """Hear of a request and tell nobody."""
        yield lambda _answered: None

    def step(self, _name: str) -> AbstractContextManager[object]:
        """Hear of a step and tell nobody."""
        return _NOTHING

    def close(self) -> None:
        """There is nothing to send."""


_NOTHING = nullcontext()
OFF = Off()


def traces_to_platform(environ: Mapping[str, str]) -> Traces:
    """Traces that go where the platform collects them, by its own variables. Raises SetupError."""
    if not any(environ.get(name) for name in ENDPOINT):
        raise SetupError(f"traces are on and nobody says where they go; set {ENDPOINT[1]}, or traces to off")
    protocol = next((environ[name] for name in PROTOCOL if environ.get(name)), "http/protobuf")
    if protocol != "http/protobuf":
        raise SetupError(f"{PROTOCOL[1]} is {protocol!r}; this service has no other than http/protobuf")
    from serving.telemetry.spans import otlp_traces  # noqa: PLC0415  the library takes a third of a second to import

    return otlp_traces()
