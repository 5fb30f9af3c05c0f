"""What explanations rest on is counted over people, never shown person by person; another way agrees."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.lightgbm_model import FittedOutcome
from profilering.errors import DataError
from profilering.features import CATALOGUE, NAMES
from profilering.tema import Tema
from tests.explanations_builders import a_catalogue_design, a_fitted, a_quality, an_outcome
from training.design import Design
from training.explanations.interventional import compare_interventional
from training.explanations.quality import explain_quality
from training.explanations.themes import same_leading_theme, theme_shares, theme_weights
from training.explanations.views import dependence, swarm, weights_of
from training.fit import REFERENCE_PARAMS, fit_lightgbm

Floats = NDArray[np.float64]


def one_column(values: Floats, *, categorical: bool = False) -> Design:
    return Design(("x",), (categorical,), (0,), np.ascontiguousarray(values[:, None]))


def adding(rows: int, **of: float) -> Floats:
    """The same contributions for so many people: these features, and nothing else."""
    one = np.zeros(len(NAMES))
    for name, value in of.items():
        one[NAMES.index(name)] = value
    return np.tile(one, (rows, 1))


SOME_PEOPLE = st.lists(st.tuples(st.none() | st.integers(0, 8), st.integers(-3, 3)), min_size=1, max_size=120)


@given(people=SOME_PEOPLE, categorical=st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_mark_stands_for_fewer_than_ten_people_and_nobody_stands_twice(
    people: list[tuple[int | None, int]], *, categorical: bool
) -> None:
    values = np.array([np.nan if value is None else value for value, _ in people], dtype=np.float64)
    added = np.array([[0.1 * step] for _, step in people])
    design = one_column(values, categorical=categorical)
    dots = swarm(design, added, "x").dots
    points = dependence(design, added, "x").points
    for marks in (dots, points):
        assert all(mark.people >= 10 for mark in marks)
        assert sum(mark.people for mark in marks) <= len(people)
    assert all(added.min() <= p.band_low <= p.band_high <= added.max() for p in points)
    assert all(dot.value is None or 0 <= dot.value <= 1 for dot in dots)


@given(values=st.lists(st.integers(0, 40), min_size=10, max_size=300))
@settings(max_examples=60, deadline=None)
def test_bins_of_numbers_leave_nobody_out_and_do_not_overlap(values: list[int]) -> None:
    design = one_column(np.array(values, dtype=np.float64))
    points = dependence(design, np.zeros((len(values), 1)), "x").points
    assert sum(point.people for point in points) == len(values)
    ends = [end for point in points for end in (point.low, point.high)]
    assert ends == sorted(ends, key=lambda end: -1.0 if end is None else end)
    assert (points[0].low, points[-1].high) == (min(values), max(values))


def test_dependence_follows_the_values_and_puts_the_missing_last() -> None:
    values = np.repeat([0.0, 1.0, np.nan], [30, 20, 15])
    added = np.repeat([[-0.5], [0.75], [0.25]], [30, 20, 15], axis=0)
    found = [(p.low, p.people, p.mean) for p in dependence(one_column(values), added, "x").points]
    assert found == [(0.0, 30, -0.5), (1.0, 20, 0.75), (None, 15, 0.25)]


def test_a_rare_category_is_left_out_and_never_put_with_another() -> None:
    design = one_column(np.repeat([0.0, 1.0, 2.0], [30, 9, 12]), categorical=True)
    points = dependence(design, np.zeros((51, 1)), "x").points
    assert [(p.low, p.high, p.people) for p in points] == [(0.0, 0.0, 30), (2.0, 2.0, 12)]


def test_the_band_holds_the_middle_four_fifths() -> None:
    added = np.linspace(0, 1, 101)[:, None]
    (point,) = dependence(one_column(np.ones(101)), added, "x").points
    assert (point.band_low, point.mean, point.band_high) == pytest.approx((0.1, 0.5, 0.9))


def test_the_swarm_says_where_high_values_lie() -> None:
    values, added = np.repeat([0.0, 10.0], 50), np.repeat([[-0.5], [0.52]], 50, axis=0)
    low, high = swarm(one_column(values), added, "x").dots
    assert (low.contribution, low.people, low.value) == (-0.5, 50, 0.0)
    assert (high.contribution, high.people, high.value) == (0.5, 50, 1.0)


@pytest.mark.parametrize(
    "design", [one_column(np.tile([0.0, 1.0], 30), categorical=True), one_column(np.full(60, np.nan))]
)
def test_categories_and_missing_values_are_neither_high_nor_low(design: Design) -> None:
    assert [dot.value for dot in swarm(design, np.zeros((60, 1)), "x").dots] == [None]


def test_the_values_of_fewer_than_ten_people_give_a_dot_no_colour() -> None:
    values = np.repeat([0.0, 10.0, np.nan], [30, 9, 30])
    added = np.repeat([[-0.5], [0.5], [0.5]], [30, 9, 30], axis=0)
    dots = swarm(one_column(values), added, "x").dots
    assert [(dot.people, dot.value) for dot in dots] == [(30, 0.0), (39, None)]


def test_a_value_that_few_have_still_counts_as_high() -> None:
    values, added = np.repeat([0.0, 1.0], [980, 20]), np.repeat([[-0.5], [0.5]], [980, 20], axis=0)
    assert [dot.value for dot in swarm(one_column(values), added, "x").dots] == [0.0, 1.0]


def test_weights_ignore_the_sign_and_come_largest_first() -> None:
    weights = weights_of(("a", "b"), np.array([[0.1, -0.5], [-0.3, 0.5]]))
    assert [(w.name, w.mean_absolute) for w in weights] == [("b", 0.5), ("a", pytest.approx(0.2))]


def test_a_theme_leads_by_its_sum_not_by_its_largest_feature() -> None:
    cancelling = adding(20, sykepenger_naa=2.0, aap_naa=-1.9, alder=0.3)
    led = {share.tema: share.share for share in theme_shares(cancelling).led}
    assert led[Tema.ALDER] == 1.0
    assert theme_weights(cancelling)[0].name == "ALDER"


def test_an_explanation_rests_on_ytelser_when_they_outweigh_all_else_together() -> None:
    alone = adding(20, aap_naa=-1.0, alder=0.5, ledighet=-0.4)
    outweighed = adding(60, aap_naa=1.0, alder=0.5, ledighet=-0.6)
    assert theme_shares(np.vstack([alone, outweighed])).resting_on_ytelser == 0.25
    assert theme_shares(outweighed).resting_on_ytelser is None


def test_a_share_of_fewer_than_ten_people_is_not_given() -> None:
    shares = theme_shares(np.vstack([adding(9, helse_hindrer=1.0), adding(11, alder=1.0)]))
    led = {share.tema: share.share for share in shares.led}
    assert (led[Tema.HELSE], led[Tema.ALDER]) == (None, 0.55)


def test_nothing_leads_where_nothing_adds() -> None:
    assert all(share.share is None for share in theme_shares(adding(50)).led)


def test_two_models_agree_where_they_lead_with_the_same_theme_of_the_same_person() -> None:
    one = np.vstack([adding(3, alder=1.0), adding(1, ledighet=-1.0)])
    assert same_leading_theme(one, 2 * one) == 1.0
    assert same_leading_theme(one, -one) == 1.0
    assert same_leading_theme(one, one[::-1]) == 0.5


@pytest.mark.parametrize("second", [adding(3), adding(4)[:, 1:], adding(0)])
def test_different_people_or_columns_are_refused(second: Floats) -> None:
    with pytest.raises(DataError, match=r"same people|columns"):
        same_leading_theme(adding(4) if len(second) else adding(0), second)
    with pytest.raises(DataError, match="columns"):
        theme_shares(adding(4)[:, 1:])


def test_a_model_without_interactions_is_explained_exactly_against_the_background() -> None:
    # Each feature then adds what changing it alone changes, from the average of the background.
    design = a_catalogue_design()
    stumps = replace(REFERENCE_PARAMS, trees=40, leaves=2, max_depth=1)
    text = fit_lightgbm(design, an_outcome(design), None, stumps, seed=1, threads=1)
    fitted = replace(a_fitted(), booster=lightgbm.Booster(model_str=text))
    rows, background = design.values[:15], design.values[100:112]
    found = compare_interventional(fitted, rows, background, seed=1, threads=1)
    by_name = {side.name: side.interventional for side in found.features}
    for column, name in enumerate(NAMES):
        ours, theirs = (alone(fitted, rows[0], people[:, column], column) for people in (rows, background))
        assert by_name[name] == pytest.approx(np.abs(ours - theirs.mean()).mean(), abs=1e-9)
    assert any(np.isnan(rows[:, column]).any() for column in range(len(NAMES)))


def alone(fitted: FittedOutcome, row: Floats, values: Floats, column: int) -> Floats:
    """Calibrated log-odds of one person with each of these values in turn."""
    rows = np.tile(row, (len(values), 1))
    rows[:, column] = values
    return fitted.calibration.log_odds_of_all(np.asarray(fitted.booster.predict(rows, raw_score=True)))


def test_the_other_way_adds_up_and_stands_beside_our_own() -> None:
    fitted, matrix = a_fitted(), a_catalogue_design().values
    found = compare_interventional(fitted, matrix[:30], matrix[50:60], seed=1, threads=1)
    assert (found.rows, found.background) == (30, 10)
    assert found.largest_sum_error < 1e-9
    assert found.rank_correlation > 0.6
    assert 0 <= found.same_leading_theme <= 1
    own = np.abs(fitted.explain(matrix[:30]).contributions).mean(axis=0)
    assert {s.name: s.path_dependent for s in found.features} == dict(zip(NAMES, own.tolist(), strict=True))
    sizes = [side.path_dependent for side in found.features]
    assert sizes == sorted(sizes, reverse=True)


def test_all_figures_of_one_outcome_come_from_one_call() -> None:
    quality = a_quality()
    assert quality.rows == 400
    assert [w.name for w in quality.features[:12]] == [swarm.name for swarm in quality.swarms]
    assert [w.name for w in quality.features[:6]] == [d.name for d in quality.dependences]
    assert {w.name for w in quality.temaer} == {tema.value for tema in Tema}
    assert (quality.interventional.rows, quality.interventional.background) == (100, 25)
    assert quality.brute_force.largest_difference < 1e-9
    assert (quality.monotone.pairs, quality.monotone.violations) == (10_000, 0)
    assert {f.name for f in quality.monotone.features} == {f.name for f in CATALOGUE if f.direction}


def test_the_same_seed_explains_the_same_way_again() -> None:
    fitted, matrix = a_fitted(), a_catalogue_design().values
    one, two, other = (
        compare_interventional(fitted, matrix[:8], matrix[50:55], seed=seed, threads=1) for seed in (1, 1, 2)
    )
    assert one == two != other


def test_nobody_to_explain_is_refused() -> None:
    design = a_catalogue_design()
    with pytest.raises(DataError, match="no rows to explain"):
        explain_quality(a_fitted(), design.values[:0], design, an_outcome(design), seed=1, threads=1)
