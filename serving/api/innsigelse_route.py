"""Objections: somebody says that a fact of a case is wrong, or that the forslag is."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from serving.access.access_log import Hendelse
from serving.api.openapi import RouteDocs, refusals_of
from serving.api.routes import log_view
from serving.api.vurdering_route import SAYING_PARAMETERS, SAYING_REFUSALS, utterance_of
from serving.deciding.innsigelse import innsigelse_of, object_to
from serving.parts import Parts
from serving.wire.innsigelse_schemas import INNSIGELSE
from serving.wire.problems import HUMAN_ONLY
from serving.wire.said_schemas import INNSIGELSE_SVAR, InnsigelseSvar

INNSIGELSE_DOCS: RouteDocs = {
    "responses": {
        201: {
            "description": "Journaled; the stored one where the caller's last innsigelse says the same.",
            "content": {"application/json": {"example": INNSIGELSE_SVAR}},
        },
        **refusals_of(*SAYING_REFUSALS, HUMAN_ONLY),
    },
    "openapi_extra": {
        "parameters": SAYING_PARAMETERS,
        "requestBody": {
            "required": True,
            "description": "One JSON object in UTF-8.",
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/InnsigelseForespoersel"},
                    "example": INNSIGELSE,
                }
            },
        },
    },
}


def innsigelse_routes(parts: Parts) -> APIRouter:
    """The route of the innsigelse, under /api/v1."""
    router = APIRouter(prefix="/api/v1", tags=["innsigelse"])

    @router.post(
        "/profileringer/{id}/innsigelse", status_code=201, response_model=InnsigelseSvar, **INNSIGELSE_DOCS
    )
    async def post_innsigelse(request: Request) -> Response:
        """Object to a fact or to the forslag; mended facts come as a new profilering with `erstatter`."""
        utterance = await utterance_of(request)
        said = await run_in_threadpool(object_to, utterance, parts)
        seen = Hendelse.UPDATE if said.new else Hendelse.ACCESS
        await log_view(seen, utterance.case_id, request, utterance.caller, parts, uten_forslag=True)
        svar = innsigelse_of(said.entry).model_dump_json(by_alias=True)
        return Response(svar, 201, {"Cache-Control": "no-store"}, "application/json")

    return router
