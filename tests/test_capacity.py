"""The capacity view: who is found and missed is counted right, and nobody can be picked out of it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from profilering.errors import DataError
from tests.invented import a_sample
from training.evaluation.bootstrap import Interval
from training.evaluation.by_year import calibration_by_year
from training.evaluation.capacity import SHARES, CapacityView, capacity_view
from training.evaluation.comparison import compare_models
from training.fairness.groups import FEWEST_SHOWN
from training.reporting.comparison_sections import (
    by_year_section,
    capacity_section,
    comparison_section,
)
from training.reporting.numbers import interval_text
from training.reporting.report import Report, report_html

Floats = NDArray[np.float64]


def a_view(groups: list[str | None], *, seed: int = 1) -> CapacityView:
    outcome, estimates = a_sample(len(groups), seed=seed)
    persons = np.arange(len(groups))
    return capacity_view(outcome, estimates, {"fylke": groups}, persons, seed=1, bootstraps=10)


def test_places_go_to_the_highest_estimates() -> None:
    outcome, estimates = a_sample(4_000)
    view = capacity_view(outcome, estimates, {}, np.arange(4_000), seed=1, bootstraps=100)
    assert [row.share for row in view.places] == list(SHARES)
    for row in view.places:
        placed = np.argsort(-estimates)[: round(row.share * 4_000)]
        found = int(outcome[placed].sum())
        assert row.places == placed.size
        assert (row.found, row.missed) == (found, outcome.sum() - found)
        assert row.share_found.value == pytest.approx(found / outcome.sum())
        assert row.precision.value == pytest.approx(found / placed.size)
        assert row.share_found.low < row.share_found.value < row.share_found.high


def test_the_figures_of_a_tenth_are_those_of_the_comparison() -> None:
    outcome, estimates = a_sample(1_000)
    persons = np.arange(1_000) // 2
    view = capacity_view(outcome, estimates, {}, persons, seed=1, bootstraps=30)
    figures = compare_models(outcome, {"lightgbm": estimates}, persons, seed=1, bootstraps=30).models[
        "lightgbm"
    ]
    tenth = next(row for row in view.places if row.share == 0.10)
    assert as_numbers(tenth.precision) == pytest.approx(as_numbers(figures.intervals["precision_at_10"]))
    assert as_numbers(tenth.share_found) == pytest.approx(as_numbers(figures.intervals["recall_at_10"]))


def as_numbers(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


def test_those_with_the_same_estimate_share_the_last_places_by_lot() -> None:
    # A fifth at .8 and the rest at .3: 30 % places reach the fifth and an eighth of the others.
    estimates = np.array([0.8] * 200 + [0.3] * 800)
    outcome = np.tile([1.0, 0.0], 500)
    view = capacity_view(outcome, estimates, {}, np.arange(1_000), seed=1, bootstraps=5)
    assert view.places[-1].found == 100 + 50
    assert view.places[-1].precision.value == pytest.approx(0.5)


def test_the_missed_of_all_groups_add_up_to_all_the_missed() -> None:
    groups: list[str | None] = ["Oslo", "Troms", None, "Oslo"] * 1_000
    view = a_view(groups)
    for places in view.places:
        rows = [row for row in view.missed if row.share == places.share]
        assert [row.value for row in rows] == ["Oslo", "Troms", "mangler"]
        assert sum(row.missed or 0 for row in rows) == places.missed
        for row in rows:
            assert row.missed is not None
            assert row.positives is not None
            assert row.share_missed == pytest.approx(row.missed / row.positives)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([3, 12, 30, 60, 200]), min_size=1, max_size=5), st.integers(0, 50))
def test_no_count_below_ten_is_shown_nor_left_over(sizes: list[int], seed: int) -> None:
    groups = [f"gruppe {number}" for number, size in enumerate(sizes) for _ in range(size)]
    outcome, estimates = a_sample(len(groups), seed=seed)
    if not 0 < outcome.sum() < outcome.size:
        return
    persons = np.arange(len(groups))
    view = capacity_view(outcome, estimates, {"g": groups}, persons, seed=1, bootstraps=1)
    names = np.array(groups)
    for places in view.places:
        rows = [row for row in view.missed if row.share == places.share]
        for row in rows:
            assert row.positives is None or row.positives >= FEWEST_SHOWN
            if row.missed is not None:
                assert row.missed >= FEWEST_SHOWN
                assert row.positives is not None
                assert row.positives - row.missed >= FEWEST_SHOWN
        untold = [row for row in rows if row.positives is None]
        shown = [row for row in rows if row.positives is not None]
        if untold and shown:  # what the shown leave over of the total points to ten people at least
            assert len(untold) > 1
            left = sum(float(outcome[names == row.value].sum()) for row in untold)
            assert left >= FEWEST_SHOWN


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([20, 60, 200, 600, 1_000]), min_size=1, max_size=5), st.integers(0, 50))
def test_nobody_can_be_worked_out_from_two_numbers_of_places(sizes: list[int], seed: int) -> None:
    """Whoever knows the totals too can work out sums of ten people and more, and no others."""
    groups: list[str | None] = [str(number) for number, size in enumerate(sizes) for _ in range(size)]
    view = a_view(groups, seed=seed)
    everybody = {row.share: row.missed for row in view.places}
    shares = list(dict.fromkeys(row.share for row in view.missed))
    rows = {(row.value, row.share): row for row in view.missed}
    told = {value for value in groups if value and rows[value, shares[0]].missed is not None}
    missed = [[rows[value, share].missed or 0 for share in shares] for value in told]
    for value, counts in zip(told, missed, strict=True):
        assert all(rows[value, share].missed is not None for share in shares)
        assert_no_small_steps([rows[value, shares[0]].positives or 0, *counts])
    assert_no_small_steps([all_of for all_of in everybody.values() if all_of is not None])
    assert not told or set(shares) <= set(everybody)
    if told and len(told) < len(sizes):
        assert len(told) < len(sizes) - 1
        total = [everybody[share] or 0 for share in shares]
        assert_no_small_steps(
            [all_of - sum(one) for all_of, one in zip(total, zip(*missed, strict=True), strict=True)]
        )


def assert_no_small_steps(missed: list[int]) -> None:
    """From few places to many: each step counts those found by the places between."""
    assert all(more - fewer >= FEWEST_SHOWN for more, fewer in pairwise(missed))
    assert all(count >= FEWEST_SHOWN for count in missed)


def test_small_groups_are_told_at_fewer_numbers_of_places() -> None:
    view = a_view([*["Oslo"] * 3_000, *["Troms"] * 260, *["Finnmark"] * 260])
    assert {row.share for row in view.missed} == {0.10, 0.25}
    assert all(row.missed is not None for row in view.missed)
    assert [row.share for row in view.places] == list(SHARES)


@pytest.mark.parametrize(("rows", "people"), [(3, 3), (15, 1)], ids=["few people", "many rows of one"])
def test_whom_more_places_would_give_away_is_hidden_at_every_number_of_places(rows: int, people: int) -> None:
    """Every other row has the outcome; of Svalbard's, the places from 10 to 25 % find so many."""
    outcome, estimates, persons = np.tile([1.0, 0.0], 500), np.linspace(1.0, 0.0, 1_000), np.arange(1_000)
    groups: list[str | None] = ["Oslo", "Oslo", "Troms", "Troms"] * 250
    between = np.arange(150, 150 + 2 * rows)
    for place in (*range(32), *between, *range(600, 622)):
        groups[place] = "Svalbard"
    persons[between] = between[0] + np.arange(2 * rows) // 2 % people
    view = capacity_view(outcome, estimates, {"fylke": groups}, persons, seed=1, bootstraps=1)
    svalbard = [row for row in view.missed if row.value == "Svalbard"]
    assert {row.positives for row in svalbard} == {16 + rows + 11}
    assert {row.missed for row in svalbard} == {None}


