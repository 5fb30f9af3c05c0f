"""The proofs of `make proof-journal`, small; and each shown to go red when its guard is taken away."""

from pathlib import Path

import pytest

from tests.postgres import Postgres, a_server
from tests.proof.disk import build_disk, cut_power, fail_each_call
from tests.proof.kills import Plan, kill_workers
from tests.proof.wire import cut_at_each_message


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_disk(tmp_path_factory.mktemp("disk"))


def test_workers_killed_while_they_write_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    found = kill_workers(str(tmp_path / "journal.db"), tmp_path, Plan(kills=3, workers=2))
    assert found.acknowledged > 50
    assert found.holds(), found
    assert found.entries == found.acknowledged


def test_workers_that_answer_before_the_commit_are_caught_by_the_same_rig(tmp_path: Path) -> None:
    found = kill_workers(
        str(tmp_path / "journal.db"), tmp_path, Plan(kills=2, workers=2, way="answer-before-commit")
    )
    assert found.missing > 0


def test_a_database_that_crashes_under_its_workers_loses_nothing(tmp_path: Path) -> None:
    with a_server() as server:
        found = kill_workers(
            server.a_journal(), tmp_path, Plan(kills=2, crashes=1, workers=2, longest_seconds=0.6), server
        )
    assert found.acknowledged > 10
    assert found.holds(), found
    assert found.entries == found.acknowledged


def test_when_the_power_goes_what_was_acknowledged_is_on_the_disk(disk: Path, tmp_path: Path) -> None:
    found = cut_power(disk, tmp_path, entries=30, cuts=25)
    assert (found.acknowledged, found.lost) == (30, 0)


def test_without_a_sync_at_each_commit_the_same_rig_finds_losses(disk: Path, tmp_path: Path) -> None:
    assert cut_power(disk, tmp_path, entries=30, cuts=10, synchronous="NORMAL").lost > 0


@pytest.mark.parametrize("lasting", [True, False])
def test_whichever_file_call_fails_nobody_is_told_of_an_entry_that_is_not_there(
    disk: Path, tmp_path: Path, lasting: bool
) -> None:
    found = fail_each_call(disk, tmp_path, lasting=lasting, step=9)
    assert found.told > 0
    assert (found.missing, found.stuck) == (0, 0), found


@pytest.mark.parametrize("lose_the_answer", [True, False])
def test_wherever_the_wire_is_cut_nobody_is_told_of_an_entry_that_is_not_there(
    postgres: Postgres, lose_the_answer: bool
) -> None:
    found = cut_at_each_message(postgres, lose_the_answer=lose_the_answer, step=4)
    assert found.told > 0
    assert (found.missing, found.stuck) == (0, 0), found
