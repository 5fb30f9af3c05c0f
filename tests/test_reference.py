"""The earlier cases an estimate is held against: counted, exact, and nobody ranked before an equal."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from models.reference import ALIKE, ENOUGH, Cohort, cohort_of, frequency
from profilering.errors import SetupError

People = list[tuple[float, int]]


def some_people(n: int, seed: int) -> People:
    """n people, half of them with an estimate that others have too."""
    random = Random(seed)  # noqa: S311 - nothing secret
    estimates = (random.choice((random.randint(-60, 60) / 10, random.uniform(-6, 6))) for _ in range(n))
    return [(x, int(random.random() < 0.3)) for x in estimates]


def a_cohort(people: People) -> Cohort:
    return cohort_of([x for x, _ in people], [case for _, case in people])


def by_brute_force(people: People, log_odds: float) -> tuple[int, int]:
    """Cases and number of the nearest, and of everybody whose estimate is one of theirs."""
    nearest = sorted(people, key=lambda person: (abs(person[0] - log_odds), person[0]))[:ALIKE]
    low, high = min(x for x, _ in nearest), max(x for x, _ in nearest)
    alike = [case for x, case in people if low <= x <= high]
    return sum(alike), len(alike)


@settings(max_examples=100, deadline=None)
@given(
    n=st.integers(ENOUGH, 4 * ALIKE),
    seed=st.integers(0, 10**6),
    log_odds=st.integers(-80, 80).map(lambda x: x / 10) | st.floats(-8, 8),
)
def test_the_nearest_are_those_a_count_by_hand_finds(n: int, seed: int, log_odds: float) -> None:
    people = some_people(n, seed)
    alike = a_cohort(people).alike(log_odds)
    assert alike is not None
    assert (alike.cases, alike.of) == by_brute_force(people, log_odds)


@pytest.mark.parametrize("log_odds", [-1e9, -1.0, 0.0, 1.0, 1e9])
def test_people_with_the_same_estimate_are_counted_all_or_none(log_odds: float) -> None:
    """Counting 500 of 1,000 equals would say 0 of 500 or 500 of 500, as they happen to be sorted."""
    people: People = [(0.0, case) for case in (0, 1)] * ALIKE
    assert a_cohort(people).alike(log_odds) == frequency(ALIKE, 2 * ALIKE)


def test_the_order_the_people_come_in_changes_nothing() -> None:
    people = some_people(900, 3)
    for log_odds in (-2.0, 0.1, 2.9):
        assert a_cohort(people).alike(log_odds) == a_cohort(people[::-1]).alike(log_odds)


def test_under_a_hundred_earlier_cases_nothing_is_said() -> None:
    people = some_people(ENOUGH, 1)
    assert a_cohort(people[:-1]).alike(0.0) is None
    alike = a_cohort(people).alike(0.0)
    assert alike is not None
    assert alike.of == ENOUGH
    assert a_cohort(people[:-1]).everyone().of == ENOUGH - 1


def test_everyone_is_the_whole_cohort() -> None:
    people = some_people(1_234, 2)
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
