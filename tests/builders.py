"""Builders for the service: an ordinary request, and a service that answers with a model made by hand."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from models.approved import Approved
from profilering.assess import Basis
from profilering.errors import SetupError
from profilering.registrering import Registrering
from serving.access.access_log import AccessLog
from serving.answering import Answer
from serving.app import create_app
from serving.asking import Asked, answer_each
from serving.identity.caller import Caller as SomeCaller
from serving.identity.gate import Admission
from serving.identity.roles import Rolle
from serving.journal import Journal
from serving.journal.verify import verify_journal
from serving.parts import Parts, Sources
from serving.revisjon.bevis import Sjekkpunkter
from serving.revisjon.kilder import Revisjonskilder
from serving.revisjon.saksliste import Saksliste
from serving.upkeep.standing import NotApproved, Standing
from serving.upkeep.stop import StopSwitch
from serving.wire.examples import REQUEST
from serving.wire.reading import forespoersel_of, registrering_of
from tests.journals import opened
from tests.make import a_basis

API = "/api/v1/profileringer"
LOCAL = "http://127.0.0.1:8080"
JSON = {"Content-Type": "application/json"}
NOW = datetime(2026, 5, 12, 8, 14, 1, 250_000, tzinfo=UTC)


def a_request(**changes: Any) -> dict[str, Any]:
    """The contract's own example; `changes` replace fields at the top."""
    return {**deepcopy(dict(REQUEST)), **changes}


def with_answers(**changes: Any) -> dict[str, Any]:
    """The ordinary request with other opplysninger: utdanning, helse, jobbsituasjon, annet, sendtInnAv."""
    request = a_request()
    request["opplysningerOmArbeidssoeker"] |= changes
    return request


def with_history(**changes: Any) -> dict[str, Any]:
    """The ordinary request with other answers from the registers."""
    request = a_request()
    request["historikk"] |= changes
    return request


def with_situations(*codes: str, **details: str) -> dict[str, Any]:
    """The ordinary request with these job situations, each with the same details."""
    stated = [{"beskrivelse": code, "detaljer": details} for code in codes]
    return with_answers(jobbsituasjon={"beskrivelser": stated})


def understood(request: dict[str, Any]) -> Registrering:
    """What the service reads out of a request."""
    return registrering_of(forespoersel_of(request))


def body_of(request: dict[str, Any]) -> bytes:
    return json.dumps(request, ensure_ascii=False).encode()


def an_approved(basis: Basis | None = None) -> Approved:
    """The model made by hand, approved, and trained on nobody real."""
    digests = {
        name: "sha256:" + 64 * digit
        for name, digit in zip(("bundle", "policy", "tekster"), "123", strict=True)
    }
    return Approved(basis or a_basis(), "test-1", digests, synthetic=True)


def some_sources() -> Sources:
    """Time stands still, ids count upwards from one, and the timer ticks once a call."""
    ids, ticks = count(1), count()
    return Sources(
        clock=lambda: NOW,
        timer=lambda: float(next(ticks)),
        new_id=lambda: UUID(int=next(ids)),
        new_salt=lambda: bytes(range(32)),
    )


def some_parts(
    journal: Journal, approved: Approved | NotApproved | None = None, sources: Sources | None = None
) -> Parts:
    sources = sources or some_sources()
    return Parts(
        standing=Standing(approved or an_approved()),
        stop=StopSwitch(journal, sources.timer),
        journal=journal,
        access=AccessLog(journal, lambda _line: None),
        approved_of=nothing_archived,
        sources=sources,
        code_digest="sha256:test",
        revisjon=some_revisjon(journal),
    )


def some_revisjon(journal: Journal) -> Revisjonskilder:
    """The list of a journal in a file beside it, or of one in a database in a folder of its own."""
    beside = mkdtemp() + "/journal" if "://" in journal.place else journal.place
    kontroll = partial(verify_journal, journal.place, checkpoints=None, trusted_keys=[])
    saksliste = Saksliste(Path(f"{beside}.saksliste"), journal.place)
    return Revisjonskilder(saksliste, kontroll, Sjekkpunkter(None, ()))


def nothing_archived(_digests: Mapping[str, str]) -> Approved:
    """The archive of a service that has kept nothing."""
    raise SetupError("the archive holds nothing")


def letting_in(caller: SomeCaller) -> Admission:
    """A gate behind which everybody is this caller."""

    async def admission(_authorization: Sequence[bytes], _roles: frozenset[Rolle]) -> SomeCaller:
        return caller

    return admission


@dataclass(frozen=True, slots=True)
class Caller:
    """Asks a service over ASGI as a program on the same machine does.

    Starlette's own test client wants a package this project does not have.
    """

    app: FastAPI
    base_url: str = LOCAL

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send one request; `request` is what httpx takes (content, headers)."""

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=self.base_url) as client:
                return await client.request(method, path, **request)

        return asyncio.run(once())

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def post(self, request: dict[str, Any] | bytes, **headers: str) -> httpx.Response:
        """Ask for a profilering."""
        content = request if isinstance(request, bytes) else body_of(request)
        return self.ask("POST", API, content=content, headers={**JSON, **headers})


@contextmanager
def a_service(
    place: str | Path, approved: Approved | NotApproved | None = None, *, timeout_seconds: float = 5.0
) -> Iterator[Caller]:
    """A running service with its journal at `place`."""
    with opened(place, timeout_seconds=timeout_seconds) as journal:
        yield Caller(create_app(some_parts(journal, approved)))


def profile(body: bytes, key: str | None, caller: SomeCaller, parts: Parts) -> Answer:
    """Answer one request as `answer_each` does. Raises what that has in its place."""
    (result,) = answer_each([Asked(body, caller, key)], parts, parts.traces.step)
    if isinstance(result, Exception):
        raise result
    return result
