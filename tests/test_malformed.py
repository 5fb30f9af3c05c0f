"""Bodies that no honest program sends, and requests that two readers would read differently.

Every body is refused with 400, 413, 415 or 422 and a problem that repeats none of it, and the journal
stays empty. Over a real connection one request gets at most one answer, and nothing that was hidden in
it is ever executed.
"""

import asyncio
import gzip
import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.api.stop_route import EXAMPLE
from serving.edge.protocol import BoundedProtocol
from tests.api_fixtures import SECRET, code, contents
from tests.builders import API, JSON, LOCAL, a_request, a_service
from tests.test_planted import places_of, replaced

STOP = "/api/v1/drift/stans"
REFUSALS = {400, 413, 415, 422}
ELEVEN = "13019012345"
MARK = "@@mark@@"

ANYWHERE: Mapping[str, bytes] = {
    "not a number": b"NaN",
    "infinite": b"-Infinity",
    "too large a number": b"1e999",
    "number with a zero in front": b"012",
    "number with a plus": b"+1",
    "hexadecimal": b"0x1F",
    "a word": b"hemmelig",
    "single quotes": b"'hemmelig'",
    "Python's truth": b"True",
    "undefined": b"undefined",
    "comment": b'/* hemmelig */ "x"',
    "a comma": b",",
    "two values": b'"hemmelig" "hemmelig"',
    "trailing comma": b'"hemmelig",',
    "eleven digits as text": f'"{ELEVEN}"'.encode(),
    "eleven digits as number": ELEVEN.encode(),
    "NUL": rb'"hemmelig\u0000"',
    "control character": b'"hemmelig\x01"',
    "line feed": rb'"hemmelig\nX-Ond: 1"',
    "half a pair": rb'"hemmelig\ud800"',
    "bad escape": rb'"hemmelig\x41"',
    "bytes that are no text": b'"hemmelig\xff"',
    "overlong": b'"hemmelig\xc0\x80"',
    "a field twice": b'{"hemmelig": 1, "hemmelig": 2}',
    "deep lists": b"[" * 100 + b"]" * 100,
    "deep objects": b'{"hemmelig":' * 100 + b"1" + b"}" * 100,
    "huge text": b'"' + b"hemmelig" * 9_000 + b'"',
    "huge number": b"9" * 5_000,
    "text without an end": b'"hemmelig',
    "list without an end": b"[",
}
"""What is wrong at every place of every body."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One bad request, and what it is called."""

    what: str
    content: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)


