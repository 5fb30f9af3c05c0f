"""Insight for the person, through the veileder: what was used, what it did, and how to object (REQ-25–27)."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from profilering.innsyn import Laget, innsyn_i
from serving.api.in_words import InWords, answer_in_words
from serving.api.text_docs import text_docs
from serving.journal import EntryKind, StoredEntry
from serving.journal.retention import Retention
from serving.parts import Parts
from serving.stored import StoredCase
from serving.telling import opened
from serving.wire.reading import OSLO
from serving.wire.text_schemas import INSIGHT, InnsynSvar
from serving.wire.text_writing import avsnitt_ut

DOCS = text_docs("The text for the person.", INSIGHT)


def innsyn_routes(parts: Parts, retention: Retention) -> APIRouter:
    """The route of insight; `retention` says for how long a case is kept."""
    router = APIRouter(prefix="/api/v1", tags=["profilering"])

    @router.get("/profileringer/{id}/innsyn", response_model=InnsynSvar, **DOCS)
    async def get_innsyn(request: Request) -> Response:
        """Read what the person can be told of their own case, written to the person."""
        return await answer_in_words(request, parts, partial(_insight, parts, retention))

    return router


def _insight(parts: Parts, retention: Retention, entry: StoredEntry, wanted: Sequence[str]) -> InWords:
    open_case = opened(entry, parts)
    tekster = open_case.tekster(wanted, "innsyn")
    case = open_case.case
    avsnitt = innsyn_i(case.registrering, open_case.told(tekster), _made(case, retention), tekster)
    svar = InnsynSvar(id=entry.case_id, spraak=tekster.spraak, avsnitt=avsnitt_ut(avsnitt))
    return InWords(tekster.spraak, svar, avsnitt)


def _made(case: StoredCase, retention: Retention) -> Laget:
    return Laget(
        dag=case.entry.created.astimezone(OSLO).date(),
        modell=case.versjoner["modell"],
        policy=case.versjoner["policy"],
        tekster=case.versjoner["tekster"],
        lagres_maaneder=retention.months[EntryKind.PROFILERING],
    )
