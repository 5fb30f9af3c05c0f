"""Bring your own register: each fault of a spec or a table is told by name, and what to do."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from profilering.errors import CallerError, DataError
from tests.registers import own_spec, own_table
from training.benchmark import read_spec
from training.benchmark.table import read_table

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
        ("months", [7, 7, 7, 7], "column months: is the same in every row"),
        ("county", ["b", "b", "b", "b"], "column county: is the same in every row"),
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
    own_table().with_columns(again=pl.lit(3), months=pl.lit(1)).write_csv(tmp_path / "own.csv")
    with pytest.raises(DataError) as refusal:
        read_table(own_spec(), tmp_path)
    assert len(str(refusal.value).splitlines()) == 2


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
