"""The service as its callers meet it: what is shown is journaled, and stays the same bytes."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.canonical import canonical_json
from profilering.features import NAMES
from profilering.risk import Risk
from serving.wire.answer_schemas import ProfileringSvar
from serving.wire.examples import ANSWER, REQUEST
from tests.api_fixtures import NO_MODEL, code, contents
from tests.builders import (
    API,
    JSON,
    Caller,
    a_request,
    a_service,
    an_approved,
    body_of,
    understood,
    with_answers,
    with_history,
)
from tests.journals import intact, rows
from tests.make import a_basis


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def service(path: Path) -> Iterator[Caller]:
    with a_service(path) as caller:
        yield caller


# What a registrering gets for an answer


def test_a_registrering_gets_a_journaled_answer(service: Caller, path: Path) -> None:
    response = service.post(a_request())
    assert response.status_code == 201
    answer = ProfileringSvar.model_validate_json(response.content)
    assert response.headers["location"] == f"{API}/{answer.id}"
    assert answer.er_vedtak is False
    assert str(answer.periode_id) == REQUEST["periodeId"]
    assert rows(path, "SELECT nummer, sak_id, digest FROM innfoersel") == [
        (answer.journal.nummer, str(answer.id), answer.journal.digest)
    ]
    assert intact(path) == 1


def test_an_answer_has_the_contracts_fields_in_its_order(service: Caller) -> None:
    assert list(service.post(a_request()).json()) == list(ANSWER)


def test_the_caseworker_gets_whole_persons_and_no_log_odds(service: Caller) -> None:
    answer = service.post(a_request()).json()
    assert [a["utfall"] for a in answer["anslag"]] == ["LANGVARIG_STOENAD", "HELSERELATERT_YTELSE"]
    assert not re.search(r"\d\.\d", json.dumps(answer["anslag"]))


def test_a_stated_hindrance_outranks_the_model_on_the_wire_too(service: Caller) -> None:
    forslag = service.post(with_answers(helse={"helsetilstandHindrerArbeid": "JA"})).json()["forslag"]
    assert forslag["kode"] == "BEHOV_FOR_ARBEIDSEVNEVURDERING"
    assert forslag["regel"] == "OPPGITT_HELSEHINDRING"
    assert forslag["kreverArbeidsevnevurdering"] is True
    assert [g["gammelKode"] for g in forslag["aktuelleInnsatsgrupper"]] == [
        "SPESIELT_TILPASSET_INNSATS",
        "GRADERT_VARIG_TILPASSET_INNSATS",
        "VARIG_TILPASSET_INNSATS",
    ]


def test_too_little_known_gives_no_forslag_and_no_number(service: Caller) -> None:
    answer = service.post(with_history(arbeidsforhold=None, ytelser=None, tiltak=None)).json()
    assert (answer["forslag"]["kode"], answer["forslag"]["regel"]) == ("INGEN_FORSLAG", "FOR_LITE_GRUNNLAG")
    assert answer["anslag"] == []
    assert answer["mangler"] == ["historikk.arbeidsforhold", "historikk.ytelser", "historikk.tiltak"]


def test_contradictions_are_listed_and_not_used(service: Caller, path: Path) -> None:
    answer = service.post(with_answers(utdanning={"nus": "2", "bestaatt": "JA"})).json()
    assert answer["motstrid"] == ["utdanning.bestaatt"]
    assert contents(path)[0]["opplysninger"]["utdanning_bestaatt"] is None


def test_the_contracts_own_example_answer_keeps_the_contract() -> None:
    assert list(
        ProfileringSvar.model_validate_json(json.dumps(dict(ANSWER))).model_dump(by_alias=True)
    ) == list(ANSWER)


# What the journal holds


def test_the_journal_holds_all_that_is_needed_to_redo_an_answer(service: Caller, path: Path) -> None:
    request = with_answers(sendtInnAv={"tidspunkt": "2026-05-12T08:14:00Z", "kilde": "et-system"})
    response = service.post(request)
    (content,) = contents(path)
    kept = understood(content["forespoersel"])
    assert kept == understood(request)
    assert content["registrert"] == "2026-05-12"
    again = a_basis().model.risks([tuple(content["opplysninger"][name] for name in NAMES)])[0]
    assert [_sum(risk) for risk in content["anslag"]] == pytest.approx(
        [_log_odds(r) for r in again], abs=1e-12
    )
    assert [risk["sannsynlighet"] for risk in content["anslag"]] == [r.probability for r in again]
    assert response.text.startswith(content["svar"][:-1])
    assert content["versjoner"] == response.json()["versjoner"]
    assert set(content["digester"]) == {"bundle", "policy", "tekster", "kode"}
    assert content["forslag"]["regel"] == response.json()["forslag"]["regel"]
    assert content["stanset"] is False
    assert content["varighet_ms"] > 0


def _sum(risk: dict[str, Any]) -> float:
    return float(risk["grunnlinje"] + sum(log_odds for _, log_odds in risk["bidrag"]))


def _log_odds(risk: Risk) -> float:
    return risk.base_log_odds + sum(risk.contributions)


def test_the_journals_content_is_written_in_the_one_canonical_way(service: Caller, path: Path) -> None:
    service.post(a_request())
    ((content,),) = rows(path, "SELECT bytes FROM innhold")
    assert canonical_json(json.loads(content)) == content


def test_what_is_dropped_on_reading_is_not_in_the_journal_either(service: Caller, path: Path) -> None:
    sender = {"type": "VEILEDER", "id": "Z990000"}
    service.post(with_answers(sendtInnAv={"tidspunkt": "2026-05-12T08:14:00Z", "utfoertAv": sender}))
    ((content,),) = rows(path, "SELECT bytes FROM innhold")
    assert b"Z990000" not in content


# Reading it again


def test_an_answer_is_the_same_bytes_for_ever(path: Path) -> None:
    with a_service(path) as first:
        answered = first.post(a_request())
    with a_service(path, NO_MODEL) as after_restart:
        read = after_restart.get(answered.headers["location"])
    assert read.status_code == 200
    assert read.content == answered.content
    assert read.headers["etag"] == answered.headers["etag"] == f'"{answered.json()["journal"]["digest"]}"'


@pytest.mark.parametrize("known", ["{etag}", 'W/"x", {etag}', "W/{etag}", "*"])
def test_a_caller_that_has_the_bytes_is_told_so(service: Caller, known: str) -> None:
    answered = service.post(a_request())
    again = service.get(
        answered.headers["location"], **{"If-None-Match": known.format(etag=answered.headers["etag"])}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answered.headers["etag"]


def test_a_caller_that_has_other_bytes_gets_the_answer(service: Caller) -> None:
    answered = service.post(a_request())
    assert service.get(answered.headers["location"], **{"If-None-Match": '"sha256:00"'}).status_code == 200


@pytest.mark.parametrize("name", ["00000000-0000-0000-0000-0000000000ff", "x", "12345678901", "%00", "a%2Fb"])
def test_a_profilering_that_does_not_exist_is_not_found_and_not_named(service: Caller, name: str) -> None:
    response = service.get(f"{API}/{name}")
    assert (response.status_code, code(response)) == (404, "finnes-ikke")
    assert name not in response.text


# Idempotency-Key and erstatter


def test_the_same_request_with_the_same_key_gets_the_stored_answer(service: Caller, path: Path) -> None:
    first = service.post(a_request(), **{"Idempotency-Key": "registrering-1"})
    second = service.post(a_request(), **{"Idempotency-Key": "registrering-1"})
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["location"] == first.headers["location"]
    assert len(contents(path)) == 1


def test_the_same_facts_get_the_same_answer_without_a_key_too(service: Caller, path: Path) -> None:
    first = service.post(a_request())
    assert service.post(a_request()).content == first.content
    assert service.post(a_request(), **{"Idempotency-Key": "registrering-1"}).content == first.content
    assert len(contents(path)) == 1


def test_other_facts_are_a_new_profilering(service: Caller, path: Path) -> None:
    assert service.post(a_request()).json()["id"] != service.post(a_request(enhet=None)).json()["id"]
    assert len(contents(path)) == 2


def test_another_model_answers_the_same_facts_anew(path: Path) -> None:
    with a_service(path) as service:
        first = service.post(a_request()).json()["id"]
    other = replace(an_approved(), digests={**an_approved().digests, "bundle": "sha256:" + 64 * "9"})
    with a_service(path, other) as service:
        service.get("/internal/isAlive")  # takes the id that was given before
        service.get("/internal/isAlive")
        assert service.post(a_request()).json()["id"] != first


def test_a_key_is_for_one_body_only(service: Caller, path: Path) -> None:
    service.post(a_request(), **{"Idempotency-Key": "registrering-1"})
    other = service.post(a_request(enhet=None), **{"Idempotency-Key": "registrering-1"})
    assert (other.status_code, code(other)) == (409, "idempotensnoekkel-brukt")
    assert len(contents(path)) == 1


def test_requests_with_one_key_at_the_same_time_make_one_profilering(path: Path) -> None:
    with a_service(path) as service, ThreadPoolExecutor(8) as threads:
        keyed = {"Idempotency-Key": "registrering-1"}
        answers = list(threads.map(lambda _: service.post(a_request(), **keyed), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(contents(path)) == 1


@pytest.mark.parametrize("key", ["", "a b", "å".encode(), "x" * 101, "a/b"])
def test_a_key_of_other_characters_is_refused(service: Caller, key: str | bytes) -> None:
    response = service.ask(
        "POST", API, content=body_of(a_request()), headers=[*JSON.items(), ("Idempotency-Key", key)]
    )
    assert (response.status_code, code(response)) == (400, "ugyldig-idempotensnoekkel")


def test_two_keys_are_refused(service: Caller) -> None:
    keys = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    response = service.ask("POST", API, content=body_of(a_request()), headers=[*JSON.items(), *keys])
    assert code(response) == "ugyldig-idempotensnoekkel"


def test_a_profilering_may_replace_one_that_exists(service: Caller) -> None:
    first = service.post(a_request()).json()["id"]
    assert service.post(a_request(erstatter=first)).status_code == 201


def test_a_profilering_cannot_replace_one_that_does_not_exist(service: Caller, path: Path) -> None:
    response = service.post(a_request(erstatter="00000000-0000-0000-0000-0000000000ff"))
    assert (response.status_code, code(response)) == (422, "ugyldig")
    assert [fault["peker"] for fault in response.json()["felter"]] == ["/erstatter"]
    assert contents(path) == []
