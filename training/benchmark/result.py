"""What a benchmark found, and the JSON that other programs read."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass

from training.evaluation.evaluate import CurveBin, Difference, Metrics
from training.evaluation.groups import GroupRow, GroupTable, GroupValue

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
class ModelResult:
    """One model, calibrated and measured on people it was neither fitted nor calibrated on."""

    model: str
    metrics: Metrics
    curve: tuple[CurveBin, ...]
    groups: GroupTable  # flagged: the quarter with the highest estimates


@dataclass(frozen=True, slots=True)
class UnseenCategories:
    """How many measured rows had a category that the training rows lacked."""

    column: str
    rows: int


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """All that a benchmark found. `n` and `base` describe the people measured, not those fitted on."""

    name: str
    n: int
    base: float  # share with the outcome
    left_out: int  # rows whose time is in no part of the split
    models: tuple[ModelResult, ...]
    auc_gain: Difference  # LightGBM minus logistic regression
    unseen: tuple[UnseenCategories, ...]  # columns with none are left out

    def to_json(self) -> str:
        """Write the shape that training.md fixes; a figure that does not exist is null."""
        models: dict[str, Json] = {result.model: _model_json(result) for result in self.models}
        found: dict[str, Json] = {
            "name": self.name,
            "n": self.n,
            "base": _figure(self.base),
            "models": models,
        }
        return json.dumps(found, ensure_ascii=False, allow_nan=False, indent=2)


def _model_json(result: ModelResult) -> Json:
    figures: dict[str, Json] = {name: _figure(getattr(result.metrics, name)) for name in JSON_METRICS}
    groups: list[Json] = [_group_json(row) for row in result.groups.rows]
    return figures | {"groups": groups}


def _group_json(row: GroupRow) -> Json:
    return {
        "column": row.column,
        "value": row.value,
        "n": row.n,
        "positives": row.positives,
        "auc": _figure(row.auc),
        "mean_estimate": _figure(row.mean_estimate),
        "observed": _figure(row.observed),
        "fnr": _figure(row.fnr),
        "fpr": _figure(row.fpr),
        "verdict": row.verdict,
    }


def _figure(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else round(value, JSON_DECIMALS)
