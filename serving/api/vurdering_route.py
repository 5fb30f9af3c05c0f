"""The person decides: a veileder's vurdering of a case, and all that were written before it."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from serving.access.access_log import Hendelse
from serving.api.openapi import CASE_ID, INVALID, POST_DOCS, UNREADABLE, RouteDocs, refusals_of
from serving.api.routes import case_id_of, idempotency_key, log_view, read_body
from serving.deciding.saying import Utterance
from serving.deciding.vurdering import decide, vurdering_of, vurderinger_of
from serving.parts import Parts
from serving.wire.problems import (
    BAD_KEY,
    ERASED,
    HUMAN_ONLY,
    JOURNAL_DOWN,
    KEY_REUSED,
    NOT_FOUND,
    OUR_FAULT,
    TOO_LARGE,
    TOO_SLOW,
    WRONG_TYPE,
)
from serving.wire.said_schemas import VURDERT, VurderingerSvar, VurderingSvar
from serving.wire.vurdering_schemas import VURDERING

SAYING_REFUSALS = (
    UNREADABLE, BAD_KEY, KEY_REUSED, NOT_FOUND, ERASED, TOO_SLOW, TOO_LARGE, WRONG_TYPE, INVALID,
    OUR_FAULT, JOURNAL_DOWN,
)  # fmt: skip
"""What may come of saying something of a case."""
SAYING_PARAMETERS = [CASE_ID, *POST_DOCS["openapi_extra"]["parameters"]]

VURDERING_DOCS: RouteDocs = {
    "responses": {
        201: {
            "description": "Journaled; the stored one where the caller's last vurdering says the same.",
            "content": {"application/json": {"example": VURDERT}},
        },
        **refusals_of(*SAYING_REFUSALS, HUMAN_ONLY),
    },
    "openapi_extra": {
        "parameters": SAYING_PARAMETERS,
        "requestBody": {
            "required": True,
            "description": "The same fields whether the forslag is followed or not.",
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/VurderingForespoersel"},
                    "example": VURDERING,
                }
            },
        },
    },
}
VURDERINGER_DOCS: RouteDocs = {
    "responses": {
        200: {
            "description": "All of them, in order; none where nobody has written one.",
            "content": {"application/json": {"example": {"vurderinger": [VURDERT]}}},
        },
        **refusals_of(NOT_FOUND, ERASED, OUR_FAULT, JOURNAL_DOWN),
    },
    "openapi_extra": {"parameters": [CASE_ID]},
}


def vurdering_routes(parts: Parts) -> APIRouter:
    """The routes of the vurdering, under /api/v1."""
    router = APIRouter(prefix="/api/v1", tags=["vurdering"])

    @router.post(
        "/profileringer/{id}/vurdering", status_code=201, response_model=VurderingSvar, **VURDERING_DOCS
    )
    async def post_vurdering(request: Request) -> Response:
        """Write down which innsatsgruppe a veileder concludes, and why; a later one stands beside it.

        Send Idempotency-Key, and the same one when trying again: in two-step mode the same words once
        more without it are a second view, written after the forslag could be read.
        """
        utterance = await utterance_of(request)
        said = await run_in_threadpool(decide, utterance, parts)
        seen = Hendelse.UPDATE if said.new else Hendelse.ACCESS
        svar = vurdering_of(said.entry)
        caller, unseen = utterance.caller, svar.forslag is None
        await log_view(seen, utterance.case_id, request, caller, parts, uten_forslag=unseen)
        headers = {"Cache-Control": "no-store"}
        return Response(svar.model_dump_json(by_alias=True), 201, headers, "application/json")

    @router.get("/profileringer/{id}/vurdering", response_model=VurderingerSvar, **VURDERINGER_DOCS)
    async def get_vurderinger(request: Request) -> Response:
        """Read what has been concluded of a case; the last vurdering stands."""
        case_id = case_id_of(request)
        svar = await run_in_threadpool(vurderinger_of, case_id, parts.journal)
        caller, unseen = request.state.caller, all(one.forslag is None for one in svar.vurderinger)
        await log_view(Hendelse.ACCESS, case_id, request, caller, parts, uten_forslag=unseen)
        headers = {"Cache-Control": "no-store"}
        return Response(svar.model_dump_json(by_alias=True), 200, headers, "application/json")

    return router


async def utterance_of(request: Request) -> Utterance:
    """What is said of which case, and by whom. Raises RefusedError for an id, key or body that cannot be."""
    key = idempotency_key(request)
    body = await read_body(request)
    return Utterance(case_id_of(request), body, key, request.state.caller)
