"""What auditors take along says what the pages say, and leaves a trace first."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import polars as pl
import pytest
from pydantic import BaseModel

from serving.revisjon.eksport import BOM, HEADER, SakerUt, SakUt, Uttrekk, _cell, csv_of
from serving.revisjon.koder import SLETTET
from serving.revisjon.spoersmaal import counts_of, side_of
from serving.revisjon.utvalg import Sortering, Utvalg
from tests.builders import a_request
from tests.deciding import KARI, MACHINE, REVISOR, Desk, a_desk, a_vurdering
from tests.grounds import as_owner
from tests.test_erasure import erase_case
from tests.test_revisjon import MARKUP
from tests.test_saksliste import read_whole

LIST, CASE = "/revisjon/saker", "/revisjon/saker/{id}"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path / "journal.db") as desk:
        yield desk


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """Five cases of two offices: followed, deviated from, not concluded, erased."""
    offices = ("0301", "0301", "1234", "0301", "1234")
    cases = [desk.profiled(a_request(enhet=office, periodeId=str(uuid4()))) for office in offices]
    desk.concluded(cases[0], a_vurdering(enhet="0301"))
    desk.concluded(cases[1], a_vurdering("LITEN_MULIGHET_TIL_A_JOBBE", enhet="0301"))
    erase_case(str(desk.path), UUID(cases[4]))
    return desk


def taken(desk: Desk, path: str) -> Any:
    answer = desk.ask(REVISOR, "GET", path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["cache-control"] == "no-store"
    media = "text/csv; charset=utf-8" if ".csv" in path else "application/json"
    assert answer.headers["content-type"] == media
    return answer


def rows_of(text: str) -> list[dict[str, str]]:
    assert text.startswith(BOM)
    assert text.count("\r\n") == text.count("\n")
    return list(csv.DictReader(io.StringIO(text.removeprefix(BOM), newline=""), delimiter=";"))


def numbers_of(rows: list[dict[str, Any]], name: str) -> list[int]:
    return [int(row[name]) for row in rows]


@pytest.mark.parametrize("query", ["", "?enhet=0301", "?status=FULGT&sortering=eldste", "?enhet=9999"])
def test_a_list_is_imported_again_to_the_numbers_of_its_page(busy: Desk, query: str) -> None:
    table, told = (taken(busy, f"{LIST}.{form}{query}").content for form in ("csv", "json"))
    rows, document = rows_of(table.decode()), json.loads(told)
    asked = dict(pair.split("=") for pair in query[1:].split("&") if pair)
    counts = counts_of(Utvalg(**asked), read_whole(busy))
    assert len(rows) == len(document["saker"]) == document["antall"] == sum(counts.values())
    for (forslag, status), count in counts.items():
        found = [row for row in rows if (row["Forslag"], row["Vurdering"]) == (forslag, status)]
        assert len(found) == count
    assert numbers_of(rows, HEADER["nummer"]) == numbers_of(document["saker"], "nummer")
    SakerUt.model_validate_json(told, strict=True)
    assert document["utvalg"] == {"sortering": "nyeste", **asked}


def test_a_spreadsheet_and_a_data_frame_read_the_same_numbers(busy: Desk) -> None:
    content = taken(busy, f"{LIST}.csv").content
    frame = pl.read_csv(content, separator=";", decimal_comma=True, null_values="")
    waited = [row["sekunder"] for row in json.loads(taken(busy, f"{LIST}.json").content)["saker"]]
    assert frame[HEADER["sekunder"]].to_list() == waited
    assert frame[HEADER["nummer"]].dtype.is_integer()
    assert frame[HEADER["forslag"]].to_list().count(SLETTET) == 1


@pytest.mark.parametrize("sortering", list(Sortering))
def test_every_case_comes_once_in_every_order(busy: Desk, sortering: str) -> None:
    utvalg, saksliste = Utvalg(sortering=sortering), read_whole(busy)
    rows = rows_of("".join(csv_of(Uttrekk(utvalg, saksliste))))
    assert numbers_of(rows, HEADER["nummer"]) == [rad.nummer for rad in side_of(utvalg, saksliste).rader]
    assert len(rows) == 5


def test_what_is_taken_along_is_of_one_instant(busy: Desk) -> None:
    saksliste = read_whole(busy)
    lines = csv_of(Uttrekk(Utvalg(sortering=Sortering.MEST_SETT), saksliste))
    head = [next(lines), next(lines)]
    for case in [busy.profiled(a_request(periodeId=str(uuid4()))) for _ in range(3)]:
        busy.ask(REVISOR, "GET", f"/revisjon/saker/{case}")
    read_whole(busy)
    assert len(rows_of("".join([*head, *lines]))) == 5
    assert len(rows_of("".join(csv_of(Uttrekk(Utvalg(), saksliste))))) == 8


@pytest.mark.parametrize("text", ["=1+1", "+47", "-x", "@SUM(A1)", "\tx", "\rx"])
def test_a_cell_is_no_formula(text: str) -> None:
    assert _cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "cell"), [(-5, "-5"), (-0.5, "-0,5"), (True, "Ja"), (None, ""), ("x=", "x=")]
)
def test_numbers_stay_numbers_and_words_stay_words(value: object, cell: str) -> None:
    assert _cell(value) == cell


def test_a_case_holds_what_its_page_shows_with_every_bit_of_its_sums(desk: Desk) -> None:
    case = desk.profiled(a_request(egenvurdering="ANTATT_GODE_MULIGHETER"))
    desk.concluded(case, a_vurdering(tekst=MARKUP))
    answer = taken(desk, f"{CASE.format(id=case)}.json")
    SakUt.model_validate_json(answer.content, strict=True)
    told = answer.json()
    (content,) = desk.journaled("profilering")
    for anslag, stykke in zip(content["anslag"], told["innhold"]["regnestykker"], strict=True):
        drawn = {each["navn"]: each["log_odds"] for tema in stykke["temaer"] for each in tema["opplysninger"]}
        assert stykke["grunnlinje"] == anslag["grunnlinje"]
        assert drawn == dict(anslag["bidrag"])
    assert told["vurderinger"][0]["tekst"] == MARKUP
    sett = json.loads(content["svar"])["begrunnelse"]["avsnitt"]
    assert [avsnitt["tekst"] for avsnitt in told["innhold"]["sett"]] == [avsnitt["tekst"] for avsnitt in sett]
    assert told["hendelser"][-1]["hva"] == "EKSPORT"
    assert (told["feil"], told["syntetisk"]) == (None, True)


@pytest.mark.parametrize(
    ("path", "model"), [(f"{LIST}.schema.json", SakerUt), ("/revisjon/sak.schema.json", SakUt)]
)
def test_the_schema_of_each_document_is_served(desk: Desk, path: str, model: type[BaseModel]) -> None:
    assert desk.ask(REVISOR, "GET", path).json() == model.model_json_schema()


def test_an_erased_case_is_taken_along_as_the_place_it_left(desk: Desk) -> None:
    case = desk.profiled()
    erase_case(str(desk.path), UUID(case))
    told = taken(desk, f"{CASE.format(id=case)}.json").json()
    assert (told["slettet"], told["innhold"], told["vurderinger"]) == (True, None, [])


def test_taking_along_leaves_its_trace_first(busy: Desk) -> None:
    for form in ("csv", "json"):
        taken(busy, f"{LIST}.{form}?enhet=0301&etter=2")
    *_, first, last = busy.journaled("innsyn")
    for entry, form in ((first, "csv"), (last, "json")):
        assert (entry["navident"], entry["formaal"], entry["rute"]) == (
            REVISOR.nav_ident, "EKSPORT", f"{LIST}.{form}",
        )  # fmt: skip
        assert entry["liste"] == {
            "utvalg": {"enhet": "0301", "sortering": "nyeste"},
            "antall": 3,
            "lest": entry["liste"]["lest"],
        }
    before = len(busy.journaled("innsyn"))
    assert busy.ask(MACHINE, "GET", f"{LIST}.csv").status_code == 200
    assert len(busy.journaled("innsyn")) == before


@pytest.mark.parametrize("path", [f"{LIST}.csv", f"{LIST}.json", f"{CASE}.json"])
def test_nothing_leaves_where_it_cannot_be_written_down(desk: Desk, path: str) -> None:
    case = desk.profiled()
    with as_owner(str(desk.path)) as database:
        database.run("CREATE TRIGGER nei BEFORE INSERT ON innfoersel BEGIN SELECT RAISE(ABORT, 'nei'); END")
    answer = desk.ask(KARI, "GET", path.format(id=case))
    assert answer.status_code == 503
    assert case not in answer.text


@pytest.mark.parametrize("path", [f"{LIST}.csv?navident=Z990001", f"{LIST}.json?fra=i+gaar"])
def test_a_hostile_choice_takes_nothing_along(desk: Desk, path: str) -> None:
    answer = desk.ask(REVISOR, "GET", path)
    assert answer.status_code == 400
    assert "Utvalget kan ikke leses" in answer.text
    assert desk.journaled("innsyn") == []


@pytest.mark.parametrize("case", ["x", "00000000-0000-4000-8000-000000000000"])
def test_a_case_that_is_not_there_is_said_to_be_so(desk: Desk, case: str) -> None:
    assert desk.ask(REVISOR, "GET", f"{CASE.format(id=case)}.json").status_code == 404
    assert desk.journaled("innsyn") == []
