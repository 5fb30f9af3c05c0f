"""Fairness by group: every rate is fairlearn's, gaps are tested together, no group is said to pass."""

import math
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import numpy as np
import pytest
from fairlearn.metrics import (  # type: ignore[import-untyped]
    MetricFrame,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from profilering.errors import CallerError, DataError
from training.evaluation.bootstrap import Interval
from training.evaluation.metrics import prepare_auc
from training.fairness.fairness import Fairness, beyond, measure_fairness
from training.fairness.group_figures import GroupFigures
from training.fairness.group_statistic import FIGURES, group_statistic
from training.fairness.groupings import cross, group_by, group_everyone
from training.fairness.groups import (
    CANNOT_BE_TESTED,
    DIFFERENCE_SHOWN,
    NO_DIFFERENCE_SHOWN,
    GroupValue,
)
from training.fairness.significance import holm

Floats = NDArray[np.float64]
Columns = dict[str, Sequence[GroupValue]]


class People:
    """Invented people whose estimates are right, in groups drawn without regard to them."""

    def __init__(self, rows: int, seed: int, *, decimals: int = 2) -> None:
        generator = np.random.default_rng(seed)
        self.estimate = generator.beta(2, 4, rows).round(decimals)
        self.outcome = (generator.random(rows) < self.estimate).astype(np.float64)
        self.weights = generator.integers(1, 4, rows).astype(np.float64)
        self.columns: Columns = {
            "kjoenn": generator.choice(["K", "M"], rows).tolist(),
            "fylke": generator.choice(["03", "46", "50"], rows, p=[0.5, 0.3, 0.2]).tolist(),
        }

    def members(self, column: str, value: str) -> NDArray[np.bool_]:
        return np.array([one == value for one in self.columns[column]])

    def measured(
        self, *, weights: Floats | None = None, bootstraps: int = 60, threshold: float = 0.4
    ) -> Fairness:
        return measure_fairness(
            self.columns,
            self.outcome,
            self.estimate,
            np.arange(self.outcome.size),
            weights,
            threshold=threshold,
            seed=1,
            bootstraps=bootstraps,
        )


def the_group(fairness: Fairness, column: str, value: GroupValue) -> GroupFigures:
    (found,) = (g for g in (*fairness.groups, *fairness.crossings) if (g.column, g.value) == (column, value))
    return found


def value_of(interval: Interval | None) -> float:
    assert interval is not None
    return interval.value


@pytest.mark.parametrize(("seed", "weighted"), [(1, False), (2, True)])
def test_every_rate_is_the_one_fairlearn_finds(seed: int, weighted: bool) -> None:
    people = People(1_500, seed)
    found = people.measured(weights=people.weights if weighted else None, bootstraps=2)
    mass = {"sample_weight": people.weights if weighted else np.ones(1_500)}
    names = ["fnr", "fpr", "selected"]
    frames: dict[tuple[str, ...], Any] = {
        columns: MetricFrame(
            metrics=dict(zip(names, (false_negative_rate, false_positive_rate, selection_rate), strict=True)),
            y_true=people.outcome,
            y_pred=(people.estimate >= 0.4).astype(np.float64),
            sensitive_features={c: people.columns[c] for c in columns},
            sample_params=dict.fromkeys(names, mass),
        ).by_group
        for columns in (("kjoenn",), ("fylke",), ("kjoenn", "fylke"))
    }
    groups = (*found.groups, *found.crossings)
    assert len(groups) == 2 + 3 + 6
    for group in groups:
        parts = tuple(str(group.value).split(" × "))
        theirs = frames[tuple(group.column.split(" × "))].loc[parts if len(parts) > 1 else parts[0]]
        ours = [value_of(group.fnr), value_of(group.fpr), value_of(group.selected)]
        assert ours == pytest.approx([theirs[name] for name in names])


def by_hand(people: People, members: NDArray[np.bool_], mass: Floats) -> dict[str, float]:
    """Every figure of one group from its definition; the outcome decides who counts where."""
    flagged = (people.estimate >= 0.4).astype(np.float64)

    def rates(rows: NDArray[np.bool_]) -> tuple[float, float]:
        cases, rest = rows & (people.outcome == 1), rows & (people.outcome == 0)
        return float(np.average(1 - flagged[cases], weights=mass[cases])), float(
            np.average(flagged[rest], weights=mass[rest])
        )

    (fnr, fpr), (others_fnr, others_fpr) = rates(members), rates(~members)
    base, mean, selected = (
        float(np.average(values[members], weights=mass[members]))
        for values in (people.outcome, people.estimate, flagged)
    )
    return {
        "base": base,
        "mean_estimate": mean,
        "auc": prepare_auc(people.outcome[members], people.estimate[members])(mass[members]),
        "selected": selected,
        "fnr": fnr,
        "fpr": fpr,
        "calibration_gap": mean - base,
        "fnr_gap": fnr - others_fnr,
        "fpr_ratio": fpr / others_fpr,
    }


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), decimals=st.sampled_from([1, 2, 8]))
def test_on_any_resample_every_figure_is_the_one_of_its_definition(seed: int, decimals: int) -> None:
    people = People(400, seed, decimals=decimals)
    mass = np.random.default_rng(seed).poisson(1.0, 400) * people.weights
    singles = group_by(people.columns, rows=400)
    groupings = (group_everyone(400), *singles.values(), *cross(singles, None))
    flagged = people.estimate >= 0.4
    found = group_statistic(groupings, people.outcome, people.estimate, flagged).of(mass)
    found = found.reshape(len(FIGURES), -1)
    place = 1
    for grouping in groupings[1:]:
        for code in range(len(grouping.values)):
            ours = dict(zip(FIGURES, found[:, place], strict=True))
            for figure, expected in by_hand(people, grouping.codes == code, mass).items():
                assert ours[figure] == pytest.approx(expected, abs=1e-9), (grouping.column, code, figure)
            place += 1


