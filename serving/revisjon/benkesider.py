"""The test bench's pages: invented people with other answers; no case, and nothing of it is kept."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from serving.revisjon.hus import Sider, house_router, refuse_strangers
from serving.revisjon.proevebenk import Benk, offered, read_form, tried
from serving.wire.problems import Problem, RefusedError


def bench_routes(sider: Sider) -> APIRouter:
    """The bench as it is offered, and what was tried on it."""
    router = house_router()

    @router.get("/proevebenk")
    async def offer_bench(request: Request) -> HTMLResponse:
        person = request.query_params.get("person")
        return await run_in_threadpool(_bench, lambda: offered(person, sider.parts.standing.approved), sider)

    @router.post("/proevebenk")
    async def try_on_bench(request: Request) -> HTMLResponse:
        refuse_strangers(request)
        try:
            said = await read_form(request)
        except RefusedError as error:
            return _refused(error.problem, sider)
        return await run_in_threadpool(_bench, lambda: tried(said, sider.parts), sider)

    return router


def _bench(made: Callable[[], Benk], sider: Sider) -> HTMLResponse:
    try:
        benk = made()
    except RefusedError as error:
        return _refused(error.problem, sider)
    return sider.page("proevebenk.html", benk.status, benk=benk)


def _refused(problem: Problem, sider: Sider) -> HTMLResponse:
    """A refusal as a page."""
    page = sider.page("melding.html", problem.status, tittel=problem.title, tekst=problem.detail)
    page.headers.update(problem.headers)
    return page
