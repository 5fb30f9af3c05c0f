"""The conductor: the service put together from its parts, each handed in."""

from functools import partial

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from serving.answering import Parts
from serving.health import health_routes
from serving.journal import JournalUnavailableError, KeyReusedError
from serving.log import RequestLog
from serving.loopback import LoopbackOnly
from serving.openapi import describe
from serving.pages import page_routes
from serving.problems import (
    JOURNAL_DOWN,
    KEY_REUSED,
    NOT_FOUND,
    WRONG_METHOD,
    Problem,
    RefusedError,
    response_of,
    unreadable,
)
from serving.routes import api_routes
from serving.schemas import SKJEMA_VERSJON
from serving.strict_json import BodyError


def create_app(parts: Parts) -> FastAPI:
    """Make the service. It starts without an approved model too, and then says so."""
    # The documentation pages of the framework fetch scripts from elsewhere, so they are off.
    app = FastAPI(title="Profilering", version=SKJEMA_VERSJON, docs_url=None, redoc_url=None)
    app.include_router(api_routes(parts))
    app.include_router(health_routes(parts))
    app.include_router(page_routes(parts.approved))
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # FastAPI's documented way
    _answer_errors_with_problems(app)
    app.add_middleware(LoopbackOnly)
    app.add_middleware(RequestLog, new_id=parts.sources.new_id, timer=parts.sources.timer)
    return app


def _answer_errors_with_problems(app: FastAPI) -> None:
    @app.exception_handler(RefusedError)
    async def refused(_: Request, error: RefusedError) -> Response:
        return response_of(error.problem)

    @app.exception_handler(BodyError)
    async def unreadable_body(_: Request, error: BodyError) -> Response:
        return response_of(unreadable(error.detail, error.pointer))

    @app.exception_handler(KeyReusedError)
    async def key_reused(_: Request, __: KeyReusedError) -> Response:
        return response_of(KEY_REUSED)

    @app.exception_handler(JournalUnavailableError)
    async def journal_down(_: Request, __: JournalUnavailableError) -> Response:
        return response_of(JOURNAL_DOWN)

    @app.exception_handler(HTTPException)
    async def no_such_route(_: Request, error: HTTPException) -> Response:
        known = {404: NOT_FOUND, 405: WRONG_METHOD}
        problem = known.get(error.status_code, Problem("avvist", error.status_code, "Avvist", "Avvist."))
        response = response_of(problem)
        response.headers.update(error.headers or {})
        return response