def bad_bodies(request: dict[str, Any]) -> Iterator[Sent]:
    """Every family at every place, every wrong type, and what is wrong with the whole."""
    whole = json.dumps(request).encode()
    for place, value in places_of(request):
        marked = json.dumps(replaced(request, place, MARK)).encode()
        for what, raw in ANYWHERE.items():
            yield Sent(f"{what} at {place}", marked.replace(json.dumps(MARK).encode(), raw))
        wrong = [SECRET] if isinstance(value, dict) else {SECRET: SECRET}
        yield Sent(f"wrong type at {place}", json.dumps(replaced(request, place, wrong)).encode())
    for position in range(0, len(whole) - 1, max(1, len(whole) // 40)):
        yield Sent(f"cut at {position}", whole[:position])
    for name in ("hemmelig", ELEVEN, "", "__proto__", "opplysningerOmArbeidssoeker ", "PERIODEID"):
        yield Sent(f"unknown field {name!r}", json.dumps({**request, name: SECRET}).encode())
    yield from _wrong_as_a_whole(whole)


def _wrong_as_a_whole(whole: bytes) -> Iterator[Sent]:
    text = whole.decode()
    for encoding in ("utf-16", "utf-16-be", "utf-32", "utf-8-sig", "utf-7"):
        yield Sent(encoding, f"{text}æ".encode(encoding) if encoding == "utf-7" else text.encode(encoding))
    for what, raw in {
        "empty": b"", "blank": b" \t\r\n", "twice": whole + whole, "in a list": b"[" + whole + b"]",
        "text of JSON": json.dumps(text).encode(), "NUL after": whole + b"\x00",
        "word after": whole + b"hemmelig",
        "JSONP": b"hemmelig(" + whole + b")", "guarded": b")]}',\n" + whole, "XML": b"<hemmelig/>",
        "form": b"hemmelig=1&a=2", "YAML": b"hemmelig: 1\n", "number": b"1", "null": b"null",
        "zip": gzip.compress(whole),
        "one byte too large": whole.ljust(65_537), "a million blanks": whole.ljust(1_000_000),
    }.items():  # fmt: skip
        yield Sent(what, raw)
    for kind in (
        "", "text/plain", "text/json", "application/json; charset=latin-1", "application/json, text/plain",
        "application/x-www-form-urlencoded", "multipart/form-data; boundary=hemmelig", "application/xml",
        "application/json; hemmelig=1", "application/jsonhemmelig", "application/x-ndjson", "*/*",
    ):  # fmt: skip
        yield Sent(f"sent as {kind!r}", whole, {"Content-Type": kind})
    for coding in ("gzip", "br", "deflate", "identity, gzip", "hemmelig"):
        yield Sent(f"coded as {coding}", whole, {**JSON, "Content-Encoding": coding})


def wrongly_answered(app: FastAPI, method: str, path: str, bad: list[Sent]) -> list[tuple[str, int]]:
    """Those that were not refused as they should be."""

    async def ask_all() -> list[tuple[str, int]]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as client:
            answers = [
                (
                    sent.what,
                    await client.request(method, path, content=sent.content, headers=dict(sent.headers)),
                )
                for sent in bad
            ]
        return [(what, answer.status_code) for what, answer in answers if not _is_refused(answer)]

    return asyncio.run(ask_all())


def _is_refused(answer: httpx.Response) -> bool:
    told = f"{answer.headers.multi_items()} {answer.text}"
    clean = SECRET not in told and ELEVEN not in told and "x-ond" not in answer.headers
    return answer.status_code in REFUSALS and bool(code(answer)) and clean


@pytest.mark.parametrize(
    ("method", "path", "request_"), [("POST", API, a_request()), ("PUT", STOP, EXAMPLE)], ids=["POST", "PUT"]
)
def test_no_malformed_body_is_taken(tmp_path: Path, method: str, path: str, request_: dict[str, Any]) -> None:
    bad = list(bad_bodies(request_))
    assert len(bad) == len({sent.what for sent in bad})
    assert len(bad) >= (1_000 if method == "POST" else 100)
    with a_service(tmp_path / "j.db") as service:
        assert wrongly_answered(service.app, method, path, bad) == []
        good = service.ask(method, path, content=json.dumps(request_).encode(), headers=JSON)
    assert good.status_code in {200, 201}
    assert len(contents(tmp_path / "j.db")) == 1


# Over a real connection

HOST = b"Host: 127.0.0.1\r\n"
HIDDEN = b"GET /internal/isAlive?skjult HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
POST = f"POST {API} HTTP/1.1\r\n".encode() + HOST + b"Content-Type: application/json\r\n"
IN_CHUNKS = b"Transfer-Encoding: chunked\r\n"


def _with_length(length: bytes, *more: bytes, body: bytes = b"") -> bytes:
    return POST + b"Content-Length: " + length + b"\r\n" + b"".join(more) + b"\r\n" + body


ATTEMPTS: Mapping[str, bytes] = {
    "length and chunks": _with_length(b"4", IN_CHUNKS, body=b"0\r\n\r\n" + HIDDEN),
    "chunks and length": POST + IN_CHUNKS + b"Content-Length: 4\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two lengths": _with_length(b"2", b"Content-Length: 40\r\n", body=b"{}" + HIDDEN),
    "two equal lengths": _with_length(b"2", b"Content-Length: 2\r\n", body=b"{}" + HIDDEN),
    "a list of lengths": _with_length(b"2, 40", body=b"{}" + HIDDEN),
    "negative length": _with_length(b"-1", body=HIDDEN),
    "length with a plus": _with_length(b"+2", body=b"{}" + HIDDEN),
    "hexadecimal length": _with_length(b"0x2", body=b"{}" + HIDDEN),
    "huge length": _with_length(b"9" * 30, body=HIDDEN),
    "length with a blank inside": _with_length(b"2 0", body=b"{}" + HIDDEN),
    "blank before the colon": POST + b"Content-Length : 2\r\n\r\n{}" + HIDDEN,
    "length on a folded line": POST + b"X-A: 1\r\n Content-Length: 2\r\n\r\n{}" + HIDDEN,
    "folded length": POST + b"Content-Length:\r\n 2\r\n\r\n{}" + HIDDEN,
    "chunks spelled oddly": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks twice": POST + IN_CHUNKS + IN_CHUNKS + b"\r\n0\r\n\r\n" + HIDDEN,
    "chunks by a control character": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "bare line feeds": POST.replace(b"\r\n", b"\n") + b"\n" + HIDDEN,
    "a bare carriage return": POST + b"X-A: 1\rContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "NUL in a header": POST + b"X-A: a\x00b\r\n\r\n" + HIDDEN,
    "NUL in a name": POST + b"X-\x00A: a\r\n\r\n" + HIDDEN,
    "blank in a name": POST + b"X A: a\r\n\r\n" + HIDDEN,
    "header without a name": POST + b": a\r\n\r\n" + HIDDEN,
    "header without a colon": POST + b"X-A\r\n\r\n" + HIDDEN,
    "negative chunk": POST + IN_CHUNKS + b"\r\n-1\r\n\r\n" + HIDDEN,
    "chunk of no size": POST + IN_CHUNKS + b"\r\nzz\r\n\r\n" + HIDDEN,
    "chunk larger than numbers go": POST + IN_CHUNKS + b"\r\n" + b"f" * 20 + b"\r\n" + HIDDEN,
    "chunk that ends elsewhere": POST + IN_CHUNKS + b"\r\n2\r\n{}xx\r\n0\r\n\r\n" + HIDDEN,
    "huge chunk extension": POST + IN_CHUNKS + b"\r\n2;" + b"a" * 200_000 + b"\r\n{}\r\n0\r\n\r\n",
    "chunks over the limit": POST + IN_CHUNKS + b"\r\n" + (b"4000\r\n" + b" " * 0x4000 + b"\r\n") * 20,
    "expectation and too much": _with_length(b"10000000", b"Expect: 100-continue\r\n"),
    "unknown expectation": _with_length(b"2", b"Expect: hemmelig\r\n", body=b"{}"),
    "no method": b" " + API.encode() + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "blank in the target": b"GET /internal/isAlive /x HTTP/1.1\r\n" + HOST + b"\r\n",
    "another host by its whole address": b"GET http://evil.example/internal/isAlive HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /internal/isAlive HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n",
    "no host": b"GET /internal/isAlive HTTP/1.1\r\n\r\n",
    "way out of the path": b"GET /api/v1/../../internal/isAlive HTTP/1.1\r\n" + HOST + b"\r\n",
    "authority": b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "next version": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "unknown version": b"GET /internal/isAlive HTTP/9.9\r\n" + HOST + b"\r\n",
    "no version": b"GET /internal/isAlive\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "refused with its body unread": (
        b"POST /finnes-ikke HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN
    ),
    "injected by an id": (
        b"GET /finnes-ikke HTTP/1.1\r\n" + HOST + b"Nav-Call-Id: a%0d%0aX-Ond: 1\r\nTraceparent: b\tc\r\n\r\n"
    ),
    "injected by a query": b"GET /internal/x?%0d%0aX-Ond:%201 HTTP/1.1\r\n" + HOST + b"\r\n",
}  # fmt: skip


class Listed:
    """The app, with a list of what reached it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.reached: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.reached.append(
                f"{scope['method']} {scope['path']}?{scope['query_string'].decode('latin-1')}"
            )
        await self.app(scope, receive, send)


@pytest.fixture(scope="module", params=[BoundedProtocol, HttpToolsProtocol])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Listed, int, Path]]:
    """Ours, and the one it is made of: that one would read on after a first request."""
    place = tmp_path_factory.mktemp("wire") / "j.db"
    with a_service(place) as service, socket.create_server(("127.0.0.1", 0)) as listener:
        app = Listed(service.app)
        config = uvicorn.Config(
            app, http=request.param, ws="none", lifespan="off", log_config=None, server_header=False
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        yield app, listener.getsockname()[1], place
        server.should_exit = True
        thread.join(10)


def answered(port: int, raw: bytes, *, wait_seconds: float = 0.12) -> bytes:
    """Send all of it; what comes back until the other end is silent or gone."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(wait_seconds)
        said = b""
        try:
            connection.sendall(raw)
            while part := connection.recv(65_536):
                said += part
        except (TimeoutError, ConnectionError):
            pass
    return said


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_request_with_two_readings_has_none(served: tuple[Listed, int, Path], attempt: str) -> None:
    app, port, place = served
    app.reached.clear()
    said = answered(port, ATTEMPTS[attempt])
    heads = [part[:3] for part in said.split(b"HTTP/1.1 ")[1:]]
    assert len(heads) <= 1 and all(b"400" <= status < b"500" for status in heads), said
    assert not any("skjult" in reached for reached in app.reached) and len(app.reached) <= 1
    assert SECRET.encode() not in said and b"x-ond" not in said.lower()
    assert contents(place) == []


def test_the_same_rig_sees_two_requests_where_there_are_two(
    request: pytest.FixtureRequest, served: tuple[Listed, int, Path]
) -> None:
    app, port, _ = served
    app.reached.clear()
    said = answered(port, _with_length(b"2", body=b"{}") + HIDDEN, wait_seconds=5)
    reads_on = request.node.callspec.params["served"] is HttpToolsProtocol
    assert said.count(b"HTTP/1.1 ") == len(app.reached) == 1 + reads_on
    assert [("skjult" in reached) for reached in app.reached] == [False, True][: 1 + reads_on]
