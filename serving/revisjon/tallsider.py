"""What is seen over many cases: patterns counted here, and the report of monitoring from the workshop."""

import logging

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from profilering.errors import SetupError
from serving.revisjon.hus import Sider, house_router
from serving.revisjon.listesider import codes_of
from serving.revisjon.moenstre import Etter, moenstre_of
from serving.revisjon.overvaaking import read_rapport
from serving.revisjon.utvalg import Utvalg, UtvalgError, utvalg_of
from serving.telemetry.log import failure_fields, log_event

ETTER = "etter_hva"
WORDS_OF = {Etter.FORSLAG: "forslag", Etter.REGEL: "regel", Etter.GRUNN: "grunn", Etter.HELSE: "moenster"}
"""The section of words for what cases are told apart by; what is not here is a name already."""


def pattern_routes(sider: Sider) -> APIRouter:
    """The routes of patterns and monitoring."""
    router = house_router()

    @router.get("/moenstre")
    async def show_patterns(request: Request) -> HTMLResponse:
        return await run_in_threadpool(_patterns, request.query_params.multi_items(), sider)

    @router.get("/overvaaking")
    @router.get("/overvaaking/{nummer}")
    def show_monitoring(nummer: str = "1") -> HTMLResponse:
        return _monitoring(nummer, sider)

    return router


def _patterns(asked: list[tuple[str, str]], sider: Sider) -> HTMLResponse:
    sider.read_on()
    by = [value for name, value in asked if name == ETTER]
    try:
        utvalg, fault = utvalg_of([pair for pair in asked if pair[0] != ETTER]), None
        etter = Etter(by[0]) if by else Etter.FORSLAG
        if len(by) > 1:
            raise UtvalgError(ETTER)
    except UtvalgError as error:
        utvalg, fault, etter = Utvalg(), error, Etter.FORSLAG
    except ValueError:
        utvalg, fault, etter = Utvalg(), UtvalgError(None), Etter.FORSLAG
    rader = () if fault else moenstre_of(utvalg, etter, sider.saksliste)
    return sider.page(
        "moenstre.html",
        400 if fault else 200,
        utvalg=utvalg,
        feil=fault,
        koder=codes_of(sider.saksliste),
        etter=etter,
        alle_etter=tuple(Etter),
        ord=WORDS_OF.get(etter),
        rader=rader,
        antall=sum(rad.antall for rad in rader),
    )


def _monitoring(nummer: str, sider: Sider) -> HTMLResponse:
    """One part of the newest report; that there is none, or none that can be read, is said on the page."""
    path = sider.parts.revisjon.overvaaking
    if path is None:
        return sider.page("overvaaking.html", rapport=None, hvorfor_ikke="Ingen rapport er lagt fram ennå.")
    try:
        rapport = read_rapport(path)
    except SetupError as error:
        log_event("monitoring_report_not_read", level=logging.WARNING, **failure_fields(error))
        return sider.page("overvaaking.html", rapport=None, hvorfor_ikke="Rapporten kan ikke leses nå.")
    parts = {str(number): part for number, part in enumerate(rapport.sections, start=1)}
    if nummer not in parts:
        text = "Rapporten har ingen slik del."
        return sider.page("melding.html", 404, tittel="Delen finnes ikke", tekst=text)
    return sider.page("overvaaking.html", rapport=rapport, nummer=int(nummer), vist=parts[nummer])