def test_people_alike_in_all_but_group_are_seldom_said_to_differ() -> None:
    # Each figure's family finds something false in at most 5 of 100 runs, so about two of these do.
    found = [People(1_500, seed).measured(bootstraps=40) for seed in range(12)]
    verdicts = [[gap.verdict for group in f.groups for gap in group.gaps] for f in found]
    assert sum(DIFFERENCE_SHOWN in run for run in verdicts) <= 3
    assert all(NO_DIFFERENCE_SHOWN in run for run in verdicts)


def over_predicted(seed: int = 5) -> People:
    people = People(8_000, seed)
    planted = people.members("fylke", "50")
    people.estimate[planted] = np.minimum(people.estimate[planted] + 0.15, 1.0)
    return people


def test_a_group_that_is_estimated_too_high_is_shown_to_differ_and_breaks_the_limit() -> None:
    found = over_predicted().measured()
    group = the_group(found, "fylke", "50")
    assert [gap.verdict for gap in group.gaps] == [DIFFERENCE_SHOWN] * 3
    assert group.verdict == DIFFERENCE_SHOWN
    breaches = beyond(found, kalibreringsavvik=0.05, fnr_gap=0.3, fpr_ratio=1.5)
    assert {(b.column, b.value) for b in breaches} == {
        ("fylke", "50"),
        ("kjoenn × fylke", "K × 50"),
        ("kjoenn × fylke", "M × 50"),
    }
    (calibration,) = (b for b in breaches if (b.value, b.figure) == ("50", "kalibreringsavvik"))
    assert calibration.found == pytest.approx(0.15, abs=0.03)
    assert calibration.limit == 0.05
    assert calibration.p_holm < 0.001


def test_a_limit_is_broken_only_when_being_within_it_is_improbable() -> None:
    found = over_predicted().measured()
    gap = value_of(the_group(found, "fylke", "50").calibration_gap.interval)
    assert not beyond(found, kalibreringsavvik=gap - 0.005, fnr_gap=1.0, fpr_ratio=50.0)
    assert beyond(found, kalibreringsavvik=gap - 0.08, fnr_gap=1.0, fpr_ratio=50.0)


def test_being_overlooked_and_being_wrongly_flagged_are_each_held_to_their_own_limit() -> None:
    people = over_predicted()
    breaches = beyond(people.measured(), kalibreringsavvik=1.0, fnr_gap=1.0, fpr_ratio=1.5)
    assert {b.figure for b in breaches} == {"fpr_ratio"}
    planted = people.members("fylke", "50")
    people.estimate[planted] = np.maximum(people.estimate[planted] - 0.3, 0.0)
    breaches = beyond(people.measured(), kalibreringsavvik=1.0, fnr_gap=0.1, fpr_ratio=50.0)
    assert {(b.value, b.figure) for b in breaches} >= {("50", "fnr_gap")}


def test_a_group_of_whom_nobody_is_found_breaks_the_limit_though_its_figure_is_hidden() -> None:
    people = People(8_000, 6)
    people.estimate[people.members("fylke", "50")] = 0.05
    found = people.measured()
    group = the_group(found, "fylke", "50")
    assert group.fnr is None
    assert group.fnr_gap.interval is None
    breaches = beyond(found, kalibreringsavvik=1.0, fnr_gap=0.1, fpr_ratio=50.0)
    assert ("fylke", "50", None) in {(b.column, b.value, b.found) for b in breaches}


def test_no_spread_among_resamples_is_not_taken_for_certainty() -> None:
    # All 120 are overlooked, of the others 98 in 100: nothing to wonder at, yet every resample agrees.
    outcome = np.array([1.0] * 120 + [0.0] * 200 + [1.0] * 1_000 + [0.0] * 1_000)
    estimate = np.full(outcome.size, 0.2)
    estimate[120:160] = 0.9
    estimate[320:340] = 0.9
    estimate[1_320:1_520] = 0.9
    columns: Columns = {"fylke": ["46"] * 320 + ["03"] * 2_000}
    found = measure_fairness(
        columns, outcome, estimate, np.arange(outcome.size), threshold=0.5, seed=1, bootstraps=50
    )
    assert the_group(found, "fylke", "46").fnr_gap.verdict == NO_DIFFERENCE_SHOWN
    assert not beyond(found, kalibreringsavvik=1.0, fnr_gap=0.0, fpr_ratio=50.0)


