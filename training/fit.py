"""Fit LightGBM so that the same rows, lock and seed give the same model text, byte for byte."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import lightgbm
import numpy as np
from numpy.typing import NDArray

from profilering.errors import DataError
from training.design import Design

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LightgbmParams:
    """The choices that shape a model; everything else is fixed in `fit_lightgbm`."""

    trees: int
    learning_rate: float
    leaves: int
    min_leaf: int  # rows
    feature_share: float  # of the columns, drawn anew for each tree
    row_share: float  # of the rows, drawn anew for each tree
    lambda_l2: float
    max_depth: int  # -1: no limit but `leaves`


THREADS = 2
"""The cores of the machines this is measured on; no figure depends on it."""

REFERENCE_PARAMS = LightgbmParams(
    trees=350,
    learning_rate=0.03,
    leaves=15,
    min_leaf=100,
    feature_share=0.6,
    row_share=0.8,
    lambda_l2=5.0,
    max_depth=-1,
)
"""The parameters of the reference results (population.md section 13), so that figures can be compared."""


def fit_lightgbm(
    design: Design,
    outcome: Floats,
    weights: Floats | None,
    params: LightgbmParams,
    *,
    seed: int,
    threads: int,
) -> str:
    """Fit boosted trees to a 0/1 outcome and give the model as LightGBM's own text.

    `outcome` and `weights` have n rows, as `design`. The text says nothing of the machine:
    the number of threads is written as 0, whatever it was.

    Raises DataError if the outcome has only one class or the lengths differ.
    """
    check_outcome(outcome, weights, rows=len(design))
    options = _options(design, params, seed=seed, threads=threads)
    dataset = lightgbm.Dataset(
        design.values,
        label=outcome,
        weight=weights,
        feature_name=_model_names(design),
        categorical_feature=[column for column, flag in enumerate(design.categorical) if flag],
        params=options,
        free_raw_data=True,
    )
    booster = lightgbm.train(options, dataset, num_boost_round=params.trees)
    text: str = booster.model_to_string()
    return text.replace(f"[num_threads: {threads}]", "[num_threads: 0]")


def raw_log_odds(model_text: str, design: Design, *, threads: int = 1) -> Floats:
    """Score n rows with a fitted model, before calibration.

    LightGBM takes columns by position and accepts a shuffled frame without a word
    (performance.md, *Traps*), so the names are compared first.

    Raises DataError if the columns are not the ones the model was fitted on, in that order.
    """
    booster = lightgbm.Booster(model_str=model_text)
    fitted_on: list[str] = booster.feature_name()
    if fitted_on != _model_names(design):
        raise DataError(
            f"the model was fitted on the columns {fitted_on}, the design has {list(design.names)}; "
            "give the same columns in the same order"
        )
    raw: Floats = booster.predict(design.values, raw_score=True, num_threads=threads)
    return raw


def check_outcome(outcome: Floats, weights: Floats | None, *, rows: int) -> None:
    """Refuse what no model here can be fitted or measured on.

    Raises DataError on other values than 0 and 1, one class only, bad weights or other lengths.
    """
    if outcome.shape != (rows,):
        raise DataError(
            f"outcome has shape {outcome.shape}, the design {rows} rows; give one outcome per row"
        )
    if not np.all((outcome == 0) | (outcome == 1)):
        raise DataError("outcome has other values than 0 and 1; code it as 0 and 1")
    if np.all(outcome == outcome[:1]):
        raise DataError(f"outcome has one class only in {rows} rows; both 0 and 1 are needed")
    if weights is None:
        return
    if weights.shape != (rows,):
        raise DataError(
            f"weights have shape {weights.shape}, the design {rows} rows; give one weight per row"
        )
    if not np.all(np.isfinite(weights) & (weights >= 0)):
        raise DataError("weights must be numbers from 0 and up; correct or drop the rows where they are not")
    if not (weights[outcome == 1].sum() > 0 and weights[outcome == 0].sum() > 0):
        raise DataError("one class has no weight at all; both 0 and 1 need some")


def _options(design: Design, params: LightgbmParams, *, seed: int, threads: int) -> dict[str, Any]:
    """Spell out every option that could make two runs differ."""
    return {
        "objective": "binary",
        "learning_rate": params.learning_rate,
        "num_leaves": params.leaves,
        "max_depth": params.max_depth,
        "min_data_in_leaf": params.min_leaf,
        "feature_fraction": params.feature_share,
        "bagging_fraction": params.row_share,
        "bagging_freq": 1,
        "lambda_l2": params.lambda_l2,
        "monotone_constraints": list(design.monotone),
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "data_random_seed": seed,
        "bagging_seed": seed,
        "feature_fraction_seed": seed,
        "extra_seed": seed,
        "drop_seed": seed,
        "objective_seed": seed,
        "num_threads": threads,
        "verbosity": -1,
    }


def _model_names(design: Design) -> list[str]:
    """Give the column names as LightGBM can carry them: it refuses JSON marks and alters blanks."""
    return [re.sub(r'[\s",:\[\]{}%]', lambda mark: quote(mark[0]), name) for name in design.names]
