"""Models side by side: each figure is the textbook's, each interval covers, each gain is paired."""

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from profilering.errors import DataError
from training.evaluation.bootstrap import Persons
from training.evaluation.by_year import calibration_by_year
from training.evaluation.comparison import GAINS, Comparison, compare_models
from training.evaluation.evaluate import Metrics, evaluate
from training.evaluation.metrics import calibration_line, prepare_ece
from training.evaluation.statistic import FIGURES, model_statistic

Floats = NDArray[np.float64]


def a_run(rows: int, *, seed: int = 1) -> tuple[Floats, dict[str, Floats], Persons]:
    """A candidate that means what it says, one with noise, and 1.25 rows a person."""
    generator = np.random.default_rng(seed)
    score = generator.normal(-1.0, 1.0, rows)
    outcome = (generator.random(rows) < expit(score)).astype(np.float64)
    estimates = {"lightgbm": expit(score), "logistisk": expit(score + generator.normal(0, 0.7, rows))}
    return outcome, estimates, np.arange(rows) % round(rows / 1.25)


def compared(rows: int, *, seed: int = 1, bootstraps: int = 200) -> Comparison:
    return compare_models(*a_run(rows, seed=seed), seed=seed, bootstraps=bootstraps)


def resampled(rows: int, generator: np.random.Generator) -> Floats:
    return np.bincount(generator.integers(0, rows, rows), minlength=rows).astype(np.float64)


weighted_rows = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.1, 0.35, 0.5, 0.8]), st.floats(0.0, 3)),
    min_size=4,
    max_size=60,
)


@settings(max_examples=50, deadline=None)
@given(weighted_rows, st.integers(0, 1_000))
def test_on_any_masses_the_statistic_is_scikit_learns_with_ties(
    rows: list[tuple[float, float, float]], seed: int
) -> None:
    outcome, estimates, weights = np.array(rows).T
    times = np.random.default_rng(seed).integers(0, 3, outcome.size)
    mass = weights * times
    assume(min((mass * outcome).sum(), (mass * (1 - outcome)).sum()) > 1e-6)
    found = dict(zip(FIGURES, model_statistic(outcome, estimates, weights).of(mass), strict=True))
    assert found["auc"] == pytest.approx(roc_auc_score(outcome, estimates, sample_weight=mass))
    assert found["average_precision"] == pytest.approx(
        average_precision_score(outcome, estimates, sample_weight=mass)
    )
    brier = brier_score_loss(outcome, estimates, sample_weight=mass)
    base = np.average(outcome, weights=mass)
    assert found["brier"] == pytest.approx(brier)
    assert found["skill"] == pytest.approx(1 - brier / (base * (1 - base)))
    assert found["log_loss"] == pytest.approx(sklearn_log_loss(outcome, estimates, sample_weight=mass))
    assert found["mean_estimate"] == pytest.approx(np.average(estimates, weights=mass))
    assert found["base"] == pytest.approx(base)
    for share in (10, 25):
        flagged = by_lot(share / 100, estimates, mass)
        hits = (flagged * outcome).sum()
        assert found[f"precision_at_{share}"] == pytest.approx(hits / flagged.sum())
        assert found[f"recall_at_{share}"] == pytest.approx(hits / (mass * outcome).sum())


def by_lot(share: float, estimates: Floats, mass: Floats) -> Floats:
    """The mass of each row that is flagged, worked out level by level."""
    left, flagged = share * mass.sum(), np.zeros_like(mass)
    for level in sorted(set(estimates), reverse=True):
        here = np.where(estimates == level, mass, 0.0)
        taken = min(left, here.sum())
        if here.sum() > 0:
            flagged += here * (taken / here.sum())
        left -= taken
    return flagged


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_on_everybody_calibration_is_that_of_its_own_function(seed: int, decimals: int) -> None:
    generator = np.random.default_rng(seed)
    estimates = np.round(generator.uniform(0.05, 0.95, 300), decimals)
    outcome = (generator.random(300) < estimates).astype(np.float64)
    weights = generator.uniform(0.2, 3, 300)
    found = dict(zip(FIGURES, model_statistic(outcome, estimates, weights).of(weights), strict=True))
    assert found["ece"] == pytest.approx(prepare_ece(outcome, estimates, weights)(weights), abs=1e-12)
    slope, intercept = calibration_line(outcome, estimates, weights)
    assert (found["slope"], found["intercept"]) == pytest.approx((slope, intercept), abs=1e-8)


