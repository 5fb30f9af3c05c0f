"""The list of cases: chosen, counted, in order, page by page."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from profilering.innsatsgruppe import ForslagKode
from profilering.policy import RegelKode
from profilering.vurdering import GrunnKode
from serving.revisjon.hus import Sider, house_router
from serving.revisjon.koder import SLETTET, VENTER, Status
from serving.revisjon.saksliste import Saksliste
from serving.revisjon.spoersmaal import counts_of, side_of, values_of
from serving.revisjon.utvalg import Sortering, Utvalg, UtvalgError, utvalg_of

FORSLAG = (*ForslagKode, VENTER, SLETTET)


def list_routes(sider: Sider) -> APIRouter:
    """The route of the list."""
    router = house_router()

    @router.get("")
    async def list_cases(request: Request) -> HTMLResponse:
        return await run_in_threadpool(list_page, request.query_params.multi_items(), sider)

    return router


def list_page(asked: list[tuple[str, str]], sider: Sider) -> HTMLResponse:
    sider.read_on()
    try:
        utvalg, fault = utvalg_of(asked), None
    except UtvalgError as error:
        utvalg, fault = Utvalg(), error
    saksliste = sider.saksliste
    counts = {} if fault else counts_of(utvalg, saksliste)
    return sider.page(
        "saker.html",
        400 if fault else 200,
        utvalg=utvalg,
        feil=fault,
        koder=codes_of(saksliste),
        antall=sum(counts.values()),
        tabell=_table(counts),
        side=None if fault else side_of(utvalg, saksliste),
    )


def codes_of(saksliste: Saksliste) -> Mapping[str, object]:
    """What each field of the choice can be."""
    return {
        "forslag": FORSLAG,
        "regel": tuple(RegelKode),
        "status": tuple(Status),
        "grunn": tuple(GrunnKode),
        "modell": values_of("modell", saksliste),
        "policy": values_of("policy", saksliste),
        "sortering": tuple(Sortering),
    }


def _table(counts: Mapping[tuple[str, str], int]) -> list[tuple[str, list[tuple[str, int]]]]:
    """Counts as rows of forslag and columns of status, only rows that have any."""
    rows = [
        (str(forslag), [(str(status), counts.get((forslag, status), 0)) for status in Status])
        for forslag in FORSLAG
    ]
    return [(forslag, row) for forslag, row in rows if any(count for _, count in row)]
