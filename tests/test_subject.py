"""Who is measured, in groups: read once from the register, and the same people's whichever rows are asked."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from models.policy_file import read_policy_version
from training.audit import PROTECTED, protected_columns
from training.extract import Extract, read_extract
from training.judging.subject import Subject, age_groups, subject_of
from training.nav_config import NavConfig, read_nav_config
from training.prepare import Prepared, prepare

FEW = 40
CONFIG: NavConfig = read_nav_config()


@pytest.fixture(scope="module")
def extract(small_register: Path) -> Extract:
    return read_extract(small_register)


@pytest.fixture(scope="module")
def prepared(extract: Extract) -> Prepared:
    """Few are learnt from and measured: they are asked about one by one."""
    whole = prepare(extract, CONFIG)
    sides = ("train", "calibrate", "held_out", "test")
    return replace(
        whole, split=replace(whole.split, **{side: getattr(whole.split, side)[:FEW] for side in sides})
    )


@pytest.fixture
def register(small_register: Path, tmp_path: Path) -> Path:
    """What the audit step reads of a register."""
    shutil.copy(small_register / "register.json", tmp_path)
    shutil.copytree(small_register / "vernede", tmp_path / "vernede")
    return tmp_path


def subject_in(register: Path, extract: Extract, prepared: Prepared) -> Subject:
    policy = read_policy_version(CONFIG.evaluering.policy)
    return subject_of(prepared, extract, register, CONFIG, policy)


def test_each_row_has_the_groups_of_its_own_person_and_the_register_is_read_once(
    register: Path, extract: Extract, prepared: Prepared
) -> None:
    protected = pl.read_parquet(register / "vernede" / "*.parquet").rows_by_key("person_id", named=True)
    subject = subject_in(register, extract, prepared)
    shutil.rmtree(register / "vernede")
    for rows in (subject.test, prepared.split.train[::-1], np.arange(0, dtype=np.intp)):
        columns = subject.columns(rows)
        assert list(columns) == [*PROTECTED, "alder", "fylke"]
        people = prepared.registreringer["person_id"].gather(rows)
        for name in PROTECTED:
            assert list(columns[name]) == [protected[person][0][name] for person in people]
        assert list(columns["fylke"]) == prepared.registreringer["fylke"].gather(rows).to_list()
        assert list(columns["alder"]) == age_groups(prepared.features[rows]).to_list()


def test_a_register_without_protected_columns_is_measured_by_age_and_fylke(
    register: Path, extract: Extract, prepared: Prepared
) -> None:
    shutil.rmtree(register / "vernede")
    about = json.loads((register / "register.json").read_text("utf-8"))
    del about["filer_vernede"]
    (register / "register.json").write_text(json.dumps(about), "utf-8")
    columns = subject_in(register, extract, prepared).columns(prepared.split.test)
    assert {name: len(values) for name, values in columns.items()} == {"alder": FEW, "fylke": FEW}


def test_a_person_the_protected_columns_do_not_know_has_none(small_register: Path) -> None:
    known = pl.read_parquet(small_register / "vernede" / "*.parquet")["person_id"][0]
    found = protected_columns(small_register, pl.Series(["?", known, "?"]))
    assert found.select(pl.all().is_null()).rows() == [(True, True), (False, False), (True, True)]


def test_the_ages_part_at_thirty_and_fifty_five() -> None:
    ages = pl.DataFrame({"alder": [18, 29, 30, 54, 55, 66, None]})
    expected = ["under 30", "under 30", "30–54", "30–54", "55 og over", "55 og over", None]
    assert age_groups(ages).to_list() == expected
