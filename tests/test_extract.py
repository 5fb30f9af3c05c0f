"""The extract's contract: every broken promise is named, nothing of a person is, and nothing is written."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.candidates import Ended, command, command_here, some_tables, write_extract
from training.contract import TABLES, ExtractError, Fault
from training.digests import write_digests
from training.extract import read_extract

SECRET = "HEMMELIG"
NUMBER = "01019012345"
"""Eleven digits that look like a fødselsnummer and are nobody's."""
Change = Callable[[pl.DataFrame], pl.DataFrame]


def put(column: str, value: object, row: int = 1) -> Change:
    """Another value in one row of a column, of whatever type it makes."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        values = frame[column].to_list()
        values[row] = value
        return frame.with_columns(pl.Series(column, values, dtype=frame.schema[column], strict=True))

    return change


def cast(column: str, dtype: pl.DataType) -> Change:
    return lambda frame: frame.with_columns(pl.col(column).cast(dtype))


def twice(row: int) -> Change:
    return lambda frame: pl.concat([frame, frame[row : row + 1]])


def faults_of(register: Path) -> tuple[Fault, ...]:
    with pytest.raises(ExtractError) as stopped:
        read_extract(register)
    return stopped.value.faults


def broken(tmp_path: Path, table: str, change: Change) -> Path:
    tables = some_tables()
    return write_extract(tmp_path / "register", {**tables, table: change(tables[table])})


BROKEN: dict[str, tuple[str, Change, tuple[str, str, int, int | None]]] = {
    "missing column": ("ytelser", lambda f: f.drop("tom"), ("tom", "the column is missing", 3, None)),
    "wrong type": ("ytelser", cast("fom", pl.String()), ("fom", "type String", 3, None)),
    "a number written as text": (
        "registreringer",
        cast("foedselsaar", pl.String()),
        ("foedselsaar", "type String", 3, None),
    ),
    "a moment for a day": (
        "perioder",
        cast("startet", pl.Datetime()),
        ("startet", "type Datetime(time_unit='us', time_zone=None)", 3, None),
    ),
    "extra column": (
        "tiltak",
        lambda f: f.with_columns(navn=pl.lit(SECRET)),
        ("navn", "the column is not in the contract", 1, None),
    ),
    "empty table": ("tiltak", lambda f: f.clear(), ("all", "no rows", 0, None)),
    "job backwards": (
        "arbeidsforhold",
        put("sluttet", date(2019, 4, 30)),
        ("sluttet", "interval backwards", 1, 1),
    ),
    "ytelse backwards": ("ytelser", put("tom", date(2017, 12, 31)), ("tom", "interval backwards", 1, 1)),
    "periode backwards": (
        "perioder",
        put("avsluttet", date(2020, 8, 31), row=2),
        ("avsluttet", "interval backwards", 1, 2),
    ),
    "tiltak backwards": ("tiltak", put("tom", date(2018, 1, 1), row=0), ("tom", "interval backwards", 1, 0)),
    "unknown ytelse": ("ytelser", put("ytelse", SECRET), ("ytelse", "an unknown code", 1, 1)),
    "unknown answer": (
        "registreringer",
        put("helsetilstand_hindrer_arbeid", SECRET),
        ("helsetilstand_hindrer_arbeid", "an unknown code", 1, 1),
    ),
    "unknown code in a list": (
        "registreringer",
        put("jobbsituasjon", ["ANNET", SECRET, SECRET], row=2),
        ("jobbsituasjon", "an unknown code", 1, 2),
    ),
    "null in a list": (
        "registreringer",
        put("jobbsituasjon", ["ANNET", None]),
        ("jobbsituasjon", "a list without values", 1, 1),
    ),
    "empty list": (
        "registreringer",
        put("jobbsituasjon", []),
        ("jobbsituasjon", "a list without values", 1, 1),
    ),
    "five digits of styrk": ("arbeidsforhold", put("styrk08", "72231"), ("styrk08", "another form", 1, 1)),
    "a name for a fylke": ("registreringer", put("fylke", SECRET), ("fylke", "another form", 1, 1)),
    "a line after the fylke": ("registreringer", put("fylke", "46\n"), ("fylke", "another form", 1, 1)),
    "free text for a type of tiltak": (
        "tiltak",
        put("type", f"{SECRET} hos legen", row=0),
        ("type", "another form", 1, 0),
    ),
    "birth year out of range": (
        "registreringer",
        put("foedselsaar", 1891),
        ("foedselsaar", "a value out of range", 1, 1),
    ),
    "more than a full position": (
        "arbeidsforhold",
        put("stillingsprosent", 101),
        ("stillingsprosent", "a value out of range", 1, 1),
    ),
    "unemployment not a number": (
        "arbeidsmarked",
        put("ledighet", float("nan")),
        ("ledighet", "a value out of range", 1, 1),
    ),
    "null day": ("registreringer", put("registrert", None), ("registrert", "no value", 1, 1)),
    "null person": ("ytelser", put("person_id", None), ("person_id", "no value", 1, 1)),
    "null ytelse": ("ytelser", put("ytelse", None), ("ytelse", "no value", 1, 1)),
    "fødselsnummer as person": (
        "ytelser",
        put("person_id", NUMBER),
        ("person_id", "eleven digits in a row", 1, 1),
    ),
    "fødselsnummer inside an id": (
        "arbeidsforhold",
        put("person_id", f"S-{NUMBER}"),
        ("person_id", "eleven digits in a row", 1, 1),
    ),
    "fødselsnummer as a type": (
        "tiltak",
        put("type", NUMBER, row=0),
        ("type", "eleven digits in a row", 1, 0),
    ),
    "the same periode twice": ("perioder", twice(2), ("periode_id", "repeated key", 2, 2)),
    "the same month twice": ("arbeidsmarked", twice(1), ("maaned, fylke, styrk1", "repeated key", 2, 1)),
    "a registrering without its periode": (
        "perioder",
        lambda f: f[:2],
        ("periode_id, person_id", "no such row in perioder", 1, 2),
    ),
    "a registrering of somebody else's periode": (
        "perioder",
        put("person_id", "S00000009"),
        ("periode_id, person_id", "no such row in perioder", 1, 1),
    ),
}


def test_a_whole_extract_is_read(tmp_path: Path) -> None:
    tables = some_tables()
    extract = read_extract(write_extract(tmp_path, tables))
    assert (extract.name, extract.extract_date, extract.synthetic) == (
        "tre personer",
        date(2025, 12, 31),
        True,
    )
    for name, frame in tables.items():
        assert getattr(extract, name).equals(frame)


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_promise_is_named_and_no_value_is(fault: str, tmp_path: Path) -> None:
    table, change, (column, problem, rows, example) = BROKEN[fault]
    register = broken(tmp_path, table, change)
    wanted = (column, problem, rows, example)
    found = [f for f in faults_of(register) if (f.column, f.problem, f.rows, f.example_row) == wanted]
    assert len(found) == 1
    assert found[0].file.startswith(f"{'registreringer' if 'no such row' in problem else table}/")
    with pytest.raises(ExtractError) as stopped:
        read_extract(register)
    message = str(stopped.value)
    assert found[0].remedy
    assert found[0].remedy in message
    assert (f"in {rows} rows" in message) == (rows > 0)
    for value in (SECRET, NUMBER, "S0000000", "1891"):
        assert value not in message


def test_whole_numbers_of_any_width_are_taken(tmp_path: Path) -> None:
    register = broken(tmp_path, "registreringer", cast("foedselsaar", pl.Int16()))
    assert read_extract(register).registreringer.schema["foedselsaar"] == pl.Int64


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    tables = some_tables()
    tables["ytelser"] = put("ytelse", SECRET)(tables["ytelser"].drop("tom"))
    tables["registreringer"] = put("fylke", "4")(put("nus", "44", row=0)(tables["registreringer"]))
    register = write_extract(tmp_path, {n: t for n, t in tables.items() if n != "tiltak"}, about={})
    places = [(f.file.split("/")[0], f.column) for f in faults_of(register)]
    assert sorted(places) == [
        ("register.json", "extract_date"),
        ("registreringer", "fylke"),
        ("registreringer", "nus"),
        ("tiltak", "all"),
        ("ytelser", "tom"),
        ("ytelser", "ytelse"),
    ]


@pytest.mark.parametrize(
    "about",
    [[], {}, {"name": "x"}, {"name": "x", "extract_date": "i fjor"}, {"extract_date": "2025-12-31"}, 7],
)
def test_a_register_that_does_not_say_when_it_was_drawn_is_refused(about: object, tmp_path: Path) -> None:
    (fault,) = faults_of(write_extract(tmp_path, some_tables(), about=about))
    assert fault.file == "register.json"
    assert "extract_date (YYYY-MM-DD)" in fault.remedy


def test_a_missing_register_json_is_refused(tmp_path: Path) -> None:
    register = write_extract(tmp_path, some_tables())
    (register / "register.json").unlink()
    (fault,) = faults_of(register)
    assert fault.file == "register.json"


def test_a_folder_that_is_no_register_is_refused(tmp_path: Path) -> None:
    assert [f.file for f in faults_of(tmp_path / "nothing")] == ["register.json"]


def test_a_register_without_an_extract_misses_every_table(tmp_path: Path) -> None:
    register = write_extract(tmp_path, some_tables())
    shutil.rmtree(register / "extract")
    listed = [f"{name}/part-0.parquet" for name in sorted(TABLES)]
    assert [f.file for f in faults_of(register)] == listed
    described(register, filer={})
    assert [f.file for f in faults_of(register)] == [f"{name}/*.parquet" for name in TABLES]


def test_parts_are_one_table_and_rows_are_counted_through_them(tmp_path: Path) -> None:
    tables = some_tables()
    register = write_extract(tmp_path, tables)
    part = register / "extract" / "ytelser" / "part-1.parquet"
    tables["ytelser"].write_parquet(part)
    write_digests(register)
    assert read_extract(register).ytelser.height == 6
    put("ytelse", SECRET, row=0)(tables["ytelser"]).write_parquet(part)
    write_digests(register)
    (fault,) = faults_of(register)
    assert (fault.rows, fault.example_row) == (1, 3)


@pytest.mark.parametrize("change", [lambda f: f.drop("tom"), cast("fom", pl.String())])
def test_parts_that_differ_are_refused(change: Change, tmp_path: Path) -> None:
    tables = some_tables()
    register = write_extract(tmp_path, tables)
    change(tables["ytelser"]).write_parquet(register / "extract" / "ytelser" / "part-1.parquet")
    write_digests(register)
    (fault,) = faults_of(register)
    assert (fault.file, fault.problem) == ("ytelser/*.parquet", "parts differ in columns")


def test_with_one_part_unreadable_no_rows_of_the_others_are_counted(tmp_path: Path) -> None:
    """Their numbers would be wrong: rows are numbered through all parts."""
    register = broken(tmp_path, "ytelser", put("ytelse", SECRET))
    (register / "extract" / "ytelser" / "part-1.parquet").write_bytes(b"PAR1")
    write_digests(register)
    (fault,) = faults_of(register)
    assert (fault.file, fault.problem) == ("ytelser/part-1.parquet", "cannot be read as Parquet")


def test_check_says_ok_with_the_number_of_registreringer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = command_here(monkeypatch, capsys, "check", str(write_extract(tmp_path, some_tables())))
    assert (ended.code, ended.err) == (0, "")
    assert "3 registreringer" in ended.out


def test_check_ends_with_four_and_the_message(tmp_path: Path) -> None:
    table, change, _ = BROKEN["fødselsnummer as person"]
    ended = command("check", str(broken(tmp_path, table, change)))
    assert (ended.code, ended.out) == (4, "")
    assert ended.err == (
        "error: ytelser/*.parquet, column person_id: eleven digits in a row in 1 rows, "
        "for example row 1; take identifiers out of the extract\n"
    )


def test_train_ends_with_four_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    register = broken(tmp_path, "ytelser", put("ytelse", SECRET))
    before = _files(tmp_path)
    places = ("--out", str(tmp_path / "out"), "--artefacts", str(tmp_path / "artefacts"))
    ended: Ended = command_here(monkeypatch, capsys, "train", str(register), *places, "--json")
    assert (ended.code, ended.out) == (4, "")
    assert "an unknown code in 1 rows, for example row 1" in ended.err
    assert SECRET not in ended.err
    assert _files(tmp_path) == before


def described(register: Path, **changes: object) -> None:
    """Other values in register.json."""
    path = register / "register.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), "utf-8")


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_the_written_register_keeps_the_contract(small_register: Path) -> None:
    extract = read_extract(small_register)
    counts = json.loads((small_register / "register.json").read_text("utf-8"))["counts"]
    for name in TABLES:
        assert getattr(extract, name).height == counts[f"extract/{name}"]
