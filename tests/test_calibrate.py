"""Calibration: the line that is found is the likeliest one, and applying it gives equal bits everywhere."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.calibration import Calibration, probabilities_of, probability_of
from profilering.errors import DataError, SetupError
from training.calibrate import fit_calibration

Floats = NDArray[np.float64]


def a_sample(rows: int, *, slope: float, intercept: float, seed: int = 1) -> tuple[Floats, Floats]:
    """Raw log-odds that are off by a known line, and what happened."""
    generator = np.random.default_rng(seed)
    raw = generator.normal(-1.0, 1.3, rows)
    truth = probabilities_of(slope * raw + intercept)
    return raw, (generator.random(rows) < truth).astype(np.float64)


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.6, -0.4), (1.7, 0.9), (-0.5, 0.2)])
def test_a_known_line_is_found_again(slope: float, intercept: float) -> None:
    found = fit_calibration(*a_sample(200_000, slope=slope, intercept=intercept), None)
    assert found.slope == pytest.approx(slope, abs=0.03)
    assert found.intercept == pytest.approx(intercept, abs=0.03)


def test_the_line_is_the_one_scikit_learn_finds() -> None:
    raw, outcome = a_sample(3_000, slope=0.8, intercept=0.3)
    weights = np.random.default_rng(5).random(3_000)
    found = fit_calibration(raw, outcome, weights)
    other = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1_000)
    other.fit(raw[:, None], outcome, sample_weight=weights)
    assert found.slope == pytest.approx(other.coef_[0, 0], abs=1e-5)
    assert found.intercept == pytest.approx(other.intercept_[0], abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1e-3, 1.0, 50.0]), shift=st.floats(-20, 20))
def test_after_calibration_estimates_add_up_to_what_happened(seed: int, scale: float, shift: float) -> None:
    # Both equations of maximum likelihood: the level is right, and no slope is left in the errors.
    raw, outcome = a_sample(400, slope=0.7, intercept=0.1, seed=seed)
    stretched = scale * raw + shift
    line = fit_calibration(stretched, outcome, None)
    errors = probabilities_of(line.log_odds_of_all(stretched)) - outcome
    assert abs(errors.mean()) < 1e-6
    assert abs((errors * raw).mean()) < 1e-6


def test_a_row_of_weight_two_counts_as_two_rows() -> None:
    raw, outcome = a_sample(500, slope=1.2, intercept=0.0)
    weights = np.random.default_rng(2).integers(0, 4, 500)
    repeated = np.repeat(np.arange(500), weights)
    weighted = fit_calibration(raw, outcome, weights.astype(np.float64))
    plain = fit_calibration(raw[repeated], outcome[repeated], None)
    assert weighted.slope == pytest.approx(plain.slope, abs=1e-8)
    assert weighted.intercept == pytest.approx(plain.intercept, abs=1e-8)


def test_scores_that_say_nothing_learn_the_level_only() -> None:
    outcome = np.array([1.0, 0.0, 0.0, 0.0])
    line = fit_calibration(np.full(4, 2.5), outcome, None)
    assert line.slope == 1.0
    assert probability_of(line.log_odds(2.5)) == pytest.approx(0.25)


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="one class only"):
        fit_calibration(np.arange(5.0), np.zeros(5), None)


@pytest.mark.parametrize("gap", [0.001, 1.0, 100.0])
def test_scores_that_know_the_outcome_are_called_a_leak(gap: float) -> None:
    raw = np.concatenate([np.linspace(-1, 0, 50), np.linspace(gap, gap + 1, 50)])
    with pytest.raises(DataError, match="knows the outcome"):
        fit_calibration(raw, (raw > 0).astype(np.float64), None)


@given(st.lists(st.floats(allow_nan=False), max_size=300))
def test_many_probabilities_have_the_same_bits_as_each_alone(log_odds: list[float]) -> None:
    together = probabilities_of(np.array(log_odds, dtype=np.float64))
    assert together.tolist() == [probability_of(one) for one in log_odds]


@given(
    st.floats(-5, 5), st.floats(-5, 5), st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), max_size=100)
)
def test_many_lines_have_the_same_bits_as_each_alone(
    slope: float, intercept: float, raw: list[float]
) -> None:
    line = Calibration(slope, intercept)
    assert line.log_odds_of_all(np.array(raw)).tolist() == [line.log_odds(one) for one in raw]


@given(st.floats(-40, 40), st.floats(-40, 40))
def test_probability_rises_with_log_odds_and_inverts_them(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 < probability_of(low) <= probability_of(high) <= 1
    assert probability_of(one) + probability_of(-one) == pytest.approx(1)
    if abs(one) < 20:
        kept = probability_of(one)
        assert math.log(kept / (1 - kept)) == pytest.approx(one, abs=1e-6)


def test_the_ends_do_not_overflow() -> None:
    assert probability_of(-1e308) == 0.0
    assert probability_of(1e308) == 1.0
    assert probability_of(0.0) == 0.5


@pytest.mark.parametrize(("slope", "intercept"), [(math.nan, 0.0), (1.0, math.inf)])
def test_a_line_without_numbers_is_refused(slope: float, intercept: float) -> None:
    with pytest.raises(SetupError, match="fit the calibration again"):
        Calibration(slope, intercept)
