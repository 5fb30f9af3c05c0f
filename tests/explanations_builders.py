"""Invented people with the catalogue's columns, and one small model of them, for tests of explanations."""

import os

# Before shap loads: what numba would compile for it anew takes many times longer than these tests.
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")

from functools import cache

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.calibration import Calibration, probabilities_of
from models.lightgbm_model import FittedOutcome
from models.reference import cohort_of
from profilering.features import CATALOGUE, NAMES
from profilering.risk import Outcome
from tests.invented import happened
from training.design import Design
from training.explanations.quality import ExplanationQuality, explain_quality
from training.fit import LightgbmParams, fit_lightgbm

Floats = NDArray[np.float64]
SMALL = LightgbmParams(
    trees=40,
    learning_rate=0.1,
    leaves=8,
    min_leaf=40,
    feature_share=1.0,
    row_share=1.0,
    lambda_l2=1.0,
    max_depth=-1,
)


@cache
def a_catalogue_design(rows: int = 2_000) -> Design:
    """Every column at random, a tenth of each missing."""
    random = np.random.default_rng(1)
    highest = [30 if feature.categories is None else len(feature.categories) for feature in CATALOGUE]
    values = np.column_stack([random.integers(0, top, rows) for top in highest]).astype(np.float64)
    values[random.random(values.shape) < 0.1] = np.nan
    return Design(
        names=NAMES,
        categorical=tuple(feature.categories is not None for feature in CATALOGUE),
        monotone=tuple(feature.direction for feature in CATALOGUE),
        values=np.ascontiguousarray(values),
    )


def an_outcome(design: Design) -> Floats:
    """More often with age, ytelser and a missing last job; less often with work."""
    column = {name: np.nan_to_num(values) for name, values in zip(design.names, design.values.T, strict=True)}
    log_odds = (
        -1.5
        + 0.05 * column["alder"]
        + 0.08 * column["maaneder_ytelse_siste_24"]
        + 1.0 * (column["jobbsituasjon"] % 2)
        - 0.1 * column["maaneder_i_jobb_siste_12"]
    )
    return happened(probabilities_of(log_odds), seed=2)


@cache
def a_fitted() -> FittedOutcome:
    """Calibrated away from the raw scores, so that forgetting the calibration shows."""
    design = a_catalogue_design()
    text = fit_lightgbm(design, an_outcome(design), None, SMALL, seed=1, threads=1)
    return FittedOutcome(
        Outcome.LANGVARIG_STOENAD,
        lightgbm.Booster(model_str=text),
        Calibration(0.8, -0.2),
        cohort_of([0.0, 1.0], [0, 1]),
    )


@cache
def a_quality() -> ExplanationQuality:
    """Everything measured of the small model, on 400 of the people."""
    design = a_catalogue_design()
    return explain_quality(a_fitted(), design.values[:400], design, an_outcome(design), seed=1, threads=1)
