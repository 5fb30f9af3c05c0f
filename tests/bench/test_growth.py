"""Growth must be judged as it is: exponents, what is left out, and tables that are repeated, not altered."""

import math
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profilering.features import compute_features, features_of, tables_of
from tests.bench.growth import Growth, Limits, exponent_of, grow, sizes_to, too_large
from tests.bench.growth_page import growth_figure, growth_page
from tests.bench.growth_parts import READY, Cost, Part, measure_part, repeated
from tests.bench.speed import Practice
from tests.make import a_historikk, a_job, a_market, a_registrering, before

SIZES = [10_000, 100_000, 1_000_000]


def grown(
    part: Part, seconds: list[float], peaks: list[float], left_out: dict[int, str] | None = None
) -> Growth:
    costs = {size: Cost(second, 50, peak) for size, second, peak in zip(SIZES, seconds, peaks, strict=False)}
    return Growth(part, costs, left_out or {})


@given(st.floats(0.2, 2), st.floats(1e-6, 1e3))
def test_the_exponent_of_a_power_is_its_exponent(exponent: float, factor: float) -> None:
    assert exponent_of(SIZES, [factor * size**exponent for size in SIZES]) == pytest.approx(exponent)


def test_the_largest_sizes_tell_the_exponent_since_a_fixed_cost_hides_it_at_the_small_ones() -> None:
    sizes = [10**power for power in range(2, 8)]
    growth = Growth(Part.TRAINING, {size: Cost(0.5 + 1e-6 * size**1.3, 0, 1) for size in sizes}, {})
    assert growth.exponent > 1.2 and not growth.passes


@pytest.mark.parametrize(
    ("part", "seconds", "peaks", "passes"),
    [
        (Part.FEATURES, [1, 10, 100], [100, 300, 2000], True),
        (Part.FEATURES, [1, 20, 400], [100, 300, 2000], False),
        (Part.SCORING, [1, 10, 100], [100, 110, 120], True),
        (Part.SCORING, [1, 10, 100], [100, 110, 130], False),
        (Part.VERIFICATION, [1, 10, 100], [100, 110, 130], False),
        (Part.TRAINING, [1], [100], False),
        (Part.TRAINING, [], [], False),
    ],
)
def test_what_is_worse_than_linear_swells_though_it_streams_or_is_not_known_does_not_pass(
    part: Part, seconds: list[float], peaks: list[float], passes: bool
) -> None:
    assert grown(part, seconds, peaks).passes is passes


def test_sizes_are_powers_of_ten_from_ten_thousand_to_ten_millions() -> None:
    assert sizes_to(math.inf) == [10**4, 10**5, 10**6, 10**7]
    assert sizes_to(1e6) == SIZES
    assert sizes_to(9_999) == []


def test_a_size_that_would_take_too_long_or_too_much_memory_is_left_out_and_said() -> None:
    said: list[str] = []
    seconds = {10_000: 1.0, 100_000: 10.0, 1_000_000: 100.0}
    found = grow(
        Part.SCORING, SIZES, lambda _, size: Cost(seconds[size], 0, 100), Limits(50, 1e6), said.append
    )
    assert list(found.costs) == SIZES[:2] and "2 minutes" in found.left_out[1_000_000]
    assert any(line.startswith("LEFT OUT scoring") for line in said)
    costs = {10_000: Cost(1, 0, 100), 100_000: Cost(1, 0, 1000)}
    assert too_large(1_000_000, costs, Limits(1e9, 9_000)) is not None
    assert too_large(1_000_000, costs, Limits(1e9, 11_000)) is None


def test_a_process_that_dies_for_want_of_memory_leaves_its_size_out() -> None:
    def measure(_: Part, size: int) -> Cost:
        if size == SIZES[-1]:
            raise MemoryError
        return Cost(size / 1e4, 0, 100)

    found = grow(Part.FEATURES, SIZES, measure, Limits(), lambda _: None)
    assert list(found.costs) == SIZES[:2] and "memory" in found.left_out[SIZES[-1]]


def test_the_page_has_every_size_of_every_work_also_those_left_out() -> None:
    found = [
        grown(Part.FEATURES, [1, 10], [100, 300], {1_000_000: "would take about 43 GiB"}),
        grown(Part.SCORING, [1, 10], [100, 130]),
    ]
    page = growth_page(found, datetime(2026, 11, 22, tzinfo=UTC))
    features, scoring = (line for line in page.splitlines() if line.startswith(("| features", "| scoring")))
    assert "**left out**: would take about 43 GiB" in features and features.endswith("| holds |")
    assert "not asked for" in scoring and "1.30 times, must not grow" in scoring
    assert scoring.endswith("| **ALARM** |")
    figure = growth_figure(found)
    assert "features: exponent 1.00, 10,000 in 1.00 s and 100 MiB" in figure.description
    assert figure.description in figure.svg


@given(st.integers(1, 9))
def test_repeated_tables_give_each_copy_the_features_of_its_original(size: int) -> None:
    people = [
        a_registrering(),
        a_registrering(foedselsaar=None, historikk=a_historikk(arbeidsforhold=None)),
        a_registrering(historikk=a_historikk(arbeidsforhold=(a_job(date(2020, 1, 1), before(3)),) * 2)),
    ]
    once = features_of(people, a_market()).rows()
    many = compute_features(repeated(tables_of(people), size), a_market()).rows()
    assert many == [once[place % len(people)] for place in range(size)]


def test_every_part_can_be_made_ready_and_its_memory_is_that_of_its_work() -> None:
    assert set(READY) == set(Part)
    nowhere = Practice(Path(), Path(), Path())
    cost = measure_part(Part.VERIFICATION, 50, nowhere)
    assert cost.seconds > 0 and 0 < cost.base_mib <= cost.peak_mib
