"""Promises about direction are tried on what people are shown, and a broken one is found and named."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from models.calibration import Calibration, probabilities_of
from models.lightgbm_model import FittedOutcome
from models.reference import cohort_of
from profilering.errors import DataError
from profilering.risk import Outcome
from tests.invented import happened
from training.design import Design
from training.explanations.monotone import check_monotone
from training.fit import REFERENCE_PARAMS, fit_lightgbm

Floats = NDArray[np.float64]
PARAMS = replace(REFERENCE_PARAMS, trees=30)
DIRECTIONS = (1, -1, 0)


def a_matrix(rows: int = 3_000) -> Floats:
    """Months (some missing), jobs, and a year without direction."""
    random = np.random.default_rng(1)
    months = random.integers(0, 40, rows).astype(np.float64)
    months[random.random(rows) < 0.2] = np.nan
    jobs, year = random.integers(0, 6, rows).astype(np.float64), random.integers(18, 67, rows)
    return np.ascontiguousarray(np.column_stack([months, jobs, year]))


def fitted_to(log_odds: Floats, matrix: Floats, monotone: tuple[int, ...]) -> FittedOutcome:
    """A model of an outcome drawn with these log-odds, uncalibrated."""
    design = Design(("months", "jobs", "year"), (False,) * 3, monotone, matrix)
    outcome = happened(probabilities_of(log_odds), seed=2)
    text = fit_lightgbm(design, outcome, None, PARAMS, seed=1, threads=1)
    return FittedOutcome(
        Outcome.LANGVARIG_STOENAD,
        lightgbm.Booster(model_str=text),
        Calibration(1.0, 0.0),
        cohort_of([0.0, 1.0], [0, 1]),
    )


def as_promised(matrix: Floats) -> FittedOutcome:
    months, jobs, _ = matrix.T
    return fitted_to(-1 + 0.05 * np.nan_to_num(months) - 0.2 * jobs, matrix, DIRECTIONS)


def test_a_model_bound_to_its_directions_never_breaks_them() -> None:
    matrix = a_matrix()
    check = check_monotone(as_promised(matrix), matrix, DIRECTIONS, seed=1)
    assert (check.pairs, check.violations, check.worst, check.worst_feature) == (10_000, 0, 0.0, None)


def test_features_with_a_direction_are_tried_equally_often_and_others_never() -> None:
    matrix = a_matrix()
    check = check_monotone(as_promised(matrix), matrix, DIRECTIONS, pairs=101, seed=1)
    assert [(f.name, f.direction) for f in check.features] == [("months", 1), ("jobs", -1)]
    assert sorted(f.pairs for f in check.features) == [50, 51]


def test_a_calibration_that_turns_the_model_round_is_caught() -> None:
    matrix = a_matrix()
    turned = replace(as_promised(matrix), calibration=Calibration(-0.5, 0.0))
    check = check_monotone(turned, matrix, DIRECTIONS, pairs=1_000, seed=1)
    assert check.violations > 500
    assert all(feature.violations for feature in check.features)
    assert check.worst == max(feature.worst for feature in check.features) > 0


def test_the_one_feature_that_breaks_its_promise_is_named() -> None:
    matrix = a_matrix()
    months, jobs, _ = matrix.T
    unbound = fitted_to(-1 + 0.05 * np.nan_to_num(months) + 0.6 * jobs, matrix, (1, 0, 0))
    check = check_monotone(unbound, matrix, DIRECTIONS, pairs=1_000, seed=1)
    assert check.worst_feature == "jobs"
    assert [f.violations > 0 for f in check.features] == [False, True]


def test_only_known_values_are_moved_and_each_to_another_one() -> None:
    # Few are known, and more is always wrong: every true move is a violation, none else can be.
    matrix = a_matrix()
    known = np.random.default_rng(3).random(len(matrix)) < 0.1
    matrix[:, 1] = np.where(known, np.arange(len(matrix)) % 2, np.nan)
    model = fitted_to(np.where(matrix[:, 1] == 1, 3.0, -3.0), matrix, (0, 0, 0))
    check = check_monotone(model, matrix, (0, -1, 0), pairs=500, seed=1)
    assert check.violations == check.pairs == 500


def test_a_feature_with_one_value_takes_no_pairs_from_the_others() -> None:
    matrix = a_matrix()
    matrix[:, 1] = 4.0
    check = check_monotone(as_promised(a_matrix()), matrix, DIRECTIONS, pairs=100, seed=1)
    assert [f.pairs for f in check.features] == [100, 0]


def test_a_check_that_could_try_nothing_is_refused() -> None:
    matrix = np.full((20, 3), 4.0)
    matrix[:, 0] = np.nan
    for directions in (DIRECTIONS, (0, 0, 0)):
        with pytest.raises(DataError, match="two observed values"):
            check_monotone(as_promised(a_matrix()), matrix, directions, seed=1)


def test_the_same_seed_tries_the_same_pairs() -> None:
    matrix = a_matrix()
    turned = replace(as_promised(matrix), calibration=Calibration(-1.0, 0.0))
    one, two, other = (check_monotone(turned, matrix, DIRECTIONS, pairs=300, seed=seed) for seed in (1, 1, 2))
    assert one == two != other
