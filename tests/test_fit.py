"""Fitting: the same rows and seed give the same model, and the model sees the columns as they are meant."""

import re
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from models.calibration import probabilities_of
from profilering.errors import DataError
from tests.invented import happened
from training.baselines import fit_logistic
from training.design import Design
from training.evaluation.metrics import prepare_auc
from training.fit import REFERENCE_PARAMS, fit_lightgbm, raw_log_odds

Floats = NDArray[np.float64]
FEW_TREES = replace(REFERENCE_PARAMS, trees=40)


def a_design(rows: int = 4_000, *, seed: int = 1) -> Design:
    """Months (rising), jobs (free) and a county, with some months missing."""
    generator = np.random.default_rng(seed)
    months = generator.integers(0, 60, rows).astype(np.float64)
    months[generator.random(rows) < 0.1] = np.nan
    jobs = generator.integers(0, 9, rows).astype(np.float64)
    county = generator.integers(0, 15, rows).astype(np.float64)
    return Design(
        names=("months", "jobs", "county"),
        categorical=(False, False, True),
        monotone=(1, 0, 0),
        values=np.ascontiguousarray(np.column_stack([months, jobs, county])),
    )


def an_outcome(design: Design, *, seed: int = 2) -> Floats:
    """More months raise the risk; so does a county with an odd number, which no order can show."""
    months, jobs, county = np.nan_to_num(design.values, nan=20.0).T
    log_odds = -2.5 + 0.04 * months - 0.1 * jobs + 1.2 * (county % 2)
    return happened(probabilities_of(log_odds), seed=seed)


def test_one_and_two_threads_give_the_same_text_which_does_not_say_how_many() -> None:
    design = a_design(rows=30_000)
    outcome = an_outcome(design)
    weights = np.random.default_rng(3).random(len(design))
    texts = {fit_lightgbm(design, outcome, weights, FEW_TREES, seed=7, threads=n) for n in (1, 2)}
    assert len(texts) == 1
    (text,) = texts
    for line in ("[num_threads: 0]", "[deterministic: 1]", "[force_row_wise: 1]"):
        assert line in text


def test_another_seed_gives_another_model() -> None:
    design = a_design()
    outcome = an_outcome(design)
    first, second = (fit_lightgbm(design, outcome, None, FEW_TREES, seed=n, threads=1) for n in (1, 2))
    assert first.split("parameters:")[0] != second.split("parameters:")[0]


def test_every_seed_of_lightgbm_is_the_one_given() -> None:
    text = fit_lightgbm(a_design(), an_outcome(a_design()), None, FEW_TREES, seed=77, threads=1)
    seeds = dict(re.findall(r"\[(\w*seed): (\d+)\]", text))
    assert len(seeds) == 7
    assert set(seeds.values()) == {"77"}


def test_more_of_a_rising_column_never_lowers_the_estimate() -> None:
    design = a_design()
    text = fit_lightgbm(design, an_outcome(design), None, FEW_TREES, seed=1, threads=1)
    ladder = [raw_log_odds(text, with_column(design, 0, float(months))) for months in range(60)]
    steps = np.diff(np.array(ladder), axis=0)
    assert steps.min() >= 0
    assert steps.max() > 0


def with_column(design: Design, column: int, value: float) -> Design:
    values = design.values.copy()
    values[:, column] = value
    return replace(design, values=values)


def test_categories_are_split_as_categories() -> None:
    design = a_design()
    text = fit_lightgbm(design, an_outcome(design), None, FEW_TREES, seed=1, threads=1)
    odd = raw_log_odds(text, with_column(design, 2, 7.0)).mean()
    even = raw_log_odds(text, with_column(design, 2, 8.0)).mean()
    also_odd = raw_log_odds(text, with_column(design, 2, 9.0)).mean()
    assert min(odd, also_odd) > even + 0.3
    assert "cat_threshold" in text


def test_a_row_scores_the_same_alone_as_in_the_crowd() -> None:
    design = a_design(rows=500)
    text = fit_lightgbm(design, an_outcome(design), None, FEW_TREES, seed=1, threads=1)
    crowd = raw_log_odds(text, design, threads=2)
    alone = [raw_log_odds(text, design.take(np.array([row])))[0] for row in range(50)]
    assert crowd[:50].tolist() == alone


def test_heavier_positives_raise_the_estimates() -> None:
    design = a_design()
    outcome = an_outcome(design)
    baselines = [fit_logistic(design, outcome, weights) for weights in (None, 1 + 2 * outcome)]
    assert baselines[1].log_odds(design).mean() > baselines[0].log_odds(design).mean() + 0.5
    plain = fit_lightgbm(design, outcome, None, FEW_TREES, seed=1, threads=1)
    heavy = fit_lightgbm(design, outcome, 1 + 2 * outcome, FEW_TREES, seed=1, threads=1)
    assert raw_log_odds(heavy, design).mean() > raw_log_odds(plain, design).mean() + 0.5


