"""The explanation of a stored case: as the veileder read it, or for a revisor opened to the last fact.

Who may ask for which level stands in the table of roles, and the gate holds to it.
"""

import json
from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from models.text_file import ANSWERED_IN
from profilering.begrunnelse import Avsnitt
from profilering.innsyn import dag_tekst
from profilering.tekster import Tekster
from profilering.utdypning import utdyp
from serving.api.in_words import InWords, answer_in_words
from serving.api.text_docs import text_docs
from serving.identity.roles import LEVEL
from serving.journal import StoredEntry
from serving.pages.regnestykke import regnestykkene
from serving.parts import Parts
from serving.stored import StoredCase
from serving.telling import opened
from serving.wire.problems import FORBIDDEN, FieldFault, RefusedError, invalid
from serving.wire.text_schemas import SHORT, BegrunnelseSvar, Nivaa
from serving.wire.text_writing import avsnitt_ut, utdypning_ut

UNKNOWN_LEVEL = invalid([FieldFault(f"/{LEVEL}", "Koden er ikke i kodelisten.")])
UNKNOWN_PARAMETER = invalid([FieldFault("", f"Adressen kan bare ha parameteren {LEVEL}.")])
LEVEL_PARAMETER = {
    "name": LEVEL,
    "in": "query",
    "required": False,
    "description": "kort: as the veileder reads it (the default). full: for a revisor alone.",
    "schema": {"type": "string", "enum": [nivaa.value for nivaa in Nivaa], "default": Nivaa.KORT.value},
    "example": "kort",
}
DOCS = text_docs("The explanation.", SHORT, UNKNOWN_LEVEL, FORBIDDEN, parameters=(LEVEL_PARAMETER,))


def begrunnelse_routes(parts: Parts) -> APIRouter:
    """The route of the explanation."""
    router = APIRouter(prefix="/api/v1", tags=["profilering"])

    @router.get("/profileringer/{id}/begrunnelse", response_model=BegrunnelseSvar, **DOCS)
    async def get_begrunnelse(request: Request) -> Response:
        """Read the explanation of a stored profilering, in the language and form asked for."""
        tell = _short if _level(request) is Nivaa.KORT else _full
        return await answer_in_words(request, parts, partial(tell, parts))

    return router


def _level(request: Request) -> Nivaa:
    if request.query_params.keys() - {LEVEL}:
        raise RefusedError(UNKNOWN_PARAMETER)
    asked = request.query_params.getlist(LEVEL) or [Nivaa.KORT.value]
    if len(asked) > 1 or asked[0] not in set(Nivaa):
        raise RefusedError(UNKNOWN_LEVEL)
    return Nivaa(asked[0])


def _short(parts: Parts, entry: StoredEntry, wanted: Sequence[str]) -> InWords:
    """In bokmål word for word as it was shown; in another language told with the texts of that day."""
    spraak, avsnitt = ANSWERED_IN, _as_shown(entry)
    if wanted[0] != ANSWERED_IN:
        case = opened(entry, parts)
        spraak = next(each for each in wanted if case.approved.tekster(each) is not None)
        tekster = case.approved.tekster(spraak)
        if tekster is not None and spraak != ANSWERED_IN:
            avsnitt = case.told(tekster).begrunnelse.avsnitt
    svar = _svar(entry, Nivaa.KORT, spraak, avsnitt)
    return InWords(spraak, svar, avsnitt)


def _full(parts: Parts, entry: StoredEntry, wanted: Sequence[str]) -> InWords:
    opened_case = opened(entry, parts)
    tekster = opened_case.tekster(wanted, "utdypning")
    profilering = opened_case.told(tekster)
    shown = _as_shown(entry) if tekster.spraak == ANSWERED_IN else profilering.begrunnelse.avsnitt
    utdypning = utdyp(profilering, opened_case.approved.basis.policy, tekster)
    case = opened_case.case
    svar = _svar(entry, Nivaa.FULL, tekster.spraak, shown)
    svar = svar.model_copy(update={"utdypning": utdypning_ut(utdypning, case)})
    known = dag_tekst(case.registrering.registrert, tekster)
    sums = regnestykkene(utdypning, known, tekster)
    return InWords(tekster.spraak, svar, (*shown, *sums, _stood_on(case, tekster)))


def _as_shown(entry: StoredEntry) -> tuple[Avsnitt, ...]:
    """The sections that left with the answer, to the letter."""
    shown = json.loads(json.loads(entry.content)["svar"])["begrunnelse"]["avsnitt"]
    return tuple(Avsnitt(each["overskrift"], each["tekst"]) for each in shown)


def _svar(entry: StoredEntry, nivaa: Nivaa, spraak: str, avsnitt: Sequence[Avsnitt]) -> BegrunnelseSvar:
    return BegrunnelseSvar(
        id=entry.case_id, nivaa=nivaa, spraak=spraak, avsnitt=avsnitt_ut(avsnitt), utdypning=None
    )


def _stood_on(case: StoredCase, tekster: Tekster) -> Avsnitt:
    receipt = case.entry.receipt
    versions = (f"{tekster.get('utdypning', name)} {version}" for name, version in case.versjoner.items())
    digests = (f"{name} {digest}" for name, digest in case.digester.model_dump(exclude_none=True).items())
    lines = (*versions, *digests, f"journal {receipt.number} {receipt.digest}")
    return Avsnitt(tekster.get("utdypning", "bygger_paa"), "\n".join(f"– {line}" for line in lines))
