"""`POST /api/v1/profileringer:parti`: registreringer as a stream of lines, answered as it comes."""

import json
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from serving.access.access_log import Hendelse
from serving.answering import Answer
from serving.api.counting import counted_lines
from serving.api.openapi import INVALID, RouteDocs, refusals_of
from serving.api.parti import LINE_NOT_JOURNALED, Line, Result, answer_lines, answer_stream, written
from serving.api.routes import log_view
from serving.identity.caller import Caller
from serving.journal import JournalUnavailableError
from serving.parts import Parts
from serving.wire.examples import ANSWER, REQUEST
from serving.wire.problems import OUR_FAULT, WRONG_TYPE, Problem, RefusedError

MEDIA_TYPE = "application/x-ndjson"
_NDJSON = re.compile(r'application/x-ndjson(\s*;\s*charset="?utf-8"?)?', re.IGNORECASE)

NOT_NDJSON = replace(WRONG_TYPE, detail="Send application/x-ndjson i UTF-8, uten komprimering.")
NO_KEY_HERE = Problem(
    "idempotensnoekkel-i-parti",
    400,
    "Idempotency-Key gjelder ikke for et parti",
    "Send partiet uten headeren. En linje som sendes på nytt, får svaret den fikk før.",
)


def _ndjson(*lines: dict[str, object]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)


REQUEST_LINES = _ndjson(dict(REQUEST), {**REQUEST, "person": {"foedselsaar": 1988, "fylke": "Vestland"}})
ANSWER_LINES = (
    _ndjson({"linje": 1, "status": 201, "svar": dict(ANSWER)}) + written(Line(2, b""), INVALID).decode()
)

PARTI_DOCS: RouteDocs = {
    "responses": {
        200: {
            "description": (
                "One line for each line, in the same order: `linje` is its number from 1, `status` what "
                "`POST /profileringer` would have answered, beside it `svar` to the byte, or `problem`. "
                "A line that could not be answered does not stop the others. The stream ends early where "
                "the service stops or the other end pauses too long: send the lines without an answer again."
            ),
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": ANSWER_LINES}},
        },
        **refusals_of(NO_KEY_HERE, NOT_NDJSON, OUR_FAULT),
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "description": (
                "Any number of lines of UTF-8, each the body of a `POST /profileringer` and at most 64 KiB. "
                "The last line may be blank. Read the answer while sending: the service reads no further "
                "ahead than one group of lines."
            ),
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": REQUEST_LINES}},
        },
    },
}


class StreamedResponse(Response):
    """Sends what an iterator gives, which itself reads the request.

    Starlette's own StreamingResponse listens for the end of the connection meanwhile, and would
    take the request's lines for that.
    """

    media_type = MEDIA_TYPE

    def __init__(self, content: AsyncGenerator[bytes, None]) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers({"Cache-Control": "no-store"})
        self._content = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin with the first answer, so that a caller who waits to be asked for the body is asked."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        begun = False
        async with aclosing(self._content) as contents:
            async for content in contents:
                if not begun:
                    await send(start)
                    begun = True
                await send({"type": "http.response.body", "body": content, "more_body": True})
        if not begun:
            await send(start)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def parti_routes(parts: Parts) -> APIRouter:
    """The batch, under /api/v1."""
    router = APIRouter(prefix="/api/v1", tags=["profilering"])

    @router.post("/profileringer:parti", status_code=200, response_class=StreamedResponse, **PARTI_DOCS)
    async def post_parti(request: Request) -> Response:
        """Profile many registreringer: lines in, lines out, streamed; the same answers as one by one."""
        _refuse_other_than_ndjson(request)
        caller: Caller = request.state.caller

        async def answer(lines: Sequence[Line]) -> bytes:
            answering = partial(answer_lines, lines, caller, parts)
            results = await run_in_threadpool(counted_lines(answering, len(lines), parts.metrics))
            shown = [await _seen(result, request, caller, parts) for result in results]
            return b"".join(map(written, lines, shown))

        return StreamedResponse(answer_stream(request.stream(), answer))

    return router


async def _seen(result: Result, request: Request, caller: Caller, parts: Parts) -> Result:
    """Write down that a person is about to see an answer; it is not shown where that fails."""
    if isinstance(result, Answer):
        try:
            await log_view(Hendelse.CREATE, result.id, request, caller, parts, uten_forslag=result.withheld)
        except JournalUnavailableError:
            return LINE_NOT_JOURNALED
    return result


def _refuse_other_than_ndjson(request: Request) -> None:
    headers = request.headers
    if "idempotency-key" in headers:
        raise RefusedError(NO_KEY_HERE)
    encoded = headers.get("content-encoding", "identity").lower() != "identity"
    if encoded or not _NDJSON.fullmatch(headers.get("content-type", "").strip()):
        raise RefusedError(NOT_NDJSON)