def test_one_newton_step_is_the_refitted_line_to_well_within_the_interval() -> None:
    # The sides of a real run are far larger, and the step's error falls faster than the interval.
    rows = 2_000
    outcome, estimates, _ = a_run(rows, seed=5)
    of = model_statistic(outcome, estimates["logistisk"], np.ones(rows)).of
    generator = np.random.default_rng(2)
    masses = [resampled(rows, generator) for _ in range(60)]
    refitted = np.array([calibration_line(outcome, estimates["logistisk"], mass) for mass in masses])
    stepped = np.array([of(mass)[[FIGURES.index("slope"), FIGURES.index("intercept")]] for mass in masses])
    width = 2 * 1.96 * refitted.std(axis=0)
    ends = [np.percentile(lines, (2.5, 97.5), axis=0) for lines in (refitted, stepped)]
    assert np.all(np.abs(stepped - refitted).mean(axis=0) < 0.015 * width)
    assert np.all(np.abs(ends[0] - ends[1]) < 0.03 * width)


def test_every_figure_has_an_interval_around_it_and_a_gain_where_better_exists() -> None:
    found = compared(3_000)
    for name, model in found.models.items():
        assert set(model.intervals) == {f.name for f in fields(Metrics)} - {"n", "auc_low", "auc_high"}
        for figure, interval in model.intervals.items():
            assert interval.value == getattr(model.metrics, figure)
            assert interval.low < interval.value < interval.high, (name, figure)
        assert set(model.gain) == (set() if name == "lightgbm" else set(GAINS))
    ours = found.models["lightgbm"]
    assert (ours.metrics.auc_low, ours.metrics.auc_high) == (
        ours.intervals["auc"].low,
        ours.intervals["auc"].high,
    )
    assert found.persons == 2_400
    assert ours.metrics.n == 3_000


def test_the_figures_are_those_of_one_model_alone() -> None:
    outcome, estimates, persons = a_run(1_000)
    together = compare_models(outcome, estimates, persons, seed=1, bootstraps=5).models["logistisk"].metrics
    alone = evaluate(outcome, estimates["logistisk"], None, seed=1, bootstraps=5)
    for field in fields(Metrics):
        if field.name not in {"auc_low", "auc_high"}:
            assert getattr(together, field.name) == getattr(alone, field.name)


def test_a_gain_is_the_candidate_minus_the_other_and_surer_than_either_figure() -> None:
    found = compared(3_000)
    ours, other = found.models["lightgbm"], found.models["logistisk"]
    for figure in GAINS:
        gain = other.gain[figure]
        assert gain.value == pytest.approx(ours.intervals[figure].value - other.intervals[figure].value)
        assert gain.low <= gain.value <= gain.high
    auc = other.gain["auc"]
    assert auc.low > 0
    assert other.gain["brier"].high < 0
    assert auc.high - auc.low < 0.8 * (ours.intervals["auc"].high - ours.intervals["auc"].low)


def test_a_twin_gains_nothing() -> None:
    outcome, estimates, persons = a_run(500)
    twins = {"lightgbm": estimates["lightgbm"], "godkjent": estimates["lightgbm"]}
    gain = compare_models(outcome, twins, persons, seed=1, bootstraps=20).models["godkjent"].gain
    assert {(g.value, g.low, g.high) for g in gain.values()} == {(0, 0, 0)}


def test_the_ece_lies_amid_its_interval_though_every_resample_adds_chance() -> None:
    outcome, estimates, persons = a_run(400, seed=6)
    found = compare_models(outcome, estimates, persons, seed=1, bootstraps=200).models["lightgbm"]
    ece = found.intervals["ece"]
    of = model_statistic(outcome, estimates["lightgbm"], np.ones(400)).of
    generator = np.random.default_rng(1)
    drawn = [of(resampled(400, generator))[FIGURES.index("ece")] for _ in range(200)]
    assert np.percentile(drawn, 2.5) > 0.9 * ece.value  # as it stands, most of the interval lies above
    assert 0.35 < (ece.value - ece.low) / (ece.high - ece.low) < 0.65


