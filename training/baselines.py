"""What a boosted model must beat to be worth its weight: logistic regression on the same features."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from models.calibration import probabilities_of
from profilering.errors import DataError
from training.design import Design
from training.fit import check_outcome

Floats = NDArray[np.float64]

MOST_ITERATIONS = 100
"""Newton's method settles in some ten iterations; scikit-learn warns if this is ever reached."""


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """A fitted logistic regression, kept in memory only: it is a yardstick, never published."""

    names: tuple[str, ...]
    pipeline: Any  # a scikit-learn Pipeline, which has no types

    def log_odds(self, design: Design) -> Floats:
        """Score n rows, uncalibrated.

        Raises DataError if the columns are not the ones the model was fitted on, in that order.
        """
        if design.names != self.names:
            raise DataError(
                f"the baseline was fitted on the columns {list(self.names)}, the design has "
                f"{list(design.names)}; give the same columns in the same order"
            )
        scores: Floats = self.pipeline.decision_function(design.values)
        return scores

    def probability(self, design: Design) -> Floats:
        """Estimate n probabilities, 0..1, uncalibrated."""
        return probabilities_of(self.log_odds(design))


def fit_logistic(design: Design, outcome: Floats, weights: Floats | None) -> LogisticModel:
    """Fit ridge-penalised logistic regression, C = 1 as in population.md section 13.

    Categories become one column per level, missing being a level; numbers are scaled, with the
    median and a flag where they are missing.

    Raises DataError if the outcome has only one class or the lengths differ.
    """
    check_outcome(outcome, weights, rows=len(design))
    pipeline = Pipeline(
        [
            ("columns", _columns(design)),
            # A missing flag per register makes columns that are equal; lbfgs crawls along them.
            (
                "regression",
                LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-8, max_iter=MOST_ITERATIONS),
            ),
        ]
    )
    pipeline.fit(design.values, outcome, regression__sample_weight=weights)
    return LogisticModel(names=design.names, pipeline=pipeline)


def _columns(design: Design) -> Any:
    """Prepare each column by its kind."""
    kinds = tuple(enumerate(design.categorical))
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
    )
    return ColumnTransformer(
        [
            (
                "categories",
                OneHotEncoder(handle_unknown="ignore"),
                [column for column, flag in kinds if flag],
            ),
            ("numbers", numbers, [column for column, flag in kinds if not flag]),
        ]
    )
