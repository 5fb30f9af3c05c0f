"""Evaluation: the figures are the textbook's, with weights and ties, and the intervals cover."""

import math
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from models.calibration import probabilities_of
from profilering.errors import DataError
from tests.invented import a_sample
from training.evaluation.evaluate import calibration_curve, evaluate, paired_difference
from training.evaluation.metrics import equal_count_bins, hits_at, prepare_auc, rank

Floats = NDArray[np.float64]
LEVELS = (0.1, 0.35, 0.8)


rows_of_three_levels = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from(LEVELS), st.floats(0.1, 3)),
    min_size=4,
    max_size=80,
)


@settings(max_examples=50, deadline=None)
@given(rows_of_three_levels)
def test_ranking_figures_equal_scikit_learns_with_weights_and_ties(
    rows: list[tuple[float, float, float]],
) -> None:
    outcome, estimates, weights = np.array(rows).T
    assume(0 < outcome.sum() < outcome.size)
    found = evaluate(outcome, estimates, weights, seed=1, bootstraps=1)
    assert found.auc == pytest.approx(roc_auc_score(outcome, estimates, sample_weight=weights))
    assert found.average_precision == pytest.approx(
        average_precision_score(outcome, estimates, sample_weight=weights)
    )
    assert found.brier == pytest.approx(brier_score_loss(outcome, estimates, sample_weight=weights))
    assert found.log_loss == pytest.approx(sklearn_log_loss(outcome, estimates, sample_weight=weights))


@settings(max_examples=50, deadline=None)
@given(rows_of_three_levels)
def test_the_order_of_the_rows_changes_no_figure(rows: list[tuple[float, float, float]]) -> None:
    outcome, estimates, weights = np.array(rows).T
    assume(0 < outcome.sum() < outcome.size)
    there = evaluate(outcome, estimates, weights, seed=1, bootstraps=0)
    back = evaluate(outcome[::-1], estimates[::-1], weights[::-1], seed=1, bootstraps=0)
    for figure in ("auc", "average_precision", "ece", "precision_at_10", "recall_at_25", "log_loss"):
        assert getattr(there, figure) == pytest.approx(getattr(back, figure), abs=1e-12)


def test_a_row_of_weight_two_counts_as_two_rows() -> None:
    outcome, estimates = a_sample(600)
    weights = np.random.default_rng(3).integers(0, 4, 600)
    again = np.repeat(np.arange(600), weights)
    weighted = evaluate(outcome, estimates, weights.astype(np.float64), seed=1, bootstraps=0)
    repeated = evaluate(outcome[again], estimates[again], None, seed=1, bootstraps=0)
    figures = ("auc", "average_precision", "brier", "skill", "log_loss", "ece", "slope", "intercept", "base")
    for figure in (*figures, "precision_at_10", "precision_at_25", "recall_at_10", "recall_at_25"):
        assert getattr(weighted, figure) == pytest.approx(getattr(repeated, figure), abs=1e-9), figure


def test_the_interval_covers_the_true_auc_about_as_often_as_it_says() -> None:
    # Two normal groups one unit apart have an AUC of Phi(1/sqrt 2).
    truth = float(norm.cdf(1 / math.sqrt(2)))
    generator = np.random.default_rng(11)
    covered = 0
    for seed in range(200):
        outcome = (np.arange(300) % 3 == 0).astype(np.float64)
        estimates = probabilities_of(generator.normal(outcome, 1.0))
        found = evaluate(outcome, estimates, None, seed=seed, bootstraps=100)
        covered += found.auc_low <= truth <= found.auc_high
    assert 0.89 <= covered / 200 <= 0.985


def test_resampling_sorts_once() -> None:
    # Processor time, so that a busy machine does not matter much: measured 1 ms a resample,
    # against 16 ms for scikit-learn, which sorts each time.
    outcome, estimates = a_sample(25_000)
    ours, sorting = (
        processor_seconds(lambda: evaluate(outcome, estimates, None, seed=1, bootstraps=100)),
        processor_seconds(lambda: [roc_auc_score(outcome, estimates) for _ in range(100)]),
    )
    assert ours < 0.5 * sorting


def processor_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    outcome, estimates = a_sample(500)
    first, again, other = (evaluate(outcome, estimates, None, seed=n, bootstraps=50) for n in (1, 1, 2))
    assert first == again
    assert (first.auc_low, first.auc_high) != (other.auc_low, other.auc_high)


def test_estimates_that_mean_what_they_say_look_calibrated() -> None:
    outcome, estimates = a_sample(100_000)
    found = evaluate(outcome, estimates, None, seed=1, bootstraps=0)
    assert found.slope == pytest.approx(1, abs=0.03)
    assert found.intercept == pytest.approx(0, abs=0.03)
    assert found.ece < 0.006
    assert found.mean_estimate == pytest.approx(found.base, abs=0.005)
    assert found.skill > 0.1


def test_overconfident_estimates_show_a_slope_of_one_half() -> None:
    outcome, estimates = a_sample(100_000)
    doubled = probabilities_of(2 * np.log(estimates / (1 - estimates)))
    found = evaluate(outcome, doubled, None, seed=1, bootstraps=0)
    assert found.slope == pytest.approx(0.5, abs=0.02)
    assert found.ece > 0.05


