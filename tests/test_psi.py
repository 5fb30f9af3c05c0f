"""PSI against its own null: a shift is found and named, chance is not taken for one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from profilering.errors import SetupError
from training.design import Design
from training.monitoring.limits import DriftLimit
from training.monitoring.psi import CHANCE, MOVED, SMALL, Drift, Floats, Sample, drifts, psi

LIMIT = DriftLimit("prøve", nivaa=0.01, minste_psi=0.1)
NAMES = ("alder", "yrke", "sjelden", "maaneder", "mangler_alltid")
DRAWS = 999


def people(seed: int, n: int, *, shift: float = 0.0, **changes: Floats) -> Sample:
    """Five columns of every kind; `shift` moves alder by so many of its standard deviations of 10."""
    generator = np.random.default_rng(seed)
    columns: dict[str, Floats] = {
        "alder": np.round(40 + 10 * (generator.normal(size=n) + shift)),
        "yrke": generator.choice(5, size=n, p=[0.5, 0.3, 0.12, 0.05, 0.03]).astype(np.float64),
        "sjelden": np.where(generator.random(n) < 0.03, generator.integers(1, 20, n), 0).astype(np.float64),
        "maaneder": np.where(generator.random(n) < 0.2, np.nan, generator.integers(0, 12, n)),
        "mangler_alltid": np.full(n, np.nan),
    }
    values = np.column_stack([changes.get(name, columns[name]) for name in NAMES])
    design = Design(NAMES, tuple(name == "yrke" for name in NAMES), (0,) * 5, np.ascontiguousarray(values))
    return Sample(design, n)


def found(reference: Sample, watched: Sample, seed: int = 1) -> dict[str, Drift]:
    moved = drifts([(reference, watched)], limit=LIMIT, seed=seed, draws=DRAWS)
    return {drift.name: drift for drift in moved}


def alarms(reference: Sample, watched: Sample, seed: int = 1) -> list[str]:
    return [name for name, drift in found(reference, watched, seed).items() if drift.alarm]


@pytest.mark.parametrize("n", [300, 3000])
def test_a_shift_of_half_a_standard_deviation_is_found_and_the_feature_named(n: int) -> None:
    for seed in range(5):
        assert alarms(people(seed, 4000), people(100 + seed, n, shift=0.5)) == ["alder"]


def test_people_like_the_reference_raise_no_more_alarms_than_the_level_says() -> None:
    verdicts = [
        any(drift.verdict != CHANCE for drift in found(people(s, 4000), people(200 + s, 300), s).values())
        for s in range(20)
    ]
    # At 1 % a run, more than two of twenty would happen once in a thousand times.
    assert sum(verdicts) <= 2


def test_many_columns_raise_no_more_false_alarms_than_one() -> None:
    """Forty columns at 5 % each would nearly always hold one; all forty together may in 5 % of runs."""
    names = tuple(f"x{number}" for number in range(40))
    limit = DriftLimit("prøve", nivaa=0.05, minste_psi=0.0)
    alarmed = 0
    for seed in range(10):
        sides = [np.random.default_rng([seed, n]).normal(size=(n, 40)) for n in (900, 250)]
        before, now = (Sample(Design(names, (False,) * 40, (0,) * 40, side), len(side)) for side in sides)
        alarmed += any(d.alarm for d in drifts([(before, now)], limit=limit, seed=seed, draws=DRAWS))
    assert alarmed <= 3


def test_p_values_of_people_like_the_reference_are_spread_evenly() -> None:
    """Corrected for nothing: one column a run. A null that is too narrow would crowd them at 0."""
    values = []
    for seed in range(60):
        sides = [np.random.default_rng([seed, side]).normal(size=(n, 1)) for side, n in ((0, 900), (1, 250))]
        before, now = (Sample(Design(("x",), (False,), (0,), side), len(side)) for side in sides)
        (drift,) = drifts([(before, now)], limit=LIMIT, seed=seed, draws=199)
        values.append(drift.p_value)
    assert 0.35 < np.mean(values) < 0.65
    assert np.mean(np.array(values) <= 0.1) < 0.25


def test_with_many_people_a_small_change_is_told_but_raises_no_alarm() -> None:
    drift = found(people(1, 40_000), people(2, 40_000, shift=0.1))["alder"]
    assert drift.verdict == SMALL
    assert drift.by_chance < drift.psi < LIMIT.minste_psi


def test_missing_is_a_bin_of_its_own() -> None:
    known = np.random.default_rng(3).integers(0, 12, 1000).astype(np.float64)
    drift = found(people(1, 4000), people(2, 1000, maaneder=known))["maaneder"]
    assert drift.verdict == MOVED
    # A fifth that is missing no more moves the index by about .2 · ln(.2 / 0), nearly all of it.
    assert drift.psi > 1


def test_a_code_the_reference_never_had_counts() -> None:
    assert alarms(people(1, 4000), people(2, 1000, yrke=np.full(1000, 9.0))) == ["yrke"]


def test_codes_have_no_order() -> None:
    """Two rare codes lie in the same tenth of the reference; that one takes over is found all the same."""
    generator = np.random.default_rng(5)
    swapped = generator.choice(5, size=2000, p=[0.5, 0.3, 0.12, 0.0, 0.08]).astype(np.float64)
    assert alarms(people(1, 4000), people(2, 2000, yrke=swapped)) == ["yrke"]


def test_a_column_that_is_always_missing_has_not_moved() -> None:
    drift = found(people(1, 4000), people(2, 300))["mangler_alltid"]
    assert (drift.psi, drift.verdict) == (0.0, CHANCE)


def test_fewer_persons_behind_the_same_rows_prove_less() -> None:
    reference, watched = people(1, 4000), people(2, 300, shift=0.2)
    few = Sample(watched.design, 60)
    alone, shared = found(reference, watched)["alder"], found(reference, few)["alder"]
    assert alone.psi == shared.psi
    assert alone.by_chance < shared.by_chance


def test_the_same_seed_gives_the_same_figures_and_the_largest_stand_first() -> None:
    sides = (people(1, 4000), people(2, 300, shift=0.5))
    first, second = (drifts([sides], limit=LIMIT, seed=3, draws=DRAWS) for _ in range(2))
    assert first == second
    assert [d.psi for d in first] == sorted((d.psi for d in first), reverse=True)


def test_too_few_draws_for_so_many_columns_are_refused() -> None:
    with pytest.raises(SetupError, match="500 draws"):
        drifts([(people(1, 50), people(2, 50))], limit=LIMIT, seed=1, draws=200)


def test_the_index_by_hand() -> None:
    # (100 + .5) / 201 and (80 + .5) / 161 are both one half: with equal shares nothing has moved.
    assert psi(np.array([100, 100]), np.array([80, 80])) == pytest.approx(0)
    p, q = 100.5 / 201, 150.5 / 201
    expected = (p - q) * np.log(p / q) + (q - p) * np.log((1 - p) / (1 - q))
    assert psi(np.array([100, 100]), np.array([150, 50])) == pytest.approx(expected)


COUNTS = arrays(np.int64, 4, elements=st.integers(0, 1000))


@given(COUNTS, COUNTS)
def test_the_index_is_never_below_zero_and_knows_no_sides(before: np.ndarray, now: np.ndarray) -> None:
    assert psi(before, now) >= 0
    assert psi(before, now) == pytest.approx(psi(now, before))
