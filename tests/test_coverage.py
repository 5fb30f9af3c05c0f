"""Coverage of the intervals people are shown: counted as said, honest about chance on both sides."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from models.reference import ALIKE, ENOUGH, Cohort, cohort_of
from profilering.risk import Outcome
from training.judging.coverage import Coverage, _expected, _nearby, coverage_of
from training.reporting.card import Card, missing_in
from training.reporting.policy_sections import coverage_section
from training.reporting.words import SYNTHETIC

Floats = NDArray[np.float64]


def drawn(rows: int, *, seed: int, lift: float = 0.0) -> tuple[Floats, Floats]:
    """Estimates (log-odds) and outcomes that happen as they say, or lifted by some log-odds."""
    generator = np.random.default_rng(seed)
    log_odds = generator.normal(-1.2, 0.8, rows).round(3)
    return log_odds, (generator.random(rows) < expit(log_odds + lift)).astype(np.float64)


def a_cohort(*, seed: int = 1, rows: int = 20_000) -> Cohort:
    log_odds, outcome = drawn(rows, seed=seed)
    return cohort_of(log_odds.tolist(), outcome.astype(int).tolist())


def covered(cohort: Cohort, log_odds: Floats, outcome: Floats) -> Coverage:
    found = coverage_of(cohort, log_odds, outcome)
    assert found is not None
    return found


def test_with_nothing_changed_as_many_hold_as_is_expected_and_that_is_fewer_than_95() -> None:
    found = [covered(a_cohort(seed=n), *drawn(20_000, seed=100 + n)) for n in range(5)]
    held, groups = sum(f.held.cases for f in found), sum(f.held.of for f in found)
    expected = float(np.mean([f.expected for f in found]))
    assert 0.80 < expected < 0.88  # two samples of 500: the difference spreads √2 times as far
    assert held / groups == pytest.approx(expected, abs=0.07)
    assert all(f.held.cases + f.seldom + f.often == f.held.of for f in found)


@pytest.mark.parametrize(("lift", "side"), [(0.6, "often"), (-0.6, "seldom")])
def test_when_the_level_has_moved_the_intervals_do_not_hold_and_the_side_is_told(
    lift: float, side: str
) -> None:
    found = covered(a_cohort(), *drawn(10_000, seed=2, lift=lift))
    assert found.held.cases / found.held.of < 0.2
    assert getattr(found, side) == found.held.of - found.held.cases
    assert np.sign(found.largest_gap) == np.sign(lift)


def test_groups_are_of_neighbours_whole_ties_and_at_least_as_many_as_the_interval_counts() -> None:
    log_odds = np.repeat([-2.0, -1.0, 0.0, 1.0], [300, 900, 600, 120])
    outcome = np.zeros(log_odds.size)
    outcome[::3] = 1
    assert [rows.size for rows in _nearby(log_odds)] == [1_200, 720]  # ties with the 500th; the short rest
    assert [rows.size for rows in _nearby(np.repeat([0.0, 1.0, 2.0], [900, 200, 450]))] == [900, 650]
    assert [rows.size for rows in _nearby(np.arange(1_499.0))] == [ALIKE, 999]
    assert [rows.size for rows in _nearby(np.arange(120.0))] == [120]
    assert covered(a_cohort(), log_odds, outcome).held.of == 2


def test_the_order_of_rows_changes_nothing() -> None:
    cohort, (log_odds, outcome) = a_cohort(), drawn(3_000, seed=4)
    mixed = np.random.default_rng(1).permutation(3_000)
    one, other = covered(cohort, log_odds, outcome), covered(cohort, log_odds[mixed], outcome[mixed])
    assert one == other


def test_the_chance_that_an_interval_holds_is_that_of_drawing_both() -> None:
    found = _expected(a_cohort().everyone(), 10, 100)
    assert 0 <= found <= 1
    shown = cohort_of([0.0] * 500, [1] * 100 + [0] * 400).everyone()
    expected = _expected(shown, 100, 500)
    generator = np.random.default_rng(3)
    draws = [
        cohort_of([0.0] * 500, [1] * k + [0] * (500 - k)).everyone()
        for k in generator.binomial(500, 0.2, 1_500).tolist()
    ]
    later = generator.binomial(500, 0.2, 1_500) / 500
    inside = [d.low <= seen <= d.high for d, seen in zip(draws, later.tolist(), strict=True)]
    assert expected == pytest.approx(float(np.mean(inside)), abs=0.03)


@pytest.mark.parametrize(("then", "later"), [(ENOUGH - 1, 2_000), (2_000, ENOUGH - 1)])
def test_too_few_people_on_either_side_tell_nothing_and_the_card_is_not_whole(then: int, later: int) -> None:
    found = coverage_of(a_cohort(rows=then), *drawn(later, seed=2))
    assert found is None
    part = coverage_section(dict.fromkeys(Outcome, found), SYNTHETIC)
    assert "intervaller" in missing_in(Card("v", "l", {"intervaller": part}))


def test_the_section_gives_the_number_with_its_n_and_the_synthetic_sentence() -> None:
    found = covered(a_cohort(), *drawn(5_000, seed=6))
    part = coverage_section(dict.fromkeys(Outcome, found), SYNTHETIC)
    assert "intervaller" not in missing_in(Card("v", "l", {"intervaller": part}))
    assert SYNTHETIC in part.text
    row = part.tables[0].rows[0]
    assert row[:3] == ("Langvarig stønad", 5_000, found.held.of)
    assert str(row[3]).startswith(f"{100 * found.held.cases / found.held.of:.0f} (")
