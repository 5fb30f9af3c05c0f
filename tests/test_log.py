"""The log: one line per request, in the platform's words, and nobody in it."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from serving.app import create_app
from serving.identity.caller import Caller as SomeCaller
from serving.telemetry.call_id import call_id_of, trace_parent_of
from serving.telemetry.log import JsonLines, RequestLog, carrying, log_event
from tests.api_fixtures import SECRET, broken
from tests.builders import (
    API,
    JSON,
    Caller,
    a_request,
    a_service,
    body_of,
    letting_in,
    some_parts,
)
from tests.guarded import a_guarded_service
from tests.journals import opened

NEW = UUID(int=7)
CALL = "5f0c1d9e-4a5c-4f8e-9b0a-1c2d3e4f5061"
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def service(path: Path) -> Iterator[Caller]:
    with a_service(path) as caller:
        yield caller


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("serving")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.setLevel(before)
    logger.removeHandler(handler)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_each_request_is_one_line_with_its_route_and_never_its_path(
    service: Caller, log: io.StringIO
) -> None:
    location = service.post(a_request()).headers["location"]
    service.get(location + "?fnr=01010112345", **{"User-Agent": SECRET})
    service.get("/hemmelig/01010112345")
    posted, read, unknown = lines(log)
    assert (posted["message"], posted["method"], posted["status"]) == ("request_answered", "POST", 201)
    assert posted["route"] == API and read["route"] == API + "/{id}" and unknown["route"] is None
    assert posted["duration_ms"] > 0
    everything = log.getvalue()
    assert location.rpartition("/")[2] not in everything
    assert "01010112345" not in everything and SECRET not in everything


def test_a_line_has_the_names_the_platform_reads(service: Caller, log: io.StringIO) -> None:
    service.get("/internal/isAlive")
    (line,) = lines(log)
    assert {"@timestamp", "level", "logger_name", "thread_name", "message", "callId"} <= line.keys()
    assert (line["level"], line["logger_name"], line["thread_name"]) == ("INFO", "serving", "MainThread")


def test_the_line_says_which_system_asked_and_never_who(path: Path, log: io.StringIO) -> None:
    with opened(path) as journal:
        admission = letting_in(SomeCaller("modia", "Z990001"))
        Caller(create_app(some_parts(journal), admission=admission)).post(a_request())
    assert lines(log)[0]["client"] == "modia"
    assert "Z990001" not in log.getvalue()


def test_a_refusal_at_the_gate_is_told_with_its_reason(path: Path, log: io.StringIO) -> None:
    with a_guarded_service(path) as guarded:
        guarded.service.get(f"{API}/{NEW}")
    (line,) = lines(log)
    assert (line["status"], line["route"], line["refused_for"]) == (401, API + "/{id}", "MANGLER")
    assert "client" not in line


def test_a_defect_is_logged_by_its_place_and_without_its_message(path: Path, log: io.StringIO) -> None:
    with a_service(path, broken()) as service:
        service.post(a_request())
    (line,) = lines(log)
    assert (line["level"], line["status"], line["x_error_type"]) == ("ERROR", 500, "RuntimeError")
    assert any(place.startswith("api_fixtures.py:") for place in line["where"])
    assert SECRET not in log.getvalue()


# What a request is called


def test_a_request_keeps_the_name_it_came_with_all_the_way(service: Caller, log: io.StringIO) -> None:
    response = service.get("/internal/isAlive", **{"Nav-Call-Id": CALL, "traceparent": PARENT})
    assert response.headers["nav-call-id"] == response.headers["x-request-id"] == CALL
    (line,) = lines(log)
    assert (line["callId"], line["trace_id"]) == (CALL, PARENT[3:35])


def test_a_request_without_a_name_gets_a_new_one(service: Caller, log: io.StringIO) -> None:
    response = service.get("/internal/isAlive", **{"Nav-Consumer-Id": SECRET})
    assert lines(log)[0]["callId"] == response.headers["nav-call-id"] == str(UUID(int=1))
    assert "trace_id" not in lines(log)[0]


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a" * 65,
        "a b",
        'a","level":"ERROR',
        "æ",
        "a\r\nSet-Cookie: x",
        "a\x00",
        "01010112345",
        "kall-010101-12345",
        "kall-01.01.01--123:45",
        "x010101123450x",
        "kari",
        "912345678",
        "10.0.0.1",
        "0123456789012345",
        "4a5c4f8e9b0a1c2",
        "4A5C4F8E9B0A1C2D",
        "Z990001",
        "modia-z990001",
        str(NEW) + "-01010112345",
    ],
)
def test_a_name_that_could_be_somebodys_is_no_name(name: str) -> None:
    assert call_id_of([(b"nav-call-id", name.encode("latin-1"))], lambda: NEW) == str(NEW)


@pytest.mark.parametrize(
    "name", ["4a5c4f8e9b0a1c2d", "4a5c4f8e9b0a1c2d" * 2, "12345678-1234-1234-1234-123456789012"]
)
def test_a_name_that_a_machine_made_of_chance_is_kept(name: str) -> None:
    assert call_id_of([(b"nav-call-id", name.encode())], lambda: NEW) == name


def test_a_request_with_two_names_gets_a_new_one() -> None:
    assert call_id_of([(b"nav-call-id", b"a"), (b"nav-call-id", b"a")], lambda: NEW) == str(NEW)


@given(st.binary(max_size=80))
def test_whatever_it_came_with_a_request_is_called_something_that_fits_in_a_header(name: bytes) -> None:
    called = call_id_of([(b"nav-call-id", name)], lambda: NEW)
    assert called == str(NEW) or called.encode("latin-1") == name
    assert called.isascii() and called.isprintable() and " " not in called and 0 < len(called) <= 64


def test_the_trace_goes_on_in_the_form_it_came_in() -> None:
    parent = trace_parent_of([(b"traceparent", PARENT.encode())])
    assert parent is not None and parent.header == PARENT


@pytest.mark.parametrize(
    "header",
    [
        PARENT.upper(),
        PARENT + "-",
        " " + PARENT,
        PARENT.replace("00-4", "01-4"),
        PARENT.replace("00-4", "ff-4"),
        PARENT.replace(PARENT[3:35], "0" * 32),
        PARENT.replace(PARENT[36:52], "0" * 16),
        PARENT.replace("4bf92f3577b", "01010112345"),
        PARENT.replace("00f067aa0ba902b7", "a01010112345abcd"),
        PARENT[:-3],
        "",
    ],
)
def test_a_trace_in_another_form_is_not_carried(header: str) -> None:
    assert trace_parent_of([(b"traceparent", header.encode())]) is None


def test_two_traces_are_none() -> None:
    assert trace_parent_of([(b"traceparent", PARENT.encode())] * 2) is None


def test_what_is_logged_on_the_way_carries_the_requests_name(log: io.StringIO) -> None:
    with carrying(callId="ytre"), carrying(trace_id="indre"):
        log_event("line_failed")
    log_event("line_failed")
    during, after = lines(log)
    assert (during["callId"], during["trace_id"]) == ("ytre", "indre")
    assert not after.keys() & {"callId", "trace_id"}


def test_the_name_of_one_request_is_not_the_next_ones(service: Caller, log: io.StringIO) -> None:
    service.ask("POST", API, content=body_of(a_request()), headers={**JSON, "Nav-Call-Id": CALL})
    service.get("/internal/isAlive")
    assert [line["callId"] for line in lines(log)] == [CALL, str(UUID(int=2))]


def test_a_request_that_outlives_its_worker_is_told_to_come_back(log: io.StringIO) -> None:
    async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    async def receive() -> Message:
        raise AssertionError

    async def scenario() -> list[Message]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        app = RequestLog(never, lambda: NEW, lambda: 0.0)
        scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        request = asyncio.create_task(app(scope, receive, send))
        await asyncio.sleep(0.01)
        request.cancel()
        await request
        return sent

    start, body = asyncio.run(scenario())
    assert start["status"] == 503 and b"retry-after" in dict(start["headers"])
    assert b"for-mange-samtidig" in body["body"]
    assert (lines(log)[0]["status"], lines(log)[0]["x_error_type"]) == (503, "CancelledError")


def test_a_library_may_not_say_what_it_was_about(log: io.StringIO) -> None:
    record = logging.LogRecord(
        "asyncio", logging.ERROR, "", 0, f"never retrieved\nfuture: {SECRET}", (), None
    )
    other = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "refused %s", (SECRET,), None)
    assert [json.loads(JsonLines().format(one))["message"] for one in (record, other)] == [
        "never retrieved",
        "refused %s",
    ]
