"""The contributions are Shapley values: by hand on a small tree, and by every subset on a small model."""

import math

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from models.calibration import probabilities_of
from profilering.errors import DataError
from profilering.features import NAMES
from tests.invented import happened
from training.design import Design
from training.explanations.brute_force import (
    COLUMNS,
    SMALL_PARAMS,
    Leaf,
    Split,
    check_small_model,
    expected,
    goes_left,
    shapley_values,
    trees_of,
)
from training.fit import fit_lightgbm, raw_log_odds

Floats = NDArray[np.float64]
NAN = math.nan


def a_split(**changes: object) -> Split:
    """Column 0, left up to 1; of 40 people a value of 1, of 60 a value of 3."""
    ordinary: dict[str, object] = {
        "column": 0,
        "threshold": 1.0,
        "categories": None,
        "missing": "NaN",
        "missing_left": False,
        "left": Leaf(1.0, 40),
        "right": Leaf(3.0, 60),
        "people": 100,
    }
    return Split(**{**ordinary, **changes})  # type: ignore[arg-type]


def a_tree_of_two_splits() -> Split:
    """40 people up to 1: +1. The other 60 by category: 20 of category 2 +5, the 40 others -1."""
    by_category = a_split(
        column=1,
        threshold=NAN,
        categories=frozenset({2}),
        left=Leaf(5.0, 20),
        right=Leaf(-1.0, 40),
        people=60,
    )
    return a_split(right=by_category)


def a_design(rows: int = 3_000, *, seed: int = 1) -> Design:
    random = np.random.default_rng(seed)
    months = random.integers(0, 60, rows).astype(np.float64)
    months[random.random(rows) < 0.3] = NAN
    jobs = random.integers(0, 9, rows).astype(np.float64)
    county = random.integers(0, 8, rows).astype(np.float64)
    county[random.random(rows) < 0.1] = NAN
    values = np.ascontiguousarray(np.column_stack([months, jobs, county]))
    return Design(("months", "jobs", "county"), (False, False, True), (1, 0, 0), values)


def an_outcome(design: Design, *, seed: int = 2) -> Floats:
    """Missing months and odd counties matter, and jobs only where months are many."""
    months, jobs, county = design.values.T
    log_odds = -1 + np.isnan(months) + (county % 2 == 1) - 0.2 * jobs * (np.nan_to_num(months) > 30)
    return happened(probabilities_of(log_odds), seed=seed)


def test_a_tree_of_two_splits_is_explained_as_by_hand() -> None:
    # Nothing known: 0.4 * 1 + 0.6 * (20 * 5 - 40) / 60 = 1. Column 0 alone: 1.
    # Column 1 alone: 0.4 + 0.6 * 5 = 3.4. Both: 5.
    # So column 0 adds (0 + 1.6) / 2 and column 1 adds (2.4 + 4) / 2.
    found = shapley_values([a_tree_of_two_splits()], np.array([2.0, 2.0]))
    assert found == pytest.approx([0.8, 3.2, 1.0])


def test_a_column_no_tree_asks_about_adds_nothing() -> None:
    found = shapley_values([a_tree_of_two_splits()], np.array([2.0, 2.0, 7.0]))
    assert found == pytest.approx([0.8, 3.2, 0.0, 1.0])


def test_trees_add_up() -> None:
    tree, row = a_tree_of_two_splits(), np.array([0.0, NAN])
    assert shapley_values([tree, tree], row) == pytest.approx(2 * shapley_values([tree], row))


@pytest.mark.parametrize(
    ("changes", "value", "left"),
    [
        ({}, 1.0, True),
        ({}, 1.5, False),
        ({}, NAN, False),
        ({"missing_left": True}, NAN, True),
        ({"missing": "None"}, NAN, True),  # read as 0
        ({"missing": "None", "threshold": -1.0}, NAN, False),
        ({"missing": "Zero", "missing_left": False}, 0.0, False),
        ({"missing": "Zero", "missing_left": True, "threshold": -1.0}, NAN, True),
        ({"categories": frozenset({0, 3})}, 3.0, True),
        ({"categories": frozenset({0, 3})}, 1.0, False),
        ({"categories": frozenset({0, 3}), "missing_left": True}, NAN, False),
    ],
)
def test_a_split_sends_people_where_lightgbm_sends_them(
    changes: dict[str, object], value: float, *, left: bool
) -> None:
    assert goes_left(a_split(**changes), value) is left


def test_the_trees_as_read_give_the_scores_of_lightgbm() -> None:
    design = a_design()
    text = fit_lightgbm(design, an_outcome(design), None, SMALL_PARAMS, seed=1, threads=1)
    trees = trees_of(lightgbm.Booster(model_str=text))
    rows = np.arange(200)
    read = [sum(expected(tree, row, range(3)) for tree in trees) for row in design.values[rows]]
    assert read == pytest.approx(raw_log_odds(text, design.take(rows)), abs=1e-12)


def test_lightgbm_explains_as_the_definition_does_with_missing_values_and_categories() -> None:
    design = a_design()
    check = check_small_model(design, an_outcome(design), seed=1, columns=design.names)
    assert (check.rows, check.features, check.trees) == (20, 3, SMALL_PARAMS.trees)
    assert check.largest_difference < 1e-12


def test_a_model_that_found_nothing_is_explained_too() -> None:
    flat = Design(("a",), (False,), (0,), np.zeros((400, 1)))
    check = check_small_model(flat, np.tile([0.0, 1.0], 200), seed=1, columns=("a",))
    assert check.largest_difference < 1e-12


def test_the_columns_of_the_check_are_the_catalogues() -> None:
    assert set(COLUMNS) <= set(NAMES)


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(DataError, match="no columns \\['alder'"):
        check_small_model(a_design(), an_outcome(a_design()), seed=1)
