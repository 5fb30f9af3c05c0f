"""The client: it reads what the contract says, asks again only where that is safe, and keeps quiet."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from logging import DEBUG
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.client import (
    BegrunnelseSvar,
    EndringSvar,
    EtterproevingSvar,
    InnsigelseForespoersel,
    InnsigelseSvar,
    InnsynSvar,
    Patience,
    ProfileringClient,
    ProfileringProblem,
    ProfileringSvar,
    StansSvar,
    UnreachableError,
    UnreadableAnswerError,
    VurderingerSvar,
    VurderingForespoersel,
    VurderingSvar,
)
from serving.client.answers import Answer
from serving.identity.roles import Formaal
from serving.wire.examples import ANSWER
from serving.wire.innsigelse_schemas import INNSIGELSE
from serving.wire.problems import JOURNAL_DOWN, KEY_REUSED, NO_MODEL, OVERLOADED, too_many
from serving.wire.vurdering_schemas import VURDERING
from tests.api_fixtures import contents
from tests.builders import a_request, understood, with_history
from tests.clients import ADDRESS, ID, LOST, TOKEN, Script, Step, answered, forespoersel, in_process
from tests.contract import document_of_today
from tests.guarded import Guarded, a_guarded_service
from tests.issuer import DRIFTERE, VEILEDERE

PERSONAS = Path(__file__).parents[1] / "serving" / "personas"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def guarded(path: Path) -> Iterator[Guarded]:
    with a_guarded_service(path) as guarded:
        yield guarded


def client_of(guarded: Guarded, token: str) -> ProfileringClient:
    return ProfileringClient(ADDRESS, lambda: token, transport=in_process(guarded.service))


# Against the service itself


def test_a_registrering_is_profiled_and_read_again(guarded: Guarded) -> None:
    with client_of(guarded, guarded.machine()) as client:
        svar = client.profiler(forespoersel())
        assert svar.forslag.kode == "STANDARD_INNSATS"
        assert svar.er_vedtak is False
        assert client.hent(svar.id) == svar
        assert client.profiler(forespoersel()) == svar


def test_the_stop_switch_is_set_and_read(guarded: Guarded) -> None:
    with client_of(guarded, guarded.person(DRIFTERE, Formaal.DRIFT)) as client:
        assert client.stans() == StansSvar(stanset=False, grunn=None, siden=None, journal=None)
        answer = client.sett_stans(stanset=True, grunn="Feil i registerdata.")
        assert (answer.stanset, answer.grunn) == (True, "Feil i registerdata.")
        assert client.stans() == answer
    with client_of(guarded, guarded.machine()) as client:
        assert client.profiler(forespoersel()).forslag.regel == "STANSET"


def test_a_veileder_concludes_and_somebody_objects(guarded: Guarded) -> None:
    with client_of(guarded, guarded.person(VEILEDERE)) as client:
        svar = client.profiler(forespoersel())
        concluded = client.vurder(svar.id, VurderingForespoersel.model_validate(VURDERING))
        assert (concluded.innsatsgruppe.kode, concluded.forslag, concluded.fulgt) == (
            "GODE_MULIGHETER",
            "STANDARD_INNSATS",
            True,
        )
        assert client.vurderinger(svar.id).vurderinger == (concluded,)
        objected = client.innsigelse(svar.id, InnsigelseForespoersel.model_validate(INNSIGELSE))
        assert (objected.gjelder, objected.fra) == ("utdanning.godkjent", "PERSONEN")


def test_texts_and_changes_are_read_and_name_their_language(guarded: Guarded) -> None:
    with client_of(guarded, guarded.person(VEILEDERE)) as client:
        old = client.profiler(forespoersel())
        assert client.begrunnelse(old.id).avsnitt == old.begrunnelse.avsnitt
        # This service has texts in bokmål alone, and says so.
        assert client.innsyn(old.id, spraak="en").spraak == "nb"
        new = client.profiler(forespoersel(a_request(erstatter=str(old.id))))
        assert client.endring(new.id).erstatter == old.id
        with pytest.raises(ProfileringProblem, match="erstatter-ingen"):
            client.endring(old.id)


def test_a_text_is_asked_for_again_as_json_in_one_language() -> None:
    script = Script(OVERLOADED, answered({"id": str(ID), "spraak": "nn", "avsnitt": []}, 200))
    assert script.client().innsyn(ID, spraak="nn").spraak == "nn"
    assert script.headers("Accept-Language") == ["nn", "nn"]
    assert script.headers("Accept") == ["application/json"] * 2


def test_a_refusal_says_which_fields_to_mend(guarded: Guarded) -> None:
    later = with_history(tiltak=[{"fom": "2027-01-01"}])
    with client_of(guarded, guarded.machine()) as client, pytest.raises(ProfileringProblem) as refused:
        client.profiler(forespoersel(later))
    assert (refused.value.status, refused.value.code) == (422, "ugyldig")
    assert [fault.peker for fault in refused.value.felter] == ["/historikk/tiltak/0/fom"]
    assert refused.value.felter[0].feil in str(refused.value)


def test_each_refusal_has_its_code(guarded: Guarded) -> None:
    with client_of(guarded, "ikke et token") as client, pytest.raises(ProfileringProblem) as refused:
        client.hent(ID)
    assert (refused.value.status, refused.value.code) == (401, "mangler-gyldig-token")
    with client_of(guarded, guarded.machine()) as client:
        with pytest.raises(ProfileringProblem) as refused:
            client.hent(ID)
        assert (refused.value.status, refused.value.code) == (404, "finnes-ikke")
        with pytest.raises(ProfileringProblem) as refused:
            client.etterproev(ID)
        assert (refused.value.status, refused.value.code) == (403, "ikke-tilgang")


def test_an_answer_that_was_lost_on_the_way_is_fetched_not_made_again(guarded: Guarded, path: Path) -> None:
    way = in_process(guarded.service)
    answers: list[httpx.Response] = []

    def lose_the_first(request: httpx.Request) -> httpx.Response:
        answers.append(way.handle_request(request))
        if len(answers) == 1:
            raise LOST
        return answers[-1]

    token, transport = guarded.machine(), httpx.MockTransport(lose_the_first)
    with ProfileringClient(ADDRESS, lambda: token, transport=transport, sleep=lambda _: None) as client:
        svar = client.profiler(forespoersel())
    assert [json.loads(answer.content)["id"] for answer in answers] == [str(svar.id)] * 2
    assert len(contents(path)) == 1


# What it reads


def shape(schema: Any, schemas: Mapping[str, Any]) -> Any:
    """Names and types of a JSON schema. Codes count as texts; the rest is for whoever writes the answer."""
    if "$ref" in schema:
        return shape(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return [shape(one, schemas) for one in schema["anyOf"]]
    if schema["type"] == "array":
        return {"array": shape(schema["items"], schemas)}
    if schema["type"] == "object":
        fields = {name: shape(field, schemas) for name, field in schema["properties"].items()}
        return {"required": sorted(schema["required"]), **fields}
    return (schema["type"], schema.get("format"), schema.get("const"))


@pytest.mark.parametrize(
    "answer",
    [
        ProfileringSvar,
        StansSvar,
        EtterproevingSvar,
        VurderingSvar,
        VurderingerSvar,
        InnsigelseSvar,
        InnsynSvar,
        EndringSvar,
    ],
)
def test_an_answers_type_is_the_contracts(answer: type[Answer]) -> None:
    contract = document_of_today()["components"]["schemas"]
    own = answer.model_json_schema()
    assert shape(own, own["$defs"]) == shape(contract[answer.__name__], contract)


def test_the_explanation_is_the_contracts_but_for_what_only_auditors_get() -> None:
    contract = document_of_today()["components"]["schemas"]
    of_contract = contract["BegrunnelseSvar"]
    fields = {name: field for name, field in of_contract["properties"].items() if name != "utdypning"}
    required = [name for name in of_contract["required"] if name != "utdypning"]
    own = BegrunnelseSvar.model_json_schema()
    kort = {**of_contract, "properties": fields, "required": required}
    assert shape(own, own["$defs"]) == shape(kort, contract)


def with_news(value: Any) -> Any:
    """The same answer from a later version: every object says more, every code is a new one."""
    if isinstance(value, dict):
        return {"noeNytt": {"a": [1]}, **{name: with_news(field) for name, field in value.items()}}
    if isinstance(value, list):
        return [with_news(item) for item in value]
    return "NY_KODE" if isinstance(value, str) and re.fullmatch("[A-Z_]+", value) else value


def test_a_later_service_may_say_more() -> None:
    svar = Script(answered(with_news(dict(ANSWER)))).client().profiler(forespoersel())
    assert svar.forslag.kode == svar.anslag[0].bidrag[0].tema == "NY_KODE"
    assert svar.journal.nummer == ANSWER["journal"]["nummer"]


@pytest.mark.parametrize(
    ("spoilt", "place"),
    [
        ({"journal": {"nummer": 1}}, "journal.digest"),
        ({"erVedtak": True}, "erVedtak"),
        ({"mangler": "hemmelig"}, "mangler"),
    ],
)
def test_an_answer_that_cannot_be_read_is_told_by_its_places(spoilt: dict[str, Any], place: str) -> None:
    client = Script(answered({**ANSWER, **spoilt})).client()
    with pytest.raises(UnreadableAnswerError, match=f"at: {place}$") as raised:
        client.profiler(forespoersel())
    assert raised.value.__context__ is None


@pytest.mark.parametrize("body", [b"<html>hei</html>", b'{"type": "about:blank"}', b""])
def test_a_refusal_that_is_not_the_services_own_has_no_code(body: bytes) -> None:
    proxys = httpx.Response(502, headers={"Content-Type": "application/problem+json"}, content=body)
    with pytest.raises(ProfileringProblem) as raised:
        Script(proxys).client().hent(ID)
    assert (raised.value.status, raised.value.code, raised.value.felter) == (502, "ukjent", ())
    assert "hei" not in str(raised.value)


# When it asks again


@pytest.mark.parametrize(
    ("failure", "wait"),
    [(JOURNAL_DOWN, 5), (OVERLOADED, 1), (too_many(2), 2), (LOST, 0.5), (httpx.ConnectTimeout(""), 0.5)],
    ids=["journal", "overloaded", "too many", "lost", "no connection"],
)
def test_it_asks_again_with_the_same_key_when_it_is_told_it_may(failure: Step, wait: float) -> None:
    script = Script(failure, answered())
    assert script.client().profiler(forespoersel()).id == ID
    assert script.waited == [wait]
    first, second = script.headers("Idempotency-Key")
    assert first == second
    assert first
    assert script.asked[0].content == script.asked[1].content


def test_each_registrering_has_a_key_of_its_own_and_a_given_key_is_kept() -> None:
    script = Script(answered())
    client = script.client()
    for key in (None, None, "registrering-1"):
        client.profiler(forespoersel(), idempotency_key=key)
    one, other, given = script.headers("Idempotency-Key")
    assert one != other
    assert given == "registrering-1"


def test_its_patience_ends() -> None:
    script = Script(LOST)
    with pytest.raises(UnreachableError, match="ReadError"):
        script.client().profiler(forespoersel())
    assert (len(script.asked), script.waited) == (4, [0.5, 1, 2])
    script = Script(OVERLOADED)
    with pytest.raises(ProfileringProblem):
        script.client(patience=Patience(attempts=2)).hent(ID)
    assert (len(script.asked), script.waited) == (2, [1])


def test_it_never_asks_sooner_than_the_service_wants_and_does_not_wait_for_ever() -> None:
    script = Script(NO_MODEL)
    with pytest.raises(ProfileringProblem) as raised:
        script.client().profiler(forespoersel())
    assert raised.value.retry_after_seconds == 60
    assert (len(script.asked), script.waited) == (1, [])


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 408, 409, 410, 413, 415, 422, 500, 502, 504])
def test_what_would_be_the_same_again_is_asked_once(status: int) -> None:
    script = Script(httpx.Response(status, headers={"Retry-After": "1", "Location": "https://annet.test/"}))
    with pytest.raises(ProfileringProblem) as raised:
        script.client().profiler(forespoersel())
    assert raised.value.status == status
    assert [request.url.host for request in script.asked] == ["profilering.intern.test"]


@pytest.mark.parametrize("failure", [OVERLOADED, LOST], ids=["overloaded", "lost"])
@pytest.mark.parametrize(
    "ask",
    [lambda client: client.etterproev(ID), lambda client: client.sett_stans(stanset=True, grunn="Feil.")],
    ids=["etterproev", "sett_stans"],
)
def test_what_is_journaled_each_time_is_asked_once(
    ask: Callable[[ProfileringClient], object], failure: Step
) -> None:
    script = Script(failure)
    with pytest.raises((ProfileringProblem, UnreachableError)):
        ask(script.client())
    assert len(script.asked) == 1


# What it sends, and what it keeps to itself


def test_every_attempt_has_a_fresh_token_and_the_callers_call_id() -> None:
    script, tokens = Script(OVERLOADED, answered()), iter(["et", "to"])
    client = script.client()
    client = ProfileringClient(ADDRESS, lambda: next(tokens), transport=script, sleep=script.waited.append)
    client.profiler(forespoersel(), call_id="kall-1")
    assert script.headers("Authorization") == ["Bearer et", "Bearer to"]
    assert script.headers("Nav-Call-Id") == ["kall-1"] * 2


@pytest.mark.parametrize("persona", sorted(PERSONAS.glob("P*.json")), ids=lambda file: file.stem)
def test_what_is_sent_is_understood_as_what_was_given(persona: Path) -> None:
    script, given = Script(answered()), json.loads(persona.read_bytes())
    script.client().profiler(forespoersel(given))
    assert understood(json.loads(script.asked[0].content)) == understood(given)


def test_who_sent_the_opplysninger_does_not_leave() -> None:
    request = a_request()
    sent_by = {"type": "VEILEDER", "id": "Z990000"}
    request["opplysningerOmArbeidssoeker"]["sendtInnAv"]["utfoertAv"] = sent_by
    script = Script(answered())
    script.client().profiler(forespoersel(request))
    assert b"Z990000" not in script.asked[0].content


@pytest.mark.parametrize("step", [LOST, KEY_REUSED, answered({"id": "hemmelig"})])
def test_an_error_holds_nothing_of_what_was_sent(step: Step, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(DEBUG)
    with pytest.raises((ProfileringProblem, UnreachableError, UnreadableAnswerError)) as raised:
        Script(step).client().profiler(forespoersel(a_request(enhet="0319")))
    error = raised.value
    assert error.__context__ is None
    assert error.__cause__ is None
    told = f"{error!r} {vars(error)} {caplog.text}"
    for secret in (TOKEN, "0319", "7223", "Request"):
        assert secret not in told.replace("HTTP Request", "")


def test_the_client_needs_nothing_of_the_service() -> None:
    program = "import sys, serving.client; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert {"httpx", "pydantic", "serving"} <= loaded
    assert not loaded & {"fastapi", "starlette", "polars", "lightgbm", "numpy", "sqlalchemy", "jwt", "models"}


@pytest.mark.parametrize("named", [{"idempotency_key": "Åse"}, {"call_id": "Åse"}])
def test_a_letter_no_header_can_hold_is_told_without_the_word_and_asked_once(named: dict[str, str]) -> None:
    script = Script(LOST)
    with pytest.raises(UnreachableError) as refused:
        script.client().profiler(forespoersel(), **named)
    assert "Åse" not in str(refused.value) and refused.value.__context__ is None
    assert (script.asked, script.waited) == ([], [])
