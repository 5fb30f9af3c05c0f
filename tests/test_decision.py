"""Decision curves: net benefit is counted as Vickers and Elkin do, the gain over all and none is paired."""

import csv
import io
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit

from training.evaluation.bootstrap import Persons
from training.evaluation.comparison import compare_models
from training.evaluation.decision import THRESHOLDS, DecisionCurves, decision_curves
from training.reporting.comparison_sections import decision_section
from training.reporting.curve_figures import decision_figure

Floats = NDArray[np.float64]
NAMES = {"lightgbm": "LightGBM", "dagens_regel": "Dagens regel"}


def a_run(rows: int, *, seed: int = 1) -> tuple[Floats, dict[str, Floats], Persons]:
    generator = np.random.default_rng(seed)
    score = generator.normal(-1.0, 1.2, rows)
    outcome = (generator.random(rows) < expit(score)).astype(np.float64)
    rule = np.where(score + generator.normal(0, 2, rows) > 0, 0.45, 0.2)
    return outcome, {"lightgbm": expit(score), "dagens_regel": rule}, np.arange(rows) // 2


def curves_of(rows: int = 2_000, *, bootstraps: int = 100) -> DecisionCurves:
    return decision_curves(*a_run(rows), seed=1, bootstraps=bootstraps)


def test_net_benefit_is_true_positives_less_false_ones_at_the_thresholds_odds() -> None:
    outcome = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0], dtype=np.float64)
    estimates = np.array([0.9, 0.5, 0.2, 0.5, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1])
    curves = decision_curves(outcome, {"lightgbm": estimates}, np.arange(10), seed=1, bootstraps=2)
    benefit = dict(zip(curves.thresholds, curves.models["lightgbm"], strict=True))
    # At .20 all three cases and two others are flagged, an estimate of exactly .20 too.
    assert benefit[0.2] == pytest.approx(3 / 10 - 2 / 10 * 0.25)
    assert benefit[0.21] == pytest.approx(2 / 10 - 1 / 10 * 21 / 79)
    assert benefit[0.5] == pytest.approx(2 / 10 - 1 / 10)
    assert benefit[0.6] == pytest.approx(1 / 10)
    assert curves.treat_all[19] == pytest.approx(3 / 10 - 7 / 10 * 0.25)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 100)), min_size=2, max_size=50))
def test_every_point_of_every_curve_equals_the_count(rows: list[tuple[bool, int]]) -> None:
    outcome = np.array([True, False, *(case for case, _ in rows)]).astype(np.float64)
    estimates = np.array([50, 50, *(percent for _, percent in rows)]) / 100
    curves = decision_curves(outcome, {"lightgbm": estimates}, np.arange(outcome.size), seed=1, bootstraps=1)
    for threshold, benefit in zip(curves.thresholds, curves.models["lightgbm"], strict=True):
        flagged = estimates >= threshold
        hits, misses = (flagged & (outcome == 1)).mean(), (flagged & (outcome == 0)).mean()
        assert benefit == pytest.approx(hits - misses * threshold / (1 - threshold))


def test_the_gain_is_over_the_better_of_all_and_none_on_the_same_resamples() -> None:
    curves = curves_of()
    assert curves.thresholds == THRESHOLDS
    for own, everybody, gain in zip(curves.intervals, curves.treat_all, curves.gain, strict=True):
        assert gain.value == pytest.approx(own.value - max(everybody, 0))
        assert gain.low <= gain.value <= gain.high
        assert own.low <= own.value <= own.high
    at = THRESHOLDS.index(0.1)  # there nearly everybody is flagged either way, so most is shared
    alone = curves.intervals[at].high - curves.intervals[at].low
    assert curves.gain[at].high - curves.gain[at].low < 0.5 * alone
    assert curves.gain[THRESHOLDS.index(0.3)].low > 0


def test_a_model_that_says_the_same_of_everybody_gains_nothing() -> None:
    outcome, _, persons = a_run(400)
    flat = {"lightgbm": np.full(400, outcome.mean())}
    curves = decision_curves(outcome, flat, persons, seed=1, bootstraps=20)
    assert all(gain.value <= 1e-12 for gain in curves.gain)


def test_the_resamples_are_those_of_the_comparison() -> None:
    # At a threshold below every estimate, all are flagged and the benefit is a function of the base.
    outcome, estimates, persons = a_run(600)
    above = {"lightgbm": np.clip(estimates["lightgbm"], 0.02, 1)}
    base = compare_models(outcome, above, persons, seed=4, bootstraps=50).models["lightgbm"].intervals["base"]
    lowest = decision_curves(outcome, above, persons, seed=4, bootstraps=50).intervals[0]
    odds = 0.01 / 0.99
    assert lowest.low == pytest.approx(base.low - (1 - base.low) * odds)
    assert lowest.high == pytest.approx(base.high - (1 - base.high) * odds)


def test_the_figure_is_told_drawn_and_listed_alike_and_its_bytes_stay() -> None:
    figure = decision_figure("nytte", "Netto nytte", curves_of(), NAMES)
    again = decision_figure("nytte", "Netto nytte", curves_of(), NAMES)
    assert figure == again
    assert "LightGBM er påvist bedre enn både å tilby alle og å tilby ingen ved" in figure.description
    assert re.search(r'<svg[^>]*role="img"', figure.svg)
    for label in ("LightGBM", "Dagens regel", "Tilby alle", "Tilby ingen"):
        assert f">{label}</text>" in figure.svg
    rows = list(csv.DictReader(io.StringIO(figure.csv)))
    assert len(rows) == 4 * len(THRESHOLDS)
    assert {row["curve"] for row in rows if row["low"]} == {
        "LightGBM",
        "LightGBM minus det beste av alle og ingen",
    }
    assert len(figure.svg) < 100_000


def test_five_models_can_be_told_apart() -> None:
    outcome, estimates, persons = a_run(300)
    names = {"lightgbm": "LightGBM", **{f"m{number}": f"Modell {number}" for number in range(4)}}
    models = dict.fromkeys(reversed(names), estimates["lightgbm"])
    figure = decision_figure(
        "fem", "Fem", decision_curves(outcome, models, persons, seed=1, bootstraps=2), names
    )
    lines = re.findall(r'id="fem-line2d_\d+">\s*<path[^>]*style="([^"]*)"', figure.svg)
    assert len({style for style in lines if "#666666" not in style}) == 5  # grey: all, none
    assert all(f">{name}</text>" in figure.svg for name in names.values())


def test_the_section_says_that_a_curve_sets_no_threshold() -> None:
    section = decision_section("Nytte", "nytte", curves_of(200, bootstraps=5), NAMES)
    assert any("setter ingen terskel" in text for text in section.text)
    assert [figure.name for figure in section.figures] == ["nytte"]
