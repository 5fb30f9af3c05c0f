"""Who gets in: every role at every route, and nobody for a purpose that may not be."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from profilering.errors import SetupError
from serving.identity.rate import Rate
from serving.identity.roles import ACCESS, ROLES_FOR, Formaal, Rolle, RouteTable
from serving.identity.tilgang import TILGANG as LETS_NOBODY_IN
from serving.identity.tilgang import read_tilgang
from tests.api_fixtures import code
from tests.builders import API, JSON, a_request, body_of
from tests.guarded import CLIENTS, TILGANG, Guarded, a_guarded_service, bearer
from tests.issuer import DRIFTERE, REVISORER, VEILEDERE, Mood
from tests.journals import rows

EVERYBODY = ("system", "veileder", "revisor", "drift")
WHO = (*EVERYBODY, "borger", "ingen")
AN_ID = "00000000-0000-4000-8000-000000000001"
MATRIX: Mapping[str, tuple[str, ...]] = {
    # Written by hand from api.md, so that a slip in the table of the code is seen.
    "POST /api/v1/profileringer": ("system", "veileder"),
    "POST /api/v1/profileringer:parti": ("system",),
    "GET /api/v1/profileringer/{id}": ("system", "veileder", "revisor"),
    "POST /api/v1/profileringer/{id}/etterproeving": ("revisor",),
    "POST /api/v1/profileringer/{id}/vurdering": ("veileder",),
    "GET /api/v1/profileringer/{id}/vurdering": ("veileder", "revisor"),
    "POST /api/v1/profileringer/{id}/innsigelse": ("system", "veileder"),
    "GET /api/v1/profileringer/{id}/begrunnelse": ("system", "veileder", "revisor"),
    "GET /api/v1/profileringer/{id}/innsyn": ("veileder",),
    "GET /api/v1/profileringer/{id}/endring": ("system", "veileder", "revisor"),
    "GET /api/v1/kodeverk/{navn}": ("system", "veileder", "revisor", "drift"),
    "GET /api/v1/modell": ("system", "veileder", "revisor", "drift"),
    "GET /api/v1/drift/stans": ("revisor", "drift"),
    "PUT /api/v1/drift/stans": ("drift",),
}
HOUSE: Mapping[str, tuple[str, ...]] = {
    # The auditors' pages, which are no part of the contract.
    "GET /revisjon": ("revisor",),
    "GET /revisjon/moenstre": ("revisor",),
    "GET /revisjon/overvaaking": ("revisor",),
    "GET /revisjon/overvaaking/{nummer}": ("revisor",),
    "GET /revisjon/modeller": ("revisor",),
    "GET /revisjon/modeller/{digest}": ("revisor",),
    "GET /revisjon/modeller/{digest}/{nummer}": ("revisor",),
    "GET /revisjon/tekster": ("revisor",),
    "GET /revisjon/tekster/{digest}": ("revisor",),
    "GET /revisjon/endringer": ("revisor",),
    "GET /revisjon/saker.csv": ("revisor",),
    "GET /revisjon/saker.json": ("revisor",),
    "GET /revisjon/saker.schema.json": ("revisor",),
    "GET /revisjon/sak.schema.json": ("revisor",),
    "GET /revisjon/saker/{id}.json": ("revisor",),
    "GET /revisjon/saker/{id}.pdf": ("revisor",),
    "GET /revisjon/saker/{id}": ("revisor",),
    "POST /revisjon/saker/{id}/etterproeving": ("revisor",),
    "GET /revisjon/regler": ("revisor",),
    "GET /revisjon/regler/{versjon}": ("revisor",),
    "GET /revisjon/risikoregister": ("revisor",),
    "GET /revisjon/kontroll": ("revisor",),
    "POST /revisjon/kontroll": ("revisor",),
    "GET /revisjon/proevebenk": ("revisor",),
    "POST /revisjon/proevebenk": ("revisor",),
}
PAGES = ("GET /", "GET /personer/{id}", "GET /opplaering", "GET /opplaering/{id}", "GET /stil.css")
OPEN = (
    "GET /openapi.json",
    *(f"GET /internal/{name}" for name in ("isAlive", "hasStarted", "isReady", "metrics")),
)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with a_guarded_service(tmp_path_factory.mktemp("gate") / "journal.db") as guarded:
        yield guarded


@pytest.fixture(scope="module")
def openapi(guarded: Guarded) -> Any:
    return guarded.service.get("/openapi.json").json()


# Every role at every route


def test_the_contract_says_of_each_route_who_may_use_it(openapi: Any) -> None:
    described = {
        f"{method.upper()} {path}": tuple(operation["x-roller"])
        for path, operations in openapi["paths"].items()
        for method, operation in operations.items()
        if "security" in operation
    }
    assert described == {route: tuple(sorted(roles)) for route, roles in MATRIX.items()}


def test_every_route_has_a_rule_and_is_in_the_matrix() -> None:
    ruled = {f"{method} {path}" for method, path in ACCESS}
    assert ruled == {*MATRIX, *HOUSE, *PAGES, *OPEN}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("route", [*MATRIX, *HOUSE, *PAGES])
def test_a_route_answers_those_it_is_for_and_nobody_else(guarded: Guarded, route: str, who: str) -> None:
    method, path = route.split(" ")
    values = {"{id}": AN_ID, "{navn}": "tema", "{nummer}": "1", "{versjon}": "2026-2", "{digest}": 64 * "0"}
    asked = path
    for name, value in values.items():
        asked = asked.replace(name, value)
    response = guarded.service.ask(method, asked, headers=bearer(guarded.token_of(who)))
    if who == "ingen":
        assert (response.status_code, code(response)) == (401, "mangler-gyldig-token")
        assert response.headers["www-authenticate"] == "Bearer"
    elif who in {**MATRIX, **HOUSE}.get(route, EVERYBODY):
        assert response.status_code not in {401, 403}
    else:
        assert (response.status_code, code(response)) == (403, "ikke-tilgang")


FULL = f"{API}/{AN_ID}/begrunnelse?nivaa=full"


@pytest.mark.parametrize("who", WHO)
def test_the_full_explanation_is_for_a_revisor_alone(guarded: Guarded, who: str) -> None:
    headers = bearer(guarded.token_of(who))
    for asked in (FULL, FULL.replace("full", "%66ull"), f"{FULL}&nivaa=kort", f"{FULL}&hemmelig=1"):
        response = guarded.service.get(asked, **headers)
        if who == "revisor":
            assert response.status_code == (404 if asked.endswith("ull") else 422)
        else:
            assert response.status_code == (401 if who == "ingen" else 403)


def test_a_level_with_a_rule_of_its_own_costs_one_call_and_its_refusals_are_counted(tmp_path: Path) -> None:
    # The timer of the tests moves on a second for each reading: one call in two minutes for each client.
    with a_guarded_service(tmp_path / "j.db", replace(TILGANG, calls_per_minute=1)) as guarded:
        allowed = guarded.service.get(FULL, **bearer(guarded.token_of("revisor")))
        refused = guarded.service.get(FULL, **bearer(guarded.token_of("veileder")))
        told = guarded.service.get("/internal/metrics").text
    assert (allowed.status_code, refused.status_code) == (404, 403)
    assert [line for line in told.splitlines() if "MANGLER_ROLLE" in line and line.endswith(" 1.0")]


@pytest.mark.parametrize("route", OPEN)
def test_the_platform_needs_no_token(guarded: Guarded, route: str) -> None:
    assert guarded.service.get(route.removeprefix("GET ")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/api/v1/profileringer", 405, "POST"),
        ("DELETE", "/api/v1/drift/stans", 405, "GET, PUT"),
        ("HEAD", "/openapi.json", 405, "GET"),
        ("POST", "/api/v1/profileringer/", 404, None),
        ("GET", "/API/V1/drift/stans", 404, None),
        ("GET", "/internal/isalive", 404, None),
        ("GET", "/docs", 404, None),
        ("GET", "/internal%2fmetrics", 404, None),
        ("GET", "/%69nternal/isAlive", 404, None),
        ("GET", "/internal/metrics%0a", 404, None),
        ("PUT", "/api%2fv1%2fdrift%2fstans", 404, None),
    ],
)
def test_what_is_not_in_the_table_does_not_exist_for_anybody(
    guarded: Guarded, method: str, path: str, status: int, allow: str | None
) -> None:
    response = guarded.service.ask(method, path, headers=bearer(guarded.token_of("drift")))
    assert (response.status_code, response.headers.get("allow")) == (status, allow)


def test_whoever_is_refused_is_not_read(guarded: Guarded) -> None:
    def body() -> Iterator[bytes]:
        yield pytest.fail("the body of somebody who is not let in was asked for")

    headers = {**JSON, **bearer(guarded.token_of("drift"))}
    assert guarded.service.ask("POST", API, content=Streamed(body()), headers=headers).status_code == 403


class Streamed:
    """A body that is made while it is sent."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts

    async def __aiter__(self) -> Any:
        for part in self._parts:
            yield part