def test_calibration_error_is_the_mean_gap_of_three_levels() -> None:
    outcome = np.array([1, 0, 0, 0, 1, 1, 0, 0, 1, 1], dtype=np.float64)
    estimates = np.array([0.35] * 4 + [0.1] * 4 + [0.8] * 2)
    # Level .35 has .25 (gap .10, 4 rows), .1 has .5 (gap .40, 4 rows), .8 has 1 (gap .20, 2 rows).
    assert evaluate(outcome, estimates, None, seed=1, bootstraps=0).ece == pytest.approx(0.24)


def test_equal_estimates_share_the_bin_of_their_middle_rank() -> None:
    estimates = np.array([0.1] * 3 + [0.4] * 6 + [0.7])
    # Middle ranks .15, .6 and .95 of the whole; with the first three ten times as heavy, .41, .89 and .99.
    assert equal_count_bins(estimates, np.ones(10), bins=10).tolist() == [1] * 3 + [6] * 6 + [9]
    heavy = np.array([10.0] * 3 + [1.0] * 7)
    assert equal_count_bins(estimates, heavy, bins=10).tolist() == [4] * 3 + [8] * 6 + [9]


def test_one_estimate_for_all_ranks_by_chance_and_has_no_slope() -> None:
    outcome = np.array([1.0, 0.0, 0.0, 0.0])
    found = evaluate(outcome, np.full(4, 0.25), None, seed=1, bootstraps=20)
    assert found.auc == 0.5
    assert math.isnan(found.slope)
    assert math.isnan(found.intercept)
    assert found.skill == pytest.approx(0)
    assert found.precision_at_25 == pytest.approx(0.25)
    assert found.recall_at_25 == pytest.approx(0.25)


def test_perfect_estimates_have_no_slope_either() -> None:
    outcome = np.array([1.0, 1.0, 0.0, 0.0])
    found = evaluate(outcome, np.array([0.9, 0.8, 0.2, 0.1]), None, seed=1, bootstraps=5)
    assert found.auc == 1.0
    assert math.isnan(found.slope)


def test_a_flagged_share_that_cuts_a_tie_takes_its_part_of_it() -> None:
    # Ten people; the two highest are certain, then six share a level with three cases among them.
    outcome = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0], dtype=np.float64)
    estimates = np.array([0.9, 0.9] + [0.5] * 6 + [0.1] * 2)
    assert hits_at(0.5, rank(outcome, estimates).levels(np.ones(10))) == pytest.approx(2 + 3 / 6 * 3)


def test_a_model_is_no_better_than_itself() -> None:
    outcome, estimates = a_sample(400)
    found = paired_difference(outcome, estimates, estimates, None, seed=1, bootstraps=30)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_the_paired_interval_is_narrower_than_two_separate_ones() -> None:
    outcome, estimates = a_sample(2_000)
    noise = np.random.default_rng(4).normal(0, 0.5, 2_000)
    worse = probabilities_of(np.log(estimates / (1 - estimates)) + noise)
    found = paired_difference(outcome, estimates, worse, None, seed=1, bootstraps=300)
    alone = evaluate(outcome, estimates, None, seed=1, bootstraps=300)
    assert 0 < found.low < found.value < found.high
    assert found.high - found.low < 0.8 * (alone.auc_high - alone.auc_low)


def test_turning_the_estimates_round_turns_the_auc_round() -> None:
    outcome, estimates = a_sample(300)
    mass = np.random.default_rng(1).random(300)
    there, back = prepare_auc(outcome, estimates)(mass), prepare_auc(outcome, 1 - estimates)(mass)
    assert there + back == pytest.approx(1)


@settings(max_examples=30)
@given(st.integers(2, 20), st.integers(1, 1_000))
def test_the_curve_counts_everybody_once_and_rises_in_estimate(bins: int, seed: int) -> None:
    outcome, estimates = a_sample(400, seed=seed)
    curve = calibration_curve(outcome, np.round(estimates, 1), None, bins=bins)
    assert sum(point.n for point in curve) == 400
    assert all(one.mean_estimate < other.mean_estimate for one, other in pairwise(curve))
    assert all(0 <= point.low <= point.observed <= point.high <= 1 for point in curve)


def test_the_curves_interval_is_wilsons() -> None:
    outcome = np.array([1.0] * 3 + [0.0] * 7)
    (point,) = calibration_curve(outcome, np.full(10, 0.3), None)
    # Wilson (1927) for 3 of 10.
    assert point.low == pytest.approx(0.1078, abs=1e-4)
    assert point.high == pytest.approx(0.6032, abs=1e-4)


@pytest.mark.parametrize(
    ("outcome", "estimates", "says"),
    [
        ([1.0, 1.0], [0.2, 0.3], "one class only"),
        ([1.0, 0.0], [0.2, 1.3], "outside 0..1"),
        ([1.0, 0.0], [0.2, math.nan], "outside 0..1"),
        ([1.0, 0.0, 0.0], [0.2, 0.3], "one outcome per row"),
    ],
)
def test_what_cannot_be_measured_is_refused(outcome: list[float], estimates: list[float], says: str) -> None:
    with pytest.raises(DataError, match=says):
        evaluate(np.array(outcome), np.array(estimates), None, seed=1, bootstraps=0)
    with pytest.raises(DataError, match=says):
        calibration_curve(np.array(outcome), np.array(estimates), None)
