"""The gates: each one stops a model at its limit, and a leak is stopped by being too good."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.lightgbm_model import Explained, FittedOutcome
from profilering.risk import Outcome
from tests.candidates import SMALL_GATES, some_metrics
from training.candidate import fit_candidate
from training.evaluation.measure import Measured, measure_all
from training.extract import Extract, read_extract
from training.nav_config import NavConfig, read_nav_config
from training.prepare import Prepared, prepare
from training.release.gates import GateConfig, GateResult, check_gates, read_gates
from training.typed_toml import ConfigError

LANGVARIG, HELSE = Outcome.LANGVARIG_STOENAD, Outcome.HELSERELATERT_YTELSE
LIMITS = read_gates()
UP, DOWN = float("inf"), float("-inf")


def a_measured(
    test: Mapping[str, Any] | None = None,
    *,
    held_out: Mapping[str, Any] | None = None,
    rule_auc: float = 0.62,
    truth_auc: float | None = None,
    largest_sum_error: float = 1e-14,
) -> Measured:
    """Figures of one outcome that pass every gate but for what is named."""
    models = {"lightgbm": some_metrics(**(test or {})), "dagens_regel": some_metrics(auc=rule_auc)}
    if truth_auc is not None:
        models["sannhet"] = some_metrics(auc=truth_auc)
    on_held_out = {"lightgbm": some_metrics(**(held_out or {}))}
    return Measured(on_held_out, models, {}, None, largest_sum_error)


def failed(measured: Measured, outcome: Outcome = LANGVARIG, limits: GateConfig = LIMITS) -> list[str]:
    return [gate.gate for gate in check_gates({outcome: measured}, limits) if not gate.bestaatt]


@pytest.mark.parametrize("outcome", Outcome)
def test_an_ordinary_model_passes_every_gate(outcome: Outcome) -> None:
    results = check_gates({outcome: a_measured(truth_auc=0.84)}, LIMITS)
    assert len(results) == (7 if outcome is LANGVARIG else 6)
    assert all(gate.bestaatt for gate in results)
    assert all(gate.kilde and gate.krav and gate.funnet and gate.utfall == outcome for gate in results)


BORDERS: Mapping[str, tuple[Measured, Measured]] = {
    "lekkasje": (a_measured({"auc": 0.80}), a_measured({"auc": np.nextafter(0.80, UP)})),
    "ikke_over_sannheten": (a_measured(truth_auc=0.76), a_measured(truth_auc=np.nextafter(0.76, DOWN))),
    "bedre_enn_dagens_regel": (
        a_measured({"auc_low": np.nextafter(0.62, UP)}),
        a_measured({"auc_low": 0.62}),
    ),
    "kalibrering": (
        a_measured(held_out={"ece": 0.02, "n": 5_000}),
        a_measured(held_out={"ece": np.nextafter(0.02, UP), "n": 5_000}),
    ),
    "helning_senere_kull": (a_measured({"slope": 0.9}), a_measured({"slope": np.nextafter(0.9, DOWN)})),
    "nivaa_senere_kull": (
        a_measured({"mean_estimate": 0.05, "base": 0.0}),
        a_measured({"mean_estimate": np.nextafter(0.05, UP), "base": 0.0}),
    ),
    "sum": (a_measured(largest_sum_error=1e-9), a_measured(largest_sum_error=1.1e-9)),
}


@pytest.mark.parametrize("gate", BORDERS)
def test_a_gate_passes_at_its_limit_and_fails_just_beyond(gate: str) -> None:
    at, beyond = BORDERS[gate]
    assert failed(at) == []
    assert failed(beyond) == [gate]


@pytest.mark.parametrize(
    ("gate", "measured"),
    [
        ("helning_senere_kull", a_measured({"slope": 1.1001})),
        ("nivaa_senere_kull", a_measured({"mean_estimate": 0.14, "base": 0.2})),
    ],
)
def test_the_other_end_is_a_limit_too(gate: str, measured: Measured) -> None:
    assert failed(measured) == [gate]


@pytest.mark.parametrize(
    ("gate", "measured"),
    [
        ("lekkasje", a_measured({"auc": float("nan")})),
        ("bedre_enn_dagens_regel", a_measured({"auc_low": float("nan")})),
        ("kalibrering", a_measured(held_out={"ece": float("nan")})),
        ("helning_senere_kull", a_measured({"slope": float("nan")})),
        ("nivaa_senere_kull", a_measured({"mean_estimate": float("nan")})),
        ("sum", a_measured(largest_sum_error=float("nan"))),
    ],
)
def test_a_figure_that_does_not_exist_passes_no_gate(gate: str, measured: Measured) -> None:
    assert failed(measured) == [gate]


def test_a_small_held_out_group_is_not_measurable_and_so_no_pass() -> None:
    measured = a_measured(held_out={"ece": 0.001, "n": 4_999})
    (gate,) = (g for g in check_gates({HELSE: measured}, LIMITS) if not g.bestaatt)
    assert gate.gate == "kalibrering"
    assert (gate.funnet, gate.krav) == ("0.0010 med 4999", "ECE høyst 0.02 med minst 5000 personer")


def test_the_limit_on_auc_is_for_the_outcome_it_has_a_source_for() -> None:
    """The second outcome is held to the truth where a register knows it."""
    assert failed(a_measured({"auc": 0.86}), HELSE) == []
    assert failed(a_measured({"auc": 0.89}, truth_auc=0.885), HELSE) == ["ikke_over_sannheten"]


def test_every_outcome_is_held_to_the_gates() -> None:
    results = check_gates({LANGVARIG: a_measured(), HELSE: a_measured({"slope": 2.0})}, LIMITS)
    assert [(g.gate, g.utfall) for g in results if not g.bestaatt] == [("helning_senere_kull", HELSE)]


def test_the_limits_of_the_design_stand_in_the_file() -> None:
    assert LIMITS.lekkasje.hoeyeste_auc == 0.80
    assert (LIMITS.kalibrering.hoeyeste_ece, LIMITS.kalibrering.minst_personer) == (0.02, 5_000)
    assert (LIMITS.senere_kull.laveste_helning, LIMITS.senere_kull.hoeyeste_helning) == (0.9, 1.1)
    assert LIMITS.senere_kull.hoeyeste_nivaaavvik == 0.05
    assert LIMITS.sum.hoeyeste_avvik == 1e-9
    assert LIMITS.godkjent_av


@pytest.mark.parametrize(
    ("now", "then", "says"),
    [
        ("hoeyeste_ece", "hoyeste_ece", "did you mean hoeyeste_ece"),
        ("hoeyeste_auc = 0.82", 'hoeyeste_auc = "høy"', r"lekkasje\.hoeyeste_auc must be a number"),
        ("[sum]", "[summen]", "summen"),
    ],
)
def test_limits_that_are_not_whole_are_refused_with_their_key(
    now: str, then: str, says: str, tmp_path: Path
) -> None:
    text = SMALL_GATES.read_text("utf-8")
    assert now in text
    path = tmp_path / "gates.toml"
    path.write_text(text.replace(now, then), "utf-8")
    with pytest.raises(ConfigError, match=says):
        read_gates(path)


@pytest.fixture(scope="module")
def config() -> NavConfig:
    return read_nav_config(overrides={"lightgbm.trees": 25, "lightgbm.learning_rate": 0.1})


@pytest.fixture(scope="module")
def extract(small_register: Path) -> Extract:
    return read_extract(small_register)


@pytest.fixture(scope="module")
def prepared(extract: Extract, config: NavConfig) -> Prepared:
    return prepare(extract, config)


def with_a_leak(prepared: Prepared, outcome: Outcome) -> Prepared:
    """The outcome itself instead of a market figure, right for nine of ten: a leak that is not perfect."""
    values = prepared.design.values.copy()
    random = np.random.default_rng(1)
    happened = np.nan_to_num(prepared.outcome(outcome))
    told = random.random(len(happened)) < 0.9
    values[:, prepared.design.names.index("ledige_stillinger")] = np.where(told, happened, 1 - happened)
    return replace(prepared, design=replace(prepared.design, values=values))


def test_a_feature_that_knows_the_outcome_is_stopped_by_being_too_good(
    prepared: Prepared, extract: Extract, config: NavConfig, small_register: Path
) -> None:
    """Both outcomes: by the literature's limit, or by the truth that nothing honest can beat."""
    for outcome, gates in ((LANGVARIG, {"lekkasje"}), (HELSE, {"ikke_over_sannheten"})):
        leaky = with_a_leak(prepared, outcome)
        candidate = fit_candidate(leaky, config, threads=2)
        measured = measure_all(candidate, leaky, extract, small_register, seed=7)
        results = check_gates({outcome: measured[outcome]}, LIMITS)
        assert gates <= {g.gate for g in results if not g.bestaatt}, _told(results)


class OffByAHair(FittedOutcome):
    """An explanation that does not add up to the estimate."""

    def explain(self, matrix: NDArray[np.float64]) -> Explained:
        right = FittedOutcome(self.outcome, self.booster, self.calibration, self.cohort).explain(matrix)
        return replace(right, log_odds=right.log_odds + 1e-6)


def test_an_explanation_that_does_not_add_up_is_stopped(
    prepared: Prepared, extract: Extract, config: NavConfig, small_register: Path
) -> None:
    candidate = fit_candidate(prepared, config, threads=2)
    first, second = candidate.model.fitted
    off = OffByAHair(second.outcome, second.booster, second.calibration, second.cohort)
    wrong = replace(candidate, model=replace(candidate.model, fitted=(first, off)))
    measured = measure_all(wrong, prepared, extract, small_register, seed=7)
    assert measured[LANGVARIG].largest_sum_error < 1e-9
    assert "sum" in failed(measured[HELSE], HELSE)


def _told(results: tuple[GateResult, ...]) -> list[tuple[str, str]]:
    return [(g.gate, g.funnet) for g in results]
