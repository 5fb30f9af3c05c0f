"""Etterprøving over the API: journaled before it is answered, and values told to nobody but who asks."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from models.approved import Approved
from profilering.errors import SetupError
from serving.api.replay_route import EXAMPLE, NOT_REPLAYABLE, EtterproevingSvar
from serving.app import create_app
from serving.journal.erasing import Moment, Why, erase
from serving.journal.places import open_store
from serving.replaying.replay import ApprovedOf
from tests.api_fixtures import code
from tests.builders import API, Caller, a_request, an_approved, some_parts
from tests.journals import CREATED, connected, intact, opened, rows
from tests.make import a_basis, a_policy
from tests.replays import altered, entries_of, write_over

APPROVED = an_approved()
ROUTE = "/api/v1/profileringer/{id}/etterproeving"


def the_same(_: Any) -> Approved:
    """An archive that has what was served."""
    return APPROVED


def nothing(_: Any) -> Approved:
    """An archive that lost it."""
    raise SetupError("bundle sha256:1111 is not there")


def another_policy(_: Any) -> Approved:
    """An archive that was changed and does not verify."""
    return replace(APPROVED, basis=a_basis(policy=replace(a_policy(), versjon="2031-1")))


@dataclass(frozen=True, slots=True)
class Service:
    """A service with the route, and the journal below it."""

    caller: Caller
    journal: Path

    def try_again(self, case_id: object) -> Any:
        return self.caller.ask("POST", ROUTE.replace("{id}", str(case_id)))

    def answered(self) -> str:
        """Have a registrering profiled; gives the id."""
        answer = self.caller.post(a_request(periodeId=str(uuid4())))
        assert answer.status_code == 201
        return str(answer.json()["id"])

    def tries(self) -> list[dict[str, Any]]:
        query = "SELECT bytes FROM innhold JOIN innfoersel USING (nummer) WHERE slag = 'etterproeving'"
        return [json.loads(content) for (content,) in rows(self.journal, query)]


@contextmanager
def a_service(path: Path, approved_of: ApprovedOf) -> Iterator[Service]:
    with opened(path, timeout_seconds=5) as journal:
        parts = replace(some_parts(journal, APPROVED), approved_of=approved_of)
        app: FastAPI = create_app(parts)
        yield Service(Caller(app), path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program that holds the journal: it can be read and not written."""
    with connected(path) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_what_was_said_comes_out_the_same(journal: Path) -> None:
    with a_service(journal, the_same) as service:
        case_id = service.answered()
        response = service.try_again(case_id)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    answer = response.json()
    assert list(answer) == ["id", "likt", "forskjeller", "digester", "kode", "journal"]
    assert (answer["id"], answer["likt"], answer["forskjeller"]) == (case_id, True, [])
    assert answer["digester"] == APPROVED.digests
    assert answer["kode"] == {"da": "sha256:test", "naa": "sha256:test"}


def test_the_journal_says_that_it_was_tried(journal: Path) -> None:
    with a_service(journal, the_same) as service:
        case_id = service.answered()
        told = service.try_again(case_id).json()["journal"]
        (entry,) = rows(journal, "SELECT nummer, digest, sak_id FROM innfoersel WHERE slag = 'etterproeving'")
        who = {"innsender": "lokal", "navident": None}
        tried: dict[str, Any] = {"likt": True, "forskjeller": [], "kode": "sha256:test", **who}
        assert service.tries() == [tried]
    assert entry == (told["nummer"], told["digest"], case_id)
    assert intact(journal) == 2


