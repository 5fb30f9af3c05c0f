"""The API's routes: bytes in, bytes out; what happens between is in `answering.py`."""

import re
from functools import partial
from time import monotonic
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from serving.access.access_log import Hendelse, View
from serving.answering import find_answer
from serving.api.answer_desk import AnswerDesk
from serving.api.negotiation import is_known
from serving.api.openapi import GET_DOCS, POST_DOCS
from serving.asking import Asked
from serving.identity.caller import Caller
from serving.parts import Parts
from serving.wire.answer_schemas import ProfileringSvar
from serving.wire.problems import BAD_KEY, NOT_FOUND, TOO_LARGE, TOO_SLOW, WRONG_TYPE, Problem, RefusedError
from serving.wire.scalars import uuid_of

MAX_BODY = 64 * 1024
"""Bytes; a full life of 200 spells per register fits (api.md)."""
BODY_SECONDS = 20.0
"""For the whole of it: a second or two on the worst line."""

_JSON = re.compile(r'application/json(\s*;\s*charset="?utf-8"?)?', re.IGNORECASE)
_KEY = re.compile(r"[A-Za-z0-9._~:-]{1,100}")


def api_routes(parts: Parts) -> APIRouter:
    """The routes under /api/v1."""
    router = APIRouter(prefix="/api/v1", tags=["profilering"])
    desk = AnswerDesk(parts)

    @router.post("/profileringer", status_code=201, response_model=ProfileringSvar, **POST_DOCS)
    async def post_profilering(request: Request) -> Response:
        """Profile one registrering: a suggestion with its reasons, journaled before it is shown."""
        key = idempotency_key(request)
        body = await read_body(request)
        caller = request.state.caller
        answer = await desk.answer(Asked(body, caller, key))
        seen = Hendelse.ACCESS if answer.stored else Hendelse.CREATE
        await log_view(seen, answer.id, request, caller, parts, uten_forslag=answer.withheld)
        location = f"/api/v1/profileringer/{answer.id}"
        headers = {"Location": location, "ETag": answer.etag, "Cache-Control": "no-store"}
        return Response(answer.body, 201, headers, "application/json")

    @router.get("/profileringer/{id}", response_model=ProfileringSvar, **GET_DOCS)
    async def get_profilering(request: Request) -> Response:
        """Read a stored answer: the same bytes every time."""
        answer = await run_in_threadpool(find_answer, case_id_of(request), parts.journal)
        if answer is None:
            raise RefusedError(NOT_FOUND)
        headers = {"ETag": answer.etag, "Cache-Control": "private, no-cache"}
        # Also where the bytes are known: they may have been fetched for somebody else.
        caller, held_back = request.state.caller, answer.withheld
        await log_view(Hendelse.ACCESS, answer.id, request, caller, parts, uten_forslag=held_back)
        if is_known(answer.etag, request):
            return Response(status_code=304, headers=headers)
        return Response(answer.body, 200, headers, "application/json")

    return router


async def log_view(
    hendelse: Hendelse,
    case_id: UUID,
    request: Request,
    caller: Caller,
    parts: Parts,
    *,
    uten_forslag: bool = False,
    formaal: str | None = None,
) -> None:
    """Write down that a person is about to see a case. Raises JournalUnavailableError: show nothing then."""
    if caller.nav_ident is None:
        return
    call_id, route = request.state.request_id, request.scope["route"].path
    view = View(hendelse, case_id, call_id, request.method, route, uten_forslag, formaal)
    seen = partial(parts.access.record, now=parts.sources.clock(), salt=parts.sources.new_salt())
    await run_in_threadpool(seen, view, caller)


def case_id_of(request: Request) -> UUID:
    """The case that the address names. Raises RefusedError (404) where it can name none."""
    case_id = uuid_of(request.path_params["id"])
    if case_id is None:
        raise RefusedError(NOT_FOUND)
    return case_id


def idempotency_key(request: Request) -> str | None:
    """The header `Idempotency-Key`. Raises RefusedError where it is of another form, or stands twice."""
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise RefusedError(BAD_KEY)
    return keys[0]


async def read_body(request: Request, seconds: float = BODY_SECONDS) -> bytes:
    """Read the body, counting what really comes. Raises RefusedError for its type, size or slowness."""
    if not _JSON.fullmatch(request.headers.get("content-type", "").strip()):
        raise RefusedError(WRONG_TYPE)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise RefusedError(WRONG_TYPE)
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > MAX_BODY:
        raise RefusedError(TOO_LARGE)
    return await received(request, MAX_BODY, TOO_LARGE, seconds)


async def received(request: Request, most: int, too_large: Problem, seconds: float) -> bytes:
    """Take in what comes, up to so many bytes and seconds. Raises RefusedError for more.

    The time is looked at when something comes; where nothing does, `edge/protocol.py` ends the connection.
    """
    body, began = bytearray(), monotonic()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise RefusedError(too_large)
        if monotonic() - began > seconds:
            raise RefusedError(TOO_SLOW)
    return bytes(body)
