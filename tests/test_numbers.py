"""Numbers in Norwegian: comma, a true minus sign, never minus nothing, and an interval that can be read."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.bootstrap import Interval
from training.reporting.numbers import (
    exact_text,
    interval_text,
    number_text,
    of_100_text,
    percent_text,
    signed_text,
    significant_text,
    tiny_text,
)


@given(st.floats(-1e6, 1e6), st.integers(0, 5))
def test_a_written_number_reads_back_as_the_rounded_one(number: float, decimals: int) -> None:
    text = number_text(number, decimals=decimals)
    assert "-" not in text
    assert "." not in text
    assert float(text.replace("−", "-").replace(",", ".")) == round(number, decimals)


@given(st.integers(0, 5))
def test_nothing_is_never_minus_nothing(decimals: int) -> None:
    for nothing in (0.0, -0.0, -1e-9):
        assert "−" not in number_text(nothing, decimals=decimals)


def test_a_difference_has_its_sign_on_both_sides_of_zero() -> None:
    assert (signed_text(0.0123), signed_text(-0.0123)) == ("+0,012", "−0,012")
    assert signed_text(-0.0001) == "0,000"


def test_shares_are_told_of_a_hundred() -> None:
    assert of_100_text(0.1234) == "12,3"
    assert of_100_text(0.2, decimals=0) == "20"
    assert percent_text(0.05, decimals=0) == "5 %"


def test_the_very_small_keep_their_power_of_ten() -> None:
    assert tiny_text(1.23e-10) == "1,2e−10"
    assert significant_text(-0.1250) == "−0,125"


def test_a_limit_keeps_every_digit_it_was_given() -> None:
    assert [exact_text(limit) for limit in (0.8, 0.00125, 1e-9)] == ["0,8", "0,00125", "1e−09"]


def test_figures_are_written_with_their_interval_as_people_read_them() -> None:
    assert interval_text(Interval(0.7842, 0.771, 0.796)) == "0,784 (0,771–0,796)"
    assert interval_text(Interval(1.0412, 0.9, 1.1), decimals=2) == "1,04 (0,90–1,10)"


def test_an_interval_that_reaches_below_zero_is_told_without_a_run_of_dashes() -> None:
    assert interval_text(Interval(-0.012, -0.02, 0.003)) == "−0,012 (−0,020 til 0,003)"


@pytest.mark.parametrize("nothing", [None, Interval(math.nan, math.nan, math.nan)])
def test_a_figure_that_does_not_exist_is_not_written(nothing: Interval | None) -> None:
    assert interval_text(nothing) is None


def test_a_figure_without_interval_stands_alone() -> None:
    assert interval_text(Interval(0.5, math.nan, math.nan)) == "0,500"
