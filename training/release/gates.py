"""The gates a candidate must pass; the limits stand in `config/gates.toml` with source and approver."""

from dataclasses import dataclass
from pathlib import Path

from profilering.risk import Outcome
from training.evaluation.measure import Measured
from training.typed_toml import build, read_toml

DEFAULT = Path(__file__).parent.parent / "config" / "gates.toml"


@dataclass(frozen=True, slots=True)
class LeakGate:
    """Too good is a leak."""

    kilde: str
    hoeyeste_auc: float


@dataclass(frozen=True, slots=True)
class RuleGate:
    """Better than what is there."""

    kilde: str


@dataclass(frozen=True, slots=True)
class CalibrationGate:
    """Says what it means, on people it was not calibrated on."""

    kilde: str
    hoeyeste_ece: float
    minst_personer: int


@dataclass(frozen=True, slots=True)
class LaterGate:
    """Still says what it means on later cohorts."""

    kilde: str
    laveste_helning: float
    hoeyeste_helning: float
    hoeyeste_nivaaavvik: float


@dataclass(frozen=True, slots=True)
class SumGate:
    """An auditor can redo the sum."""

    kilde: str
    hoeyeste_avvik: float  # log-odds


@dataclass(frozen=True, slots=True)
class GateConfig:
    """All limits, and who answers for them."""

    godkjent_av: str
    lekkasje: LeakGate
    bedre_enn_dagens_regel: RuleGate
    kalibrering: CalibrationGate
    senere_kull: LaterGate
    sum: SumGate


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate for one outcome: what was asked, what was found, and whether that passes."""

    gate: str
    utfall: str
    krav: str
    funnet: str
    bestaatt: bool
    kilde: str


def read_gates(path: Path = DEFAULT) -> GateConfig:
    """Read the limits. Raises ConfigError naming the key that is wrong."""
    return build(GateConfig, read_toml(path), path.name)


def check_gates(measured: dict[Outcome, Measured], limits: GateConfig) -> tuple[GateResult, ...]:
    """Hold every outcome's figures against the limits."""
    results: list[GateResult] = []
    for outcome, figures in measured.items():
        if outcome is Outcome.LANGVARIG_STOENAD:
            results.append(_leak(outcome, figures, limits.lekkasje))
        if "sannhet" in figures.test:
            results.append(_truth(outcome, figures))
        results.append(_better(outcome, figures, limits.bedre_enn_dagens_regel))
        results.append(_calibrated(outcome, figures, limits.kalibrering))
        results.append(_slope(outcome, figures, limits.senere_kull))
        results.append(_level(outcome, figures, limits.senere_kull))
        results.append(_sums(outcome, figures, limits.sum))
    return tuple(results)


def _leak(outcome: Outcome, figures: Measured, gate: LeakGate) -> GateResult:
    auc = figures.test["lightgbm"].auc
    asked = f"AUC høyst {gate.hoeyeste_auc}"
    return GateResult("lekkasje", outcome, asked, f"{auc:.3f}", auc <= gate.hoeyeste_auc, gate.kilde)


def _truth(outcome: Outcome, figures: Measured) -> GateResult:
    """Nothing honest ranks people better than the probabilities they were drawn with."""
    auc, truth = figures.test["lightgbm"].auc, figures.test["sannhet"].auc
    asked = f"AUC ikke over sannhetens {truth:.3f}"
    kilde = "syntetisk register: sannheten er kjent"
    return GateResult("ikke_over_sannheten", outcome, asked, f"{auc:.3f}", auc <= truth, kilde)


def _better(outcome: Outcome, figures: Measured, gate: RuleGate) -> GateResult:
    ours, rule = figures.test["lightgbm"], figures.test["dagens_regel"]
    asked = f"nedre grense for AUC over {rule.auc:.3f}"
    return GateResult(
        "bedre_enn_dagens_regel", outcome, asked, f"{ours.auc_low:.3f}", ours.auc_low > rule.auc, gate.kilde
    )


def _calibrated(outcome: Outcome, figures: Measured, gate: CalibrationGate) -> GateResult:
    held_out = figures.held_out["lightgbm"]
    asked = f"ECE høyst {gate.hoeyeste_ece} med minst {gate.minst_personer} personer"
    found = f"{held_out.ece:.4f} med {held_out.n}"
    passed = held_out.n >= gate.minst_personer and held_out.ece <= gate.hoeyeste_ece
    return GateResult("kalibrering", outcome, asked, found, passed, gate.kilde)


def _slope(outcome: Outcome, figures: Measured, gate: LaterGate) -> GateResult:
    slope = figures.test["lightgbm"].slope
    asked = f"helning {gate.laveste_helning} til {gate.hoeyeste_helning} på senere kull"
    passed = gate.laveste_helning <= slope <= gate.hoeyeste_helning
    return GateResult("helning_senere_kull", outcome, asked, f"{slope:.3f}", passed, gate.kilde)


def _level(outcome: Outcome, figures: Measured, gate: LaterGate) -> GateResult:
    test = figures.test["lightgbm"]
    gap = test.mean_estimate - test.base
    asked = f"nivåavvik høyst {gate.hoeyeste_nivaaavvik} på senere kull"
    passed = abs(gap) <= gate.hoeyeste_nivaaavvik
    return GateResult("nivaa_senere_kull", outcome, asked, f"{gap:+.3f}", passed, gate.kilde)


def _sums(outcome: Outcome, figures: Measured, gate: SumGate) -> GateResult:
    asked = f"bidrag og grunntall gir log-odds innen {gate.hoeyeste_avvik:g}"
    passed = figures.largest_sum_error <= gate.hoeyeste_avvik
    return GateResult("sum", outcome, asked, f"{figures.largest_sum_error:.1e}", passed, gate.kilde)
