"""What a benchmark found, and the JSON that other programs read."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass

from training.benchmark.notes import Note
from training.evaluation.bootstrap import Interval
from training.evaluation.evaluate import CurveBin, Metrics
from training.fairness.fairness import Fairness
from training.fairness.group_figures import Gap, GroupFigures
from training.fairness.groups import GroupValue

Progress = Callable[[str, int, int], None]  # what was done, steps done, steps in all

JSON_METRICS = (
    "auc",
    "auc_low",
    "auc_high",
    "brier",
    "skill",
    "ece",
    "slope",
    "intercept",
    "precision_at_10",
    "recall_at_25",
)
"""The figures of each model in the JSON, in the order of training.md, *Bring your own register*."""

JSON_DECIMALS = 6
"""Finer digits differ between machines and tell nothing."""

Json = GroupValue | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Before:
    """The calibration part, scored by the model; each fifth was calibrated by the other four."""

    metrics: Metrics
    curve: tuple[CurveBin, ...]


@dataclass(frozen=True, slots=True)
class ModelResult:
    """One model, calibrated and measured on people it was neither fitted nor calibrated on."""

    model: str
    metrics: Metrics
    curve: tuple[CurveBin, ...]
    fairness: Fairness  # flagged: the quarter with the highest estimates
    before: Before | None  # with a time split: what was lost since


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """All that a benchmark found. `n` and `base` describe the people measured, not those fitted on."""

    name: str
    n: int
    base: float  # share with the outcome
    models: tuple[ModelResult, ...]
    auc_gain: Interval  # LightGBM minus logistic regression
    notes: tuple[Note, ...]

    def to_json(self) -> str:
        """Write the shape that training.md fixes; a figure that does not exist is null."""
        models: dict[str, Json] = {result.model: _model_json(result) for result in self.models}
        found: dict[str, Json] = {
            "name": self.name,
            "n": self.n,
            "base": _figure(self.base),
            "models": models,
            "notes": [_note_json(note) for note in self.notes],
        }
        return json.dumps(found, ensure_ascii=False, allow_nan=False, indent=2)


def _model_json(result: ModelResult) -> Json:
    figures: dict[str, Json] = {name: _figure(getattr(result.metrics, name)) for name in JSON_METRICS}
    figures["groups"] = [_group_json(row) for row in result.fairness.groups]
    figures["crossings"] = [_group_json(row) for row in result.fairness.crossings]
    figures["threshold"] = _figure(result.fairness.threshold)
    if result.before is not None:
        part = result.before.metrics
        names = ("n", "mean_estimate", "base", "auc", "ece", "slope", "intercept")
        figures["calibration_part"] = {name: _figure(getattr(part, name)) for name in names}
    return figures


def _group_json(row: GroupFigures) -> Json:
    """Give the ten promised keys first, then the ends of their intervals, then what was tested."""
    told = {
        "auc": row.auc,
        "mean_estimate": row.mean_estimate,
        "observed": row.base,
        "fnr": row.fnr,
        "fpr": row.fpr,
    }
    group: dict[str, Json] = {
        "column": row.column,
        "value": row.value,
        "n": row.n,
        "positives": row.positives,
        **{name: _end(interval, "value") for name, interval in told.items()},
        "verdict": row.verdict,
    }
    for name, interval in told.items():
        group |= _ends(name, interval)
    for name in ("calibration_gap", "fnr_gap", "fpr_ratio"):
        gap: Gap = getattr(row, name)
        group[name] = _end(gap.interval, "value")
        group |= _ends(name, gap.interval)
        group |= {f"{name}_p_holm": _figure(gap.p_holm), f"{name}_verdict": gap.verdict}
    return group


def _ends(name: str, interval: Interval | None) -> dict[str, Json]:
    return {f"{name}_{end}": _end(interval, end) for end in ("low", "high")}


def _end(interval: Interval | None, end: str) -> float | None:
    return None if interval is None else _figure(getattr(interval, end))


def _note_json(note: Note) -> Json:
    return {"what": note.what.value, "column": note.column, "rows": note.rows, "text": note.text()}


def _figure(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else round(value, JSON_DECIMALS)
