"""The stop switch's routes: set with a reason, journaled before it is answered, seen by every worker."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from models.canonical import canonical_json
from serving.api.openapi import INVALID, UNREADABLE, RouteDocs, refusals_of
from serving.api.routes import read_body
from serving.identity.caller import Caller
from serving.journal import AlreadyAppended, EntryKind, NewEntry
from serving.parts import Parts
from serving.upkeep.stop import StopState
from serving.wire.answer_schemas import JournalUt
from serving.wire.problems import (
    JOURNAL_DOWN,
    OUR_FAULT,
    TOO_LARGE,
    TOO_SLOW,
    WRONG_TYPE,
    RefusedError,
    faults_of,
    invalid,
)
from serving.wire.scalars import Wire
from serving.wire.schemas import names_in
from serving.wire.strict_json import read_json

MAX_REASON = 300
"""Characters: room for why, none for a case."""


class StansForespoersel(Wire):
    """Stop every forslag, or let the service go on."""

    stanset: bool = Field(description="True stops, false lets it go on.", examples=[True])
    grunn: str = Field(
        min_length=1,
        max_length=MAX_REASON,
        pattern=r"\S",
        description="Why, for the journal; nothing about a person.",
        examples=["Feil i registerdata fra Aa-registeret."],
    )


class StansSvar(Wire):
    """The state of the stop switch; the last three are null until it is set for the first time."""

    stanset: bool = Field(description="Whether every answer is INGEN_FORSLAG.", examples=[True])
    grunn: str | None = Field(
        description="Why it was last set.", examples=["Feil i registerdata fra Aa-registeret."]
    )
    siden: datetime | None = Field(
        description="When it was last set, in UTC.", examples=["2026-05-12T08:14:01.250000Z"]
    )
    journal: JournalUt | None = Field(
        description="The entry that says so.", examples=[{"nummer": 48212, "digest": "sha256:9f2c…"}]
    )


KNOWN_NAMES = names_in(StansForespoersel.model_json_schema())
EXAMPLE = {"stanset": True, "grunn": "Feil i registerdata fra Aa-registeret."}
STATE = {
    "application/json": {
        "example": {
            **EXAMPLE,
            "siden": "2026-05-12T08:14:01.250000Z",
            "journal": {
                "nummer": 48212,
                "digest": "sha256:0b7e9f2c1d4a5c6f8e9b0a1c2d3e4f5061728394a5b6c7d8e9f0a1b2c3d4e5f6",
            },
        }
    }
}
GET_DOCS: RouteDocs = {
    "responses": {
        200: {"description": "The state as the journal has it.", "content": STATE},
        **refusals_of(OUR_FAULT, JOURNAL_DOWN),
    },
    "openapi_extra": {},
}
PUT_DOCS: RouteDocs = {
    "responses": {
        200: {"description": "Journaled; every worker follows within 5 seconds.", "content": STATE},
        **refusals_of(UNREADABLE, TOO_SLOW, TOO_LARGE, WRONG_TYPE, INVALID, OUR_FAULT, JOURNAL_DOWN),
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "description": "One JSON object in UTF-8.",
            "content": {
                "application/json": {"schema": StansForespoersel.model_json_schema(), "example": EXAMPLE}
            },
        }
    },
}


def stop_routes(parts: Parts) -> APIRouter:
    """The routes of the stop switch, under /api/v1/drift."""
    router = APIRouter(prefix="/api/v1/drift", tags=["drift"])

    @router.get("/stans", response_model=StansSvar, **GET_DOCS)
    async def get_stans() -> Response:
        """Tell whether the service is stopped, since when and why."""
        return _answer(await run_in_threadpool(parts.stop.read))

    @router.put("/stans", response_model=StansSvar, **PUT_DOCS)
    async def put_stans(request: Request) -> Response:
        """Stop every forslag, or let the service go on; while stopped each answer is INGEN_FORSLAG."""
        wanted = _wanted(await read_body(request))
        return _answer(await run_in_threadpool(_set, wanted, request.state.caller, parts))

    return router


def _wanted(body: bytes) -> StansForespoersel:
    try:
        return StansForespoersel.model_validate(read_json(body, known_names=KNOWN_NAMES))
    except ValidationError as error:
        problem = invalid(faults_of(error, KNOWN_NAMES))
    # Outside the handler, so that the library's error with the body in it does not hang on ours.
    raise RefusedError(problem)


def _set(wanted: StansForespoersel, caller: Caller, parts: Parts) -> StopState:
    """Journal the new state. Raises JournalUnavailableError, and then says nothing of the state."""
    created = parts.sources.clock()
    content = canonical_json(
        {
            "stanset": wanted.stanset,
            "grunn": wanted.grunn,
            "innsender": caller.system,
            "navident": caller.nav_ident,
        }
    )
    entry = NewEntry(EntryKind.STANS, parts.sources.new_id(), created, content)
    result = parts.journal.append(entry, salt=parts.sources.new_salt())
    receipt = result.entry.receipt if isinstance(result, AlreadyAppended) else result
    state = StopState(wanted.stanset, wanted.grunn, created, receipt)
    parts.stop.learn(state)
    return state


def _answer(state: StopState) -> Response:
    receipt = state.receipt
    journal = None if receipt is None else JournalUt(nummer=receipt.number, digest=receipt.digest)
    svar = StansSvar(stanset=state.stanset, grunn=state.grunn, siden=state.siden, journal=journal)
    headers = {"Cache-Control": "no-store"}
    return Response(svar.model_dump_json(by_alias=True), 200, headers, "application/json")