def test_one_estimate_for_all_gives_figures_without_a_line_and_no_warning() -> None:
    outcome = np.array([1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    found = compare_models(outcome, {"lightgbm": np.full(6, 0.25)}, np.arange(6), seed=1, bootstraps=30)
    figures = found.models["lightgbm"].intervals
    assert figures["auc"].value == 0.5
    assert math.isnan(figures["slope"].value)
    assert math.isnan(figures["slope"].low)
    assert math.isfinite(figures["auc"].low)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"candidate": "xgboost"}, "candidate 'xgboost' is not among"),
        ({"persons": np.arange(3)}, "number the person of each row"),
        ({"estimates": {"lightgbm": np.full(4, 1.5)}}, "model 'lightgbm'.*outside 0..1"),
        ({"outcome": np.ones(4)}, "one class only"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(change: dict[str, object], says: str) -> None:
    run: dict[str, object] = {
        "outcome": np.array([1.0, 0.0, 1.0, 0.0]),
        "estimates": {"lightgbm": np.array([0.2, 0.3, 0.6, 0.1])},
        "persons": np.arange(4),
    }
    with pytest.raises(DataError, match=says):
        compare_models(**{**run, **change}, seed=1, bootstraps=2)  # type: ignore[arg-type]


def test_a_year_that_is_off_by_a_tenth_shows_it_and_the_others_do_not() -> None:
    outcome, estimates, persons = a_run(6_000)
    years = 2020 + np.arange(6_000) % 3
    shifted = np.where(years == 2021, np.clip(estimates["lightgbm"] + 0.1, 0, 1), estimates["lightgbm"])
    found = calibration_by_year(outcome, shifted, years, persons, seed=1, bootstraps=200)
    assert [year.year for year in found.years] == [2020, 2021, 2022]
    assert [year.n for year in found.years] == [2_000] * 3
    for year in found.years:
        assert year.gap.value == pytest.approx(year.mean_estimate.value - year.observed.value)
        assert (year.gap.low > 0.05) == (year.year == 2021)
    assert found.years[0].slope.low < 1 < found.years[0].slope.high
    assert found.years[1].ece.low > found.years[0].ece.high


def test_a_year_is_measured_as_if_all_other_rows_weighed_nothing() -> None:
    outcome, estimates, persons = a_run(1_000)
    years = np.where(np.arange(1_000) < 600, 2020, 2021)
    found = calibration_by_year(outcome, estimates["logistisk"], years, persons, seed=1, bootstraps=20)
    only = {"lightgbm": estimates["logistisk"]}
    weights = (years == 2021).astype(np.float64)
    alone = (
        compare_models(outcome, only, persons, weights, seed=1, bootstraps=20).models["lightgbm"].intervals
    )
    last = found.years[1]
    told = {"base": last.observed, "mean_estimate": last.mean_estimate, "slope": last.slope, "ece": last.ece}
    for figure, interval in told.items():
        expected = alone[figure]
        assert interval.value == pytest.approx(expected.value, abs=1e-9)
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_a_year_of_few_people_is_not_told_nor_can_it_be_worked_out() -> None:
    outcome, estimates, persons = a_run(1_000)
    years = np.full(1_000, 2020)
    years[:300], years[300:308] = 2021, 2022
    found = calibration_by_year(outcome, estimates["lightgbm"], years, persons, seed=1, bootstraps=5)
    # 2022 alone could be subtracted from everybody; so the smallest of the others goes with it.
    assert [year.year for year in found.years] == [2020]
    assert found.too_few == (2021, 2022)


def test_logits_of_sure_estimates_stay_finite() -> None:
    outcome = np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0])
    estimates = np.array([1.0, 0.0, 0.0, 1.0, 0.7, 0.2])
    assert not np.isfinite(logit(estimates)).all()
    found = compare_models(outcome, {"lightgbm": estimates}, np.arange(6), seed=1, bootstraps=10)
    assert math.isfinite(found.models["lightgbm"].metrics.log_loss)
    assert math.isfinite(found.models["lightgbm"].metrics.slope)
