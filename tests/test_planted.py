"""Nobody in the exhaust: identities written wherever a caller can write, looked for in all that leaves.

What leaves is every answer with its headers, every log line, what is printed, and what the platform
reads under /internal. By contract two texts come back as they were sent and are not planted in: a
call id of safe form, and the reason a person gives for the stop switch.
"""

import asyncio
import json
import logging
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from serving.identity.roles import ACCESS
from serving.telemetry.log import JsonLines
from tests.api_fixtures import broken
from tests.builders import API, JSON, LOCAL, a_request, a_service
from tests.guarded import Guarded, a_guarded_service, bearer
from tests.journals import connected

IDENTITIES = (
    "13019012345", "530190 12345", "13819012345", "13419012345", "130190-12345", "１３０１９０１２３４５",
    "2012345678901", "201712345678", "Z990123", "z990124", "Ola Nordmann", "Åse Bjørnsønn-Grønli",
    "Nordmann, Kari", "Storgata 12 B, 0155 Oslo", "Ole Bulls plass 9, 5012 Bergen",
    "kari.nordmann@example.no", "+47 912 34 567", "f. 13.01.1990 i Bodø", "1234 56 78903",
    "Kari\u00a0Nordmann",
)  # fmt: skip
"""Fødselsnummer and D-, H- and test numbers in several spellings, aktør-id, DUF number, NAV-idents, names,
addresses, e-mail, telephone, birth, account. All are invented."""
TURNS = 12
"""Every place of every route meets one identity in so many; every identity meets every place."""
STOP = "/api/v1/drift/stans"
HEADERS = (
    "authorization", "idempotency-key", "nav-call-id", "x-request-id", "nav-consumer-id", "traceparent",
    "tracestate", "user-agent", "content-type", "content-encoding", "accept", "accept-language",
    "if-none-match", "cookie", "referer", "origin", "host", "x-forwarded-for", "forwarded", "baggage",
    "expect", "range", "te",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """One request with something planted in it."""

    method: str
    url: str
    headers: Mapping[str, bytes]
    content: bytes


def forms_of(identity: str) -> tuple[str, ...]:
    """How it would look if it came out: as it is, escaped, mistaken for another encoding, or packed."""
    raw = identity.encode()
    return (
        identity.lower(),
        quote(identity, safe="").lower(),
        json.dumps(identity)[1:-1].lower(),
        raw.decode("latin-1").lower(),
        raw.hex(),
        urlsafe_b64encode(raw).decode().rstrip("=").lower(),
    )


FORMS = {form: identity for identity in IDENTITIES for form in forms_of(identity)}
ANY_FORM = re.compile("|".join(map(re.escape, FORMS)))


def found_in(text: str) -> set[str]:
    """The identities that stand in a text."""
    return {FORMS[form] for form in ANY_FORM.findall(text.lower())}


# Where a caller can write


def in_addresses(path: str, identity: str) -> Iterator[str]:
    named = quote(identity, safe="")
    yield path.replace("{id}", named)
    yield f"{path}/{named}".replace("{id}", named)
    yield f"{path}?fnr={named}&{named}=1".replace("{id}", "1")


def in_bodies(request: Mapping[str, Any], identity: str) -> Iterator[bytes]:
    """At every place of a body, as value, as name, and in what cannot be read at all."""
    for place, _ in places_of(request):
        yield json.dumps(replaced(request, place, identity)).encode()
        yield json.dumps(replaced(request, place, {identity: identity}), ensure_ascii=False).encode()
    whole = json.dumps(request).encode()
    written = json.dumps(identity, ensure_ascii=False).encode()
    yield whole[:-1] + b", " + written + b": 1}"
    yield whole[:40] + written + whole[40:]
    yield written + b": " + whole
    yield written[:-1]
    yield identity.encode()
    yield identity.encode("latin-1", "replace")
    yield whole[:-1] + b", " + b"[" * 50 + written
    yield written * (66_000 // len(written))


def places_of(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The path of every value in a body but the whole, and what stands there."""
    inside = value.items() if isinstance(value, Mapping) else enumerate(value)
    for step, inner in inside:
        yield (*path, step), inner
        if isinstance(inner, Mapping | list):
            yield from places_of(inner, (*path, step))


def replaced(request: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy with another value at one place."""
    copy = json.loads(json.dumps(request))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return copy


Headers = Callable[[str, str], Mapping[str, str]]
"""The ordinary headers of a route, by method and path."""


def asks(headers: Headers) -> Iterator[Ask]:
    """Every place of every route, by turns with some of the identities: each meets every place."""
    for number, identity in enumerate(IDENTITIES):
        for turn, (method, path) in enumerate(ACCESS):
            everywhere = list(in_route(method, path, identity, _raw(headers(method, path))))
            yield from everywhere[(number + turn) % TURNS :: TURNS]
        posted = _raw(headers("POST", API))
        bodies = list(in_bodies(a_request(), identity))
        for body in bodies[number % TURNS :: TURNS]:
            yield Ask("POST", API, posted, body)
        stream = _raw(headers("POST", f"{API}:parti"))
        yield Ask("POST", f"{API}:parti", stream, b"\n".join(bodies))
        for body in in_bodies({"stanset": False}, identity):
            yield Ask("PUT", STOP, _raw(headers("PUT", STOP)), body)
        yield Ask(quote(identity, safe=""), API, {}, b"")


def in_route(method: str, path: str, identity: str, ordinary: Mapping[str, bytes]) -> Iterator[Ask]:
    """In address and headers; a route that takes a body gets an ordinary one."""
    content = json.dumps(a_request()).encode() if method == "POST" else b""
    for url in in_addresses(path, identity):
        yield Ask(method, url, ordinary, content)
    for name in HEADERS:
        scheme = "Bearer " if name == "authorization" else ""
        yield Ask(method, path, {**ordinary, name: f"{scheme}{identity}".encode()}, content)
    yield Ask(method, path, {**ordinary, f"x-{quote(identity, safe='')}": b"1"}, content)


def _raw(headers: Mapping[str, str]) -> Mapping[str, bytes]:
    return {name.lower(): value.encode() for name, value in headers.items()}


def _encoded(headers: Mapping[str, bytes]) -> Mapping[bytes, bytes]:
    return {name.encode(): value for name, value in headers.items()}


# What leaves


@contextmanager
def logged() -> Iterator[StringIO]:
    """Every line that the service would log, libraries too, from INFO."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the client of this test logs its own addresses
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def left(app: FastAPI, requests: Iterator[Ask]) -> dict[str, Ask]:
    """Ask them all; every identity that was seen in an answer, and the request behind it."""

    async def ask_all() -> dict[str, Ask]:
        seen: dict[str, Ask] = {}
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as client:
            for ask in requests:
                answer = await client.request(
                    ask.method, ask.url, headers=_encoded(ask.headers), content=ask.content
                )
                told = f"{answer.headers.multi_items()} {answer.content.decode('utf-8', 'replace')}"
                seen |= dict.fromkeys(found_in(told), ask)
            for path in ("/internal/isReady", "/internal/metrics"):
                told = (await client.get(path)).text
                seen |= dict.fromkeys(found_in(told), Ask("GET", path, {}, b""))
        return seen

    return asyncio.run(ask_all())


def headers_for(guarded: Guarded | None) -> Headers:
    """What an ordinary caller of a route sends; without a service that wants one, no token."""
    tokens = {
        route: bearer(guarded.token_of(max(roles)) if guarded and roles else None)
        for route, roles in ACCESS.items()
    }

    def headers(method: str, path: str) -> Mapping[str, str]:
        kind = {"Content-Type": "application/x-ndjson"} if path.endswith(":parti") else JSON
        return kind | tokens[method, path]

    return headers


@contextmanager
def nothing_printed(capsys: pytest.CaptureFixture[str], *, least: int) -> Iterator[None]:
    """Hold what is logged and printed meanwhile against the identities; so many requests at least."""
    with logged() as log:
        yield
    printed = capsys.readouterr()
    assert found_in(log.getvalue()) == set()
    assert found_in(printed.out + printed.err) == set()
    assert log.getvalue().count("request_answered") > least


def test_an_identity_that_came_out_would_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    for identity in IDENTITIES:
        assert all(found_in(f"<{form}>") for form in forms_of(identity)), identity
    assert found_in("") == found_in("2026-05-12T08:14:00Z") == set()
    with pytest.raises(AssertionError), nothing_printed(capsys, least=-1):
        logging.getLogger("sqlalchemy.pool").warning("no answer for Ola Nordmann")


def test_no_identity_leaves_by_any_route(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (
        a_guarded_service(tmp_path / "j.db", base_url=LOCAL) as guarded,
        nothing_printed(capsys, least=700),
    ):
        assert left(guarded.service.app, asks(headers_for(guarded))) == {}


def test_no_identity_leaves_without_a_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (
        a_guarded_service(tmp_path / "j.db", base_url=LOCAL) as guarded,
        nothing_printed(capsys, least=250),
    ):
        assert left(guarded.service.app, islice(asks(headers_for(None)), 0, None, 3)) == {}


def test_no_identity_leaves_while_the_database_refuses_every_statement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with a_service(tmp_path / "j.db") as service, nothing_printed(capsys, least=120):
        with connected(tmp_path / "j.db") as console:
            console.execute("ALTER TABLE innhold RENAME TO borte")
        assert left(service.app, islice(asks(headers_for(None)), 0, None, 6)) == {}


def test_no_identity_leaves_by_a_defect_of_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with a_service(tmp_path / "j.db", broken()) as service, nothing_printed(capsys, least=120):
        assert left(service.app, islice(asks(headers_for(None)), 0, None, 6)) == {}


@pytest.mark.parametrize(
    "claim", ["sub", "NAVident", "name", "preferred_username", "pid", "azp", "groups", "iss"]
)
def test_no_identity_leaves_out_of_a_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], claim: str
) -> None:
    with a_guarded_service(tmp_path / "j.db", base_url=LOCAL) as guarded, nothing_printed(capsys, least=20):
        as_claim = (lambda identity: [identity]) if claim == "groups" else str
        tokens = [
            guarded.entra.token(guarded.entra.person(**{claim: as_claim(identity)}))
            for identity in IDENTITIES
        ]
        planted = (Ask("GET", f"{API}/{UUID(int=1)}", _raw(bearer(token)), b"") for token in tokens)
        assert left(guarded.service.app, planted) == {}
