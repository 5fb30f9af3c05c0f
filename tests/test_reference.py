"""The earlier cases an estimate is held against: counted, exact, and nobody ranked before an equal."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from models.reference import ALIKE, ENOUGH, Cohort, cohort_of, frequency
from profilering.errors import SetupError

People = list[tuple[float, int]]
PEOPLE = st.lists(
    st.tuples(st.integers(-60, 60).map(lambda x: x / 10) | st.floats(-6, 6), st.integers(0, 1)),
    min_size=ENOUGH,
    max_size=3 * ALIKE,
)


def a_cohort(people: People) -> Cohort:
    return cohort_of([x for x, _ in people], [case for _, case in people])


def by_brute_force(people: People, log_odds: float) -> tuple[int, int]:
    """Cases and number of the nearest, and of everybody whose estimate is one of theirs."""
    nearest = sorted(people, key=lambda person: (abs(person[0] - log_odds), person[0]))[:ALIKE]
    low, high = min(x for x, _ in nearest), max(x for x, _ in nearest)
    alike = [case for x, case in people if low <= x <= high]
    return sum(alike), len(alike)


def many(n: int, *, seed: int) -> People:
    """n people whose estimates are crowded in the middle and whose ties are common."""
    values = [math.sin(seed + 12.9898 * i) * 3 for i in range(n)]
    return [(round(x, 2), int(math.sin(78.233 * i + seed) > 0.5)) for i, x in enumerate(values)]


@settings(max_examples=60, deadline=None)
@given(people=PEOPLE, log_odds=st.floats(-8, 8))
def test_the_nearest_are_those_a_count_by_hand_finds(people: People, log_odds: float) -> None:
    alike = a_cohort(people).alike(log_odds)
    assert alike is not None
    assert (alike.cases, alike.of) == by_brute_force(people, log_odds)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(ALIKE, 4_000), seed=st.integers(0, 9), log_odds=st.floats(-4, 4))
def test_a_window_inside_a_large_cohort_is_the_nearest(n: int, seed: int, log_odds: float) -> None:
    people = many(n, seed=seed)
    alike = a_cohort(people).alike(log_odds)
    assert alike is not None
    assert (alike.cases, alike.of) == by_brute_force(people, log_odds)


@pytest.mark.parametrize("log_odds", [-1e9, -1.0, 0.0, 1.0, 1e9])
def test_people_with_the_same_estimate_are_counted_all_or_none(log_odds: float) -> None:
    """Counting 500 of 1,000 equals would say 0 of 500 or 500 of 500, as they happen to be sorted."""
    people: People = [(0.0, case) for case in (0, 1)] * ALIKE
    assert a_cohort(people).alike(log_odds) == frequency(ALIKE, 2 * ALIKE)


def test_the_order_the_people_come_in_changes_nothing() -> None:
    people = many(900, seed=3)
    for log_odds in (-2.0, 0.1, 2.9):
        assert a_cohort(people).alike(log_odds) == a_cohort(people[::-1]).alike(log_odds)


def test_under_a_hundred_earlier_cases_nothing_is_said() -> None:
    people = many(ENOUGH, seed=1)
    assert a_cohort(people[:-1]).alike(0.0) is None
    alike = a_cohort(people).alike(0.0)
    assert alike is not None
    assert alike.of == ENOUGH
    assert a_cohort(people[:-1]).everyone().of == ENOUGH - 1


def test_everyone_is_the_whole_cohort() -> None:
    people = many(1_234, seed=2)
    everyone = a_cohort(people).everyone()
    assert (everyone.cases, everyone.of) == (sum(case for _, case in people), 1_234)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), of=st.integers(1, 3_000))
def test_the_interval_is_the_exact_one(data: st.DataObject, of: int) -> None:
    """Clopper–Pearson, as scipy computes it another way."""
    cases = data.draw(st.integers(0, of))
    exact = binomtest(cases, of).proportion_ci(0.95, "exact")
    found = frequency(cases, of)
    assert (found.cases, found.of) == (cases, of)
    assert found.low == pytest.approx(exact.low, abs=1e-9)
    assert found.high == pytest.approx(exact.high, abs=1e-9)
    assert found.low <= cases / of <= found.high


def test_none_and_all_have_an_interval_that_ends_at_the_edge() -> None:
    assert frequency(0, 500).low == 0.0
    assert frequency(500, 500).high == 1.0
    # The rule of three: with none of 500 there may still be about 3.7 in 500.
    assert frequency(0, 500).high == pytest.approx(0.00735, abs=1e-5)


@pytest.mark.parametrize(("log_odds", "cases"), [([], []), ([0.0], []), ([0.0], [2]), ([0.0, 1.0], [0])])
def test_an_impossible_cohort_is_refused(log_odds: list[float], cases: list[int]) -> None:
    with pytest.raises(SetupError, match="reference cohort"):
        cohort_of(log_odds, cases)
