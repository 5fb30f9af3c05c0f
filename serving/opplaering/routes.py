"""The practice pages: no script, nothing stored, nothing journaled, for everybody in them is invented."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from models.approved import Approved
from profilering.assess import Profilering, assess
from profilering.innsatsgruppe import INNSATSGRUPPER
from profilering.tema import Tema
from serving.opplaering.cases import Practice, Sak, read_practice
from serving.opplaering.steps import (
    AlikePeople,
    Asked,
    Sammenligning,
    Steg,
    alike_people,
    compare,
    named_by_model,
    read_query,
)
from serving.pages.routes import HEADERS, WITH_FORM, page_templates
from serving.pages.words import facts_of, history_of
from serving.upkeep.standing import NotApproved, Standing

DONE = "ferdig"
"""The page after the last case stands where a case could."""


def practice_routes(standing: Standing) -> APIRouter:
    """The list of cases with the lessons, and each case in three steps."""
    router = APIRouter(include_in_schema=False)
    practice = read_practice()
    templates = page_templates()

    def page(name: str, status: int = 200, **values: object) -> HTMLResponse:
        approved = standing.approved
        synthetic = isinstance(approved, Approved) and approved.synthetic
        html = templates.get_template(name).render(synthetic=synthetic, practice=practice, **values)
        return HTMLResponse(html, status, dict(WITH_FORM if name == "opplaering_sak.html" else HEADERS))

    @router.get("/opplaering")
    async def list_cases() -> HTMLResponse:
        return page("opplaering.html", other=_other_than(practice, standing.approved))

    @router.get("/opplaering/{id}")
    def show_case(request: Request) -> HTMLResponse:
        name = request.path_params["id"]
        if name == DONE:
            return page("opplaering_ferdig.html")
        sak = practice.find(name)
        if sak is None:
            return page("opplaering_feil.html", 404)
        asked = read_query(request.query_params.multi_items())
        approved = standing.approved
        seen = _seen(sak, asked, approved) if asked and isinstance(approved, Approved) else None
        missing = asked is not None and asked.syn is not None and seen is None
        return page(
            "opplaering_sak.html",
            400 if asked is None else 503 if missing else 200,
            sak=sak,
            neste=practice.after(sak),
            facts=facts_of(sak.registrering),
            history=history_of(sak.registrering),
            grupper=INNSATSGRUPPER,
            temaer=tuple(Tema),
            asked=asked,
            steg=Steg.EGET_SYN if asked is None else asked.steg,
            seen=seen,
            reason=approved.reason if isinstance(approved, NotApproved) else "",
        )

    return router


def _other_than(practice: Practice, approved: Approved | NotApproved) -> Approved | None:
    """What answers today, where it is not what the cases were drawn with."""
    if not isinstance(approved, Approved):
        return None
    today = (approved.model_version, approved.basis.policy.versjon)
    return None if today == (practice.modell, practice.policy) else approved


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a veileder may see once an own view is there."""

    profilering: Profilering
    forslag: str  # its name
    sammenligning: Sammenligning
    nevnt: bool | None
    like: AlikePeople | None


def _seen(sak: Sak, asked: Asked, approved: Approved) -> _Seen | None:
    """Assess the case, but not before there is an own view."""
    if asked.syn is None:
        return None
    profilering = assess(sak.registrering, approved.basis, stanset=False)
    vekt = asked.syn.vekt
    return _Seen(
        profilering,
        approved.basis.tekster.get("forslag", profilering.forslag.kode),
        compare(asked.syn, profilering),
        named_by_model(vekt, profilering) if vekt else None,
        alike_people(profilering),
    )
