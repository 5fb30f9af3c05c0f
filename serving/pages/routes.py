"""The pages' routes: rendered here, without scripts, and journaled never: nobody real is shown."""

from pathlib import Path
from types import MappingProxyType

from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from models.approved import Approved
from profilering.assess import assess
from profilering.begrunnelse import Avsnitt
from serving.pages.personas import Persona, read_personas
from serving.pages.words import day_text, facts_of, history_of, word
from serving.upkeep.standing import NotApproved, Standing

HERE = Path(__file__).parent
HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
)
"""Only our own stylesheet is loaded, and no other site may frame the pages."""
WITH_FORM = MappingProxyType(
    {
        **HEADERS,
        "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(
            "form-action 'none'", "form-action 'self'"
        ),
    }
)
"""For a page with a form; it leads back to us."""


def page_routes(standing: Standing) -> APIRouter:
    """The pages with the invented persons."""
    router = APIRouter(include_in_schema=False)
    personas = {persona.id: persona for persona in read_personas()}
    templates = page_templates()
    stylesheet = (HERE / "stil.css").read_bytes()

    def page(name: str, status: int = 200, **values: object) -> HTMLResponse:
        approved = standing.approved
        synthetic = isinstance(approved, Approved) and approved.synthetic
        html = templates.get_template(name).render(synthetic=synthetic, **values)
        return HTMLResponse(html, status, dict(HEADERS))

    @router.get("/")
    async def list_personas() -> HTMLResponse:
        return page("personer.html", personas=tuple(personas.values()))

    @router.get("/personer/{id}")
    def show_persona(request: Request) -> HTMLResponse:
        persona = personas.get(request.path_params["id"])
        if persona is None:
            return page("feil.html", 404)
        approved = standing.approved
        status = 503 if isinstance(approved, NotApproved) else 200
        neighbours = _neighbours(persona, tuple(personas.values()))
        return page(
            "person.html",
            status,
            persona=persona,
            facts=facts_of(persona.registrering),
            history=history_of(persona.registrering),
            profilering=_assessed(persona, approved),
            reason=approved.reason if isinstance(approved, NotApproved) else "",
            address=str(request.base_url).rstrip("/"),
            **neighbours,
        )

    @router.get("/stil.css")
    async def style() -> Response:
        return Response(stylesheet, media_type="text/css", headers={"X-Content-Type-Options": "nosniff"})

    return router


def _assessed(persona: Persona, approved: Approved | NotApproved) -> object:
    if isinstance(approved, NotApproved):
        return None
    return assess(persona.registrering, approved.basis, stanset=False)


def _neighbours(persona: Persona, personas: tuple[Persona, ...]) -> dict[str, Persona | None]:
    at = personas.index(persona)
    return {
        "before": personas[at - 1] if at > 0 else None,
        "after": personas[at + 1] if at + 1 < len(personas) else None,
    }


def page_templates() -> Environment:
    """Read the templates of all pages, with the words for codes; everything put in is escaped."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["word"] = lambda code, section: word(section, code)
    templates.filters["items"] = listed_items
    templates.filters["dag"] = day_text
    return templates


def listed_items(avsnitt: Avsnitt) -> tuple[str, ...]:
    """The items of a section that is a list (its lines begin with an en dash); none for other sections."""
    lines = avsnitt.tekst.split("\n")
    return tuple(line.removeprefix("– ") for line in lines) if all(x.startswith("– ") for x in lines) else ()