# Who somebody is


def test_what_a_veileder_asks_is_journaled_under_the_system_and_the_person(tmp_path: Path) -> None:
    with a_guarded_service(tmp_path / "j.db") as guarded:
        headers = {**JSON, **bearer(guarded.person(VEILEDERE, ident="A123456"))}
        answer = guarded.service.ask("POST", API, content=body_of(a_request()), headers=headers)
        assert answer.status_code == 201
        seen = rows(tmp_path / "j.db", "SELECT bytes FROM innfoersel JOIN innhold USING (nummer)")
    contents = [bytes(content).decode() for (content,) in seen]
    assert len(contents) == 2  # the profilering, and that somebody saw it
    assert all("oppfoelging" in content and "A123456" in content for content in contents)


@pytest.mark.parametrize(
    ("groups", "roles", "machine"),
    [
        ([], [], False),
        ([CLIENTS[Formaal.DRIFT]], [], False),
        ([REVISORER, DRIFTERE], [], False),  # roles that the client's purpose does not reach
        ([], ["veileder"], True),  # a machine is never a veileder
        ([], ["revisor", "drift", "kontroll", "SYSTEM", ""], True),
        ([VEILEDERE], ["system"], True),  # but the groups of a machine count for nothing
    ],
)
def test_a_client_reaches_no_role_but_those_of_its_purpose(
    guarded: Guarded, groups: list[str], roles: list[str], machine: bool
) -> None:
    entra = guarded.entra
    claims = entra.machine(*(roles or ["x"]), groups=groups) if machine else entra.person(groups=groups)
    allowed = "system" in roles
    response = guarded.service.ask("GET", f"{API}/{AN_ID}", headers=bearer(entra.token(claims)))
    assert response.status_code == (404 if allowed else 403)
    response = guarded.service.ask("GET", "/api/v1/drift/stans", headers=bearer(entra.token(claims)))
    assert response.status_code == 403