def test_shuffled_columns_are_refused_and_not_scored() -> None:
    design = a_design()
    text = fit_lightgbm(design, an_outcome(design), None, FEW_TREES, seed=1, threads=1)
    order = [1, 0, 2]
    shuffled = Design(
        names=("jobs", "months", "county"),
        categorical=(False, False, True),
        monotone=(0, 1, 0),
        values=np.ascontiguousarray(design.values[:, order]),
    )
    with pytest.raises(DataError, match="same columns in the same order"):
        raw_log_odds(text, shuffled)
    with pytest.raises(DataError, match="same columns in the same order"):
        fit_logistic(design, an_outcome(design), None).probability(shuffled)


def test_names_that_lightgbm_would_alter_still_find_their_columns() -> None:
    plain = a_design()
    odd = replace(plain, names=("months since: last job", 'jobs "in all"', "fylke {æøå}, 100 %"))
    texts = [fit_lightgbm(d, an_outcome(plain), None, FEW_TREES, seed=1, threads=1) for d in (plain, odd)]
    assert raw_log_odds(texts[0], plain).tolist() == raw_log_odds(texts[1], odd).tolist()
    with pytest.raises(DataError, match="same columns"):
        raw_log_odds(texts[1], plain)


def test_names_that_would_be_written_alike_stay_apart() -> None:
    design = replace(a_design(), names=("a b", "a%20b", "a_b"))
    text = fit_lightgbm(design, an_outcome(design), None, FEW_TREES, seed=1, threads=1)
    assert raw_log_odds(text, design).size == len(design)


@pytest.mark.parametrize(
    ("outcome", "weights", "says"),
    [
        (np.ones(4_000), None, "one class only"),
        (np.zeros(3_999), None, "one outcome per row"),
        (np.arange(4_000) % 3.0, None, "other values than 0 and 1"),
        (np.arange(4_000) % 2.0, np.ones(5), "one weight per row"),
        (np.arange(4_000) % 2.0, np.full(4_000, -1.0), "from 0 and up"),
        (np.arange(4_000) % 2.0, np.full(4_000, np.nan), "from 0 and up"),
        (np.arange(4_000) % 2.0, np.arange(4_000) % 2.0, "no weight at all"),
    ],
)
def test_an_outcome_nothing_can_be_learnt_from_is_refused(
    outcome: Floats, weights: Floats | None, says: str
) -> None:
    with pytest.raises(DataError, match=says):
        fit_lightgbm(a_design(), outcome, weights, FEW_TREES, seed=1, threads=1)
    with pytest.raises(DataError, match=says):
        fit_logistic(a_design(), outcome, weights)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"names": ("months", "jobs")}, "one of each per column"),
        ({"names": ("months", "jobs", "jobs")}, "different names"),
        ({"names": ("months", "", "jobs")}, "different names"),
        ({"monotone": (1, 0, 1)}, "column county: categories have no order"),
        ({"monotone": (2, 0, 0)}, "column months: monotone is 2"),
        (
            {"categorical": (False, True, False), "values": np.full((2, 3), 0.5)},
            "column jobs: category codes",
        ),
        (
            {"categorical": (False, True, False), "values": np.full((2, 3), -1.0)},
            "column jobs: category codes",
        ),
        ({"values": np.zeros(3)}, "two-dimensional"),
        ({"values": np.zeros((3, 2)).T}, "C order"),
    ],
)
def test_a_design_whose_parts_do_not_fit_is_refused(change: dict[str, object], says: str) -> None:
    design = a_design(rows=2)
    parts = {name: getattr(design, name) for name in ("names", "categorical", "monotone", "values")}
    with pytest.raises(DataError, match=says):
        Design(**{**parts, **change})


def test_the_baseline_ranks_and_handles_what_training_never_saw() -> None:
    design = a_design()
    outcome = an_outcome(design)
    model = fit_logistic(design, outcome, None)
    estimates = model.probability(design)
    assert abs(estimates.mean() - outcome.mean()) < 0.005
    assert prepare_auc(outcome, estimates)(np.ones(len(design))) > 0.7
    strange = with_column(with_column(design, 2, 99.0), 1, np.nan)
    assert np.isfinite(model.probability(strange)).all()


def test_the_baseline_takes_columns_of_one_kind_only() -> None:
    design = a_design()
    outcome = an_outcome(design)
    numbers = Design(("a",), (False,), (0,), design.values[:, :1].copy())
    categories = Design(("c",), (True,), (0,), design.values[:, 2:].copy())
    for one_kind in (numbers, categories):
        estimates = fit_logistic(one_kind, outcome, None).probability(one_kind)
        assert estimates.std() > 0
