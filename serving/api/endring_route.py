"""What changed from the profilering that this one was made in the place of (REQ-25)."""

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType

from fastapi import APIRouter, Request
from starlette.responses import Response

from profilering.endring import Told, endring_mellom
from profilering.tekster import Tekster
from serving.api.in_words import InWords, answer_in_words
from serving.api.text_docs import text_docs
from serving.journal import StoredEntry
from serving.parts import Parts
from serving.telling import OpenCase, opened, readable_entry
from serving.wire.problems import Problem, RefusedError
from serving.wire.text_schemas import CHANGE, EndringSvar
from serving.wire.text_writing import endring_ut

NO_PREDECESSOR = Problem(
    "erstatter-ingen",
    404,
    "Erstatter ingen",
    "Profileringen er ikke laget i stedet for en annen. Da er det ingenting å sammenligne med.",
)
DOCS = text_docs("The difference; equal is said as equal.", CHANGE, NO_PREDECESSOR)


def endring_routes(parts: Parts) -> APIRouter:
    """The route of the difference."""
    router = APIRouter(prefix="/api/v1", tags=["profilering"])

    @router.get("/profileringer/{id}/endring", response_model=EndringSvar, **DOCS)
    async def get_endring(request: Request) -> Response:
        """Read what changed in facts, in numbers and in the forslag when a case was made again."""
        return await answer_in_words(request, parts, partial(_difference, parts))

    return router


def _difference(parts: Parts, entry: StoredEntry, wanted: Sequence[str]) -> InWords:
    """Both told in the words of the later day; the earlier must still be there, and be readable."""
    after = opened(entry, parts)
    replaced = after.case.forespoersel.erstatter
    if replaced is None:
        raise RefusedError(NO_PREDECESSOR)
    before = opened(readable_entry(replaced, parts), parts)
    tekster = after.tekster(wanted, "endring")
    endring = endring_mellom(_told(before, tekster), _told(after, tekster), tekster)
    svar = endring_ut(endring, entry.case_id, replaced)
    return InWords(tekster.spraak, svar, endring.avsnitt, shows_also=(replaced,))


def _told(open_case: OpenCase, tekster: Tekster) -> Told:
    case = open_case.case
    digester: Mapping[str, str] = MappingProxyType(
        {"modell": case.digester.bundle, "policy": case.digester.policy, "tekster": case.digester.tekster}
    )
    return Told(case.registrering, open_case.told(tekster), open_case.approved.basis.policy, digester)
