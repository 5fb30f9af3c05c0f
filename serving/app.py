"""The conductor: the service put together from its parts, each handed in."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from profilering.errors import ProfileringError, SetupError
from serving.answering import problem_of
from serving.api.begrunnelse_route import begrunnelse_routes
from serving.api.endring_route import endring_routes
from serving.api.health import Notice, health_routes
from serving.api.innsigelse_route import innsigelse_routes
from serving.api.innsyn_route import innsyn_routes
from serving.api.kodeverk_route import kodeverk_routes
from serving.api.metrics_route import NO_AGES, Ages, metrics_routes
from serving.api.modell_route import modell_routes
from serving.api.openapi import contract_routes, describe
from serving.api.parti_route import parti_routes
from serving.api.replay_route import replay_routes
from serving.api.routes import api_routes
from serving.api.stop_route import stop_routes
from serving.api.straight import Straight
from serving.api.vurdering_route import vurdering_routes
from serving.edge.loopback import LoopbackOnly
from serving.edge.shedding import Shedding
from serving.edge.stopping import Farewell, Stopping
from serving.identity.gate import Admission, Gate, let_in_locally
from serving.identity.roles import ACCESS, RouteTable
from serving.journal.retention import read_retention
from serving.opplaering import practice_routes
from serving.pages import page_routes
from serving.parts import Parts
from serving.revisjon.sider import revisjon_routes
from serving.telemetry.log import RequestLog
from serving.wire.problems import Problem, response_of
from serving.wire.schemas import SKJEMA_VERSJON

POST_PROFILERING = ("POST", "/api/v1/profileringer")
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""The framework's own would send paths, queries and the messages of errors as soon as anything in the
process sets up OpenTelemetry; ours (spans.py) says what may be seen."""


def create_app(
    parts: Parts,
    notices: Sequence[Notice] = (),
    *,
    obstacles: Sequence[Notice] = (),
    admission: Admission = let_in_locally,
    stopping: Stopping | None = None,
    lifespan: Lifespan | None = None,
    ages: Callable[[], Ages] = lambda: NO_AGES,
) -> FastAPI:
    """Make the service. It starts without an approved model too, and then says so.

    Raises SetupError for a route that no rule gives to anybody.
    """
    stopping = stopping or Stopping()
    # The documentation pages of the framework fetch scripts from elsewhere, so they are off.
    app = FastAPI(
        title="Profilering",
        version=SKJEMA_VERSJON,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        telemetry=NO_TELEMETRY,
    )
    routers = (
        api_routes(parts),
        parti_routes(parts),
        replay_routes(parts),
        vurdering_routes(parts),
        innsigelse_routes(parts),
        begrunnelse_routes(parts),
        innsyn_routes(parts, read_retention()),
        endring_routes(parts),
        kodeverk_routes(),
        modell_routes(parts),
        stop_routes(parts),
        health_routes(parts, [stopping.notice, *obstacles], notices),
        metrics_routes(parts, parts.metrics, ages),
        page_routes(parts.standing),
        practice_routes(parts.standing),
        *revisjon_routes(parts),
        contract_routes(partial(describe, app)),
    )
    _hold_to_the_table(route for router in routers for route in router.routes)
    for router in routers:
        app.include_router(router)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # FastAPI's documented way
    _answer_errors_with_problems(app)
    # The last one added is the outermost.
    app.add_middleware(Straight, route=_the_route(POST_PROFILERING, routers), refusal_of=_refusal_of)
    app.add_middleware(Shedding)
    app.add_middleware(Gate, admission=admission, table=RouteTable())
    if admission is let_in_locally:
        app.add_middleware(LoopbackOnly)
    witnesses = (parts.metrics.request, parts.traces.request)
    app.add_middleware(
        RequestLog, new_id=parts.sources.new_id, timer=parts.sources.timer, witnesses=witnesses
    )
    app.add_middleware(Farewell, stopping=stopping)
    return app


def _hold_to_the_table(routes: Iterable[BaseRoute]) -> None:
    """A route without a rule, or a rule without a route, is a slip. Raises SetupError."""
    served = {
        (method, route.path) for route in routes if isinstance(route, Route) for method in route.methods or ()
    }
    if served != set(ACCESS):
        differ = sorted(served ^ set(ACCESS))
        raise SetupError(f"the routes and the table in serving/identity/roles.py differ: {differ}")


def _the_route(wanted: tuple[str, str], routers: Sequence[APIRouter]) -> APIRoute:
    method, path = wanted
    routes = (route for router in routers for route in router.routes if isinstance(route, APIRoute))
    return next(route for route in routes if route.path == path and method in (route.methods or ()))


def _refusal_of(error: ProfileringError) -> Response:
    problem = problem_of(error)
    if problem is None:
        raise error
    return response_of(problem)


def _answer_errors_with_problems(app: FastAPI) -> None:
    @app.exception_handler(ProfileringError)
    async def refused(_: Request, error: ProfileringError) -> Response:
        return _refusal_of(error)

    @app.exception_handler(HTTPException)
    async def refused_by_the_framework(_: Request, error: HTTPException) -> Response:
        return response_of(Problem("avvist", error.status_code, "Avvist", "Forespørselen kan ikke besvares."))
