"""The auditors' house: every route under /revisjon, for whoever has the role of a revisor. No scripts."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from serving.parts import Parts
from serving.revisjon.benkesider import bench_routes
from serving.revisjon.boksider import book_routes
from serving.revisjon.eksportsider import export_routes
from serving.revisjon.hus import Sider, house_router, refuse_strangers
from serving.revisjon.listesider import list_routes
from serving.revisjon.regelsider import rule_routes
from serving.revisjon.saksider import case_routes
from serving.revisjon.tallsider import pattern_routes


def revisjon_routes(parts: Parts) -> tuple[APIRouter, ...]:
    """The routes under /revisjon; where one address would take another's, the narrower comes first."""
    sider = Sider(parts)
    every = (
        list_routes,
        pattern_routes,
        rule_routes,
        book_routes,
        export_routes,
        case_routes,
        bench_routes,
        check_routes,
    )
    return tuple(routes(sider) for routes in every)


def check_routes(sider: Sider) -> APIRouter:
    """The check of the whole journal, at the press of a button."""
    router = house_router()

    @router.get("/kontroll")
    def offer_check() -> HTMLResponse:
        return sider.page("kontroll.html", linjer=(), feilet=False)

    @router.post("/kontroll")
    def check_journal(request: Request) -> HTMLResponse:
        refuse_strangers(request)
        result = sider.parts.revisjon.kontroll()
        sider.saksliste.checked(result.fault)
        return sider.page("kontroll.html", linjer=tuple(result.lines()), feilet=result.fault is not None)

    return router
