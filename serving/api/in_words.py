"""What every route that tells a stored case in words does: find, tell, write down who sees it, answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from serving.access.access_log import Hendelse
from serving.api.negotiation import Form, form_of, in_form, languages_of
from serving.api.routes import case_id_of, log_view
from serving.journal import StoredEntry
from serving.pages.tekst import Del, as_html, as_text
from serving.parts import Parts
from serving.telling import readable_entry
from serving.wire.scalars import Wire


@dataclass(frozen=True, slots=True)
class InWords:
    """A text in one language: as it stands on the wire, and as the parts people read.

    `shows_also` names the other cases it tells of.
    """

    spraak: str
    svar: Wire
    deler: tuple[Del, ...]
    shows_also: tuple[UUID, ...] = ()

    def bytes_in(self, form: Form) -> bytes:
        """The same content in one of the forms."""
        match form:
            case Form.JSON:
                return self.svar.model_dump_json(by_alias=True).encode()
            case Form.TEXT:
                return as_text(self.deler)
            case Form.HTML:
                return as_html(self.deler, self.spraak)


Tell = Callable[[StoredEntry, Sequence[str]], InWords]
"""Tells an entry in the first of these languages that it can be told in."""


async def answer_in_words(request: Request, parts: Parts, tell: Tell) -> Response:
    """Answer with a text in the form and language asked for, once it is written down who is to see it."""
    form, wanted, case_id = form_of(request), languages_of(request), case_id_of(request)

    def work() -> tuple[InWords, bytes]:
        told = tell(readable_entry(case_id, parts), wanted)
        return told, told.bytes_in(form)

    told, body = await run_in_threadpool(work)
    for seen in (case_id, *told.shows_also):
        await log_view(Hendelse.ACCESS, seen, request, request.state.caller, parts)
    return in_form(request, body, form, told.spraak)
