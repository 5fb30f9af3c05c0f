"""Estimates against outcomes, and what to expect before there are any."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.calibration import probabilities_of
from tests.invented import happened
from training.evaluation.metrics import prepare_auc, squared_error
from training.monitoring.expected import expected_of
from training.monitoring.mature import mature_of

Floats = NDArray[np.float64]


def some_estimates(seed: int, n: int) -> Floats:
    return probabilities_of(np.random.default_rng(seed).normal(-1.5, 1.0, n))


def test_where_estimates_are_calibrated_the_realised_figures_lie_in_the_expected_interval() -> None:
    """Nineteen times of twenty each: of 60 figures about 3 lie outside, more than 9 hardly ever."""
    outside = 0
    for seed in range(20):
        p = some_estimates(seed, 500)
        outcome, mass = happened(p, seed=1000 + seed), np.ones(500)
        realised = (prepare_auc(outcome, p)(mass), squared_error(outcome, p).mean(), outcome.mean())
        expected = expected_of(p, seed=1)
        for found, interval in zip(realised, (expected.auc, expected.brier, expected.share), strict=True):
            outside += not interval.low <= found <= interval.high
    assert outside <= 9


def test_the_expected_figures_are_what_calibration_gives() -> None:
    p = some_estimates(3, 4000)
    expected = expected_of(p, seed=1)
    assert expected.share.value == pytest.approx(p.mean(), abs=0.002)
    assert expected.brier.value == pytest.approx((p * (1 - p)).mean(), abs=0.002)
    order = np.argsort(p)
    positive, negative = p[order], 1 - p[order]
    auc = (positive * np.cumsum(negative)).sum() / (positive.sum() * negative.sum())
    assert expected.auc.value == pytest.approx(auc, abs=0.003)


def test_equal_estimates_expect_no_ranking() -> None:
    assert expected_of(np.full(400, 0.3), seed=1).auc.value == pytest.approx(0.5)


def test_the_interval_is_wider_with_fewer_people() -> None:
    few, many = (expected_of(some_estimates(4, n), seed=1).auc for n in (100, 2000))
    assert few.high - few.low > 2 * (many.high - many.low)


def test_where_nobody_can_have_the_outcome_there_is_no_auc() -> None:
    assert np.isnan(expected_of(np.zeros(50), seed=1).auc.value)


def test_a_level_that_moved_is_measured_with_an_interval_that_excludes_chance() -> None:
    p = some_estimates(5, 3000)
    moved = mature_of(happened(p * 0.7, seed=6), p, np.arange(p.size), seed=1)
    assert moved is not None
    assert moved.gap.value == pytest.approx(p.mean() - moved.figures["base"].value)
    assert 0 < moved.gap.low < moved.gap.value < moved.gap.high
    # What expectation cannot see: it takes the level for right.
    expected = expected_of(p, seed=1).share
    assert not expected.low <= moved.figures["base"].value <= expected.high


def test_with_under_a_hundred_on_one_side_nothing_is_tested() -> None:
    p = np.full(500, 0.2)
    for positives in (99, 401):
        outcome = np.zeros(500)
        outcome[:positives] = 1
        assert mature_of(outcome, p, np.arange(500), seed=1) is None


def test_the_same_people_twice_prove_no_more() -> None:
    p = some_estimates(7, 1500)
    outcome = happened(p, seed=8)
    once = mature_of(outcome, p, np.arange(1500), seed=1)
    twice = mature_of(np.tile(outcome, 2), np.tile(p, 2), np.tile(np.arange(1500), 2), seed=1)
    assert once is not None
    assert twice is not None
    width = once.gap.high - once.gap.low
    assert twice.gap.high - twice.gap.low == pytest.approx(width, rel=0.05)


def test_a_bin_in_which_few_had_the_outcome_is_not_drawn() -> None:
    p = np.concatenate([np.full(500, 0.01), some_estimates(9, 1500)])
    outcome = np.concatenate([np.zeros(500), happened(p[500:], seed=10)])
    outcome[:4] = 1
    mature = mature_of(outcome, p, np.arange(p.size), seed=1)
    assert mature is not None
    assert mature.curve
    for point in mature.curve:
        assert 10 <= round(point.observed * point.n) <= point.n - 10
