"""Etterprøving: a revisor has one profilering made again, and sees every field that is not what it was."""

from logging import ERROR
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from models.canonical import canonical_json
from serving.access.access_log import Hendelse
from serving.api.openapi import CASE_ID, RouteDocs, refusals_of
from serving.api.routes import case_id_of, log_view
from serving.identity.caller import Caller
from serving.journal import AlreadyAppended, EntryKind, NewEntry, Receipt
from serving.parts import Parts
from serving.replaying.replay import KanIkke, Replayed, replay
from serving.telemetry.log import log_event
from serving.wire.answer_schemas import JournalUt
from serving.wire.examples import ANSWER
from serving.wire.problems import (
    ERASED,
    JOURNAL_DOWN,
    NOT_FOUND,
    OUR_FAULT,
    VENTER_PAA_VURDERING,
    Problem,
    RefusedError,
)
from serving.wire.scalars import Wire
from serving.withheld import withheld

NOT_REPLAYABLE = Problem(
    "kan-ikke-etterproeves",
    500,
    "Kan ikke etterprøves",
    "Arkivet mangler noe svaret bygget på, eller innholdet i journalen kan ikke leses. Grunnen er loggført.",
)
OTHER_CONTRACT = Problem(
    "annen-kontrakt",
    409,
    "Laget under en annen kontrakt",
    "Svaret er fra en annen versjon av tjenesten. Bare koden som svarte, kan lage det på nytt.",
)

BUNDLE, POLICY, TEKSTER, KODE = (
    f"sha256:{8 * digits}" for digits in ("b5f1831c", "1c4f2a90", "8d0c7b6a", "5e1d0c9b")
)


class ForskjellUt(Wire):
    """One field that is not what it was. Values are spelled as JSON, so that every bit is there."""

    peker: str = Field(
        description="JSON pointer into the journaled content; under /svar it goes on inside the answer's "
        "text. Empty: the content as a whole, told by its digests.",
        examples=["/anslag/0/sannsynlighet"],
    )
    journal: str | None = Field(
        description="What the journal has; null where nothing stands there.", examples=["0.31"]
    )
    naa: str | None = Field(
        description="What came out now; null where nothing stands there.", examples=["0.32"]
    )


class DigesterUt(Wire):
    """What the profilering stood on, and was made again from."""

    bundle: str = Field(description="The model.", examples=[BUNDLE])
    policy: str = Field(description="The policy file.", examples=[POLICY])
    tekster: str = Field(description="The reviewed texts.", examples=[TEKSTER])


class KodeUt(Wire):
    """Which code computed it; other code that comes to the same is no difference."""

    da: str = Field(description="Digest of the code that answered.", examples=[KODE])
    naa: str = Field(description="Digest of the code that made it again.", examples=[KODE])


class EtterproevingSvar(Wire):
    """One profilering made again from journal and archive."""

    id: UUID = Field(description="The profilering.", examples=["f3a1c5d2-6b7e-4f80-9a1b-2c3d4e5f6071"])
    likt: bool = Field(description="Whether every bit and letter came out the same.", examples=[True])
    forskjeller: list[ForskjellUt] = Field(
        description="Every field that did not; empty when all did.", examples=[[]]
    )
    digester: DigesterUt = Field(
        description="What it stood on.",
        examples=[{"bundle": BUNDLE, "policy": POLICY, "tekster": TEKSTER}],
    )
    kode: KodeUt = Field(description="Code then and now.", examples=[{"da": KODE, "naa": KODE}])
    journal: JournalUt = Field(
        description="The entry that says it was tried, and whether it was equal.",
        examples=[{"nummer": 48213, "digest": "sha256:77aa…"}],
    )


EXAMPLE = {
    "id": ANSWER["id"],
    "likt": False,
    "forskjeller": [{"peker": "/anslag/0/sannsynlighet", "journal": "0.31", "naa": "0.32"}],
    "digester": {"bundle": BUNDLE, "policy": POLICY, "tekster": TEKSTER},
    "kode": {"da": KODE, "naa": KODE},
    "journal": {"nummer": 48213, "digest": f"sha256:{8 * '77aa0b7e'}"},
}
REPLAY_DOCS: RouteDocs = {
    "responses": {
        200: {
            "description": "Made again; the journal says so before this answer left.",
            "content": {"application/json": {"example": EXAMPLE}},
        },
        **refusals_of(
            NOT_FOUND, VENTER_PAA_VURDERING, OTHER_CONTRACT, ERASED, OUR_FAULT, NOT_REPLAYABLE, JOURNAL_DOWN
        ),
    },
    "openapi_extra": {"parameters": [CASE_ID]},
}


def replay_routes(parts: Parts) -> APIRouter:
    """The route of etterprøving."""
    router = APIRouter(prefix="/api/v1", tags=["etterproeving"])

    @router.post("/profileringer/{id}/etterproeving", response_model=EtterproevingSvar, **REPLAY_DOCS)
    async def post_etterproeving(request: Request) -> Response:
        """Make one profilering again from journal and archive: equal, or a difference per field."""
        case_id = case_id_of(request)
        caller = request.state.caller
        svar = await run_in_threadpool(try_again, case_id, caller, parts)
        await log_view(Hendelse.ACCESS, case_id, request, caller, parts)
        body = svar.model_dump_json(by_alias=True).encode()
        return Response(body, 200, {"Cache-Control": "no-store"}, "application/json")

    return router


def try_again(case_id: UUID, caller: Caller, parts: Parts) -> EtterproevingSvar:
    """Replay one and journal the outcome. Raises RefusedError, ErasedError and JournalUnavailableError."""
    entry = parts.journal.find(case_id, EntryKind.PROFILERING)
    if entry is None:
        raise RefusedError(NOT_FOUND)
    if withheld(entry, parts.journal):
        raise RefusedError(VENTER_PAA_VURDERING)
    result = replay(entry, parts.approved_of)
    if isinstance(result, KanIkke):
        log_event("replay_refused", level=ERROR, nummer=entry.receipt.number, reason=result.reason)
        raise RefusedError(OTHER_CONTRACT if result.other_contract else NOT_REPLAYABLE)
    if not result.likt:
        log_event("replay_differed", level=ERROR, nummer=entry.receipt.number, pekere=_pekere(result))
    receipt = _journaled(result, caller, parts)
    return EtterproevingSvar(
        id=case_id,
        likt=result.likt,
        forskjeller=[ForskjellUt(peker=f.peker, journal=f.journal, naa=f.naa) for f in result.forskjeller],
        digester=DigesterUt(**result.digester.model_dump(include=set(DigesterUt.model_fields))),
        kode=KodeUt(da=result.digester.kode, naa=parts.code_digest),
        journal=JournalUt(nummer=receipt.number, digest=receipt.digest),
    )


def _pekere(result: Replayed) -> list[str]:
    return [forskjell.peker for forskjell in result.forskjeller]


def _journaled(result: Replayed, caller: Caller, parts: Parts) -> Receipt:
    """Say in the journal that it was tried, with the places that differ and no value."""
    content = canonical_json(
        {
            "likt": result.likt,
            "forskjeller": _pekere(result),
            "kode": parts.code_digest,
            "innsender": caller.system,
            "navident": caller.nav_ident,
        }
    )
    created = parts.sources.clock()
    entry = NewEntry(EntryKind.ETTERPROEVING, result.entry.case_id, created, content)
    appended = parts.journal.append(entry, salt=parts.sources.new_salt())
    return appended.entry.receipt if isinstance(appended, AlreadyAppended) else appended
