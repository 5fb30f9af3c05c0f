"""Logs: one JSON line per request, and nothing about anybody in it.

No path, query, header, body, address or error message is written: each can carry what a caller
sent. A failure is told by its type and the places in the code it went through.
"""

import json
import logging
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO
from uuid import UUID

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import OUR_FAULT, response_of

LOGGER = logging.getLogger("serving")


class JsonLines(logging.Formatter):
    """One record, one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Write time, level, logger and event, and the fields that were given with it."""
        line: dict[str, object] = {
            "@timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line |= failure_fields(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def write_to(stream: TextIO) -> None:
    """Send every log line of the process to one stream; of libraries only what goes wrong."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for library in ("uvicorn", "httpx", "httpcore"):
        logging.getLogger(library).setLevel(logging.WARNING)


def log_event(event: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log that something happened; `event` is a past-tense verb phrase."""
    LOGGER.log(level, event, extra={"fields": fields})


def failure_fields(error: BaseException) -> dict[str, object]:
    """Type and places of an error, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__qualname__,
        "where": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-8:]],
    }


class RequestLog:
    """The outermost layer: names each request, logs it once, and turns a failure into a bare 500."""

    def __init__(self, app: ASGIApp, new_id: Callable[[], UUID], timer: Callable[[], float]) -> None:
        self.app = app
        self.new_id = new_id
        self.timer = timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request through the layers inside."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, request_id = self.timer(), str(self.new_id())
        scope.setdefault("state", {})["request_id"] = request_id
        status: int | None = None

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        failure: dict[str, object] = {}
        try:
            await self.app(scope, receive, send_named)
        except ClientDisconnect:
            failure = {"error": "ClientDisconnect"}
        except Exception as error:  # the edge of the process: told in the log, not in the answer
            failure = failure_fields(error)
            if status is None:
                await response_of(OUR_FAULT)(scope, receive, send_named)
        log_event(
            "request_answered",
            level=logging.ERROR if status is None or status == OUR_FAULT.status else logging.INFO,
            request_id=request_id,
            method=scope["method"] if scope["method"] in METHODS else "OTHER",
            route=scope["state"].get("route"),
            status=status,
            duration_ms=round((self.timer() - started) * 1000, 3),
            **({"refused_for": why} if (why := scope["state"].get("refused_for")) else {}),
            **failure,
        )


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def to_stdout() -> None:
    """Send the log where the platform reads it."""
    write_to(sys.stdout)
