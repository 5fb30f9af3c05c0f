"""Which parameters are worth a try: the space that tuning searches."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import optuna

from training.fit import LightgbmParams


@dataclass(frozen=True, slots=True)
class Between:
    """The values one parameter may take, both ends in; whole numbers where the ends are."""

    low: float
    high: float
    by: str = "steps"  # or "ratios": as many tries from 1 to 10 as from 10 to 100


SPACE: Mapping[str, Between] = {
    "trees": Between(100, 600),
    "learning_rate": Between(0.01, 0.15, "ratios"),
    "leaves": Between(4, 32, "ratios"),
    "min_leaf": Between(20, 500, "ratios"),
    "feature_share": Between(0.3, 1.0),
    "row_share": Between(0.5, 1.0),
    "lambda_l2": Between(0.1, 100.0, "ratios"),
    "max_depth": Between(2, 8),
}
"""The fields of `LightgbmParams`, around the reference parameters. Shallow trees are in it because they
cost less to explain and lost no AUC in a trial (performance.md); deeper than 8 costs too much."""


def suggest(trial: optuna.Trial) -> LightgbmParams:
    """Let the study's sampler choose one value for each parameter."""
    chosen: dict[str, Any] = {name: _suggest(trial, name, between) for name, between in SPACE.items()}
    return LightgbmParams(**chosen)


def described_space() -> dict[str, dict[str, Any]]:
    """The space as plain values, for a digest: a study belongs to one space."""
    return {name: asdict(between) for name, between in SPACE.items()}


def _suggest(trial: optuna.Trial, name: str, between: Between) -> float:
    log = between.by == "ratios"
    if isinstance(between.low, int) and isinstance(between.high, int):
        return trial.suggest_int(name, between.low, between.high, log=log)
    return trial.suggest_float(name, between.low, between.high, log=log)
