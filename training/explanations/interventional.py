"""The same model explained another way: does a different question give a different story?

LightGBM's contributions let the unknown features follow the known ones down the trees
(path-dependent). Here they are drawn from other people instead, as if set by hand
(interventional). Where both tell the same, an explanation does not hang on the choice.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from models.lightgbm_model import FittedOutcome
from training.explanations.themes import same_leading_theme

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Mean |contribution| of one feature, both ways. Log-odds."""

    name: str
    path_dependent: float
    interventional: float


@dataclass(frozen=True, slots=True)
class Interventional:
    """How alike the two ways are on a sample of people."""

    rows: int
    background: int  # people whose values stand in for what is not known
    features: tuple[SideBySide, ...]  # largest path-dependent first
    rank_correlation: float  # Spearman's, of the features' mean |contribution|
    same_leading_theme: float  # share of the rows, 0..1
    largest_sum_error: float  # log-odds: how far base + contributions lie from the estimate


class Background:
    """Hides what is not known behind the values of other people; the masker shap asks for.

    shap's own `Independent` multiplies by the mask, which spreads missing values to every column,
    and its other path is compiled anew in each process for 20 seconds.
    """

    def __init__(self, people: Floats) -> None:
        self.people = people
        self.shape = people.shape

    def __call__(self, known: NDArray[np.bool_], row: Floats) -> Floats:
        """The row once per person behind it, with their values where `known` is false."""
        return np.where(known, row, self.people)

    def invariants(self, row: Floats) -> NDArray[np.bool_]:
        """Where hiding changes nothing, so that shap need not ask the model again."""
        same: NDArray[np.bool_] = (row == self.people) | (np.isnan(row) & np.isnan(self.people))
        return same


def compare_interventional(
    fitted: FittedOutcome, matrix: Floats, background: Floats, *, seed: int, threads: int
) -> Interventional:
    """Explain n people both ways, in calibrated log-odds; cost grows with n times the background.

    One permutation there and back: exact up to pairs of features working together, and always adding up.
    """

    def log_odds(rows: Floats) -> Floats:
        raw = np.asarray(fitted.booster.predict(rows, raw_score=True, num_threads=threads), dtype=np.float64)
        return fitted.calibration.log_odds_of_all(raw)

    contributions, base = _permuted(log_odds, matrix, background, seed)
    path_dependent = fitted.explain(matrix).contributions
    sizes = np.abs(path_dependent).mean(axis=0), np.abs(contributions).mean(axis=0)
    names = fitted.booster.feature_name()
    return Interventional(
        rows=len(matrix),
        background=len(background),
        features=tuple(
            SideBySide(names[column], float(sizes[0][column]), float(sizes[1][column]))
            for column in np.argsort(-sizes[0], kind="stable")
        ),
        rank_correlation=float(spearmanr(*sizes).statistic),
        same_leading_theme=same_leading_theme(path_dependent, contributions),
        largest_sum_error=float(np.max(np.abs(base + contributions.sum(axis=1) - log_odds(matrix)))),
    )


def _permuted(
    log_odds: Callable[[Floats], Floats], matrix: Floats, background: Floats, seed: int
) -> tuple[Floats, Floats]:
    """Contributions (n rows) and base (n) by permutation sampling.

    shap seeds numpy's global generator, which nothing of ours draws from.
    """
    with warnings.catch_warnings():
        # shap's plots, which nothing here uses, call what matplotlib is about to retire.
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        import shap  # noqa: PLC0415 - seconds to import, and most commands do without it
    explainer = shap.explainers.Permutation(log_odds, Background(background), seed=seed)
    explained = explainer(matrix, max_evals=2 * matrix.shape[1] + 1, silent=True)
    return np.asarray(explained.values), np.asarray(explained.base_values)