def test_every_difference_is_answered_with_values_and_journaled_and_logged_without(
    journal: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with a_service(journal, another_policy) as service, caplog.at_level(logging.INFO):
        answer = service.try_again(service.answered()).json()
        (tried,) = service.tries()
    assert answer["likt"] is False
    assert answer["forskjeller"] == [
        {"peker": "/svar/versjoner/policy", "journal": '"2026-2"', "naa": '"2031-1"'},
        {"peker": "/versjoner/policy", "journal": '"2026-2"', "naa": '"2031-1"'},
    ]
    assert tried["likt"] is False
    assert tried["forskjeller"] == ["/svar/versjoner/policy", "/versjoner/policy"]
    (logged,) = [record for record in caplog.records if record.getMessage() == "replay_differed"]
    assert "2031-1" not in json.dumps(logged.fields, default=str)  # type: ignore[attr-defined]


@pytest.mark.parametrize("case_id", [UUID(int=4711), "4711"])
def test_what_the_journal_does_not_know_is_not_found(journal: Path, case_id: object) -> None:
    with a_service(journal, the_same) as service:
        response = service.try_again(case_id)
        assert (response.status_code, code(response)) == (404, "finnes-ikke")
        assert service.tries() == []


def test_what_is_erased_is_gone(journal: Path) -> None:
    with a_service(journal, the_same) as service:
        case_id = service.answered()
        store = open_store(str(journal), timeout_seconds=10)
        erase(store, [1], Why("prøve", "ingen", "Z990001"), Moment(CREATED, uuid4(), bytes(32)))
        store.engine.dispose()
        response = service.try_again(case_id)
    assert (response.status_code, code(response)) == (410, "slettet")


def test_what_the_archive_lost_is_our_fault_and_the_log_says_what(
    journal: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with a_service(journal, nothing) as service, caplog.at_level(logging.INFO):
        response = service.try_again(service.answered())
        assert (response.status_code, code(response)) == (500, NOT_REPLAYABLE.code)
        assert service.tries() == []
    (logged,) = [record for record in caplog.records if record.getMessage() == "replay_refused"]
    assert "sha256:1111 is not there" in logged.fields["reason"]  # type: ignore[attr-defined]


def test_what_another_contract_answered_is_for_the_code_that_did(
    journal: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with a_service(journal, the_same) as service, caplog.at_level(logging.INFO):
        case_id = service.answered()
        (entry,) = entries_of(journal)
        older = altered(entry, under_contract_1)
        write_over(journal, {1: older.content})
        response = service.try_again(case_id)
        assert (response.status_code, code(response)) == (409, "annen-kontrakt")
        assert service.tries() == []
    (logged,) = [record for record in caplog.records if record.getMessage() == "replay_refused"]
    assert logged.fields["reason"] == (  # type: ignore[attr-defined]
        f"it was made under contract 1; make it again with the code sha256:{64 * '7'} that answered"
    )


def under_contract_1(content: dict[str, Any]) -> None:
    """As an entry of the contract before this one says it."""
    content["versjoner"]["skjema"] = "1"
    content["digester"]["kode"] = f"sha256:{64 * '7'}"
    del content["svar_tilbakeholdt"], content["foelger_tilbakeholdt"]


def test_nothing_is_answered_that_the_journal_cannot_record(journal: Path) -> None:
    with a_service(journal, another_policy) as service:
        case_id = service.answered()
        with locked(journal):
            response = service.try_again(case_id)
    assert (response.status_code, code(response)) == (503, "journal-utilgjengelig")
    assert b"2031-1" not in response.content


def test_the_examples_in_the_contract_hold(journal: Path) -> None:
    EtterproevingSvar.model_validate_json(json.dumps(EXAMPLE))
    with a_service(journal, the_same) as service:
        document = service.caller.get("/openapi.json").json()
        operation = document["paths"][ROUTE]["post"]
        assert operation["description"]
        given = service.try_again(operation["parameters"][0]["example"])
        examples = operation["responses"]["404"]["content"]["application/problem+json"]["examples"]
        assert given.json() == examples["finnes-ikke"]["value"]
        assert list(service.try_again(service.answered()).json()) == list(
            operation["responses"]["200"]["content"]["application/json"]["example"]
        )
    assert set(operation["responses"]) == {"200", "401", "403", "404", "409", "410", "429", "500", "503"}
    schemas = document["components"]["schemas"]
    bare = [
        f"{name}.{field}"
        for name in ("EtterproevingSvar", "ForskjellUt", "DigesterUt", "KodeUt")
        for field, words in schemas[name]["properties"].items()
        if "description" not in words or "examples" not in words
    ]
    assert bare == []
    assert API in document["paths"]
