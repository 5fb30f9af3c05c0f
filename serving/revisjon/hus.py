"""What every page of the auditors' house is made with: rendering, opening a case, and who may send a form."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from fastapi import APIRouter, Request
from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from models.approved import Approved
from serving.access.access_log import Hendelse
from serving.api.routes import log_view
from serving.pages.routes import WITH_FORM, page_templates
from serving.parts import Parts
from serving.revisjon import ord as words
from serving.revisjon.lesing import Lesing
from serving.revisjon.sak import Sak, sak_of
from serving.wire.problems import FORBIDDEN, RefusedError
from serving.wire.scalars import uuid_of


class Sider:
    """Renders pages with what stands on all of them: how far the journal was read, and its faults."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.saksliste = parts.revisjon.saksliste
        self._lesing = Lesing(self.saksliste)
        self._templates = _templates()

    @property
    def synthetic(self) -> bool:
        """Whether the model of today was trained on invented people."""
        approved = self.parts.standing.approved
        return isinstance(approved, Approved) and approved.synthetic

    def read_on(self) -> None:
        """Let the list have what the journal has by now."""
        self._lesing.caught_up()

    def page(self, name: str, status: int = 200, **values: object) -> HTMLResponse:
        """Render one page."""
        caught_up = self._lesing.caught_up()
        html = self._templates.get_template(name).render(
            lest=self.saksliste.lest(),
            helt_lest=caught_up,
            synthetic=self.synthetic,
            **values,
        )
        return HTMLResponse(html, status, dict(WITH_FORM))


def house_router() -> APIRouter:
    """A router of the house, to put routes in; none of them is part of the contract."""
    return APIRouter(prefix="/revisjon", include_in_schema=False)


async def opened(request: Request, sider: Sider, formaal: str) -> Sak | None:
    """Read the case of an address once it is written down who is to see it; None where there is none.

    Raises JournalUnavailableError: then nothing may be shown.
    """
    case_id = uuid_of(request.path_params["id"])
    if case_id is None:
        return None
    await run_in_threadpool(sider.read_on)
    unseen = await run_in_threadpool(sak_of, case_id, sider.parts)
    if unseen is None:
        return None
    await log_view(
        Hendelse.ACCESS,
        case_id,
        request,
        request.state.caller,
        sider.parts,
        uten_forslag=unseen.innhold is None,
        formaal=formaal,
    )
    return await run_in_threadpool(sak_of, case_id, sider.parts)


def unknown(sider: Sider) -> HTMLResponse:
    """The page of a case there is none of."""
    text = "Det finnes ingen sak med denne adressen."
    return sider.page("melding.html", 404, tittel="Saken finnes ikke", tekst=text)


def refuse_strangers(request: Request) -> None:
    """Refuse a form that another site's page has sent in somebody's name. Raises RefusedError (403).

    Every browser of today says where a request comes from; a program that says nothing has its own token.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise RefusedError(FORBIDDEN)


def _templates() -> Environment:
    templates = page_templates()
    own = FileSystemLoader(Path(__file__).parent / "templates")
    templates.loader = ChoiceLoader([own, *([templates.loader] if templates.loader else [])])
    filters: Mapping[str, Callable[..., str]] = MappingProxyType(
        {
            each.__name__: each
            for each in (words.andel, words.maalt, words.navn, words.tall, words.tid, words.varighet)
        }
    )
    templates.filters.update(filters)
    return templates