def test_a_client_nobody_let_in_is_refused_whatever_its_roles(guarded: Guarded) -> None:
    token = guarded.entra.token(guarded.entra.machine("system", azp="en-annen"))
    assert guarded.service.get(f"{API}/{AN_ID}", **bearer(token)).status_code == 403


def test_no_purpose_reaches_every_role_and_none_is_control() -> None:
    assert {formaal.value for formaal in Formaal} == {"OPPFOELGING", "REVISJON", "DRIFT"}
    assert all(ROLES_FOR[formaal] < frozenset(Rolle) for formaal in Formaal)


@pytest.mark.parametrize("formaal", ["KONTROLL", "SANKSJON", "kontroll", "OPPFOELGING, KONTROLL", ""])
def test_a_file_that_lets_somebody_in_for_control_is_refused(tmp_path: Path, formaal: str) -> None:
    with pytest.raises(SetupError, match=r"klient\.0\.formaal"):
        read_tilgang(a_file(tmp_path, formaal=formaal))


# The file


CLIENT = """
[[klient]]
navn = "{navn}"
klient_id = "{klient_id}"
formaal = "{formaal}"
begrunnelse = "prøve"
"""


def a_file(folder: Path, *, twice: bool = False, **fields: str) -> Path:
    fields = {"navn": "en", "klient_id": "k-1", "formaal": "DRIFT", **fields}
    text = LETS_NOBODY_IN.read_text("utf-8") + CLIENT.format(**fields) * (1 + twice)
    path = folder / "tilgang.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_file_in_the_repo_lets_nobody_in() -> None:
    tilgang = read_tilgang(LETS_NOBODY_IN)
    assert (tilgang.clients, tilgang.groups) == ({}, {})
    assert tilgang.longest_life == timedelta(minutes=120)


