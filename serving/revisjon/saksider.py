"""One case: its page, its paper, and having it made again."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from serving.api.replay_route import try_again
from serving.identity.caller import Caller
from serving.identity.roles import Formaal
from serving.pages.routes import HEADERS
from serving.parts import Parts
from serving.revisjon.fakta import OF_FACTS
from serving.revisjon.hus import Sider, house_router, opened, refuse_strangers, unknown
from serving.revisjon.koder import EKSPORT
from serving.revisjon.papir import papir_of
from serving.revisjon.trykkeri import Trykkeri
from serving.wire.problems import RefusedError
from serving.wire.scalars import uuid_of

REVISJON = Formaal.REVISJON.value


def case_routes(sider: Sider) -> APIRouter:
    """The routes of one case."""
    router, trykkeri = house_router(), Trykkeri()

    # Before the page: its address would take this one too.
    @router.get("/saker/{id}.pdf")
    async def print_case(request: Request) -> Response:
        return await _printed(request, sider, trykkeri)

    @router.get("/saker/{id}")
    async def show_case(request: Request) -> HTMLResponse:
        return await _shown(request, sider)

    @router.post("/saker/{id}/etterproeving")
    async def try_case_again(request: Request) -> HTMLResponse:
        refuse_strangers(request)
        case_id = uuid_of(request.path_params["id"])
        if case_id is None:
            return await run_in_threadpool(unknown, sider)
        proevd = await run_in_threadpool(_tried, case_id, request.state.caller, sider.parts)
        return await _shown(request, sider, proevd)

    return router


async def _shown(request: Request, sider: Sider, proevd: object = None) -> HTMLResponse:
    sak = await opened(request, sider, REVISJON)
    if sak is None:
        return await run_in_threadpool(unknown, sider)
    page = partial(sider.page, "sak.html", sak=sak, proevd=proevd, om_fakta=OF_FACTS)
    return await run_in_threadpool(page)


async def _printed(request: Request, sider: Sider, trykkeri: Trykkeri) -> Response:
    """A case to lay on a desk, once it is written down who takes it with them. Raises RefusedError (503)."""
    sak = await opened(request, sider, EKSPORT)
    if sak is None:
        return await run_in_threadpool(unknown, sider)
    await run_in_threadpool(sider.read_on)
    lest = await run_in_threadpool(sider.saksliste.lest)
    now = sider.parts.sources.clock()
    papir = papir_of(sak, lest, skrevet_ut=now, synthetic=sider.synthetic)
    pdf = await trykkeri.printed(papir, now)
    name = f'attachment; filename="sak-{str(sak.id)[:8]}.pdf"'
    return Response(pdf, media_type="application/pdf", headers={**HEADERS, "Content-Disposition": name})


def _tried(case_id: UUID, caller: Caller, parts: Parts) -> object:
    try:
        return try_again(case_id, caller, parts)
    except RefusedError as error:
        return {"problem": error.problem.detail}
