"""Logs: one JSON line per request, and nothing about anybody in it.

No path, query, header, body, address or error message is written: each can carry what a caller
sent. A failure is told by its type and the places in the code it went through. The fields have the
names that NAV's platform reads (those of logstash's encoder; the call id is `callId`).
"""

import asyncio
import json
import logging
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TextIO
from uuid import UUID

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.telemetry.call_id import TraceParent, call_id_of, trace_parent_of
from serving.wire.problems import OUR_FAULT, OVERLOADED, response_of

LOGGER = logging.getLogger("serving")
_WRITE = json.JSONEncoder(ensure_ascii=False).encode
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CARRIED: ContextVar[Mapping[str, object]] = ContextVar("carried", default=MappingProxyType({}))


class JsonLines(logging.Formatter):
    """One record, one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Write time, level, logger, thread and event, and the fields that were given with it."""
        fields: Mapping[str, object] = getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1]:
            fields = {**fields, **failure_fields(record.exc_info[1])}
        line: dict[str, object] = {
            "@timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger_name": record.name,
            "thread_name": record.threadName,
            "message": record.getMessage() if record.name == LOGGER.name else _first_words(record),
            **_CARRIED.get(),
            **fields,
        }
        if "error" in line:
            line["x_error_type"] = line.pop("error")
        return _WRITE(line)


def _first_words(record: logging.LogRecord) -> str:
    """Of a library's line what is the same each time: what it was about may be somebody."""
    return str(record.msg).partition("\n")[0][:200]


def write_to(stream: TextIO) -> None:
    """Send every log line of the process to one stream; of libraries only what goes wrong."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # What no line of ours has need not be found out for each (the library's own advice).
    logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    for library in ("uvicorn", "httpx", "httpcore", "opentelemetry"):
        logging.getLogger(library).setLevel(logging.WARNING)


def to_stdout() -> None:
    """Send the log where the platform reads it."""
    write_to(sys.stdout)


def log_event(event: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log that something happened; `event` is a past-tense verb phrase."""
    LOGGER.log(level, event, extra={"fields": fields})


@contextmanager
def carrying(**fields: object) -> Iterator[None]:
    """Let every line that is logged inside, also in the threads that work for it, carry these fields."""
    token = _CARRIED.set({**_CARRIED.get(), **fields})
    try:
        yield
    finally:
        _CARRIED.reset(token)


def failure_fields(error: BaseException) -> dict[str, object]:
    """Type and places of an error, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__qualname__,
        "where": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-8:]],
    }


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that is over. Every text is a word of ours, so it may be seen from outside."""

    method: str  # one of METHODS, or OTHER
    route: str | None  # as in the table of routes; None where none was found
    status: int | None  # None: the connection ended before there was one
    seconds: float
    client: str | None = None  # the system's name in the file of access
    refused_for: str | None = None  # why the gate did not let it through
    error: str | None = None  # type of what went wrong


Witness = Callable[[TraceParent | None], AbstractContextManager[Callable[[Answered], None]]]
"""Is there from a request's beginning, given whose step it is, to its end, which it is told."""


class RequestLog:
    """The outermost layer: names each request, logs it once, and turns a failure into a bare 500."""

    def __init__(
        self,
        app: ASGIApp,
        new_id: Callable[[], UUID],
        timer: Callable[[], float],
        witnesses: Sequence[Witness] = (),
    ) -> None:
        self.app = app
        self.new_id = new_id
        self.timer = timer
        self.witnesses = witnesses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request through the layers inside."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, parent = self.timer(), trace_parent_of(scope["headers"])
        call_id = call_id_of(scope["headers"], self.new_id)
        scope.setdefault("state", {})["request_id"] = call_id
        names = {"callId": call_id} | ({} if parent is None else {"trace_id": parent.trace_id})
        with carrying(**names), ExitStack() as inside:
            told = [inside.enter_context(witness(parent)) for witness in self.witnesses]
            status, failure = await self._answer(scope, receive, send)
            answered = _answered(scope, status, self.timer() - started, failure.get("error"))
            for tell in told:
                tell(answered)
            _log_answered(answered, failure)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send
    ) -> tuple[int | None, Mapping[str, object]]:
        """Give the answer's status, and the fields of what went wrong meanwhile."""
        named = scope["state"]["request_id"].encode()
        status: int | None = None

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                names = [(b"x-request-id", named), (b"nav-call-id", named)]
                message["headers"] = [*message["headers"], *names]
            await send(message)

        failure: Mapping[str, object] = {}
        try:
            await self.app(scope, receive, send_named)
        except asyncio.CancelledError:  # the worker ends before this request does
            failure = {"error": "CancelledError"}
            if status is None:
                await response_of(OVERLOADED)(scope, receive, send_named)
        except ClientDisconnect:
            failure = {"error": "ClientDisconnect"}
        except Exception as error:  # the edge of the process: told in the log, not in the answer
            failure = failure_fields(error)
            if status is None:
                await response_of(OUR_FAULT)(scope, receive, send_named)
        return status, failure


def _answered(scope: Scope, status: int | None, seconds: float, error: object) -> Answered:
    state = scope["state"]
    caller = state.get("caller")
    return Answered(
        method=scope["method"] if scope["method"] in METHODS else "OTHER",
        route=state.get("route"),
        status=status,
        seconds=seconds,
        client=None if caller is None else caller.system,
        refused_for=state.get("refused_for") or None,
        error=None if error is None else str(error),
    )


def _log_answered(answered: Answered, failure: Mapping[str, object]) -> None:
    fields: dict[str, object] = {
        "method": answered.method,
        "route": answered.route,
        "status": answered.status,
        "duration_ms": round(answered.seconds * 1000, 3),
        **failure,
    }
    if answered.client is not None:
        fields["client"] = answered.client
    if answered.refused_for is not None:
        fields["refused_for"] = answered.refused_for
    failed = answered.status is None or answered.status == OUR_FAULT.status
    log_event("request_answered", level=logging.ERROR if failed else logging.INFO, **fields)
