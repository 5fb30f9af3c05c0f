"""For the tests of what people say of a case: some who say it, and a service they say it to."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from models.approved import Approved
from serving.app import create_app
from serving.identity.caller import Caller as SomeCaller
from serving.identity.roles import Rolle
from serving.parts import Parts
from serving.revisjon.kilder import Hyller
from serving.wire.vurdering_schemas import VURDERING
from tests.builders import API, JSON, Caller, a_request, an_approved, body_of, some_parts
from tests.journals import Place, opened, rows

KARI = SomeCaller("modia", "Z990001")
OLA = SomeCaller("modia", "Z990002")
REVISOR = SomeCaller("revisjon", "Z990003")
MACHINE = SomeCaller("modia")
TEXT = "Har avtalt jobb fra august og trenger lite hjelp."


def a_vurdering(innsatsgruppe: str = "GODE_MULIGHETER", tekst: str = TEXT, **changes: Any) -> dict[str, Any]:
    """The contract's own example; `changes` replace fields at the top."""
    ordinary = deepcopy(VURDERING) | {"innsatsgruppe": innsatsgruppe}
    ordinary["grunn"] = {"kode": "SAMTALEN_MED_PERSONEN", "tekst": tekst}
    return ordinary | changes


async def as_they_say(authorization: Sequence[bytes], _roles: frozenset[Rolle]) -> SomeCaller:
    """A gate that believes everybody, at every route: a system, and behind a blank who asks for it."""
    system, _, ident = authorization[0].decode().partition(" ")
    return SomeCaller(system, ident or None)


class Desk:
    """A service behind such a gate."""

    def __init__(self, parts: Parts, path: Place) -> None:
        self.parts = parts
        self.path = path
        self._service = Caller(create_app(parts, admission=as_they_say))

    def ask(
        self, who: SomeCaller, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        content = None if body is None else body if isinstance(body, bytes) else body_of(body)
        said = {"Authorization": f"{who.system} {who.nav_ident or ''}".strip()}
        return self._service.ask(method, path, content=content, headers={**JSON, **said, **headers})

    def profiled(self, request: Mapping[str, Any] | None = None) -> str:
        """Have somebody profiled by a machine; gives the id."""
        answer = self.ask(MACHINE, "POST", API, dict(request or a_request(periodeId=str(uuid4()))))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def concluded(
        self, case: str, vurdering: Any = None, who: SomeCaller = KARI, *, key: str | None = None
    ) -> httpx.Response:
        """Somebody writes a vurdering."""
        body = a_vurdering() if vurdering is None else vurdering
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.ask(who, "POST", f"{API}/{case}/vurdering", body, **headers)

    def journaled(self, slag: str) -> list[dict[str, Any]]:
        """The contents of every entry of a kind, in order."""
        query = "SELECT slag, bytes FROM innhold JOIN innfoersel USING (nummer) ORDER BY nummer"
        return [json.loads(content) for kind, content in rows(self.path, query) if kind == slag]


@contextmanager
def a_desk(
    path: Path,
    approved: Approved | None = None,
    *,
    overvaaking: Path | None = None,
    clock: Callable[[], datetime] | None = None,
    hyller: Hyller | None = None,
) -> Iterator[Desk]:
    approved = approved or an_approved()
    with opened(path) as journal:
        parts = some_parts(journal, approved)
        sources = replace(parts.sources, new_id=uuid4, clock=clock or parts.sources.clock)
        hyller = hyller or parts.revisjon.hyller
        revisjon = replace(parts.revisjon, overvaaking=overvaaking, hyller=hyller)
        yield Desk(
            replace(parts, sources=sources, revisjon=revisjon, approved_of=lambda _digests: approved), path
        )
