"""The bootstrap: persons are drawn as a whole, figures share their resamples, threads change nothing."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from training.evaluation.bootstrap import Drawn, Statistic, numbered, resample

Floats = NDArray[np.float64]


def mean_of(values: Floats) -> Statistic:
    return Statistic(("mean",), lambda mass: np.array([(mass * values).sum() / mass.sum()]))


def test_the_spread_of_a_mean_is_the_textbooks() -> None:
    values = np.random.default_rng(1).normal(0, 2, 1_000)
    found = resample({"m": mean_of(values)}, np.arange(1_000), seed=1, bootstraps=2_000)
    drawn = found.figure("m", "mean")
    assert drawn.whole == pytest.approx(values.mean())
    assert drawn.standard_error() == pytest.approx(2 / math.sqrt(1_000), rel=0.06)
    interval = drawn.interval()
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * 2 / math.sqrt(1_000), rel=0.08)


def test_somebody_with_many_rows_comes_or_stays_away_as_a_whole() -> None:
    # Four rows a person that all say the same tell no more than one row does.
    values = np.random.default_rng(1).normal(0, 1, 400)
    once = resample({"m": mean_of(values)}, np.arange(400), seed=3, bootstraps=300)
    four_times = resample(
        {"m": mean_of(np.repeat(values, 4))}, np.repeat(np.arange(400), 4), seed=3, bootstraps=300
    )
    assert four_times.draws["m"] == pytest.approx(once.draws["m"])
    as_rows = resample({"m": mean_of(np.repeat(values, 4))}, np.arange(1_600), seed=3, bootstraps=300)
    error, too_small = (found.figure("m", "mean").standard_error() for found in (four_times, as_rows))
    assert too_small == pytest.approx(error / 2, rel=0.15)


def test_the_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    covered, runs = 0, 150
    for seed in range(runs):
        # Both rows of a person say the same: had rows been drawn, 83 of 100 intervals would cover.
        values = np.repeat(np.random.default_rng(seed).normal(0, 1, 150), 2)
        persons = np.repeat(np.arange(150), 2)
        drawn = resample({"m": mean_of(values)}, persons, seed=seed, bootstraps=120, threads=1)
        interval = drawn.figure("m", "mean").interval()
        covered += interval.low <= 0 <= interval.high
    assert 0.89 <= covered / runs <= 0.985


def test_the_same_seed_gives_the_same_figures_with_any_number_of_threads() -> None:
    values = np.random.default_rng(1).normal(0, 1, 200)
    one, three, other = (
        resample({"m": mean_of(values)}, np.arange(200), seed=seed, bootstraps=50, threads=threads).draws["m"]
        for seed, threads in ((1, 1), (1, 3), (2, 1))
    )
    assert np.array_equal(one, three)
    assert not np.array_equal(one, other)


def test_all_statistics_see_the_same_resamples() -> None:
    values = np.random.default_rng(1).normal(0, 1, 200)
    found = resample({"a": mean_of(values), "b": mean_of(values + 5)}, np.arange(200), seed=1, bootstraps=40)
    gap = (found.figure("b", "mean") - found.figure("a", "mean")).interval()
    assert (gap.value, gap.low, gap.high) == pytest.approx((5, 5, 5))


def test_weights_are_the_rows_own_mass() -> None:
    values, weights = np.array([0.0, 1.0]), np.array([3.0, 1.0])
    found = resample({"m": mean_of(values)}, np.arange(2), weights, seed=1, bootstraps=20)
    assert found.whole["m"] == pytest.approx([0.25])
    assert set(np.round(found.draws["m"].ravel(), 6)) <= {0.0, 0.25, 1.0}


def test_a_figure_that_no_resample_has_gets_no_interval() -> None:
    interval = Drawn(0.5, np.full(5, np.nan)).interval()
    assert interval.value == 0.5
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


def test_resamples_without_the_figure_tell_nothing() -> None:
    told = Drawn(0.5, np.array([0.4, np.nan, 0.6, np.inf])).interval()
    assert 0.4 <= told.low < told.high <= 0.6


def test_centred_resamples_lie_around_the_figure_and_spread_as_before() -> None:
    drawn = Drawn(0.5, np.array([0.7, 0.8, 0.9, np.nan]))
    moved = drawn.centred()
    assert moved.draws[:3] == pytest.approx([0.4, 0.5, 0.6])
    assert moved.standard_error() == pytest.approx(drawn.standard_error())


def test_a_ratio_is_taken_on_each_resample() -> None:
    ratio = Drawn(1.0, np.array([1.0, 2.0])) / Drawn(2.0, np.array([4.0, 0.0]))
    assert ratio.whole == 0.5
    assert ratio.draws[0] == 0.25
    assert math.isinf(ratio.draws[1])


def test_persons_are_numbered_by_who_they_are() -> None:
    assert numbered(["b", "a", "b"]).tolist() == [1, 0, 1]
