"""Whatever is done to the database of a journal, an auditor finds it."""

from pathlib import Path

import pytest

from serving.journal.etterproev import check_folder
from serving.journal.export import export_journal
from tests.grounds import Ground, an_honest_journal
from tests.postgres import Postgres
from tests.tampering import (
    CASES,
    Case,
    both,
    fault_at,
    matrix,
    put_old_copy_back,
    remove_files,
    tampered,
    tried,
    verified,
)


@pytest.fixture(scope="module")
def sqlite_ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("sqlite")
    return an_honest_journal(str(folder / "journal.db"), folder)


@pytest.fixture(scope="module")
def postgres_ground(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return an_honest_journal(postgres.a_journal(), tmp_path_factory.mktemp("postgres"))


@pytest.fixture(params=["sqlite", "postgres"])
def ground(request: pytest.FixtureRequest) -> Ground:
    ground: Ground = request.getfixturevalue(f"{request.param}_ground")
    return ground


def test_the_journal_that_is_tampered_with_is_honest(ground: Ground) -> None:
    assert fault_at(ground) is None
    ground.restore()
    assert fault_at(ground) is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_tampering_is_found_at_its_first_entry(ground: Ground, case: Case) -> None:
    at, alone = tried(ground, case)
    assert at == case.at
    # Sabotage: a checker that leaves the checkpoints out lets these through.
    assert alone == (None if case.only_with_checkpoints else case.at)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_export_of_it_shows_the_same(sqlite_ground: Ground, case: Case, tmp_path: Path) -> None:
    ground, keys = sqlite_ground, [sqlite_ground.key.public_key]
    with tampered(ground, case):
        export_journal(ground.place, tmp_path / "ut", checkpoints=ground.checkpoints, public_keys=keys)
    fault = check_folder(tmp_path / "ut", keys).fault
    assert (fault and fault.number) == (None if case.only_in_database else case.at)


def test_the_matrix_is_whole_and_found_whole(sqlite_ground: Ground) -> None:
    found = matrix(sqlite_ground)
    assert all(row.found for row in found)
    assert not all(row.found_without_checkpoints for row in found)
    assert len({row.name for row in found}) == len(CASES)


def test_an_old_copy_beside_old_checkpoints_is_told_by_its_number_alone(sqlite_ground: Ground) -> None:
    """The known limit: whoever may also take checkpoints away is found by a note kept elsewhere."""
    way = both(put_old_copy_back, remove_files(9, 12))
    with tampered(sqlite_ground, Case("", way, 0)):
        result = verified(sqlite_ground)
    assert result.fault is None
    assert [*result.lines()][1].startswith(
        "Sammenlign med det som er notert et annet sted: nummer 7, sha256:"
    )