def test_many_rows_of_few_people_are_few_people() -> None:
    outcome, estimates = a_sample(600)
    persons = np.where(np.arange(600) < 300, np.arange(600), np.arange(600) % 8 + 300)
    groups = ["mange"] * 150 + ["flere"] * 150 + ["åtte personer"] * 300
    view = capacity_view(outcome, estimates, {"g": groups}, persons, seed=1, bootstraps=1)
    assert all(row.missed is None for row in view.missed if row.value == "åtte personer")


def test_a_column_of_another_length_is_refused() -> None:
    outcome, estimates = a_sample(30)
    with pytest.raises(DataError, match="fylke"):
        capacity_view(outcome, estimates, {"fylke": ["Oslo"]}, np.arange(30), seed=1, bootstraps=1)


def test_the_section_says_that_places_are_no_threshold_and_shows_a_dash_for_the_few() -> None:
    section = capacity_section("Plasser", a_view([*["Oslo"] * 2_000, *["Svalbard"] * 12, *["Troms"] * 900]))
    assert any("aldri en terskel" in text for text in section.text)
    reached, missed = section.tables
    assert reached.rows[1][0] == "291 (10 %)"
    assert missed.header[:3] == ("Gruppe", "Med utfallet", "5 % plasser")
    of_value = {row[0]: row[1:] for row in missed.rows}
    assert set(of_value["Svalbard"]) == {None}
    assert "Svalbard" in report_html(Report("Prøve", "Syntetisk.", (section,)))


def test_the_comparison_stands_in_two_tables_with_models_named_in_norwegian() -> None:
    outcome, estimates = a_sample(500)
    models = {"lightgbm": estimates, "dagens_regel": np.where(estimates > 0.3, 0.5, 0.2)}
    found = compare_models(outcome, models, np.arange(500), seed=1, bootstraps=20)
    names = {"lightgbm": "LightGBM", "dagens_regel": "Dagens regel"}
    figures, gains = comparison_section("Modellene", found, names).tables
    assert figures.header == ("Mål", "LightGBM", "Dagens regel")
    assert len(figures.rows) == 14
    assert gains.header == ("Mål", "Dagens regel")
    assert len(gains.rows) == 10
    (auc,) = [row for row in gains.rows if row[0] == "AUC"]
    assert auc[1] == interval_text(found.models["dagens_regel"].gain["auc"])
    alone = compare_models(outcome, {"lightgbm": estimates}, np.arange(500), seed=1, bootstraps=2)
    assert len(comparison_section("Modellen", alone, names).tables) == 1


def test_years_stand_in_order_with_a_dash_for_those_of_few_people() -> None:
    outcome, estimates = a_sample(900)
    years = np.repeat([2020, 2021, 2022], [300, 8, 592])
    found = calibration_by_year(outcome, estimates, years, np.arange(900), seed=1, bootstraps=10)
    section = by_year_section("Kalibrering år for år", "aar", found)
    assert [row[0] for row in section.tables[0].rows] == ["2020", "2021", "2022"]
    assert set(section.tables[0].rows[1][1:]) == {None}
    (figure,) = section.figures
    assert "2022: anslag" in figure.description
    assert "For få personer til å vise: 2020, 2021." in figure.description
    assert figure.csv.splitlines()[0].startswith("year,n,mean_estimate,mean_estimate_low")
    assert len(figure.csv.splitlines()) == 2
    assert figure == by_year_section("Kalibrering år for år", "aar", found).figures[0]
