"""Traces: off they cost nothing, on they tell where the time went and nothing about anybody."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.concurrency import run_in_threadpool

from profilering.errors import SetupError
from serving.app import create_app
from serving.identity.caller import Caller as SomeCaller
from serving.telemetry.log import RequestLog
from serving.telemetry.spans import Spans
from serving.telemetry.tracing import OFF, Traces, traces_to_platform
from tests.api_fixtures import SECRET, broken
from tests.builders import API, JSON, Caller, a_request, an_approved, body_of, letting_in, some_parts
from tests.journals import opened

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NUMBER = "01010112345"


@pytest.fixture
def sent() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traces(sent: InMemorySpanExporter) -> Spans:
    return Spans(SimpleSpanProcessor(sent))


def traced(app: FastAPI, traces: Traces) -> Caller:
    """Ask an app with its requests traced."""
    return Caller(RequestLog(app, uuid4, perf_counter, [traces.request]))  # type: ignore[arg-type]  # ASGI


def everything_in(spans: Iterable[ReadableSpan]) -> str:
    return "".join(span.to_json() for span in spans)


def words_in(spans: Iterable[ReadableSpan]) -> str:
    """Without ids and times, in which any four digits may stand."""
    return re.sub(r'"(0x[0-9a-f]+|[0-9-]{10}T[0-9:.]+Z)"', "", everything_in(spans))


def attributes_of(span: ReadableSpan) -> Mapping[str, object]:
    return dict(span.attributes or {})


def test_where_traces_are_off_their_library_is_not_imported() -> None:
    """FastAPI imports the bare interface by itself; what takes time and memory is the rest."""
    code = """
import sys, serving.telemetry.log, serving.telemetry.tracing
serving.telemetry.tracing.OFF.step("assess")
sys.exit("opentelemetry" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_traces_a_step_is_nothing() -> None:
    with OFF.request(None) as tell, OFF.step("assess"):
        assert tell is not None
    OFF.close()


def test_a_request_is_one_span_below_the_callers(
    tmp_path: Path, traces: Spans, sent: InMemorySpanExporter
) -> None:
    with opened(tmp_path / "journal.db") as journal:
        traced(create_app(some_parts(journal)), traces).get(f"{API}/{UUID(int=1)}", traceparent=PARENT)
    (span,) = sent.get_finished_spans()
    assert (span.name, span.kind) == (f"GET {API}/{{id}}", SpanKind.SERVER)
    assert attributes_of(span) == {
        "http.request.method": "GET",
        "http.route": f"{API}/{{id}}",
        "http.response.status_code": 404,
    }
    assert span.parent is not None and span.context is not None
    assert f"{span.parent.span_id:016x}" == PARENT[36:52]
    assert f"{span.context.trace_id:032x}" == PARENT[3:35]


def test_what_the_caller_does_not_trace_is_not_traced_here(traces: Spans, sent: InMemorySpanExporter) -> None:
    app = FastAPI()
    traced(app, traces).get("/", traceparent=PARENT[:-2] + "00")
    assert sent.get_finished_spans() == ()
    traced(app, traces).get("/")
    assert len(sent.get_finished_spans()) == 1


def test_a_step_in_a_thread_stands_below_its_request(traces: Spans, sent: InMemorySpanExporter) -> None:
    app = FastAPI()

    def work() -> None:
        with traces.step("append"):
            pass

    @app.get("/")
    async def route() -> None:
        await run_in_threadpool(work)

    traced(app, traces).get("/")
    step, request = sent.get_finished_spans()
    assert (step.name, request.name) == ("append", "GET")
    assert step.parent == request.context


def test_an_answer_has_its_steps_below_it(tmp_path: Path, traces: Spans, sent: InMemorySpanExporter) -> None:
    with opened(tmp_path / "journal.db") as journal:
        Caller(create_app(replace(some_parts(journal), traces=traces))).post(a_request())
    assert [span.name for span in sent.get_finished_spans()] == ["assess", "append", f"POST {API}"]


def test_nobody_is_in_a_span(tmp_path: Path, traces: Spans, sent: InMemorySpanExporter) -> None:
    planted = (NUMBER, SECRET, "Z990001")
    with opened(tmp_path / "journal.db") as journal:
        for approved in (an_approved(), broken()):
            parts = some_parts(journal, approved)
            parts = replace(parts, sources=replace(parts.sources, new_id=uuid4))
            app = create_app(parts, admission=letting_in(SomeCaller("modia", "Z990001")))
            service = traced(app, traces)
            headers = {
                **JSON,
                "Idempotency-Key": SECRET,
                "Nav-Call-Id": NUMBER,
                "baggage": f"fnr={NUMBER}",
                "tracestate": f"nav={NUMBER}",
                "traceparent": PARENT.replace("4bf92f3577b", NUMBER),
            }
            service.ask(
                "POST", f"{API}?fnr={NUMBER}", content=body_of(a_request(enhet="0315")), headers=headers
            )
            service.ask("POST", API, content=NUMBER.encode(), headers=headers)
            service.ask("GET", f"/{NUMBER}", headers=headers)
            service.ask(NUMBER, f"{API}/{NUMBER}", headers=headers)
    spans = sent.get_finished_spans()
    assert len(spans) == 8
    assert [value for value in planted if value in everything_in(spans)] == []
    assert [value for value in ("0315", "1988") if value in words_in(spans)] == []


def test_a_failure_is_a_status_and_a_type_without_its_message(
    traces: Spans, sent: InMemorySpanExporter
) -> None:
    app = FastAPI()

    @app.get("/")
    async def route() -> None:
        with traces.step("assess"):
            raise RuntimeError(SECRET)

    traced(app, traces).get("/")
    step, request = sent.get_finished_spans()
    assert request.status.status_code is StatusCode.ERROR
    assert attributes_of(request)["error.type"] == "RuntimeError"
    assert SECRET not in everything_in((step, request))


def test_the_frameworks_own_telemetry_stays_off(
    tmp_path: Path, sent: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would send the path, the query and the messages of errors."""
    somebodys = TracerProvider(shutdown_on_exit=False)
    somebodys.add_span_processor(SimpleSpanProcessor(sent))
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", somebodys)
    with opened(tmp_path / "journal.db") as journal:
        Caller(create_app(some_parts(journal))).get(f"{API}/{NUMBER}?x={SECRET}")
    assert sent.get_finished_spans() == ()


# The way out


def test_a_collector_that_is_down_costs_no_request_anything(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        nowhere = OTLPSpanExporter(f"http://127.0.0.1:{taken.getsockname()[1]}/v1/traces", timeout=0.2)
        traces = Spans(BatchSpanProcessor(nowhere, max_queue_size=8, max_export_batch_size=4))
        service = traced(FastAPI(), traces)
        statuses = {service.get("/").status_code for _ in range(30)}
        traces.close()
    assert statuses == {404}


@pytest.mark.parametrize(
    "environ",
    [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}],
)
def test_traces_with_nowhere_to_go_stop_the_start(environ: dict[str, str]) -> None:
    with pytest.raises(SetupError, match="OTEL_EXPORTER_OTLP"):
        traces_to_platform(environ)
