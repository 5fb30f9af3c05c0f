"""Objections: to a fact by its name or to the forslag, kept in the journal, said once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from profilering.innsigelse import Gjelder
from serving.wire.innsigelse_schemas import INNSIGELSE, InnsigelseForespoersel
from tests.api_fixtures import code
from tests.builders import API, a_request, with_answers
from tests.deciding import KARI, MACHINE, OLA, Desk, a_desk
from tests.make import some_tekster


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path / "journal.db") as desk:
        yield desk


def objected(desk: Desk, case: str, who: Any = KARI, body: Any = None, **changes: Any) -> Any:
    return desk.ask(who, "POST", f"{API}/{case}/innsigelse", body or INNSIGELSE | changes)


def test_every_fact_that_can_be_missing_or_contradict_itself_can_be_objected_to() -> None:
    assert {*some_tekster().sections["fakta"], "forslag"} == set(Gjelder)


def test_what_an_answer_says_is_lacking_can_be_objected_to_as_it_is_named(desk: Desk) -> None:
    unknown = with_answers(utdanning={"nus": "fagbrev"}, helse=None, annet=None)
    answer = desk.ask(MACHINE, "POST", API, unknown).json()
    facts = [*answer["mangler"], *answer["motstrid"]]
    assert len(facts) >= 3
    for fact in facts:
        assert objected(desk, answer["id"], gjelder=fact).status_code == 201


def test_an_objection_is_journaled_and_answered_as_it_was_made(desk: Desk) -> None:
    case = desk.profiled()
    answer = objected(desk, case, tekst=" Stemmer ikke. ")
    assert answer.status_code == 201
    assert {k: v for k, v in answer.json().items() if k in ("profilering", "gjelder", "tekst", "fra")} == {
        "profilering": case,
        "gjelder": "utdanning.godkjent",
        "tekst": "Stemmer ikke.",
        "fra": "PERSONEN",
    }
    assert desk.journaled("innsigelse") == [
        {
            "gjelder": "utdanning.godkjent",
            "tekst": "Stemmer ikke.",
            "fra": "PERSONEN",
            "innsender": "modia",
            "navident": "Z990001",
        }
    ]
    assert [entry["hendelse"] for entry in desk.journaled("innsyn")] == ["audit:update"]


def test_the_same_objection_twice_is_one_and_others_stand_beside_it(desk: Desk) -> None:
    case = desk.profiled()
    first = objected(desk, case)
    assert objected(desk, case).content == first.content
    objected(desk, case, gjelder="forslag")
    objected(desk, case)
    objected(desk, case, OLA)
    objected(desk, case, MACHINE)
    kept = [(entry["gjelder"], entry["navident"]) for entry in desk.journaled("innsigelse")]
    assert kept == [
        ("utdanning.godkjent", "Z990001"),
        ("forslag", "Z990001"),
        ("utdanning.godkjent", "Z990001"),
        ("utdanning.godkjent", "Z990002"),
        ("utdanning.godkjent", None),
    ]


def test_a_new_profilering_names_the_one_that_was_objected_to(desk: Desk) -> None:
    case = desk.profiled()
    objected(desk, case)
    answer = desk.ask(KARI, "POST", API, a_request(erstatter=case))
    assert answer.status_code == 201
    assert answer.json()["id"] != case


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown fact": ({"gjelder": "navn"}, "/gjelder"),
    "somebody else": ({"fra": "ARBEIDSGIVER"}, "/fra"),
    "no words": ({"tekst": "  "}, "/tekst"),
    "a number that names somebody": ({"tekst": "Fødselsnummeret er 01010112345."}, "/tekst"),
    "a price": ({"pris": 1}, ""),
}


def test_what_cannot_be_is_refused_by_field(desk: Desk) -> None:
    case = desk.profiled()
    for what, (changes, peker) in BAD.items():
        answer = objected(desk, case, **changes)
        assert answer.status_code in {400, 422}, what
        assert peker in [fault["peker"] for fault in answer.json()["felter"]], what
        assert "01010112345" not in answer.text
    assert desk.journaled("innsigelse") == []


def test_a_machine_does_not_speak_as_a_veileder(desk: Desk) -> None:
    case = desk.profiled()
    refused = objected(desk, case, MACHINE, fra="VEILEDER")
    assert (refused.status_code, code(refused)) == (403, "krever-veileder")
    assert objected(desk, case, MACHINE, fra="PERSONEN").status_code == 201
    assert objected(desk, case, KARI, fra="VEILEDER").status_code == 201


def test_nobody_can_object_to_a_case_that_is_not_there(desk: Desk) -> None:
    answer = objected(desk, str(UUID(int=404)))
    assert (answer.status_code, code(answer)) == (404, "finnes-ikke")


def test_no_field_has_a_value_beforehand() -> None:
    assert all(field.is_required() for field in InnsigelseForespoersel.model_fields.values())
