"""Traces by OpenTelemetry. Imported only where they are on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    format_span_id,
    format_trace_id,
    set_span_in_context,
)

from serving.telemetry.call_id import TraceParent
from serving.telemetry.log import Answered, carrying
from serving.wire.problems import OUR_FAULT

NAME = "profilering"
SEND_SECONDS = 2.0
"""For one batch, new tries included: no request waits for it."""
CLOSING_SECONDS = 1.0
"""How long a worker that stops waits for a collector; the threads end with the process anyway."""


def otlp_traces() -> "Spans":
    """Spans sent in the background to the platform's address; what it cannot take is lost."""
    return Spans(BatchSpanProcessor(OTLPSpanExporter(timeout=SEND_SECONDS)))


class Spans:
    """One span for each request and one for each of its steps (`tracing.Traces`).

    A span gets no attribute but the four below and no text of an exception: it could be about anybody.
    """

    def __init__(self, processor: SpanProcessor) -> None:
        # The platform's own variables name the service, where they are set.
        resource = Resource({SERVICE_NAME: NAME}).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(NAME)

    @contextmanager
    def request(self, parent: TraceParent | None) -> Iterator[Callable[[Answered], None]]:
        """Be there from a request's beginning to its end; its log lines carry the span's ids."""
        with self._tracer.start_as_current_span(
            "request",
            context=_context_of(parent),
            kind=SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            own = span.get_span_context()
            ids = {"trace_id": format_trace_id(own.trace_id), "span_id": format_span_id(own.span_id)}
            with carrying(**ids):
                yield lambda answered: _tell(span, answered)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Be there during a step of the request that is under way, also in the thread it works in."""
        with self._tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False):
            yield

    def close(self) -> None:
        """Send what waits, if that is soon done."""
        sending = Thread(target=self._provider.shutdown, name="spans", daemon=True)
        sending.start()
        sending.join(CLOSING_SECONDS)


def _context_of(parent: TraceParent | None) -> Context:
    if parent is None:
        return Context()
    remote = SpanContext(
        trace_id=int(parent.trace_id, 16),
        span_id=int(parent.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(parent.flags, 16) & TraceFlags.SAMPLED),
    )
    return set_span_in_context(NonRecordingSpan(remote), Context())


def _tell(span: Span, answered: Answered) -> None:
    """The names are those of OpenTelemetry's conventions for HTTP."""
    span.update_name(f"{answered.method} {answered.route}" if answered.route else answered.method)
    attributes = {
        "http.request.method": answered.method,
        "http.route": answered.route,
        "http.response.status_code": answered.status,
        "error.type": answered.error,
    }
    span.set_attributes({name: value for name, value in attributes.items() if value is not None})
    if answered.status is None or answered.status >= OUR_FAULT.status:
        span.set_status(Status(StatusCode.ERROR))
