"""The conductor: the service put together from its parts, each handed in."""

from collections.abc import Mapping, Sequence
from functools import partial

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from serving.answering import Parts
from serving.health import Notice, health_routes
from serving.journal import ErasedError, JournalUnavailableError, KeyReusedError
from serving.log import RequestLog
from serving.loopback import LoopbackOnly
from serving.openapi import describe
from serving.pages import page_routes
from serving.problems import (
    ERASED,
    JOURNAL_DOWN,
    KEY_REUSED,
    NOT_FOUND,
    WRONG_METHOD,
    Problem,
    RefusedError,
    response_of,
    unreadable,
)
from serving.replay_route import replay_routes
from serving.routes import api_routes
from serving.schemas import SKJEMA_VERSJON
from serving.stop_route import stop_routes
from serving.strict_json import BodyError


def create_app(parts: Parts, notices: Sequence[Notice] = ()) -> FastAPI:
    """Make the service. It starts without an approved model too, and then says so."""
    # The documentation pages of the framework fetch scripts from elsewhere, so they are off.
    app = FastAPI(title="Profilering", version=SKJEMA_VERSJON, docs_url=None, redoc_url=None)
    app.include_router(api_routes(parts))
    app.include_router(replay_routes(parts))
    app.include_router(stop_routes(parts))
    app.include_router(health_routes(parts, notices))
    app.include_router(page_routes(parts.standing))
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

    @app.exception_handler(ErasedError)
    async def erased(_: Request, __: ErasedError) -> Response:
        return response_of(ERASED)

    @app.exception_handler(JournalUnavailableError)
    async def journal_down(_: Request, __: JournalUnavailableError) -> Response:
        return response_of(JOURNAL_DOWN)

    @app.exception_handler(HTTPException)
    async def no_such_route(request: Request, error: HTTPException) -> Response:
        known = {404: NOT_FOUND, 405: WRONG_METHOD}
        problem = known.get(error.status_code, Problem("avvist", error.status_code, "Avvist", "Avvist."))
        response = response_of(problem)
        response.headers.update({**(error.headers or {}), **_all_methods(app, request)})
        return response


def _all_methods(app: FastAPI, request: Request) -> Mapping[str, str]:
    """The header Allow of a documented address; the framework names those of its first route only."""
    path = getattr(request.scope.get("route"), "path", None)
    methods = app.openapi()["paths"].get(path, {})
    return {"Allow": ", ".join(method.upper() for method in methods)} if methods else {}
