"""Bring your own register: each fault of a spec or a table is told by name, and what to do."""

import json
from datetime import date
from html import escape
from pathlib import Path

import polars as pl
import pytest

from profilering.errors import CallerError, DataError
from tests.registers import own_spec, own_table, run
from training.benchmark import FeatureColumn, Note, What, benchmark_report, read_spec
from training.benchmark.spec import Kind
from training.benchmark.table import read_table
from training.reporting.report import report_html

GOOD = """
name = "own"
file = "own.csv"
outcome = "again"
weights = ""
time = "year"
split = {train = [2019, 2020], calibrate = [2021], test = [2022]}
protected = ["sex"]
[features]
months = "number"
county = "category"
"""


def write_spec(folder: Path, text: str = GOOD) -> Path:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_spec_is_read_as_it_stands(tmp_path: Path) -> None:
    assert read_spec(write_spec(tmp_path)) == own_spec()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("protected =", "protectd =", r"own\.toml: protectd is not a known key; did you mean 'protected'"),
        ("calibrate =", "calibration =", r"split\.calibration is not a known key; did you mean 'calibrate'"),
        ('months = "number"', 'months = "numbr"', r"features\.months is 'numbr'.*did you mean 'number'"),
        ('months = "number"', 'months = "qqq"', 'use "number" or "category"'),
        ('outcome = "again"', "", "outcome is missing; add it"),
        ('outcome = "again"', "outcome = 3", "outcome must be a text"),
        ('protected = ["sex"]', 'protected = ["sex", "county"]', r"features\.county is also protected"),
        ('protected = ["sex"]', 'protected = ["sex", "again"]', "lists the outcome"),
        ('protected = ["sex"]', 'protected = "sex"', "must be a list"),
        ('outcome = "again"', 'outcome = "months"', r"features\.months is also outcome"),
        ('weights = ""', 'weights = "months"', r"features\.months is also weights"),
        ('time = "year"', 'time = "months"', r"features\.months is also time"),
        ('time = "year"', 'time = ""', "split is given without time"),
        ("calibrate = [2021]", "calibrate = [2020]", r"lists \['2020'\] more than once"),
        (", test = [2022]", "", r"split\.test must be a list"),
        ('months = "number"\ncounty = "category"', "", "features must be a table"),
        ('name = "own"', 'name = "own', "cannot be read as TOML"),
    ],
)
def test_a_wrong_spec_is_refused_with_file_key_and_what_to_do(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in GOOD
    with pytest.raises(CallerError, match=says) as refusal:
        read_spec(write_spec(tmp_path, GOOD.replace(old, new)))
    assert "own.toml" in str(refusal.value)


def test_a_spec_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match=r"none\.toml: no such file"):
        read_spec(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        ("again", [0, 1, 2, 0], r"column again: 1 rows \(such as row 3\) are not 0 or 1"),
        ("again", [0, 1, None, None], r"column again: 2 rows \(such as row 3\) are not 0 or 1"),
        ("again", [1, 1, 1, 1], "column again: has one class only"),
        ("mass", [1.0, -2.0, 1.0, 1.0], r"column mass: 1 rows \(such as row 2\) are missing, negative"),
        ("mass", [0.0, 0.0, 0.0, 0.0], "column mass: gives nobody any weight"),
        ("months", ["1", "NA", "many", "4"], r"column months: 1 rows \(such as row 3\) are not numbers"),
        ("months", [1.0, 2.0, float("inf"), 4.0], r"column months: 1 rows \(such as row 3\) are infinite"),
        ("months", [date(2020, 1, n) for n in (1, 2, 3, 4)], "column months: is Date, not a number"),
        ("year", [2019, None, 2021, 2022], r"column year: 1 rows \(such as row 2\) have no time"),
    ],
)
def test_each_fault_of_a_table_is_named(tmp_path: Path, column: str, values: list[object], says: str) -> None:
    table = own_table(4).with_columns(
        again=pl.Series([0, 1, 0, 1]),
        mass=pl.lit(1.0),
        county=pl.Series(list("abab")),
        months=pl.Series([1, 2, 3, 4]),
    )
    spec = own_spec(file="own.parquet", weights="mass")
    table.write_parquet(tmp_path / "own.parquet")
    read_table(spec, tmp_path)
    table.with_columns(pl.Series(column, values)).write_parquet(tmp_path / "own.parquet")
    with pytest.raises(DataError, match=says) as refusal:
        read_table(spec, tmp_path)
    assert "own.parquet" in str(refusal.value)
    assert "many" not in str(refusal.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    own_table().with_columns(again=pl.lit(3), months=pl.lit("mange")).write_csv(tmp_path / "own.csv")
    with pytest.raises(DataError) as refusal:
        read_table(own_spec(), tmp_path)
    assert len(str(refusal.value).splitlines()) == 2
    assert "mange" not in str(refusal.value)


def test_a_column_or_file_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    own_table().write_csv(tmp_path / "own.csv")
    with pytest.raises(CallerError, match="column yaer is missing; did you mean 'year'"):
        read_table(own_spec(time="yaer"), tmp_path)
    with pytest.raises(CallerError, match=r"other\.csv is not in"):
        read_table(own_spec(file="other.csv"), tmp_path)
    with pytest.raises(CallerError, match=r"own\.xlsx is neither"):
        read_table(own_spec(file="own.xlsx"), tmp_path)


def test_an_identifier_is_no_protected_group(tmp_path: Path) -> None:
    own_table().with_columns(sex=pl.int_range(pl.len())).write_csv(tmp_path / "own.csv")
    with pytest.raises(DataError, match="column sex: has more than 100 values"):
        read_table(own_spec(), tmp_path)


def test_empty_and_broken_files_are_refused(tmp_path: Path) -> None:
    own_table().head(0).write_csv(tmp_path / "own.csv")
    with pytest.raises(DataError, match="has no rows"):
        read_table(own_spec(), tmp_path)
    (tmp_path / "own.parquet").write_bytes(b"PAR1 this is not parquet")
    with pytest.raises(DataError, match="cannot be read"):
        read_table(own_spec(file="own.parquet"), tmp_path)


def test_leading_zeros_of_a_category_are_kept(tmp_path: Path) -> None:
    pl.DataFrame({"again": [0, 1, 0], "months": [1, 2, 3], "county": ["03", "3", "003"]}).write_csv(
        tmp_path / "own.csv"
    )
    table = read_table(own_spec(time=None, split=None, protected=()), tmp_path)
    assert table.features["county"].to_list() == ["03", "3", "003"]


def notes_of(
    table: pl.DataFrame, folder: Path, **changes: object
) -> dict[tuple[str, str | None], int | None]:
    """What a run on this table had to say, by kind and column; the rows."""
    table.write_parquet(folder / "own.parquet")
    found = run(own_spec(file="own.parquet", **changes), folder, bootstraps=2)
    told = json.loads(found.to_json())["notes"]
    assert [note["text"] for note in told] == [note.text() for note in found.notes]
    return {(note["what"], note["column"]): note["rows"] for note in told}


MORE = (FeatureColumn("more", Kind.NUMBER), FeatureColumn("months", Kind.NUMBER))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("by_time", [True, False])
@pytest.mark.parametrize(("value", "what"), [("7", "constant"), (None, "all_missing")])
def test_a_feature_that_tells_nobody_apart_is_left_out_and_named(
    tmp_path: Path, value: str | None, what: str, by_time: bool, kind: Kind
) -> None:
    table = own_table(400).with_columns(more=pl.lit(value, pl.String))
    later = table.filter(pl.col("year") == 2022).height
    split = own_spec().split if by_time else None
    features = (FeatureColumn("more", kind), MORE[1])
    notes = notes_of(table, tmp_path, split=split, features=features)
    assert notes[what, "more"] == (later if by_time else 400)


def test_a_feature_that_begins_after_the_training_rows_is_named(tmp_path: Path) -> None:
    table = own_table(400).with_columns(more=pl.when(pl.col("year") == 2022).then(pl.col("months")))
    notes = notes_of(table, tmp_path, features=MORE)
    assert notes["all_missing", "more"] == table.filter(pl.col("year") == 2022).height


def test_features_that_all_tell_nobody_apart_are_refused(tmp_path: Path) -> None:
    own_table(400).with_columns(months=pl.lit(1), county=pl.lit("03")).write_csv(tmp_path / "own.csv")
    with pytest.raises(DataError, match=r"features \['county', 'months'\] are each the same"):
        run(own_spec(), tmp_path)


def test_notes_stand_in_the_report(tmp_path: Path) -> None:
    table = own_table(400).with_columns(sex=pl.lit("<K>"))
    table.write_csv(tmp_path / "own.csv")
    found = run(own_spec(), tmp_path, bootstraps=2)
    report = report_html(benchmark_report(found, "Prøve."))
    assert found.notes
    assert all(escape(note.text()) in report for note in found.notes)


def test_rows_that_repeat_another_are_counted(tmp_path: Path) -> None:
    table = own_table(400).with_columns(more=pl.int_range(pl.len()))
    again = pl.concat([table, table.head(25)])
    assert ("identical_rows", None) not in notes_of(table, tmp_path, features=MORE)
    assert notes_of(again, tmp_path, features=MORE)["identical_rows", None] == 25


def test_fewer_than_ten_rows_are_told_of_but_not_counted(tmp_path: Path) -> None:
    table = own_table(400).with_columns(more=pl.int_range(pl.len()))
    assert (
        notes_of(pl.concat([table, table.head(3)]), tmp_path, features=MORE)["identical_rows", None] is None
    )
    assert Note(What.IDENTICAL_ROWS, None, None).text().startswith("færre enn ti rader")


def test_groups_too_small_and_groups_without_others_are_named(tmp_path: Path) -> None:
    table = own_table(1_200).with_columns(
        sex=pl.when(pl.int_range(pl.len()) % 20 == 0).then(pl.lit("K")).otherwise(pl.lit("M")),
        region=pl.lit("nord"),
    )
    notes = notes_of(table, tmp_path, protected=("sex", "region"))
    later = table.filter(pl.col("year") == 2022)
    assert notes["one_group", "region"] == later.height
    assert notes["too_few_to_test", "sex"] == later.height if later["again"].sum() < 100 else True


def test_weights_that_leave_out_a_whole_class_of_a_part_are_named(tmp_path: Path) -> None:
    table = own_table(400).with_columns(mass=pl.when(pl.col("year") == 2021).then("again").otherwise(1.0))
    table.write_csv(tmp_path / "own.csv")
    with pytest.raises(DataError, match=r"column mass: \d+ rows .* no weight where again is 0"):
        run(own_spec(weights="mass"), tmp_path)


def test_a_calibration_part_with_few_of_a_class_costs_only_its_curve(tmp_path: Path) -> None:
    table = own_table(600).with_columns(
        again=pl.when((pl.col("year") == 2021) & (pl.int_range(pl.len()) > 30)).then(0).otherwise("again")
    )
    assert 0 < table.filter(pl.col("year") == 2021)["again"].sum() < 5
    assert ("no_earlier_curve", "year") in notes_of(table, tmp_path)
