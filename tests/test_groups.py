"""Who is flagged when a share of the people is: the lowest estimate among the highest."""

import numpy as np

from training.fairness.groups import GroupValue, sort_key, threshold_of_top


def test_numbers_stand_before_words_and_the_missing_last() -> None:
    values: list[GroupValue] = [None, 2, 10, "b", "a", 1]
    assert sorted(values, key=sort_key) == [1, 2, 10, "a", "b", None]


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
