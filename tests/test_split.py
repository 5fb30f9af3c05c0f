"""The split: a whole horizon between the sides, nobody on two of them, and the same whatever the order."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profilering.errors import CallerError
from training.nav_config import read_nav_config
from training.split import SplitRows, shares_of_persons, split_by_person, split_by_time

CONFIG = read_nav_config().deling
FIRST, LAST = date(2015, 1, 1), date(2025, 6, 30)


def some_people(n: int, *, seed: int = 1) -> pl.DataFrame:
    """n persons with one to four registreringer each, over all periods and the time between."""
    random = Random(seed)  # noqa: S311 - nothing secret
    span = (LAST - FIRST).days
    rows = [
        (f"S{person:08d}", FIRST + timedelta(days=random.randrange(span)))
        for person in range(n)
        for _ in range(random.choice((1, 1, 2, 4)))
    ]
    return pl.DataFrame(rows, schema={"person_id": pl.String, "registrert": pl.Date}, orient="row")


def sides(split: SplitRows) -> dict[str, list[int]]:
    return {name: getattr(split, name).tolist() for name in ("train", "calibrate", "held_out", "test")}


@settings(max_examples=25, deadline=None)
@given(people=st.integers(0, 400), seed=st.integers(0, 99))
def test_nobody_stands_on_two_sides_and_every_side_keeps_to_its_period(people: int, seed: int) -> None:
    registreringer = some_people(people, seed=seed)
    split = sides(split_by_time(registreringer, CONFIG, seed=seed))
    seen: set[str] = set()
    for name, rows in split.items():
        side = registreringer[rows]
        assert not seen & set(side["person_id"])
        seen |= set(side["person_id"])
        first, end = (
            (CONFIG.test_fra, CONFIG.test_til) if name == "test" else (CONFIG.laer_fra, CONFIG.laer_til)
        )
        assert all(first <= day < end for day in side["registrert"])


def test_whoever_registered_in_either_period_is_used_unless_all_their_rows_lie_in_the_other() -> None:
    """Between the sides only rows of people given to the other side are left out."""
    people = some_people(2_000)
    split = sides(split_by_time(people, CONFIG, seed=7))
    used = {row for rows in split.values() for row in rows}
    learning = people["registrert"].is_between(CONFIG.laer_fra, CONFIG.laer_til, closed="left")
    testing = people["registrert"].is_between(CONFIG.test_fra, CONFIG.test_til, closed="left")
    owners = {name: set(people[rows]["person_id"]) for name, rows in split.items()}
    for row in (learning | testing).arg_true():
        if row not in used:
            person = people["person_id"][row]
            assert (person in owners["test"]) == learning[row]
            assert person in set.union(*owners.values())


def test_the_shares_are_about_what_was_asked() -> None:
    people = some_people(20_000)
    split = sides(split_by_time(people, CONFIG, seed=7))
    learnt = {
        name: people[split[name]]["person_id"].n_unique() for name in ("train", "calibrate", "held_out")
    }
    of_all = sum(learnt.values())
    assert learnt["calibrate"] / of_all == pytest.approx(CONFIG.kalibrer_andel, abs=0.015)
    assert learnt["held_out"] / of_all == pytest.approx(CONFIG.holdt_utenfor, abs=0.015)


def test_of_those_in_both_periods_half_go_to_each() -> None:
    days = [date(2018, 1, 1), date(2023, 1, 1)] * 5_000
    both = pl.DataFrame({"person_id": [f"S{n // 2:08d}" for n in range(10_000)], "registrert": days})
    split = split_by_time(both, CONFIG, seed=7)
    assert len(split.test) / 5_000 == pytest.approx(0.5, abs=0.03)
    learnt = len(split.train) + len(split.calibrate) + len(split.held_out)
    assert learnt + len(split.test) == 5_000
    # Which period and which part are two draws: the parts of those who stayed have their shares too.
    assert len(split.calibrate) / learnt == pytest.approx(CONFIG.kalibrer_andel, abs=0.03)


def test_the_order_of_rows_moves_nobody() -> None:
    people = some_people(1_000).with_row_index("nr")
    shuffled = people.sample(fraction=1, shuffle=True, seed=5)
    one = sides(split_by_time(people, CONFIG, seed=7))
    other = sides(split_by_time(shuffled, CONFIG, seed=7))
    for name, rows in one.items():
        assert sorted(shuffled[other[name]]["nr"]) == rows


def test_more_people_move_nobody() -> None:
    many = some_people(3_000)
    few = many.filter(pl.col("person_id") < "S00001000")
    owner = {
        person: name
        for name, rows in sides(split_by_time(many, CONFIG, seed=7)).items()
        for person in many[rows]["person_id"]
    }
    for name, rows in sides(split_by_time(few, CONFIG, seed=7)).items():
        assert rows
        assert {owner[person] for person in few[rows]["person_id"]} == {name}


def test_another_seed_is_another_draw() -> None:
    people = some_people(500)
    assert sides(split_by_time(people, CONFIG, seed=7)) != sides(split_by_time(people, CONFIG, seed=8))


def test_a_share_is_between_nought_and_one_and_the_same_everywhere() -> None:
    shares = shares_of_persons(pl.Series([f"S{n:08d}" for n in range(20_000)]), seed=7).to_numpy()
    assert shares.min() >= 0
    assert shares.max() < 1
    assert np.histogram(shares, bins=10, range=(0, 1))[0] == pytest.approx(2_000, abs=200)
    # Committed bits: a later version that draws otherwise would put people on other sides.
    assert shares_of_persons(pl.Series(["S00000001"]), seed=7)[0] == SHARE_OF_THE_FIRST


SHARE_OF_THE_FIRST = 0.8657873348188974


def test_by_person_nobody_stands_on_both_sides() -> None:
    people = some_people(2_000)
    first, second = split_by_person(people, 0.7, seed=7)
    assert len(first) + len(second) == people.height
    assert not set(people[first.tolist()]["person_id"]) & set(people[second.tolist()]["person_id"])
    assert len(first) / people.height == pytest.approx(0.7, abs=0.04)


REFUSED: Mapping[str, tuple[dict[str, Any], str]] = {
    "a month short": ({"deling.test_fra": date(2022, 6, 1)}, "17 whole months"),
    "a day short": ({"deling.laer_til": date(2021, 1, 2)}, "17 whole months"),
    "no gap": ({"deling.test_fra": date(2021, 1, 1)}, "0 whole months"),
    "a longer horizon": ({"utfall.maaneder": 19}, "horizon of 19 months"),
    "learning backwards": ({"deling.laer_fra": date(2022, 1, 1)}, "laer_fra 2022-01-01 is not before"),
    "testing backwards": ({"deling.test_til": date(2022, 7, 1)}, "test_fra 2022-07-01 is not before"),
    "nobody to calibrate on": ({"deling.kalibrer_andel": 0.0}, "kalibrer_andel 0.0"),
    "nobody held out": ({"deling.holdt_utenfor": 0.0}, "holdt_utenfor 0.0"),
    "nobody to fit on": ({"deling.kalibrer_andel": 0.85}, "leave somebody"),
    "a day not in every month": ({"utfall.maaledag": 31}, "maaledag 31"),
    "more months than there are": ({"utfall.minst_maaneder": 19}, "minst_maaneder 19"),
    "a ytelse misspelt": ({"utfall.helseytelser": ["AAP", "UFORETRYGD"]}, "UFORETRYGD"),
    "no health benefit": ({"utfall.helseytelser": []}, "helseytelser"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_configuration_that_would_learn_wrongly_is_refused(why: str) -> None:
    changes, says = REFUSED[why]
    with pytest.raises(CallerError, match=says):
        read_nav_config(overrides=changes)


def test_an_embargo_of_exactly_the_horizon_is_enough() -> None:
    """Whoever registered last before laer_til has a last measuring day before test_fra."""
    exact = {"deling.laer_til": date(2021, 1, 16), "deling.test_fra": date(2022, 7, 16)}
    assert read_nav_config(overrides=exact).deling.test_fra == date(2022, 7, 16)
