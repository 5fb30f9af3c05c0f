"""The routes of what is taken along; each leaves an `innsyn` entry with its purpose before the first byte."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response, StreamingResponse

from serving.access.access_log import Hendelse, View
from serving.pages.routes import HEADERS
from serving.parts import Parts
from serving.revisjon.eksport import SakerUt, SakUt, Uttrekk, about, csv_of, json_of, sak_ut
from serving.revisjon.hus import Sider, house_router, opened, unknown
from serving.revisjon.koder import EKSPORT
from serving.revisjon.listesider import list_page
from serving.revisjon.utvalg import UtvalgError, utvalg_of

LINES = 1_000
SCHEMAS: Mapping[str, type[BaseModel]] = {"/saker.schema.json": SakerUt, "/sak.schema.json": SakUt}


def export_routes(sider: Sider) -> APIRouter:
    """The routes of exports and of the schemas they keep."""
    router = house_router()

    @router.get("/saker.csv")
    async def take_list_as_csv(request: Request) -> Response:
        return await _taken_list(request, sider, "csv")

    @router.get("/saker.json")
    async def take_list_as_json(request: Request) -> Response:
        return await _taken_list(request, sider, "json")

    @router.get("/saker/{id}.json")
    async def take_case(request: Request) -> Response:
        sak = await opened(request, sider, EKSPORT)
        if sak is None:
            return await run_in_threadpool(unknown, sider)
        told = sak_ut(sak, await run_in_threadpool(_about, sider))
        name = f"sak-{str(sak.id)[:8]}.json"
        return Response(told.model_dump_json(indent=1), headers=_as_a_file(name, "application/json"))

    for path, model in SCHEMAS.items():
        schema = JSONResponse(model.model_json_schema(), headers=dict(HEADERS))
        router.add_api_route(path, partial(_constant, schema), methods=["GET"])
    return router


async def _taken_list(request: Request, sider: Sider, form: str) -> Response:
    """Every case of a choice, streamed. Raises JournalUnavailableError: then nothing leaves."""
    asked = request.query_params.multi_items()
    try:
        utvalg = utvalg_of(asked).but()
    except UtvalgError:
        return await run_in_threadpool(list_page, asked, sider)
    await run_in_threadpool(sider.read_on)
    uttrekk = await run_in_threadpool(Uttrekk, utvalg, sider.saksliste)
    try:
        await run_in_threadpool(_write_down, request, uttrekk, sider.parts)
    except BaseException:
        uttrekk.close()
        raise
    if form == "csv":
        rows, media = csv_of(uttrekk), "text/csv; charset=utf-8"
    else:
        now, media = sider.parts.sources.clock(), "application/json"
        rows = json_of(uttrekk, now, synthetic=sider.synthetic)
    return StreamingResponse(_in_portions(rows), headers=_as_a_file(f"saker.{form}", media))


def _write_down(request: Request, uttrekk: Uttrekk, parts: Parts) -> None:
    """One entry of its own for a list, which is about no case: it names nobody."""
    view = View(
        Hendelse.ACCESS,
        parts.sources.new_id(),
        request.state.request_id,
        request.method,
        request.scope["route"].path,
        uten_forslag=True,
        formaal=EKSPORT,
        liste={"utvalg": uttrekk.utvalg.chosen(), "antall": uttrekk.antall, "lest": uttrekk.lest.nummer},
    )
    now, salt = parts.sources.clock(), parts.sources.new_salt()
    parts.access.record(view, request.state.caller, now=now, salt=salt)


def _in_portions(rows: Iterator[str]) -> Iterator[str]:
    """A thread is asked for each portion; a line at a time would ask it a million times."""
    while portion := "".join(islice(rows, LINES)):
        yield portion


def _about(sider: Sider) -> dict[str, Any]:
    now = sider.parts.sources.clock()
    return about(sider.saksliste.lest(), now, synthetic=sider.synthetic)


def _as_a_file(name: str, media: str) -> dict[str, str]:
    return {**HEADERS, "Content-Type": media, "Content-Disposition": f'attachment; filename="{name}"'}


async def _constant(response: Response) -> Response:
    return response
