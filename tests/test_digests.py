"""What was delivered is what was listed, to the byte; nothing else is ever parsed as Parquet."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.canonical import digest_of
from profilering.errors import CallerError
from profilering.risk import Outcome
from tests.candidates import command_here, some_tables, write_extract
from training.about import about_run
from training.audit import protected_columns, refuse_damaged, true_probability
from training.contract import ExtractError, Fault
from training.digests import digest_of_file, write_digests
from training.extract import read_extract
from training.nav_config import read_nav_config

DAMAGED = "other bytes than register.json lists"
PART = "registreringer/part-0.parquet"
PROTECTED = pl.DataFrame({"person_id": ["S00000001"], "kjoenn": ["KVINNE"], "landbakgrunn": ["NORGE"]})
TRUTH = pl.DataFrame({"periode_id": ["S00000001-01"], "p_langvarig_stoenad": [0.25]})


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """Three people, and of one of them the protected columns and the truth."""
    register = write_extract(tmp_path / "register", some_tables())
    for folder, frame in (("vernede", PROTECTED), ("truth/registreringer", TRUTH)):
        (register / folder).mkdir(parents=True)
        frame.write_parquet(register / folder / "part-0.parquet")
    write_digests(register)
    return register


def faults_of(read: Callable[[Path], object], register: Path) -> tuple[Fault, ...]:
    with pytest.raises(ExtractError) as stopped:
        read(register)
    assert all(fault.remedy for fault in stopped.value.faults)
    return stopped.value.faults


def described(register: Path) -> dict[str, object]:
    about: dict[str, object] = json.loads((register / "register.json").read_text("utf-8"))
    return about


def protected(register: Path) -> object:
    return protected_columns(register, pl.Series(["S00000002", "S00000001"])).to_dict(as_series=False)


def truth(register: Path) -> object:
    return true_probability(register, pl.Series(["S00000001-01"]), Outcome.LANGVARIG_STOENAD)


READERS = {
    "extract": (read_extract, f"extract/{PART}", PART),
    "protected": (protected, "vernede/part-0.parquet", "vernede/part-0.parquet"),
    "truth": (truth, "truth/registreringer/part-0.parquet", "truth/registreringer/part-0.parquet"),
    "check": (refuse_damaged, "vernede/part-0.parquet", "vernede/part-0.parquet"),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.integers(min_value=0, max_value=10**6), byte=st.integers(0, 255))
def test_a_damaged_file_never_reaches_the_parser(tmp_path: Path, where: int, byte: int) -> None:
    """Cut anywhere (`byte` 0), or with any one byte changed: what parses it could end the process."""
    register = tmp_path / "register"
    part = register / "extract" / PART
    if not register.exists():
        write_extract(register, some_tables())
        (register / "whole").write_bytes(part.read_bytes())
    whole = (register / "whole").read_bytes()
    at = where % len(whole)
    part.write_bytes(whole[:at] + bytes([whole[at] ^ byte]) + whole[at + 1 :] if byte else whole[:at])
    (fault,) = faults_of(read_extract, register)
    assert (fault.file, fault.problem) == (PART, DAMAGED)


@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_was_damaged_exchanged_lost_or_added_is_refused(reader: str, register: Path) -> None:
    read, path, told = READERS[reader]
    part = register / path
    whole = part.read_bytes()
    read(register)
    part.write_bytes(whole[:-1] + b"?")
    assert [(f.file, f.problem) for f in faults_of(read, register)] == [(told, DAMAGED)]
    part.unlink()
    (fault,) = faults_of(read, register)
    assert (fault.file, fault.problem) == (told, "listed in register.json and not there")
    part.write_bytes(whole)
    part.with_name("part-1.parquet").write_bytes(whole)
    (fault,) = faults_of(read, register)
    assert fault.file == told.replace("part-0", "part-1")
    assert fault.problem == "there and not listed in register.json"
    part.with_name("part-1.parquet").unlink()
    read(register)


@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_cannot_be_opened_is_a_fault_of_its_own(reader: str, register: Path) -> None:
    read, path, told = READERS[reader]
    (register / path).unlink()
    (register / path).mkdir()
    assert [(f.file, f.problem) for f in faults_of(read, register)] == [(told, "cannot be opened")]
    with pytest.raises(CallerError, match="nothing is listed"):
        write_digests(register)


@pytest.mark.parametrize("listed", [None, {}, [], "sha256:"])
def test_a_register_that_lists_no_file_is_refused_with_the_command_that_does(
    listed: object, register: Path
) -> None:
    about = {**described(register), "filer": listed, "filer_vernede": listed, "filer_truth": listed}
    (register / "register.json").write_text(json.dumps(about), "utf-8")
    for read in (read_extract, protected, truth):
        (fault,) = faults_of(read, register)
        assert (fault.file, fault.problem) == ("register.json", "no digest of any file")
        assert "python -m training digests" in fault.remedy
    assert len(faults_of(refuse_damaged, register)) == 2


def test_without_protected_columns_and_truth_there_is_nothing_to_refuse(tmp_path: Path) -> None:
    register = write_extract(tmp_path, some_tables())
    refuse_damaged(register)
    assert (protected(register), truth(register)) == ({}, None)


@pytest.mark.parametrize(("reader", "folder"), [("protected", "vernede"), ("truth", "truth/registreringer")])
def test_a_listed_file_that_is_no_parquet_of_these_columns_is_a_fault(
    reader: str, folder: str, register: Path
) -> None:
    read, part = READERS[reader][0], register / folder / "part-0.parquet"
    pl.DataFrame({"navn": ["HEMMELIG"]}).write_parquet(part)
    for content in (part.read_bytes(), b"PAR1"):
        part.write_bytes(content)
        write_digests(register)
        (fault,) = faults_of(read, register)
        assert (fault.file, fault.problem) == (f"{folder}/*.parquet", "cannot be read")
        assert "HEMMELIG" not in str(fault)


def test_every_file_is_listed_below_its_own_folder_and_the_rest_is_kept(register: Path) -> None:
    about = described(register)
    assert about["name"] == "tre personer"
    tables = sorted(f"{name}/part-0.parquet" for name in some_tables())
    assert list(about["filer"]) == tables  # type: ignore[call-overload]
    assert list(about["filer_vernede"]) == ["part-0.parquet"]  # type: ignore[call-overload]
    assert list(about["filer_truth"]) == ["registreringer/part-0.parquet"]  # type: ignore[call-overload]
    (register / "vernede" / "part-0.parquet").unlink()
    assert write_digests(register) == len(tables) + 1
    assert described(register) == {key: value for key, value in about.items() if key != "filer_vernede"}
    assert {path.name for path in register.iterdir()} == {"extract", "register.json", "truth", "vernede"}


def test_a_digest_is_the_one_written_everywhere_and_a_run_keeps_it(register: Path) -> None:
    part = register / "extract" / PART
    assert digest_of_file(part) == digest_of(part.read_bytes())
    about = about_run(read_extract(register), read_nav_config(), "Kari Trener")
    files = sorted((register / "extract").rglob("*.parquet"))
    assert about.data == {f.relative_to(register).as_posix(): digest_of(f.read_bytes()) for f in files}


def test_what_a_description_names_outside_the_extract_is_not_opened(register: Path) -> None:
    outside = register.parent / "outside.parquet"
    outside.write_bytes(b"")
    listed = {**read_extract(register).files, "../../outside.parquet": digest_of(b"")}
    (register / "register.json").write_text(json.dumps({**described(register), "filer": listed}), "utf-8")
    (fault,) = faults_of(read_extract, register)
    assert fault.problem == "listed in register.json and not there"


def test_the_command_makes_a_register_ready_and_check_looks_at_all_of_it(
    register: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    part = register / "vernede" / "part-0.parquet"
    part.write_bytes(part.read_bytes() + b"?")
    ended = command_here(monkeypatch, capsys, "check", str(register))
    assert (ended.code, ended.out) == (4, "")
    assert f"vernede/part-0.parquet, column all: {DAMAGED}; deliver it again" in ended.err
    PROTECTED.write_parquet(part)
    ended = command_here(monkeypatch, capsys, "digests", str(register))
    assert (ended.code, ended.out) == (0, f"{register}: 8 files listed in register.json\n")
    assert command_here(monkeypatch, capsys, "check", str(register)).code == 0


def test_a_folder_without_description_or_extract_cannot_be_made_ready(tmp_path: Path) -> None:
    (fault,) = faults_of(write_digests, tmp_path)
    assert fault.file == "register.json"
    (tmp_path / "register.json").write_text('{"name": "tomt"}', "utf-8")
    (fault,) = faults_of(write_digests, tmp_path)
    assert (fault.file, fault.problem) == ("extract/*/*.parquet", "no file")
    assert described(tmp_path) == {"name": "tomt"}


def test_a_written_register_is_ready_to_be_delivered(small_register: Path) -> None:
    assert read_extract(small_register).files
    refuse_damaged(small_register)
    assert {"filer", "filer_vernede", "filer_truth"} <= described(small_register).keys()
