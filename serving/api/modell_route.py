"""What answers now, for anyone with a token: versions, digests, limits and the card of the approved model."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from models.approved import Approved
from profilering.policy import Policy
from serving.api.kodeverk_route import IF_NONE_MATCH, unchanging
from serving.api.openapi import ETAG, RouteDocs, refusals_of
from serving.parts import Parts
from serving.upkeep.standing import NotApproved
from serving.wire.codes import WireRegel
from serving.wire.kodeverk_schemas import MODEL, ModellGrenseUt, ModellSvar, SpennUt
from serving.wire.problems import NO_MODEL, OUR_FAULT, RefusedError
from serving.wire.schemas import SKJEMA_VERSJON

DOCS: RouteDocs = {
    "responses": {
        200: {
            "description": "What answers now.",
            "headers": {"ETag": ETAG},
            "content": {"application/json": {"example": MODEL}},
        },
        304: {"description": "The caller knows this already (`If-None-Match`)."},
        **refusals_of(OUR_FAULT, NO_MODEL),
    },
    "openapi_extra": {"parameters": [IF_NONE_MATCH]},
}


def modell_routes(parts: Parts) -> APIRouter:
    """The route of the approved model."""
    router = APIRouter(prefix="/api/v1", tags=["kodeverk"])

    @router.get("/modell", response_model=ModellSvar, **DOCS)
    async def get_modell(request: Request) -> Response:
        """Read which model, policy and texts answer now, where their limits are, and the model card."""
        approved = parts.standing.approved
        if isinstance(approved, NotApproved):
            raise RefusedError(NO_MODEL)
        return unchanging(request, _svar(approved).model_dump_json(by_alias=True).encode())

    return router


def _svar(approved: Approved) -> ModellSvar:
    basis = approved.basis
    languages = (basis.tekster, *approved.other_languages.values())
    return ModellSvar(
        modell=approved.model_version,
        policy=basis.policy.versjon,
        tekster={tekster.spraak: tekster.versjon for tekster in languages},
        skjema=SKJEMA_VERSJON,
        digester=dict(approved.digests),
        syntetisk=approved.synthetic,
        spenn=[
            SpennUt(opplysning=name, fra=span.low, til=span.high)
            for name, span in sorted(basis.model.spans.items())
        ],
        grenser=_limits(basis.policy),
        modellkort=approved.card or None,
    )


def _limits(policy: Policy) -> list[ModellGrenseUt]:
    return [
        ModellGrenseUt.model_construct(
            utfall=regel.utfall,
            regel=WireRegel(regel.kode),
            av_hundre=100 * regel.threshold,
            kostnadsforhold=regel.kostnadsforhold,
            kilde=regel.kilde,
        )
        for regel in policy.regler
        if regel.utfall is not None and regel.kostnadsforhold is not None
    ]
