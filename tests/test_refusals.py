"""What the service refuses, and what it does when something fails: nothing sent in is ever repeated."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api_fixtures import NO_MODEL, SECRET, broken, code, contents
from tests.builders import (
    API,
    JSON,
    NOW,
    Caller,
    a_request,
    a_service,
    body_of,
    with_answers,
    with_history,
)
from tests.journals import connected
from tests.postgres import Postgres


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def service(path: Path) -> Iterator[Caller]:
    with a_service(path) as caller:
        yield caller


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"hemmelig"',
        b"\xef\xbb\xbf{}",
        b"\xff{}",
        b'{"hemmelig":NaN}',
        b'{"hemmelig":1e999}',
        b'{"hemmelig":1,"hemmelig":2}',
        b'{"hemmelig":"01010112345"}',
        b'{"01010112345":1}',
        b'{"person":{"foedselsaar":01010112345}}',
        b'{"hemmelig":' * 40 + b"1" + b"}" * 40,
        b"[" * 60_000,
    ],
)
def test_a_body_without_one_reading_is_refused_and_not_repeated(service: Caller, body: bytes) -> None:
    response = service.post(body)
    assert (response.status_code, code(response)) == (400, "uleselig")
    assert SECRET not in response.text and "01010112345" not in response.text


@pytest.mark.parametrize(
    "request_",
    [
        a_request(hemmelig="hemmelig"),
        a_request(periodeId="hemmelig"),
        a_request(egenvurdering="hemmelig"),
        a_request(enhet="hemmelig"),
        a_request(person="hemmelig"),
        a_request(historikk={"hemmelig": "hemmelig"}),
        a_request(soekerYtelse=["hemmelig"]),
        with_answers(helse={"helsetilstandHindrerArbeid": "hemmelig"}),
        with_history(ytelser=[{"ytelse": "hemmelig", "fom": "hemmelig", "hemmelig": None}]),
        {},
    ],
)
def test_a_body_outside_the_schema_is_refused_and_not_repeated(
    service: Caller, path: Path, request_: dict[str, Any]
) -> None:
    response = service.post(request_)
    assert (response.status_code, code(response)) == (422, "ugyldig")
    assert SECRET not in response.text
    assert 1 <= len(response.json()["felter"]) <= 10
    assert contents(path) == []


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"],
)
def test_other_content_types_are_refused(service: Caller, content_type: str) -> None:
    response = service.ask("POST", API, content=b"{}", headers={"Content-Type": content_type})
    assert (response.status_code, code(response)) == (415, "feil-innholdstype")


def test_compressed_bodies_are_refused(service: Caller) -> None:
    assert code(service.post(a_request(), **{"Content-Encoding": "gzip"})) == "feil-innholdstype"


def test_a_charset_that_is_utf_8_is_taken(service: Caller) -> None:
    assert service.post(a_request(), **{"Content-Type": "application/json; charset=UTF-8"}).status_code == 201


def test_a_body_of_exactly_64_kib_is_read_and_one_byte_more_is_not(service: Caller) -> None:
    body = body_of(a_request())
    assert service.post(body.ljust(65_536)).status_code == 201
    response = service.post(body.ljust(65_537))
    assert (response.status_code, code(response)) == (413, "for-stor")


def test_a_body_that_does_not_say_its_size_is_counted_while_it_comes(service: Caller) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b" " * 1024

    response = service.ask("POST", API, content=endless(), headers=JSON)
    assert (response.status_code, code(response)) == (413, "for-stor")
    assert sent < 100


def test_a_wrong_method_names_the_right_ones(service: Caller) -> None:
    response = service.ask("DELETE", API)
    assert (response.status_code, code(response)) == (405, "feil-metode")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("address", ["/docs", "/redoc", "/api/v1", "/hemmelig"])
def test_what_is_not_there_is_a_problem_too(service: Caller, address: str) -> None:
    response = service.get(address)
    assert (response.status_code, code(response)) == (404, "finnes-ikke")
    assert SECRET not in response.text


# Only this machine


@pytest.mark.parametrize(
    "base", ["http://10.0.0.5:8080", "http://profilering.example", "http://localhost.example"]
)
def test_a_connection_from_elsewhere_is_refused(service: Caller, base: str) -> None:
    response = Caller(service.app, base).get("/internal/isAlive")
    assert (response.status_code, code(response)) == (403, "bare-lokalt")


def test_a_connection_to_an_open_address_is_refused_under_a_local_name_too(service: Caller) -> None:
    assert Caller(service.app, "http://10.0.0.5:8080").get("/", Host="localhost").status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "10.0.0.5", ""]
)
def test_a_page_elsewhere_cannot_ask_in_our_name(service: Caller, host: str) -> None:
    assert service.get("/", Host=host).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080"])
def test_this_machine_is_answered_under_its_own_names(service: Caller, host: str) -> None:
    assert service.get("/internal/isAlive", Host=host).status_code == 200


# When something fails


def test_nothing_is_shown_while_the_journal_cannot_be_written(path: Path) -> None:
    with a_service(path, timeout_seconds=1.0) as service:
        with connected(path) as console:
            console.execute("BEGIN IMMEDIATE")
            response = service.post(a_request())
        assert (response.status_code, code(response)) == (503, "journal-utilgjengelig")
        assert int(response.headers["retry-after"]) > 0
        assert "forslag" not in response.json()
        assert contents(path) == []
        assert service.post(a_request()).status_code == 201


@pytest.mark.parametrize(
    ("fails", "mends"),
    [(Postgres.stop, Postgres.start), (Postgres.crash, Postgres.start), (Postgres.freeze, Postgres.thaw)],
    ids=["down", "crashed", "frozen"],
)
def test_a_database_that_fails_costs_two_seconds_and_no_restart(
    postgres: Postgres, fails: Callable[[Postgres], None], mends: Callable[[Postgres], None]
) -> None:
    with a_service(postgres.a_journal(), timeout_seconds=1.5) as service:
        before = service.post(a_request())
        fails(postgres)
        try:
            _gives_nothing_away(service)
        finally:
            mends(postgres)
        _wait_until_ready(service)
        assert service.post(a_request(enhet=None)).status_code == 201
        assert service.get(before.headers["location"]).content == before.content


def _gives_nothing_away(service: Caller) -> None:
    """Asking for an answer, for a stored one and for readiness: refused in time, while the process lives."""
    began = time.monotonic()
    response = service.post(a_request())
    assert time.monotonic() - began < 2
    assert (response.status_code, code(response)) == (503, "journal-utilgjengelig")
    assert "forslag" not in response.text and "anslag" not in response.text
    ready = service.get("/internal/isReady")
    assert ready.status_code == 503
    assert ready.text.startswith("UNHEALTHY: the journal")
    assert service.get("/internal/isAlive").status_code == 200


def _wait_until_ready(service: Caller) -> None:
    end = time.monotonic() + 10
    while service.get("/internal/isReady").status_code != 200:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_without_an_approved_model_the_service_lives_and_gives_no_forslag(path: Path) -> None:
    with a_service(path, NO_MODEL) as service:
        response = service.post(a_request())
        assert (response.status_code, code(response)) == (503, "ingen-godkjent-modell")
        assert service.get("/internal/isAlive").status_code == 200
        assert service.get("/internal/hasStarted").status_code == 200
        ready = service.get("/internal/isReady")
    assert ready.status_code == 503
    assert ready.text == f"UNHEALTHY: {NO_MODEL.reason}"


def test_a_service_with_model_and_journal_is_ready_and_says_how_it_explains(service: Caller) -> None:
    ready = service.get("/internal/isReady")
    assert (ready.status_code, ready.text) == (200, "HEALTHY\nforklaring: by hand")


def test_a_defect_of_ours_says_nothing_of_the_person(path: Path) -> None:
    with a_service(path, broken()) as service:
        response = service.post(a_request())
    assert (response.status_code, code(response)) == (500, "intern-feil")
    assert SECRET not in response.text
    assert contents(path) == []


@pytest.mark.parametrize(("minutes", "status"), [(9, 201), (11, 422), (60 * 24 * 365, 422)])
def test_a_registrering_from_the_future_is_refused_but_two_clocks_may_differ(
    service: Caller, minutes: int, status: int
) -> None:
    sent = (NOW + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    response = service.post(with_answers(sendtInnAv={"tidspunkt": sent}))
    assert response.status_code == status
    if status == 422:
        assert [fault["peker"] for fault in response.json()["felter"]] == [
            "/opplysningerOmArbeidssoeker/sendtInnAv/tidspunkt"
        ]
