"""The auditors' pages: rendered here, without scripts, for whoever has the role of a revisor."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from fastapi import APIRouter, Request
from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from models.approved import Approved
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import RegelKode
from profilering.vurdering import GrunnKode
from serving.access.access_log import Hendelse
from serving.api.replay_route import try_again
from serving.api.routes import log_view
from serving.identity.caller import Caller
from serving.identity.roles import Formaal
from serving.pages.routes import HEADERS, WITH_FORM, page_templates
from serving.parts import Parts
from serving.revisjon import ord as words
from serving.revisjon.koder import EKSPORT, SLETTET, VENTER, Status
from serving.revisjon.lesing import Lesing
from serving.revisjon.moenstre import Etter, moenstre_of
from serving.revisjon.papir import papir_of
from serving.revisjon.sak import Sak, sak_of
from serving.revisjon.saksliste import Saksliste
from serving.revisjon.spoersmaal import counts_of, side_of, values_of
from serving.revisjon.trykkeri import Trykkeri
from serving.revisjon.utvalg import Sortering, Utvalg, UtvalgError, utvalg_of
from serving.wire.problems import FORBIDDEN, RefusedError
from serving.wire.scalars import uuid_of

FORMAAL = Formaal.REVISJON.value
ETTER = "etter_hva"
WORDS_OF = {Etter.FORSLAG: "forslag", Etter.GRUNN: "grunn", Etter.HELSE: "moenster"}
"""The section of words for what cases are told apart by; what is not here is a name already."""
FORSLAG = (*ForslagKode, VENTER, SLETTET)


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


def revisjon_routes(parts: Parts) -> APIRouter:
    """The routes under /revisjon."""
    router = APIRouter(prefix="/revisjon", include_in_schema=False)
    sider, trykkeri = Sider(parts), Trykkeri()

    @router.get("")
    async def list_cases(request: Request) -> HTMLResponse:
        return await run_in_threadpool(_list, request.query_params.multi_items(), sider)

    @router.get("/moenstre")
    async def show_patterns(request: Request) -> HTMLResponse:
        return await run_in_threadpool(_patterns, request.query_params.multi_items(), sider)

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
        return await _shown(request, sider, tried=_tried)

    @router.get("/kontroll")
    def offer_check() -> HTMLResponse:
        return sider.page("kontroll.html", linjer=(), feilet=False)

    @router.post("/kontroll")
    def check_journal(request: Request) -> HTMLResponse:
        refuse_strangers(request)
        result = parts.revisjon.kontroll()
        sider.saksliste.checked(result.fault)
        return sider.page("kontroll.html", linjer=tuple(result.lines()), feilet=result.fault is not None)

    return router


def refuse_strangers(request: Request) -> None:
    """Refuse a form that another site's page has sent in somebody's name. Raises RefusedError (403).

    Every browser of today says where a request comes from; a program that says nothing has its own token.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise RefusedError(FORBIDDEN)


async def _shown(
    request: Request, sider: Sider, *, tried: Callable[[UUID, Caller, Parts], object] | None = None
) -> HTMLResponse:
    """A case's page, once it is written down who is to see it."""
    case_id = uuid_of(request.path_params["id"])
    caller, parts = request.state.caller, sider.parts
    if case_id is None:
        return _unknown(sider)
    proevd = None if tried is None else await run_in_threadpool(tried, case_id, caller, parts)
    sak = await _opened(case_id, request, parts, FORMAAL)
    if sak is None:
        return _unknown(sider)
    return await run_in_threadpool(partial(sider.page, "sak.html", sak=sak, proevd=proevd))


async def _printed(request: Request, sider: Sider, trykkeri: Trykkeri) -> Response:
    """A case to lay on a desk, once it is written down who takes it with them. Raises RefusedError (503)."""
    case_id = uuid_of(request.path_params["id"])
    sak = None if case_id is None else await _opened(case_id, request, sider.parts, EKSPORT)
    if sak is None:
        return _unknown(sider)
    await run_in_threadpool(sider.read_on)
    lest = await run_in_threadpool(sider.saksliste.lest)
    now = sider.parts.sources.clock()
    papir = papir_of(sak, lest, skrevet_ut=now, synthetic=sider.synthetic)
    pdf = await trykkeri.printed(papir, now)
    name = f'attachment; filename="sak-{str(sak.id)[:8]}.pdf"'
    return Response(pdf, media_type="application/pdf", headers={**HEADERS, "Content-Disposition": name})


async def _opened(case_id: UUID, request: Request, parts: Parts, formaal: str) -> Sak | None:
    """Read a case as it is once it is written down who is to see it; None where there is none.

    Raises JournalUnavailableError: then nothing may be shown.
    """
    unseen = await run_in_threadpool(sak_of, case_id, parts)
    if unseen is None:
        return None
    caller, shows_none = request.state.caller, unseen.innhold is None
    await log_view(Hendelse.ACCESS, case_id, request, caller, parts, uten_forslag=shows_none, formaal=formaal)
    return await run_in_threadpool(sak_of, case_id, parts)


def _tried(case_id: UUID, caller: Caller, parts: Parts) -> object:
    try:
        return try_again(case_id, caller, parts)
    except RefusedError as error:
        return {"problem": error.problem.detail}


def _unknown(sider: Sider) -> HTMLResponse:
    text = "Det finnes ingen sak med denne adressen."
    return sider.page("melding.html", 404, tittel="Saken finnes ikke", tekst=text)


def _list(asked: list[tuple[str, str]], sider: Sider) -> HTMLResponse:
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
        koder=_codes(saksliste),
        antall=sum(counts.values()),
        tabell=_table(counts),
        side=None if fault else side_of(utvalg, saksliste),
    )


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
        koder=_codes(sider.saksliste),
        etter=etter,
        alle_etter=tuple(Etter),
        ord=WORDS_OF.get(etter),
        rader=rader,
        antall=sum(rad.antall for rad in rader),
    )


def _codes(saksliste: Saksliste) -> Mapping[str, object]:
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


def _templates() -> Environment:
    templates = page_templates()
    own = FileSystemLoader(Path(__file__).parent / "templates")
    templates.loader = ChoiceLoader([own, *([templates.loader] if templates.loader else [])])
    filters: Mapping[str, Callable[..., str]] = MappingProxyType(
        {each.__name__: each for each in (words.andel, words.navn, words.tall, words.tid, words.varighet)}
    )
    templates.filters.update(filters)
    return templates
