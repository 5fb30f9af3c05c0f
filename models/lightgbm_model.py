"""The fitted models as one value: features in, a calibrated and explained risk per outcome out.

LightGBM takes columns by position and accepts a shuffled frame silently, so the only way in is the
catalogue's columns in its order. Contributions sum to the raw score: one call gives both the
estimate and its explanation, predict is never called as well (performance.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.calibration import Calibration, probabilities_of, probability_of
from models.reference import Cohort
from models.treeshap import METHOD, Kernel, UnfitError
from profilering.errors import SetupError
from profilering.features import NAMES, FeatureRow
from profilering.risk import LIGHTGBM, Outcome, Risk, Span

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Explained:
    """Calibrated log-odds of n rows, taken apart: `base` + the row's contributions = `log_odds`."""

    log_odds: Floats  # n
    contributions: Floats  # n rows, one column per feature of the catalogue
    base: float


@dataclass(frozen=True, slots=True)
class FittedOutcome:
    """One outcome's booster with its calibration and the cohort it was calibrated on.

    Without a kernel LightGBM explains it.
    """

    outcome: Outcome
    booster: lightgbm.Booster
    calibration: Calibration
    cohort: Cohort
    kernel: Kernel | None = None

    def probabilities(self, matrix: Floats, *, threads: int = 1) -> Floats:
        """Give n calibrated probabilities without explaining them: to measure many, not to answer one."""
        raw = np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=threads), dtype=np.float64)
        return probabilities_of(self.calibration.log_odds_of_all(raw))

    def explain(self, matrix: Floats, *, threads: int = 1) -> Explained:
        """Explain n rows. A row has the same bits whatever stands around it, on any number of threads."""
        if self.kernel is None:
            return self.explain_by_lightgbm(matrix, threads=threads)
        slope, base = self.calibration.slope, self.calibration.log_odds(self.kernel.base)
        contributions, log_odds = self.kernel.explain(matrix, slope=slope, base=base, threads=threads)
        return Explained(log_odds, contributions, base)

    def explain_by_lightgbm(self, matrix: Floats, *, threads: int = 1) -> Explained:
        """Explain n rows with LightGBM's own contributions: the kernel's oracle, and its stand-in."""
        raw = np.asarray(
            self.booster.predict(matrix, pred_contrib=True, num_threads=threads), dtype=np.float64
        )
        scaled = raw[:, :-1] * self.calibration.slope
        base = self.calibration.log_odds(float(raw[0, -1]))
        # One feature after the other: numpy's own sum changes its order with the shape.
        log_odds = np.full(len(raw), base)
        for column in range(scaled.shape[1]):
            log_odds += scaled[:, column]
        return Explained(log_odds, scaled, base)


@dataclass(frozen=True, slots=True)
class LightgbmModel:
    """The approved pair of models. Implements `profilering.risk.RiskModel`."""

    version: str
    spans: Mapping[str, Span]
    fitted: tuple[FittedOutcome, ...]
    threads: int = 1  # for `risks`: one answers one row soonest, more explain many; the bits are the same
    no_kernel: str = ""  # why LightGBM explains it, where it does

    @property
    def method(self) -> str:
        """How contributions are computed, to the bit."""
        return LIGHTGBM if any(fitted.kernel is None for fitted in self.fitted) else METHOD

    @property
    def explaining(self) -> str:
        """How contributions are computed, for whoever runs the service."""
        kernels = {fitted.kernel.isa.name.lower() for fitted in self.fitted if fitted.kernel is not None}
        return f"{self.method} ({', '.join(kernels) if self.method == METHOD else self.no_kernel})"

    def by(self, method: str) -> "LightgbmModel":
        """The same model, explaining by another method. Raises SetupError where it cannot here."""
        if method == self.method:
            return self
        if method != LIGHTGBM:
            raise SetupError(f"contributions by {method} are asked for, and here is {self.explaining}")
        fitted = tuple(replace(one, kernel=None) for one in self.fitted)
        return replace(self, fitted=fitted, no_kernel="asked for")

    def of(self, outcome: Outcome) -> FittedOutcome:
        """The model of one outcome."""
        return next(fitted for fitted in self.fitted if fitted.outcome is outcome)

    def risks(self, rows: Sequence[FeatureRow]) -> list[tuple[Risk, ...]]:
        """One tuple of risks per row. Raises SetupError for rows of another length than the catalogue."""
        if not rows:
            return []
        matrix = np.array(rows, dtype=np.float64)  # missing becomes NaN
        if matrix.shape[1] != len(NAMES):
            raise SetupError(f"rows have {matrix.shape[1]} values and the catalogue {len(NAMES)}")
        per_outcome = [self._risks_of(fitted, matrix) for fitted in self.fitted]
        return list(zip(*per_outcome, strict=True))

    def _risks_of(self, fitted: FittedOutcome, matrix: Floats) -> list[Risk]:
        explained = fitted.explain(matrix, threads=self.threads)
        everyone = fitted.cohort.everyone()
        rows = zip(explained.log_odds.tolist(), explained.contributions.tolist(), strict=True)
        return [
            Risk(
                outcome=fitted.outcome,
                probability=probability_of(log_odds),
                base_log_odds=explained.base,
                contributions=tuple(contributions),
                alike=fitted.cohort.alike(log_odds),
                everyone=everyone,
                model_version=self.version,
            )
            for log_odds, contributions in rows
        ]


def with_kernels(model: LightgbmModel) -> LightgbmModel:
    """Let the contribution kernel explain a model; where it cannot, LightGBM does, and the model says why."""
    try:
        kernels = [Kernel.of(one.booster.model_to_string(), len(NAMES)) for one in model.fitted]
    except UnfitError as problem:
        return replace(model.by(LIGHTGBM), no_kernel=str(problem))
    fitted = (replace(one, kernel=kernel) for one, kernel in zip(model.fitted, kernels, strict=True))
    return replace(model, fitted=tuple(fitted), no_kernel="")


def booster_of(model_text: str) -> lightgbm.Booster:
    """Parse a LightGBM text model. Only for text whose digest has been verified: the parser is not
    memory-safe (architecture.md). Raises SetupError when it is for other features."""
    booster = lightgbm.Booster(model_str=model_text)
    if booster.num_feature() != len(NAMES):
        raise SetupError(
            f"the model has {booster.num_feature()} features and the catalogue {len(NAMES)}; "
            "train again with this version"
        )
    return booster


def matrix_of(features: pl.DataFrame) -> Floats:
    """The catalogue's columns as LightGBM reads them: float64, missing = NaN.

    Raises SetupError when the columns are others or in another order.
    """
    if tuple(features.columns) != NAMES:
        raise SetupError("features are not the catalogue's columns in its order; use profilering.features")
    return np.ascontiguousarray(features.cast(pl.Float64).to_numpy())