def test_a_file_says_who_comes_in(tmp_path: Path) -> None:
    assert read_tilgang(a_file(tmp_path)).clients == {"k-1": ("en", Formaal.DRIFT)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("lengste_levetid_minutter = 120", "lengste_levetid_minutter = 0"), "greater than or equal to 1"),
        (("kall_per_minutt = 600", "kall_per_minutt = '600x'"), "kall_per_minutt"),
        (("kall_per_minutt = 600", "kall_per_minutt = true"), "kall_per_minutt"),
        (("veileder = []", 'veileder = ["ikke-en-id"]'), "veileder"),
        (("veileder = []", f'veileder = ["{REVISORER}", "{REVISORER}"]'), "two roles"),
        (("revisor = []", f'revisor = ["{REVISORER}"]\nrevisorer = []'), "revisorer"),
        (('versjon = "0"', ""), "versjon"),
        (("[token]", "[token"), "cannot be used"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    path = a_file(tmp_path)
    text = path.read_text("utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change), "utf-8")
    with pytest.raises(SetupError, match=message):
        read_tilgang(path)


@pytest.mark.parametrize("navn", ["lokal", "en ", " en", "01010112345", ""])
def test_a_client_has_a_name_of_its_own(tmp_path: Path, navn: str) -> None:
    with pytest.raises(SetupError, match=r"navn|lokal"):
        read_tilgang(a_file(tmp_path, navn=navn))


def test_a_client_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="names a client twice"):
        read_tilgang(a_file(tmp_path, twice=True))


# How often, and when the issuer is away


def test_a_client_has_a_minutes_worth_of_calls_and_then_waits() -> None:
    now = [1000.0]
    rate = Rate(60, lambda: now[0])
    assert [rate.wait("en") for _ in range(60)] == [0.0] * 60
    assert rate.wait("en") == pytest.approx(1.0)
    assert rate.wait("en annen") == 0.0
    now[0] += 0.99
    assert rate.wait("en") == pytest.approx(0.01)
    now[0] += 0.02
    assert rate.wait("en") == 0.0
    assert rate.wait("en") > 0.9
    now[0] += 3600
    assert [rate.wait("en") for _ in range(61)].count(0.0) == 60


def test_who_asks_too_often_is_told_how_long_to_wait(tmp_path: Path) -> None:
    # The timer of the tests moves a second a call, so one call in four minutes is always too soon.
    tilgang = replace(TILGANG, calls_per_minute=1)
    with a_guarded_service(tmp_path / "j.db", tilgang) as guarded:
        token = guarded.token_of("system")
        answers = [guarded.service.get(f"{API}/{AN_ID}", **bearer(token)) for _ in range(2)]
        other = guarded.service.get("/api/v1/drift/stans", **bearer(guarded.token_of("drift")))
    assert [answer.status_code for answer in answers] == [404, 429]
    assert 0 < int(answers[1].headers["retry-after"]) <= 60
    assert other.status_code == 200


def test_without_keys_nobody_is_called_a_forger(tmp_path: Path) -> None:
    with a_guarded_service(tmp_path / "j.db") as guarded:
        guarded.entra.mood = Mood.DOWN
        response = guarded.service.get(f"{API}/{AN_ID}", **bearer(guarded.token_of("system")))
    assert (response.status_code, code(response)) == (503, "kan-ikke-kontrollere-token")
    assert int(response.headers["retry-after"]) > 0


def test_the_table_finds_a_route_by_method_and_path_and_a_level_only_where_it_has_a_rule() -> None:
    table = RouteTable()
    for path in ("/api/v1/modell", f"{API}/{AN_ID}/innsyn"):
        assert table.find("GET", path, ["full"]) == table.find("GET", path)
    assert table.find("PATCH", "/api/v1/drift/stans") == ("GET", "PUT")
    assert table.find("GET", "/nowhere") == ()
