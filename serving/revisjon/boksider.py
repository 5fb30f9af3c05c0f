"""The routes of models, texts and changes; each thing has an address of its own by its digest."""

import re

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import HTMLResponse

from models.approved import every_approval
from serving.revisjon.boeker import html_of, model_of, models_of, text_by, texts_of
from serving.revisjon.endringer import changes_of
from serving.revisjon.hus import Sider, house_router
from serving.revisjon.regelsider import read_regelverk

HEX = re.compile("[0-9a-f]{64}")


def book_routes(sider: Sider) -> APIRouter:
    """The routes of what auditors look up; the files are read as they are asked for."""
    router, hyller = house_router(), sider.parts.revisjon.hyller

    @router.get("/modeller")
    def list_models() -> HTMLResponse:
        return sider.page("modeller.html", modeller=models_of(hyller))

    @router.get("/modeller/{digest}")
    @router.get("/modeller/{digest}/{nummer}")
    def show_model(digest: str, nummer: str = "1") -> HTMLResponse:
        modell = model_of(f"sha256:{digest}", hyller) if HEX.fullmatch(digest) else None
        if modell is None:
            return _nothing(sider, "Modellen finnes ikke", "Ingen modell med denne adressen er godkjent.")
        parts = {str(number): part for number, part in enumerate(modell.deler, 1)}
        if nummer not in (parts or {"1"}):
            return _nothing(sider, "Delen finnes ikke", "Modellkortet har ingen slik del.")
        # Made of escaped text by the reader of Markdown, which lets no markup through.
        html = Markup(html_of(parts[nummer][1])) if modell.deler else ""  # noqa: S704
        return sider.page("modell.html", modell=modell, nummer=int(nummer), vist=parts.get(nummer), html=html)

    @router.get("/tekster")
    def list_texts() -> HTMLResponse:
        return sider.page("tekster.html", utgaver=texts_of())

    @router.get("/tekster/{digest}")
    def show_texts(digest: str) -> HTMLResponse:
        utgave = text_by(f"sha256:{digest}", hyller) if HEX.fullmatch(digest) else None
        if utgave is None:
            return _nothing(sider, "Tekstene finnes ikke", "Ingen tekster med denne adressen er kjent her.")
        return sider.page("tekstutgave.html", utgave=utgave)

    @router.get("/endringer")
    def show_changes() -> HTMLResponse:
        sider.read_on()
        changes = changes_of(
            every_approval(hyller.approved),
            read_regelverk().values(),
            texts_of(),
            sider.saksliste,
            sider.parts.journal.place,
        )
        return sider.page("endringer.html", endringer=changes)

    return router


def _nothing(sider: Sider, title: str, text: str) -> HTMLResponse:
    return sider.page("melding.html", 404, tittel=title, tekst=text)
