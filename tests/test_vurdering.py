"""The person decides: one act with the same fields either way, kept beside the forslag, and never lost."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from profilering.innsatsgruppe import AKTUELLE, INNSATSGRUPPER, ForslagKode
from profilering.vurdering import GRUPPE_OF, SUPPLY, GrunnKode, is_followed
from serving.journal import EntryKind, ErasedEntry, Journal, StoredEntry
from serving.journal.erasing import Moment, Why, entries_of_cases, erase, forget
from serving.journal.export import export_journal
from serving.journal.places import open_store
from serving.wire.codes import WireInnsatsgruppe
from serving.wire.vurdering_schemas import VurderingForespoersel
from tests.api_fixtures import code
from tests.builders import API, NOW
from tests.deciding import KARI, MACHINE, OLA, REVISOR, TEXT, Desk, a_desk, a_vurdering
from tests.journals import CASE, CREATED, connected, intact, opened
from training.monitoring.journal import SAID, read_journal

NUMBER = "01010112345"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    with a_desk(path) as desk:
        yield desk


# What is asked


def test_following_and_deviating_ask_for_the_same_and_nothing_is_chosen_beforehand() -> None:
    schema = VurderingForespoersel.model_json_schema()
    for described in (schema, schema["$defs"]["Grunn"]):
        assert set(described["required"]) == set(described["properties"])
        assert described["additionalProperties"] is False
    assert '"default"' not in json.dumps(schema)


def test_either_code_of_each_of_the_five_groups_is_taken_and_both_are_answered(desk: Desk) -> None:
    case = desk.profiled()
    for gruppe in INNSATSGRUPPER:
        for kode in (gruppe.kode, gruppe.gammel_kode):
            answer = desk.concluded(case, a_vurdering(kode, tekst=kode)).json()
            assert answer["innsatsgruppe"] == {
                "kode": gruppe.kode,
                "gammelKode": gruppe.gammel_kode,
                "navn": gruppe.navn,
            }
            assert answer["erVedtak"] is False
    assert set(WireInnsatsgruppe) == set(GRUPPE_OF)
    assert [entry["innsatsgruppe"] for entry in desk.journaled("vurdering")] == [
        gruppe.kode for gruppe in INNSATSGRUPPER for _ in range(2)
    ]


def test_every_reason_may_be_given_for_every_group(desk: Desk) -> None:
    case = desk.profiled()
    for kode in GrunnKode:
        follows, deviates = (
            desk.concluded(case, a_vurdering(gruppe, grunn={"kode": kode, "tekst": TEXT})).json()
            for gruppe in ("GODE_MULIGHETER", "JOBBE_DELVIS")
        )
        assert follows["grunn"] == deviates["grunn"] == {"kode": kode, "tekst": TEXT}
    assert set(GrunnKode) > SUPPLY


@pytest.mark.parametrize("forslag", ForslagKode)
def test_any_group_a_forslag_points_at_follows_it(forslag: ForslagKode) -> None:
    for gruppe in INNSATSGRUPPER:
        expected = None if forslag is ForslagKode.INGEN_FORSLAG else gruppe in AKTUELLE[forslag]
        assert is_followed(forslag, gruppe) is expected


BAD = {
    "an unknown group": (a_vurdering("GODT_NOK"), "/innsatsgruppe"),
    "a forslag that is no group": (a_vurdering("BEHOV_FOR_ARBEIDSEVNEVURDERING"), "/innsatsgruppe"),
    "no group": (a_vurdering() | {"innsatsgruppe": None}, "/innsatsgruppe"),
    "no office said": ({k: v for k, v in a_vurdering().items() if k != "enhet"}, "/enhet"),
    "no reason": ({k: v for k, v in a_vurdering().items() if k != "grunn"}, "/grunn"),
    "a reason without words": (a_vurdering(grunn={"kode": "ANNET"}), "/grunn/tekst"),
    "an unknown reason": (a_vurdering(grunn={"kode": "ENIG", "tekst": TEXT}), "/grunn/kode"),
    "blank words": (a_vurdering(tekst=" \u00a0 "), "/grunn/tekst"),
    "words without a letter": (a_vurdering(tekst="…"), "/grunn/tekst"),
    "too many words": (a_vurdering(tekst=1001 * "å"), "/grunn/tekst"),
    "a number that names somebody": (a_vurdering(tekst=f"Gjelder 010101 {NUMBER[6:]}."), "/grunn/tekst"),
    "a number in a disguise": (a_vurdering(tekst=f"F. 010101, {NUMBER[6:]}."), "/grunn/tekst"),
    "a letter that is none": (a_vurdering(tekst="Linje\nto"), "/grunn/tekst"),
    "words that run backwards": (a_vurdering(tekst="abc \u202e evil"), "/grunn/tekst"),
    "a blank without width": (a_vurdering(tekst="a\u200b b"), "/grunn/tekst"),
    "a line of its own": (a_vurdering(tekst="a\u2028b"), "/grunn/tekst"),
    "unseen letters": (a_vurdering(tekst="a\U000e0041"), "/grunn/tekst"),
    "a heap of marks": (a_vurdering(tekst="a" + 4 * "\u0301"), "/grunn/tekst"),
    "another form of office": (a_vurdering(enhet="315"), "/enhet"),
    "places left": (a_vurdering(ledigePlasser=3), ""),
    "a price": (a_vurdering(grunn={"kode": "ANNET", "tekst": TEXT, "pris": 1}), "/grunn"),
}


def test_what_cannot_be_is_refused_by_field_and_not_repeated(desk: Desk) -> None:
    case = desk.profiled()
    for what, (body, peker) in BAD.items():
        answer = desk.concluded(case, body)
        assert (answer.status_code, code(answer)) in {(422, "ugyldig"), (400, "uleselig")}, what
        assert peker in [fault["peker"] for fault in answer.json()["felter"]], what
        for secret in (NUMBER[6:], "GODT_NOK", "ledigePlasser", "pris"):
            assert secret not in answer.text, what
    assert desk.journaled("vurdering") == []


def test_words_are_kept_without_the_blanks_around_them(desk: Desk) -> None:
    answer = desk.concluded(desk.profiled(), a_vurdering(tekst=f"  {1000 * 'å'} "))
    assert answer.json()["grunn"]["tekst"] == 1000 * "å"


@pytest.mark.parametrize(
    "tekst", ["Ringte 10.05.2026 12.05.2026.", "Å\u030a", "ar\u00adbeid", "a\u0301\u0302\u0303"]
)
def test_ordinary_words_are_taken_as_they_are(desk: Desk, tekst: str) -> None:
    assert desk.concluded(desk.profiled(), a_vurdering(tekst=tekst)).json()["grunn"]["tekst"] == tekst


# Who may


def test_a_machine_writes_none_even_where_the_gate_lets_it_pass(desk: Desk) -> None:
    answer = desk.concluded(desk.profiled(), who=MACHINE)
    assert (answer.status_code, code(answer)) == (403, "krever-veileder")
    assert desk.journaled("vurdering") == []


def test_who_wrote_it_stands_in_the_journal_and_in_no_answer(desk: Desk) -> None:
    case = desk.profiled()
    written = desk.concluded(case)
    read = desk.ask(REVISOR, "GET", f"{API}/{case}/vurdering")
    assert "Z990001" not in written.text + read.text
    assert [entry["navident"] for entry in desk.journaled("vurdering")] == ["Z990001"]


def test_writing_and_reading_leave_their_traces_of_access(desk: Desk) -> None:
    case = desk.profiled()
    desk.concluded(case)
    desk.concluded(case)
    desk.ask(REVISOR, "GET", f"{API}/{case}/vurdering")
    assert [(entry["hendelse"], entry["navident"]) for entry in desk.journaled("innsyn")] == [
        ("audit:update", "Z990001"),
        ("audit:access", "Z990001"),
        ("audit:access", "Z990003"),
    ]


# Nothing lost, nothing doubled


def test_the_forslag_that_stood_is_kept_beside_the_choice(desk: Desk, path: Path, tmp_path: Path) -> None:
    case = desk.profiled()
    follows = desk.concluded(case).json()
    deviates = desk.concluded(case, a_vurdering("JOBBE_DELVIS", enhet=None)).json()
    assert [(one["forslag"], one["fulgt"], one["foerForslaget"]) for one in (follows, deviates)] == [
        ("STANDARD_INNSATS", True, False),
        ("STANDARD_INNSATS", False, False),
    ]
    content = desk.journaled("vurdering")[0]
    assert set(content) == set(SAID)
    assert (content["regel"], content["enhet"]) == ("INGEN_FORHOEYET_ANSLAG", "0315")
    export_journal(str(path), tmp_path / "export", checkpoints=None, public_keys=())
    watched = read_journal(tmp_path / "export", "sha256:" + 64 * "1").vurderinger
    assert watched["innsatsgruppe"].to_list() == ["GODE_MULIGHETER", "JOBBE_DELVIS"]


def test_the_same_said_again_is_the_stored_one_to_the_byte(desk: Desk) -> None:
    case = desk.profiled()
    first = desk.concluded(case)
    again = desk.concluded(case, a_vurdering("STANDARD_INNSATS", tekst=f" {TEXT}"))
    assert (again.status_code, again.content) == (201, first.content)
    assert len(desk.journaled("vurdering")) == 1


def test_a_change_of_mind_and_back_is_three_and_another_veileder_has_their_own(desk: Desk) -> None:
    case = desk.profiled()
    for gruppe, who in (("GODE_MULIGHETER", KARI), ("JOBBE_DELVIS", KARI), ("GODE_MULIGHETER", KARI)):
        desk.concluded(case, a_vurdering(gruppe), who)
    desk.concluded(case, a_vurdering("GODE_MULIGHETER"), OLA)
    desk.concluded(case, a_vurdering("GODE_MULIGHETER"), KARI)
    assert [(e["innsatsgruppe"][:5], e["navident"]) for e in desk.journaled("vurdering")] == [
        ("GODE_", "Z990001"),
        ("JOBBE", "Z990001"),
        ("GODE_", "Z990001"),
        ("GODE_", "Z990002"),
        ("GODE_", "Z990001"),
    ]
    listed = desk.ask(KARI, "GET", f"{API}/{case}/vurdering").json()["vurderinger"]
    numbers = [one["journal"]["nummer"] for one in listed]
    assert (len(listed), numbers) == (5, sorted(numbers))


class Late(Journal):
    """What a request sees that looked before a racing one was through."""

    def entries_about(self, _case_id: UUID, _kind: EntryKind) -> list[StoredEntry | ErasedEntry]:
        return []


def test_of_two_that_race_one_is_made(desk: Desk, path: Path) -> None:
    case = desk.profiled()
    late = Late.open(path, timeout_seconds=5)
    racing = Desk(replace(desk.parts, journal=late), path)
    answers = [racing.concluded(case) for _ in range(2)]
    late.close()
    assert answers[0].content == answers[1].content
    assert len(desk.journaled("vurdering")) == 1


def test_a_key_gives_the_stored_answer_and_belongs_to_one_case_one_person_and_one_body(desk: Desk) -> None:
    case, other = desk.profiled(), desk.profiled()
    first = desk.concluded(case, key="n-1")
    desk.concluded(case, a_vurdering("JOBBE_DELVIS"))
    assert desk.concluded(case, key="n-1").content == first.content
    for refused in (
        desk.concluded(case, a_vurdering("JOBBE_DELVIS"), key="n-1"),
        desk.concluded(other, key="n-1"),
        desk.concluded(case, None, OLA, key="n-1"),
    ):
        assert (refused.status_code, code(refused)) == (409, "idempotensnoekkel-brukt")
    assert code(desk.concluded(case, key="to ord")) == "ugyldig-idempotensnoekkel"
    assert len(desk.journaled("vurdering")) == 2


def test_a_key_of_a_vurdering_is_used_up_for_an_innsigelse_and_the_other_way(desk: Desk) -> None:
    case, spent = desk.profiled(), {"Idempotency-Key": "n-2"}
    path, objection = f"{API}/{case}/innsigelse", {"gjelder": "forslag", "tekst": TEXT, "fra": "PERSONEN"}
    desk.concluded(case, key="n-1")
    desk.ask(KARI, "POST", path, objection, **spent)
    for refused in (
        desk.ask(KARI, "POST", path, a_vurdering(), **{"Idempotency-Key": "n-1"}),
        desk.concluded(case, objection, key="n-2"),
    ):
        assert (refused.status_code, code(refused)) == (409, "idempotensnoekkel-brukt")


def test_what_the_journal_cannot_keep_is_not_answered_and_may_be_sent_again(path: Path) -> None:
    with a_desk(path) as desk, opened(path, timeout_seconds=0.2) as impatient:
        case = desk.profiled()
        hasty = Desk(replace(desk.parts, journal=impatient), path)
        with connected(path) as console:
            console.execute("BEGIN IMMEDIATE")
            refused = hasty.concluded(case)
        assert (refused.status_code, code(refused)) == (503, "journal-utilgjengelig")
        assert desk.concluded(case).status_code == 201
        assert len(desk.journaled("vurdering")) == 1
    assert intact(path)


# Cases that are not there


def test_a_case_that_is_not_there_is_not_found(desk: Desk) -> None:
    for case in (str(UUID(int=404)), "nr-1", NUMBER, f"{NUMBER}-1"):
        for answer in (desk.concluded(case), desk.ask(KARI, "GET", f"{API}/{case}/vurdering")):
            assert (answer.status_code, code(answer)) == (404, "finnes-ikke")
            assert case not in answer.text


def erased(path: Path, case: str) -> None:
    """Erase a case as its command does."""
    store = open_store(str(path), timeout_seconds=5)
    erase(store, entries_of_cases(store, [UUID(case)]), WHY, Moment(CREATED, CASE, bytes(32)))
    forget(store)
    store.engine.dispose()


WHY = Why("krav om sletting", "GDPR art. 17", "Z990009")


def test_an_erased_case_takes_no_more_and_its_words_are_gone(desk: Desk, path: Path) -> None:
    case = desk.profiled()
    desk.concluded(case, key="n-1")
    desk.ask(
        KARI, "POST", f"{API}/{case}/innsigelse", {"gjelder": "forslag", "tekst": TEXT, "fra": "VEILEDER"}
    )
    erased(path, case)
    for answer in (
        desk.concluded(case),
        desk.concluded(case, key="n-1"),
        desk.ask(KARI, "GET", f"{API}/{case}/vurdering"),
    ):
        assert (answer.status_code, code(answer)) == (410, "slettet")
    assert desk.journaled("vurdering") == desk.journaled("innsigelse") == []
    files = b"".join(file.read_bytes() for file in path.parent.glob("journal.db*"))
    assert TEXT.encode() not in files
    assert intact(path)


def test_what_is_written_while_its_case_is_erased_does_not_stay(desk: Desk, path: Path) -> None:
    """The case is there when the request looks for it, and erased when it comes to write."""

    class Overtaken(Journal):
        def entries_about(self, case_id: UUID, kind: EntryKind) -> list[StoredEntry | ErasedEntry]:
            erased(path, str(case_id))
            return super().entries_about(case_id, kind)

    for what, body in (
        ("vurdering", a_vurdering()),
        ("innsigelse", {"gjelder": "forslag", "tekst": TEXT, "fra": "PERSONEN"}),
    ):
        case = desk.profiled()
        with closing(Overtaken.open(path, timeout_seconds=5)) as journal:
            slow = Desk(replace(desk.parts, journal=journal), path)
            answer = slow.ask(KARI, "POST", f"{API}/{case}/{what}", body)
        assert (answer.status_code, code(answer)) == (410, "slettet")
        assert desk.journaled(what) == []


# What is counted


def test_vurderinger_and_the_wait_for_the_first_are_counted_without_anybody(desk: Desk) -> None:
    case = desk.profiled()
    later = replace(desk.parts.sources, clock=lambda: NOW + timedelta(hours=2))
    hours = Desk(replace(desk.parts, sources=later), desk.path)
    hours.concluded(case)
    hours.concluded(case)
    hours.concluded(case, a_vurdering("JOBBE_DELVIS"))
    text = desk.parts.metrics.text().decode()
    for line in (
        'profilering_vurdering_total{forslag="STANDARD_INNSATS",fulgt="ja"} 1.0',
        'profilering_vurdering_total{forslag="STANDARD_INNSATS",fulgt="nei"} 1.0',
        'profilering_til_vurdering_sekunder_sum{forslag="STANDARD_INNSATS"} 7200.0',
        'profilering_til_vurdering_sekunder_count{forslag="STANDARD_INNSATS"} 1.0',
    ):
        assert line in text
    assert "Z990001" not in text
    assert "0315" not in text


def test_every_entry_of_a_kind_about_a_case_is_found_in_order(path: Path) -> None:
    with a_desk(path) as desk:
        case, other = desk.profiled(), desk.profiled()
        for _ in range(2):
            desk.concluded(case, who=KARI)
            desk.concluded(case, who=OLA)
        desk.concluded(other)
        erased(path, other)
    with opened(path) as journal:
        found: Any = journal.entries_about(UUID(case), EntryKind.VURDERING)
        numbers = [entry.receipt.number for entry in found]
        assert (len(found), numbers) == (4, sorted(numbers))
        (left,) = journal.entries_about(UUID(other), EntryKind.VURDERING)
        assert isinstance(left, ErasedEntry)
        assert journal.entries_about(UUID(case), EntryKind.INNSIGELSE) == []


def test_the_examples_in_the_contract_run(desk: Desk) -> None:
    paths = desk.ask(KARI, "GET", "/openapi.json").json()["paths"]
    case = desk.profiled()
    for name in ("vurdering", "innsigelse"):
        path = f"{API}/{{id}}/{name}"
        operation = paths[path]["post"]
        body = operation["requestBody"]["content"]["application/json"]["example"]
        documented = operation["responses"]["201"]["content"]["application/json"]["example"]
        answer = desk.ask(KARI, "POST", path.replace("{id}", case), body).json()
        assert list(answer) == list(documented)
        assert {name: answer[name] for name in body.keys() - {"innsatsgruppe"}} == {
            name: documented[name] for name in body.keys() - {"innsatsgruppe"}
        }
