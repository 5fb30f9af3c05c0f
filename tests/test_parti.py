"""Many registreringer in one stream: each line as if it came alone, and never more held than a group."""

import asyncio
import json
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import serving.personas
from profilering.features import NAMES, FeatureRow
from profilering.risk import Risk
from serving.answering import problem_of
from serving.api.parti import GROUP, LineCutter
from serving.api.parti_route import ANSWER_LINES, REQUEST_LINES, parti_routes
from serving.api.routes import MAX_BODY
from serving.identity.caller import LOCAL, Caller
from serving.journal import Journal
from serving.parts import Parts
from serving.upkeep.stop import StopState
from serving.wire.problems import MAX_BYTES, RefusedError, response_of
from tests.api_fixtures import NO_MODEL, SECRET, broken, contents
from tests.builders import a_request, an_approved, body_of, profile, some_parts, some_sources
from tests.journals import intact, opened, rows
from tests.make import a_basis, a_model

NDJSON = (b"content-type", b"application/x-ndjson")
PERSONAS = [
    body_of(json.loads(path.read_bytes()))
    for path in sorted((Path(serving.personas.__file__).parent).glob("P*.json"))
]
"""Invented people, one body each."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with opened(path) as journal:
        yield journal


@dataclass(slots=True)
class Wire:
    """One request as a server hands it over, piece by piece, and all that comes back.

    `before` is called with the number of each piece before it is handed over. Without `ends` the
    client is gone after the last piece.
    """

    pieces: Iterable[bytes]
    ends: bool = True
    before: Callable[[int], None] = lambda _number: None
    headers: Sequence[tuple[bytes, bytes]] = (NDJSON,)
    taken: int = 0
    status: int = 0
    body: bytes = b""
    left: Iterator[bytes] = field(init=False)

    def ask(self, app: ASGIApp) -> list[dict[str, Any]]:
        """Have it out; the lines that came back."""
        self.left = iter(self.pieces)
        asyncio.run(_call(app, _scope(self.headers), self.receive, self.send))
        return self.lines()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.body.splitlines()]

    async def receive(self) -> Message:
        piece = next(self.left, None)
        if piece is None:
            end: Message = {"type": "http.request", "body": b"", "more_body": False}
            return end if self.ends else {"type": "http.disconnect"}
        self.before(self.taken)
        self.taken += 1
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")


def _scope(headers: Sequence[tuple[bytes, bytes]] = (NDJSON,)) -> Scope:
    return {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/profileringer:parti",
        "raw_path": b"",
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "asgi": {"version": "3.0", "spec_version": "2.3"},  # as uvicorn says
    }


async def _call(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


def a_service(parts: Parts, caller: Caller = LOCAL) -> ASGIApp:
    """The route alone, behind a gate that knows who asks."""
    app = FastAPI()
    app.include_router(parti_routes(parts))

    @app.exception_handler(RefusedError)
    async def refused(_: Request, error: RefusedError) -> Response:
        return response_of(error.problem)

    async def gate(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {"caller": caller, "request_id": "et-kall"}
        await app(scope, receive, send)

    return gate


def a_line(number: int = 0) -> bytes:
    """A good line, another one for each number."""
    return body_of(a_request(periodeId=str(UUID(int=number)))) + b"\n"


def alone(body: bytes, parts: Parts) -> tuple[int, bytes]:
    """Status and body of the same request by itself."""
    try:
        return 201, profile(body, None, LOCAL, parts).body
    except Exception as error:
        problem = problem_of(error)
        assert problem is not None
        return problem.status, bytes(response_of(problem).body)


def without_journal(answer: bytes) -> bytes:
    return answer.partition(b',"journal":')[0]


def without_duration(path: Path) -> list[dict[str, Any]]:
    return [{**content, "varighet_ms": None} for content in contents(path)]


# The same answers


def test_a_stream_gets_to_the_byte_what_its_lines_get_one_by_one(
    tmp_path: Path, path: Path, journal: Journal
) -> None:
    wire = Wire([b"\n".join(PERSONAS)])
    wire.ask(a_service(some_parts(journal)))
    other = tmp_path / "other.sqlite"
    with opened(other) as one_by_one:
        parts = some_parts(one_by_one)
        expected = [without_journal(alone(body, parts)[1]) for body in PERSONAS]
    got = wire.body.splitlines()
    assert [line["linje"] for line in wire.lines()] == list(range(1, len(PERSONAS) + 1))
    assert [without_journal(line.partition(b'"svar":')[2]) for line in got] == expected
    assert without_duration(path) == without_duration(other)
    assert intact(path) == len(PERSONAS)


def test_an_answer_in_a_stream_is_the_stored_one(journal: Journal) -> None:
    parts = some_parts(journal)
    wire = Wire([a_line()])
    wire.ask(a_service(parts))
    assert wire.status == 200
    assert wire.body == b'{"linje":1,"status":201,"svar":' + alone(a_line(), parts)[1] + b"}\n"


def test_bad_lines_among_good_ones_get_the_problems_they_would_get_alone(journal: Journal) -> None:
    eleven = body_of(a_request(enhet="01019012345"))
    bad = [
        b'{"hemmelig": ',
        eleven,
        b"",
        b'{"hemmelig": "\xff"}',
        b"[]",
        b'{"hemmelig": 1}',
        body_of(a_request(erstatter=str(UUID(int=99)))),
        b"\xef\xbb\xbf{}",
    ]
    parts = some_parts(journal)
    wire = Wire([b"\n".join([a_line(1)[:-1], *bad, a_line(2)])])
    first, *middle, last = wire.ask(a_service(parts))
    assert (first["status"], last["status"], last["linje"]) == (201, 201, len(bad) + 2)
    for line, body in zip(middle, bad, strict=True):
        status, problem = alone(body, parts)
        assert (line["status"], line["problem"]) == (status, json.loads(problem))
        assert line["problem"]["status"] == status >= 400
    assert SECRET.encode() not in wire.body
    assert b"01019012345" not in wire.body
    assert all(len(line) <= MAX_BYTES + 64 for line in wire.body.splitlines()[1:-1])


def test_a_line_that_is_too_long_is_refused_and_the_next_one_answered(journal: Journal) -> None:
    blanks = b" " * (MAX_BODY - len(a_line()) + 1)
    longest = a_line()[:-1] + blanks
    assert len(longest) == MAX_BODY
    lines = Wire([longest + b"\n" + longest + b" \n" + a_line(1)]).ask(a_service(some_parts(journal)))
    assert [line["status"] for line in lines] == [201, 413, 201]


def test_the_last_line_may_be_blank_or_have_no_end(journal: Journal) -> None:
    app = a_service(some_parts(journal))
    for stream in (a_line() + b"\n", a_line() + b"  ", a_line() + b" \r\n", a_line()[:-1]):
        assert [line["status"] for line in Wire([stream]).ask(app)] == [201]
    assert [line["status"] for line in Wire([a_line() + b"\n\n"]).ask(app)] == [201, 400]
    assert Wire([b""]).ask(app) == Wire([b"\n"]).ask(app) == []


def test_the_contracts_example_runs(journal: Journal) -> None:
    lines = Wire([REQUEST_LINES.encode()]).ask(a_service(some_parts(journal)))
    documented = [json.loads(line) for line in ANSWER_LINES.splitlines()]
    assert [line["status"] for line in lines] == [line["status"] for line in documented]
    assert lines[0]["svar"].keys() == documented[0]["svar"].keys()
    assert lines[1] == documented[1]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"content-type", b"application/json")], 415),
        ([NDJSON, (b"content-encoding", b"gzip")], 415),
        ([], 415),
        ([NDJSON, (b"idempotency-key", b"a")], 400),
    ],
)
def test_what_is_no_batch_is_refused_before_a_line_is_read(
    journal: Journal, headers: list[tuple[bytes, bytes]], status: int
) -> None:
    wire = Wire([a_line()], headers=headers)
    wire.ask(a_service(some_parts(journal)))
    assert (wire.status, wire.taken) == (status, 0)


# How much is held


@given(st.lists(st.binary(max_size=12)), st.integers(1, 9))
def test_lines_are_the_same_however_the_stream_is_cut(bodies: list[bytes], size: int) -> None:
    stream = b"\n".join(body.replace(b"\n", b"") for body in bodies)
    cutter = LineCutter(longest=10)
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    lines = [line for piece in pieces for line in cutter.lines(piece)] + list(cutter.rest())
    expected = stream.split(b"\n")
    if not expected[-1]:
        expected.pop()
    if expected and not expected[-1].strip() and len(expected[-1]) <= 10:
        expected.pop()
    assert [line.body for line in lines] == [body if len(body) <= 10 else None for body in expected]
    assert [line.number for line in lines] == list(range(1, len(expected) + 1))


def test_a_line_without_end_is_not_kept() -> None:
    cutter, piece = LineCutter(), b"x" * 10_000
    tracemalloc.start()
    for _ in range(2_000):
        assert list(cutter.lines(piece)) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MAX_BODY
    assert [line.body for line in cutter.lines(b"\n{}\n")] == [None, b"{}"]


def test_ten_thousand_lines_are_never_read_further_ahead_than_one_piece(journal: Journal) -> None:
    piece = b"{\n" * 50
    ahead: list[int] = []
    wire = Wire([piece] * 200)
    wire.before = lambda number: ahead.append(50 * number - wire.body.count(b"\n"))
    lines = wire.ask(a_service(some_parts(journal)))
    assert [line["linje"] for line in lines] == list(range(1, 10_001))
    assert set(ahead) == {0}


def test_a_client_that_stops_reading_stops_the_reading_of_its_request(journal: Journal) -> None:
    wire = Wire([a_line() * (GROUP + 1)] * 5)
    app = a_service(some_parts(journal))

    async def stalled() -> int:
        room, sent = asyncio.Event(), 0

        async def send(message: Message) -> None:
            nonlocal sent
            if message.get("body"):
                sent += 1
                await room.wait()

        asking = asyncio.create_task(_call(app, _scope(), wire.receive, send))
        while not sent:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        taken = wire.taken
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        return taken + sent

    wire.left = iter(wire.pieces)
    assert asyncio.run(stalled()) == 2


# What goes wrong on the way


def test_a_client_that_leaves_and_sends_all_again_has_nothing_twice(journal: Journal, path: Path) -> None:
    app = a_service(some_parts(journal))
    stream = [a_line(number) for number in range(6)]
    cut = Wire([b"".join(stream[:3]), stream[3][:50]], ends=False)
    with pytest.raises(ClientDisconnect):
        cut.ask(app)
    again = Wire(stream)
    again.ask(app)
    assert again.body.startswith(cut.body)
    assert [line["status"] for line in again.lines()] == [201] * 6
    assert intact(path) == 6


def test_a_journal_that_fails_in_the_middle_costs_its_lines_only(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with opened(path, timeout_seconds=0.3) as journal, closing(sqlite3.connect(path)) as other:
        steps = ("SELECT 1", "BEGIN IMMEDIATE", "ROLLBACK")
        wire = Wire([a_line(1), a_line(2) + b"{\n" + a_line(3), a_line(4)])
        wire.before = lambda number: other.execute(steps[number]).close()
        lines = wire.ask(a_service(some_parts(journal)))
        assert [line["status"] for line in lines] == [201, 503, 400, 503, 201]
        assert lines[1]["problem"]["type"] == "urn:profilering:feil:journal-utilgjengelig"
        assert "Send linjen på nytt" in lines[1]["problem"]["detail"]
        again = Wire([a_line(2)]).ask(a_service(some_parts(journal)))
    assert again[0]["status"] == 201
    assert intact(path) == 3


def test_equal_lines_in_one_group_are_one_profilering(journal: Journal, path: Path) -> None:
    lines = Wire([a_line() * 3]).ask(a_service(some_parts(journal)))
    assert lines[0]["svar"] == lines[1]["svar"] == lines[2]["svar"]
    assert intact(path) == 1


def test_a_stop_takes_effect_with_the_next_group(journal: Journal) -> None:
    parts = some_parts(journal, sources=replace(some_sources(), timer=lambda: 0.0))
    wire = Wire([a_line(1) + a_line(2), a_line(3)])
    wire.before = lambda number: parts.stop.learn(StopState(stanset=number == 1))
    rules = [line["svar"]["forslag"]["regel"] for line in wire.ask(a_service(parts))]
    assert [rule == "STANSET" for rule in rules] == [False, False, True]


def test_another_model_answers_from_the_next_group(journal: Journal) -> None:
    parts = some_parts(journal)
    later = replace(an_approved(), model_version="test-2", digests={**an_approved().digests, "bundle": "x"})
    wire = Wire([a_line(1) + a_line(2), a_line(1)])
    wire.before = lambda number: parts.standing.swap(later) if number == 1 else None
    models = [line["svar"]["versjoner"]["modell"] for line in wire.ask(a_service(parts))]
    assert models == ["test-1", "test-1", "test-2"]


def test_without_a_model_every_line_hears_why(journal: Journal) -> None:
    lines = Wire([a_line() + b"{\n"]).ask(a_service(some_parts(journal, NO_MODEL)))
    assert [line["status"] for line in lines] == [503, 400]


def test_a_persons_view_of_each_answer_is_journaled_first(journal: Journal, path: Path) -> None:
    app = a_service(some_parts(journal), Caller("saksbehandling", "Z990001"))
    lines = Wire([a_line(1) + b"{\n" + a_line(2)]).ask(app)
    seen = rows(path, "SELECT sak_id FROM innfoersel WHERE slag = 'innsyn' ORDER BY nummer")
    assert seen == [(line["svar"]["id"],) for line in lines if line["status"] == 201]


class Fragile:
    """A model with a defect of ours, which one person meets."""

    version = "fragile"
    method = "lightgbm"
    spans = a_model().spans

    def risks(self, rows: Sequence[FeatureRow]) -> list[tuple[Risk, ...]]:
        if any(row[NAMES.index("alder")] == 56 for row in rows):
            raise RuntimeError(f"hemmelig {rows}")
        return a_model().risks(rows)


def test_a_fault_of_ours_is_met_by_one_line_only_and_logged_without_it(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    met = body_of(a_request(person={"foedselsaar": 1970, "fylke": "46"})) + b"\n"
    parts = some_parts(journal, an_approved(a_basis(model=Fragile())))
    lines = Wire([a_line(1) + met + a_line(2)]).ask(a_service(parts))
    assert [line["status"] for line in lines] == [201, 500, 201]
    assert [record.message for record in caplog.records] == ["line_failed"]
    assert SECRET not in caplog.text


def test_where_every_line_meets_a_fault_every_line_is_told(journal: Journal) -> None:
    lines = Wire([a_line(1) + a_line(2)]).ask(a_service(some_parts(journal, broken())))
    assert [line["status"] for line in lines] == [500, 500]
