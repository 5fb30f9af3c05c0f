"""Parts made side by side: the same bytes as one after the other, whatever happens on the way."""

import os
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import active_children, get_context
from pathlib import Path

import pytest

from models.canonical import digest_of
from profilering.errors import SetupError
from serving.scoring.given import given_at
from serving.scoring.making import Means, loaded, means_of
from serving.scoring.parts import Part, Portions, Tally, claim, parts_of, stands_already
from serving.scoring.spread import make_all
from serving.scoring.worker import begin
from tests.bundles import a_bundle, approve
from tests.test_score import TEXTS, written

FEW = Portions(part=2, batch=2)


@pytest.fixture(scope="module")
def means(tmp_path_factory: pytest.TempPathFactory) -> Means:
    folder = tmp_path_factory.mktemp("published")
    approved, artefacts = folder / "approved.toml", folder / "artefacts"
    approve(approved, a_bundle(artefacts))
    return means_of(approved, artefacts)


def claimed(place: Path, out: Path, means: Means) -> list[Part]:
    given = given_at(place, ("rad",))
    claim(out, given, loaded(means.approved, means.artefacts), kode="sha256:kode", portions=FEW)
    return [*parts_of(out, given, FEW)]


def made_in(processes: int, place: Path, out: Path, means: Means) -> Tally:
    tally, left = stands_already(claimed(place, out, means))
    return sum(make_all(left, means, processes=processes), tally)


def bytes_in(out: Path) -> Mapping[str, str]:
    return {path.name: digest_of(path.read_bytes()) for path in out.iterdir() if path.name[0] != "."}


def test_two_processes_make_the_bytes_of_one(tmp_path: Path, means: Means) -> None:
    place = written(tmp_path, [*TEXTS * 2, "{"])
    one = made_in(1, place, tmp_path / "one", means)
    two = made_in(2, place, tmp_path / "two", means)
    assert one == two == Tally(rows=11, refused=1)
    assert bytes_in(tmp_path / "one") == bytes_in(tmp_path / "two")
    assert len(bytes_in(tmp_path / "two")) == 7


def test_a_process_that_dies_is_told_of_and_nothing_that_stands_is_lost(tmp_path: Path, means: Means) -> None:
    place, out = written(tmp_path, TEXTS * 16), tmp_path / "out"
    with pytest.raises(SetupError, match="the same command goes on"):
        _kill_one_after_the_first(make_all(claimed(place, out, means), means, processes=2))
    assert active_children() == []
    before = stands_already(claimed(place, out, means))[0].kept
    assert 0 < before < 80
    assert made_in(1, place, out, means) == Tally(rows=80, refused=0, kept=before)
    made_in(1, place, tmp_path / "whole", means)
    assert bytes_in(out) == bytes_in(tmp_path / "whole")


def _kill_one_after_the_first(making: Iterator[Tally]) -> None:
    next(making)
    victim = active_children()[0].pid
    assert victim is not None
    os.kill(victim, signal.SIGKILL)
    list(making)


def test_an_approval_that_changed_meanwhile_makes_no_part(tmp_path: Path, means: Means) -> None:
    parts = claimed(written(tmp_path, TEXTS), tmp_path / "out", means)
    began_with = replace(means, digests={**means.digests, "bundle": "sha256:other"})
    with pytest.raises(SetupError, match="approves another model"):
        list(make_all(parts, began_with, processes=1))
    with pytest.raises(SetupError, match="not by another"):
        list(make_all(parts, replace(means, method="another"), processes=1))


def test_ctrl_c_is_the_parents_to_act_on() -> None:
    with ProcessPoolExecutor(1, get_context("spawn"), begin) as pool:
        assert pool.submit(signal.getsignal, signal.SIGINT).result() is signal.SIG_IGN