@pytest.mark.parametrize(("cases", "verdict"), [(99, CANNOT_BE_TESTED), (100, DIFFERENCE_SHOWN)])
def test_fewer_than_100_with_the_outcome_cannot_be_tested(cases: int, verdict: str) -> None:
    outcome = np.array(([1.0] * cases + [0.0] * 300) + [1.0, 0.0] * 500)
    estimate = np.where(np.arange(outcome.size) < cases + 300, 0.9, 0.5)
    columns: Columns = {"fylke": ["46"] * (cases + 300) + ["03"] * 1_000}
    found = measure_fairness(
        columns, outcome, estimate, np.arange(outcome.size), threshold=0.7, seed=1, bootstraps=50
    )
    group = the_group(found, "fylke", "46")
    assert {gap.verdict for gap in group.gaps} == {verdict}
    breaches = beyond(found, kalibreringsavvik=0.05, fnr_gap=0.1, fpr_ratio=1.5)
    assert ("46" in {b.value for b in breaches}) == (verdict == DIFFERENCE_SHOWN)


def test_no_verdict_says_that_a_group_passed() -> None:
    found = over_predicted().measured()
    verdicts = {gap.verdict for group in (*found.groups, *found.crossings) for gap in group.gaps}
    assert verdicts <= {"kan ikke testes", "ingen påvist forskjell", "påvist forskjell"}


def test_holm_is_as_by_hand_and_leaves_out_what_was_not_tested() -> None:
    corrected = holm(np.array([0.01, np.nan, 0.04, 0.03, 0.9]))
    np.testing.assert_allclose(corrected, [0.04, np.nan, 0.09, 0.09, 0.9])


def test_only_the_crossings_asked_for_are_measured() -> None:
    people = People(600, 1)
    everything = people.measured(bootstraps=2)
    assert {group.column for group in everything.crossings} == {"kjoenn × fylke"}
    none = measure_fairness(
        people.columns,
        people.outcome,
        people.estimate,
        np.arange(600),
        threshold=0.4,
        crossings=(),
        seed=1,
        bootstraps=2,
    )
    assert none.crossings == ()


def test_intervals_hold_people_together_not_rows() -> None:
    people = People(2_000, 3)
    thrice = measure_fairness(
        {column: [*values] * 3 for column, values in people.columns.items()},
        np.tile(people.outcome, 3),
        np.tile(people.estimate, 3),
        np.tile(np.arange(2_000), 3),
        threshold=0.4,
        seed=1,
        bootstraps=60,
    )
    once = the_group(people.measured(), "kjoenn", "K").base
    again = the_group(thrice, "kjoenn", "K").base
    assert once is not None
    assert again is not None
    assert (again.low, again.high) == pytest.approx((once.low, once.high))


def test_the_same_seed_gives_the_same_figures_with_one_thread_and_three() -> None:
    people = People(600, 4)

    def told(threads: int) -> list[object]:
        found = measure_fairness(
            people.columns,
            people.outcome,
            people.estimate,
            np.arange(600),
            threshold=0.4,
            seed=1,
            bootstraps=40,
            threads=threads,
        )
        return [astuple(group) for group in (*found.groups, *found.crossings)]

    assert told(1) == told(3)


def test_a_column_of_one_value_has_nobody_to_be_set_against() -> None:
    people = People(1_500, 2)
    people.columns = {"fylke": ["46"] * 1_500}
    (group,) = people.measured().groups
    assert group.fnr_gap.verdict == group.fpr_ratio.verdict == CANNOT_BE_TESTED
    assert group.fnr_gap.interval is None
    assert group.calibration_gap.verdict == NO_DIFFERENCE_SHOWN


def test_wrong_input_is_refused_by_name() -> None:
    people = People(100, 1)
    people.columns["kort"] = ["a"] * 99
    with pytest.raises(DataError, match="group column kort has 99 values for 100 rows"):
        people.measured()
    people = People(100, 1)
    people.estimate[3] = math.nan
    with pytest.raises(DataError, match=r"outside 0\.\.1"):
        people.measured()
    found = People(600, 1).measured(bootstraps=2)
    with pytest.raises(CallerError, match="from 1 and up"):
        beyond(found, kalibreringsavvik=0.1, fnr_gap=0.1, fpr_ratio=0.5)
    with pytest.raises(CallerError, match=r"\['alder'\]"):
        cross(group_by({"fylke": ["46"]}, rows=1), [("fylke", "alder")])
