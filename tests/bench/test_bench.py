"""The measurements must measure what they say: goals, parts, copies and which run is the newest."""

import math
import os
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profilering.errors import CallerError
from profilering.features import CATALOGUE, NAMES
from tests.bench.fitting import repeat, with_train_rows
from tests.bench.goals import Bound, Measurement
from tests.bench.parts import lines_of, parts_of
from tests.bench.pictures import newest_run
from training.data_notes import persons_on_two_sides
from training.prepare import Prepared, design_of
from training.split import SplitRows

PEOPLE = 20


def some_prepared() -> Prepared:
    """Twenty people of one registrering each, nothing known of them: ten to learn from."""
    names = [f"S{number:08}" for number in range(PEOPLE)]
    whole = {feature.name: pl.Int32 for feature in CATALOGUE}
    features = pl.DataFrame({name: [None] * PEOPLE for name in NAMES}, schema=whole)
    registreringer = pl.DataFrame(
        {
            "person_id": names,
            "periode_id": [f"{name}-01" for name in names],
            "registrert": [date(2018, 1, 1 + number) for number in range(PEOPLE)],
            "langvarig_stoenad": [number % 2 for number in range(PEOPLE)],
            "helserelatert_ytelse": [number % 2 for number in range(PEOPLE)],
        }
    )
    rows = np.arange(PEOPLE, dtype=np.intp)
    split = SplitRows(train=rows[:10], calibrate=rows[10:14], held_out=rows[14:17], test=rows[17:])
    return Prepared(registreringer, features, design_of(features), split, {"modne": PEOPLE})


@given(train=st.integers(1, 75))
def test_exactly_so_many_different_rows_are_learnt_from_and_nobody_stands_on_two_sides(train: int) -> None:
    prepared = with_train_rows(some_prepared(), train)
    assert np.unique(prepared.split.train).size == prepared.split.train.size == train
    assert persons_on_two_sides(prepared) == 0
    height = prepared.registreringer.height
    assert height == prepared.features.height == len(prepared.design)
    assert prepared.registreringer["periode_id"].n_unique() == height
    assert prepared.registreringer["person_id"].n_unique() == height


def test_a_copy_stands_on_the_side_of_its_original_with_what_happened_to_it() -> None:
    once, thrice = some_prepared(), repeat(some_prepared(), 3)
    original = thrice.registreringer["person_id"].str.replace(r"-\d+$", "")
    for side in ("train", "calibrate", "held_out", "test"):
        rows = getattr(thrice.split, side)
        people = set(once.registreringer["person_id"].gather(getattr(once.split, side)))
        assert set(original.gather(rows)) == people
        assert rows.size == 3 * len(people)
    happened = dict(once.registreringer.select("person_id", "langvarig_stoenad").iter_rows())
    assert thrice.registreringer["langvarig_stoenad"].to_list() == [happened[name] for name in original]


def test_a_register_that_is_large_enough_is_thinned_over_all_its_days() -> None:
    assert with_train_rows(some_prepared(), 5).split.train.tolist() == [0, 2, 4, 6, 8]


@pytest.mark.parametrize("train", [0, -1])
def test_no_rows_to_learn_from_is_refused(train: int) -> None:
    with pytest.raises(CallerError, match="train rows"):
        with_train_rows(some_prepared(), train)


@pytest.mark.parametrize(
    ("bound", "found", "reached"),
    [
        (Bound.AT_LEAST, 10.0, True),
        (Bound.AT_LEAST, 9.99, False),
        (Bound.AT_MOST, 10.0, True),
        (Bound.AT_MOST, 10.01, False),
        (Bound.AT_LEAST, math.nan, False),
        (Bound.AT_MOST, math.nan, False),
    ],
)
def test_a_goal_is_reached_from_its_own_side_only(bound: Bound, found: float, reached: bool) -> None:
    measurement = Measurement("speed", found, "m", bound, 10)
    assert measurement.reached is reached
    assert ("NOT REACHED" in str(measurement)) is not reached


def stages() -> float:
    first()
    return sum(waited() for _ in range(1))


def first() -> None:
    deeper()


def deeper() -> None:
    time.sleep(0.5)


def waited() -> float:
    time.sleep(0.2)
    return 0.2


def test_time_is_counted_in_the_part_that_takes_it_and_in_the_part_around_it() -> None:
    with parts_of(stages.__code__) as seconds:
        deeper()  # outside what is measured
        stages()
    assert set(seconds) == {("first",), ("first", "deeper"), ("waited",)}
    assert seconds["first",] > seconds["waited",] > 0
    assert seconds["first", "deeper"] == pytest.approx(seconds["first",], abs=0.1)


def test_parts_are_told_longest_first_with_their_own_parts_below_and_the_shortest_left_out() -> None:
    seconds = {("a",): 3.0, ("b",): 5.0, ("a", "c"): 1.0, ("a", "d"): 2.0, ("b", "c"): 0.1}
    assert [line.split()[0] for line in lines_of(seconds)] == ["b", "a", "d", "c"]


def test_the_newest_whole_run_is_pictured(tmp_path: Path) -> None:
    for age, (name, files) in enumerate(
        {
            "half": ["report.html"],
            "new": ["report.html", "card.html"],
            "old": ["report.html", "card.html"],
        }.items()
    ):
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).touch()
            os.utime(tmp_path / name / file, (1000 - age, 1000 - age))
    assert newest_run(tmp_path) == tmp_path / "new"


def test_no_run_to_picture_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match="make run"):
        newest_run(tmp_path)
