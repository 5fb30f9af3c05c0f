"""The gates: each one stops a model at its limit, and a leak is stopped by being too good."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from profilering.risk import Outcome
from tests.candidates import SMALL_GATES, some_metrics
from training.fairness.fairness import Fairness, measure_fairness
from training.release.gates import BOTH, OutcomeFigures, Soundness, check_gates
from training.release.limits import GateConfig, read_gates
from training.typed_toml import ConfigError

LANGVARIG, HELSE = Outcome.LANGVARIG_STOENAD, Outcome.HELSERELATERT_YTELSE
LIMITS = read_gates()
UP, DOWN, NAN = float("inf"), float("-inf"), float("nan")


@cache
def some_groups(*, overrated: float = 0.0, without: str = "") -> Fairness:
    """Two thousand invented people in two columns and an age; `overrated` is added for one value of one."""
    random = np.random.default_rng(4)
    n = 4000
    columns = {name: random.choice(["A", "B"], n).tolist() for name in ("kjoenn", "landbakgrunn", "alder")}
    estimate = random.uniform(0.1, 0.5, n)
    outcome = (random.random(n) < estimate).astype(np.float64)
    estimate = estimate + overrated * (np.array(columns["landbakgrunn"]) == "B")
    columns.pop(without, None)
    return measure_fairness(columns, outcome, estimate, np.arange(n), threshold=0.4, seed=1, bootstraps=100)


def figures(
    test: Mapping[str, Any] | None = None, held_out: Mapping[str, Any] | None = None, **changes: Any
) -> OutcomeFigures:
    """Figures of one outcome that pass every gate but for what is named."""
    ordinary = OutcomeFigures(
        held_out=some_metrics(**(held_out or {})),
        test=some_metrics(**(test or {})),
        rule_auc=0.62,
        truth_auc=None,
        lost_to_approved=None,
        best_single=("utdanningsnivaa", 0.64),
        permuted_auc=0.501,
        fairness=some_groups(),
        monotone_pairs=10_000,
        monotone_breaches=0,
        largest_sum_error=1e-14,
    )
    return replace(ordinary, **changes)


SOUND = Soundness(
    open_horizons=0,
    days_without_news=26,
    on_two_sides=0,
    looked_ahead=0,
    redone=480,
    same_digest=True,
    missing_in_card=(),
)


def failed(
    found: OutcomeFigures | None = None,
    soundness: Soundness = SOUND,
    outcome: Outcome = LANGVARIG,
    limits: GateConfig = LIMITS,
) -> list[str]:
    results = check_gates({outcome: found or figures()}, soundness, limits)
    return [gate.gate for gate in results if not gate.bestaatt]


@pytest.mark.parametrize("outcome", Outcome)
def test_an_ordinary_model_passes_every_gate(outcome: Outcome) -> None:
    results = check_gates({outcome: figures(truth_auc=0.84)}, SOUND, LIMITS)
    assert len(results) == (17 if outcome is LANGVARIG else 16)
    assert all(gate.bestaatt for gate in results)
    assert all(gate.kilde and gate.krav and gate.funnet for gate in results)
    assert {gate.utfall for gate in results} == {outcome, BOTH}


BORDERS: Mapping[str, tuple[OutcomeFigures, OutcomeFigures]] = {
    "lekkasje": (figures({"auc": 0.80}), figures({"auc": np.nextafter(0.80, UP)})),
    "ikke_over_sannheten": (figures(truth_auc=0.76), figures(truth_auc=np.nextafter(0.76, DOWN))),
    "enkeltopplysning": (
        figures(best_single=("nus", 0.70)),
        figures(best_single=("nus", np.nextafter(0.70, UP))),
    ),
    "permuterte_utfall": (figures(permuted_auc=0.45), figures(permuted_auc=0.4499)),
    "bedre_enn_dagens_regel": (
        figures({"auc_low": np.nextafter(0.62, UP)}),
        figures({"auc_low": 0.62}),
    ),
    "ikke_daarligere_enn_godkjent": (
        figures(lost_to_approved=-0.005),
        figures(lost_to_approved=np.nextafter(-0.005, DOWN)),
    ),
    "kalibrering": (
        figures(held_out={"ece": 0.02, "n": 5_000}),
        figures(held_out={"ece": np.nextafter(0.02, UP), "n": 5_000}),
    ),
    "helning_senere_kull": (figures({"slope": 0.9}), figures({"slope": np.nextafter(0.9, DOWN)})),
    "nivaa_senere_kull": (
        figures({"mean_estimate": 0.05, "base": 0.0}),
        figures({"mean_estimate": np.nextafter(0.05, UP), "base": 0.0}),
    ),
    "monotoni": (figures(monotone_breaches=0), figures(monotone_breaches=1)),
    "sum": (figures(largest_sum_error=1e-9), figures(largest_sum_error=1.1e-9)),
}


@pytest.mark.parametrize("gate", BORDERS)
def test_a_gate_passes_at_its_limit_and_fails_just_beyond(gate: str) -> None:
    at, beyond = BORDERS[gate]
    assert failed(at) == []
    assert failed(beyond) == [gate]


RUN_BORDERS: Mapping[str, tuple[Soundness, Soundness]] = {
    "horisont": (replace(SOUND, days_without_news=62), replace(SOUND, days_without_news=63)),
    "en_side": (SOUND, replace(SOUND, on_two_sides=1)),
    "kjent_paa_dagen": (SOUND, replace(SOUND, looked_ahead=1)),
    "samme_digest": (SOUND, replace(SOUND, same_digest=False)),
    "kort": (SOUND, replace(SOUND, missing_in_card=("tall",))),
}


@pytest.mark.parametrize("gate", RUN_BORDERS)
def test_a_gate_on_the_run_passes_at_its_limit_and_fails_just_beyond(gate: str) -> None:
    at, beyond = RUN_BORDERS[gate]
    assert failed(soundness=at) == []
    assert failed(soundness=beyond) == [gate]


@pytest.mark.parametrize(
    ("gate", "soundness"),
    [
        ("horisont", replace(SOUND, open_horizons=1)),
        ("horisont", replace(SOUND, days_without_news=-1)),  # facts from after the day it was drawn
        ("kjent_paa_dagen", replace(SOUND, redone=0)),  # nothing was tried
    ],
)
def test_what_was_not_tried_or_cannot_be_is_no_pass(gate: str, soundness: Soundness) -> None:
    assert failed(soundness=soundness) == [gate]


@pytest.mark.parametrize(
    ("gate", "found"),
    [
        ("helning_senere_kull", figures({"slope": 1.1001})),
        ("nivaa_senere_kull", figures({"mean_estimate": 0.14, "base": 0.2})),
        ("permuterte_utfall", figures(permuted_auc=0.44)),
        ("monotoni", figures(monotone_pairs=9_999)),
    ],
)
def test_the_other_end_is_a_limit_too(gate: str, found: OutcomeFigures) -> None:
    assert failed(found) == [gate]


@pytest.mark.parametrize(
    ("gate", "found"),
    [
        ("lekkasje", figures({"auc": NAN})),
        ("enkeltopplysning", figures(best_single=("nus", NAN))),
        ("permuterte_utfall", figures(permuted_auc=NAN)),
        ("bedre_enn_dagens_regel", figures({"auc_low": NAN})),
        ("ikke_daarligere_enn_godkjent", figures(lost_to_approved=NAN)),
        ("kalibrering", figures(held_out={"ece": NAN})),
        ("helning_senere_kull", figures({"slope": NAN})),
        ("nivaa_senere_kull", figures({"mean_estimate": NAN})),
        ("sum", figures(largest_sum_error=NAN)),
    ],
)
def test_a_figure_that_does_not_exist_passes_no_gate(gate: str, found: OutcomeFigures) -> None:
    assert failed(found) == [gate]


def test_a_small_held_out_group_is_not_measurable_and_so_no_pass() -> None:
    results = check_gates({HELSE: figures(held_out={"ece": 0.001, "n": 4_999})}, SOUND, LIMITS)
    (gate,) = (g for g in results if not g.bestaatt)
    assert gate.gate == "kalibrering"
    assert (gate.funnet, gate.krav) == ("0,0010 med 4999", "ECE høyst 0,02 med minst 5000 personer")


def test_every_gate_writes_its_numbers_with_a_comma() -> None:
    every = figures(truth_auc=0.8, lost_to_approved=-0.1, fairness=some_groups(overrated=0.15))
    found = check_gates({LANGVARIG: every}, SOUND, LIMITS)
    told = {gate.gate: f"{gate.funnet} | {gate.krav}" for gate in found}
    assert [text for text in told.values() if re.search(r"\d\.\d|-\d", text)] == []
    assert told["permuterte_utfall"] == "0,501 | AUC 0,5 ± 0,05 når utfallene stokkes"
    assert told["ikke_daarligere_enn_godkjent"].startswith("−0,1000 | AUC høyst 0,005 under")
    assert told["nivaa_senere_kull"].startswith("+0,000 | nivåavvik høyst 0,05")
    assert told["sum"] == "1,0e−14 | bidrag og grunntall gir log-odds innen 1e−09"


def test_the_limit_on_auc_is_for_the_outcome_it_has_a_source_for() -> None:
    """The second outcome is held to the truth where a register knows it, and to single features."""
    assert failed(figures({"auc": 0.86}), outcome=HELSE) == []
    assert failed(figures({"auc": 0.89}, truth_auc=0.885), outcome=HELSE) == ["ikke_over_sannheten"]
    assert failed(figures(best_single=("nus", 0.75)), outcome=HELSE) == ["enkeltopplysning"]


def test_a_group_that_is_overrated_is_named() -> None:
    (gate,) = (
        g
        for g in check_gates({LANGVARIG: figures(fairness=some_groups(overrated=0.15))}, SOUND, LIMITS)
        if not g.bestaatt
    )
    assert gate.gate == "grupper"
    assert "landbakgrunn=B" in gate.funnet


def test_a_group_column_that_was_not_measured_is_no_pass() -> None:
    found = check_gates({LANGVARIG: figures(fairness=some_groups(without="kjoenn"))}, SOUND, LIMITS)
    (gate,) = (g for g in found if not g.bestaatt)
    assert (gate.gate, gate.funnet) == ("grupper", "ikke målt: kjoenn")


def test_every_outcome_is_held_to_the_gates_and_all_are_tried() -> None:
    results = check_gates(
        {LANGVARIG: figures(), HELSE: figures({"slope": 2.0}, monotone_breaches=3)}, SOUND, LIMITS
    )
    assert [(g.gate, g.utfall) for g in results if not g.bestaatt] == [
        ("helning_senere_kull", HELSE),
        ("monotoni", HELSE),
    ]


def test_the_limits_of_the_design_stand_in_the_file() -> None:
    assert LIMITS.lekkasje.hoeyeste_auc == 0.80
    assert (LIMITS.kalibrering.hoeyeste_ece, LIMITS.kalibrering.minst_personer) == (0.02, 5_000)
    assert (LIMITS.senere_kull.laveste_helning, LIMITS.senere_kull.hoeyeste_helning) == (0.9, 1.1)
    assert LIMITS.senere_kull.hoeyeste_nivaaavvik == 0.05
    assert LIMITS.ikke_daarligere_enn_godkjent.hoeyeste_fall == 0.005
    assert LIMITS.sum.hoeyeste_avvik == 1e-9
    assert (LIMITS.monotoni.minst_par, LIMITS.monotoni.hoeyeste_brudd) == (10_000, 0)
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
