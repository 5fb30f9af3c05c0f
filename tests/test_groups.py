"""The group table: figures by hand, small groups never pass, small counts are never shown."""

import numpy as np
import pytest
from numpy.typing import NDArray

from training.evaluation.groups import (
    CANNOT_BE_TESTED,
    TESTED,
    GroupRow,
    GroupValue,
    group_table,
    threshold_of_top,
)

Floats = NDArray[np.float64]


def a_group(cases: int, others: int, *, flagged_cases: int, flagged_others: int) -> tuple[Floats, Floats]:
    """Outcomes and estimates: flagged people have .8, the rest .2."""
    outcome = np.array([1.0] * cases + [0.0] * others)
    estimates = np.full(cases + others, 0.2)
    estimates[:flagged_cases] = 0.8
    estimates[cases : cases + flagged_others] = 0.8
    return outcome, estimates


def the_row(cases: int, others: int, *, flagged_cases: int = 0, flagged_others: int = 0) -> GroupRow:
    outcome, estimates = a_group(cases, others, flagged_cases=flagged_cases, flagged_others=flagged_others)
    values: list[GroupValue] = ["K"] * outcome.size
    (row,) = group_table({"kjoenn": values}, outcome, estimates, None, threshold=0.5).rows
    return row


def test_the_figures_of_a_large_group_are_as_counted_by_hand() -> None:
    row = the_row(100, 300, flagged_cases=60, flagged_others=75)
    assert (row.column, row.value, row.n, row.positives) == ("kjoenn", "K", 400, 100)
    assert row.fnr == pytest.approx(0.40)
    assert row.fpr == pytest.approx(0.25)
    assert row.observed == pytest.approx(0.25)
    assert row.mean_estimate == pytest.approx((135 * 0.8 + 265 * 0.2) / 400)
    # One pair in 60 * 225 is right, 40 * 75 wrong, the rest tied.
    assert row.auc == pytest.approx((60 * 225 + 0.5 * (60 * 75 + 40 * 225)) / 30_000)
    assert row.verdict == TESTED


@pytest.mark.parametrize(("cases", "verdict"), [(99, CANNOT_BE_TESTED), (100, TESTED)])
def test_fewer_than_100_with_the_outcome_cannot_be_tested(cases: int, verdict: str) -> None:
    assert the_row(cases, 400).verdict == verdict


def test_no_group_is_ever_called_passed() -> None:
    verdicts = {the_row(cases, 200).verdict for cases in (0, 5, 50, 100, 500)}
    assert verdicts == {"kan ikke testes", "testet"}


def test_a_group_of_nine_shows_nothing() -> None:
    row = the_row(4, 5, flagged_cases=2)
    assert row == GroupRow("kjoenn", "K", None, None, None, None, None, None, None, CANNOT_BE_TESTED)


@pytest.mark.parametrize(("cases", "others"), [(9, 25), (25, 9), (120, 0)])
def test_a_small_count_on_either_side_hides_all_that_would_reveal_it(cases: int, others: int) -> None:
    row = the_row(cases, others, flagged_cases=3, flagged_others=0)
    assert row.n == cases + others
    assert (row.positives, row.auc, row.observed, row.fnr, row.fpr) == (None,) * 5


def test_ten_on_either_side_is_shown() -> None:
    row = the_row(10, 10, flagged_cases=5)
    assert (row.positives, row.fnr, row.fpr) == (10, 0.5, 0.0)


def test_missing_is_a_group_of_its_own_and_stands_last() -> None:
    outcome, estimates = a_group(60, 60, flagged_cases=10, flagged_others=10)
    values: list[GroupValue] = [None, 2, 10, "b", "a", 1] * 20
    table = group_table({"alder": values}, outcome, estimates, None, threshold=0.5)
    assert [row.value for row in table.rows] == [1, 2, 10, "a", "b", None]
    assert all(row.n == 20 for row in table.rows)


def test_weights_move_the_shares_but_not_the_counts() -> None:
    outcome, estimates = a_group(20, 20, flagged_cases=10, flagged_others=0)
    weights = np.ones(40)
    weights[:10] = 3.0
    values: list[GroupValue] = ["K"] * 40
    (row,) = group_table({"kjoenn": values}, outcome, estimates, weights, threshold=0.5).rows
    assert (row.n, row.positives) == (40, 20)
    assert row.fnr == pytest.approx(10 / 40)
    assert row.observed == pytest.approx(40 / 60)


def test_a_class_without_weight_has_no_share() -> None:
    outcome, estimates = a_group(20, 20, flagged_cases=10, flagged_others=0)
    values: list[GroupValue] = ["K"] * 40
    (row,) = group_table({"kjoenn": values}, outcome, estimates, 1 - outcome, threshold=0.5).rows
    assert (row.fnr, row.auc) == (None, None)
    assert row.fpr == 0.0


def test_the_threshold_flags_the_share_asked_for() -> None:
    estimates = np.random.default_rng(1).random(1_000)
    threshold = threshold_of_top(0.25, estimates, None)
    assert (estimates >= threshold).sum() == 250


def test_the_threshold_takes_a_whole_level_where_estimates_tie() -> None:
    estimates = np.array([0.9] * 10 + [0.5] * 50 + [0.1] * 40)
    assert threshold_of_top(0.25, estimates, None) == 0.5
    assert threshold_of_top(0.10, estimates, None) == 0.9
    assert threshold_of_top(1.00, estimates, None) == 0.1


def test_the_threshold_counts_weights() -> None:
    estimates = np.array([0.9, 0.8, 0.7, 0.6])
    assert threshold_of_top(0.5, estimates, np.array([1.0, 1.0, 1.0, 3.0])) == 0.7
