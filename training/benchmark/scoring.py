"""Fit, calibrate and estimate: every estimate comes from rows that taught neither model nor line."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.calibration import probabilities_of
from profilering.errors import DataError
from training.benchmark.encoder import Encoder, learn_encoder
from training.benchmark.notes import Counts, What
from training.benchmark.spec import PARTS, Spec, Split
from training.benchmark.table import BenchmarkTable
from training.calibrate import fit_calibration
from training.design import Design

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Scorer = Callable[[Design], Floats]  # raw log-odds of n rows
Fitter = Callable[[Design, Floats, Floats | None], Scorer]

FOLDS = 5
"""As the reference figures of the Pennsylvania data were made (data/README.md)."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """Rows that taught neither the model nor the line that calibrated them, and what was said of them."""

    rows: Rows
    probability: Floats


@dataclass(frozen=True, slots=True)
class Measured:
    """The estimates to be measured and, with a time split, those of the part before."""

    later: Estimated
    before: Estimated | None  # the calibration part, each fifth calibrated by the other four
    counts: Counts


@dataclass(frozen=True, slots=True)
class Trial:
    """One kind of model and the table it is tried on."""

    spec: Spec
    table: BenchmarkTable
    fitter: Fitter
    fitted: Callable[[], None]  # called after each fit, for the progress bar

    def fit(self, rows: Rows) -> "_Fitted":
        """Learn codes and model from these rows only."""
        features = self.table.features
        encoder = learn_encoder(self.spec.features, features[rows])
        scorer = self.fitter(encoder.encode(features[rows]), *self.labels(rows))
        self.fitted()
        return _Fitted(encoder, scorer, features)

    def labels(self, rows: Rows) -> tuple[Floats, Floats | None]:
        """Give outcome and weights of these rows.

        Raises DataError if one class is all without weight.
        """
        outcome, weights = self.table.outcome[rows], self.table.weights
        if weights is None:
            return outcome, None
        for value in (0.0, 1.0):
            if not weights[rows][outcome == value].sum() > 0:
                raise DataError(
                    f"{self.spec.file}: column {self.spec.weights}: {rows.size} rows to learn from have no "
                    f"weight where {self.spec.outcome} is {value:.0f}; give some of them weight"
                )
        return outcome, weights[rows]

    def calibrated(self, raw: Floats, *, learn_raw: Floats, learn_rows: Rows) -> Floats:
        """Turn raw scores into probabilities with the line that other rows taught."""
        line = fit_calibration(learn_raw, *self.labels(learn_rows))
        return probabilities_of(line.log_odds_of_all(raw))


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A model with its codes."""

    encoder: Encoder
    scorer: Scorer
    features: pl.DataFrame  # all rows of the table

    def raw(self, rows: Rows) -> Floats:
        """Score these rows, before calibration."""
        return self.scorer(self.encoder.encode(self.features[rows]))

    def counts(self, rows: Rows) -> Counts:
        """Count what is to be noted of these rows."""
        return self.encoder.counts(self.features[rows])


def by_time(trial: Trial, split: Split, *, seed: int) -> Measured:
    """Fit on the first part, calibrate on the second, estimate the third; and the second, cross-fitted."""
    train, calibrate, test = _rows_of_parts(trial, split)
    model = trial.fit(train)
    raw = model.raw(calibrate)
    probability = trial.calibrated(model.raw(test), learn_raw=raw, learn_rows=calibrate)
    before = _calibrated_crosswise(trial, raw, calibrate, seed=seed)
    counts = model.counts(test)
    counts[What.OUTSIDE_SPLIT, trial.spec.time] = trial.table.outcome.size - sum(
        part.size for part in (train, calibrate, test)
    )
    if before is None:
        counts[What.NO_EARLIER_CURVE, trial.spec.time] = calibrate.size
    return Measured(Estimated(test, probability), before, counts)


def _calibrated_crosswise(trial: Trial, raw: Floats, rows: Rows, *, seed: int) -> Estimated | None:
    """Calibrate each fifth of these rows by the other four, so that no line knows the row it is used on.

    None where a fifth would have one class only, or no line fits best.
    """
    outcome = trial.table.outcome[rows]
    if min(outcome.sum(), outcome.size - outcome.sum()) < FOLDS:
        return None
    fold = _dealt(outcome, seed=seed)
    probability = np.zeros(rows.size)
    try:
        for number in range(FOLDS):
            rest = fold != number
            probability[~rest] = trial.calibrated(raw[~rest], learn_raw=raw[rest], learn_rows=rows[rest])
    except DataError:
        return None
    return Estimated(rows, probability)


def _rows_of_parts(trial: Trial, split: Split) -> Iterator[Rows]:
    """Find the rows of each part; refuse a part that is empty or has one class."""
    labels = np.array(trial.table.time_labels)
    for part, wanted in zip(PARTS, (split.train, split.calibrate, split.test), strict=True):
        absent = sorted(set(wanted) - set(labels.tolist()))
        place = f"{trial.spec.file}: column {trial.spec.time}: split.{part}"
        if absent:
            raise DataError(f"{place} lists {absent}, which no row has; correct the split")
        rows = np.flatnonzero(np.isin(labels, wanted))
        if np.unique(trial.table.outcome[rows]).size == 1:
            raise DataError(
                f"{place} has {rows.size} rows with one class of {trial.spec.outcome} only; "
                "both 0 and 1 are needed in each part: give it more values"
            )
        yield rows


def cross_fitted(trial: Trial, *, seed: int) -> Measured:
    """Estimate every row with a model and a calibration that never saw its fold.

    The model that leaves out folds j and k scores k for the calibration of j and the other way
    round, so that ten such models serve all five calibrations.
    """
    outcome = trial.table.outcome
    _check_folds(trial.spec, outcome)
    fold = _dealt(outcome, seed=seed)
    rows_of = [np.flatnonzero(fold == number) for number in range(FOLDS)]
    inner = np.zeros((FOLDS, outcome.size))
    for one, other in combinations(range(FOLDS), 2):
        model = trial.fit(np.flatnonzero((fold != one) & (fold != other)))
        inner[one, rows_of[other]] = model.raw(rows_of[other])
        inner[other, rows_of[one]] = model.raw(rows_of[one])
    probability = np.zeros(outcome.size)
    counts: Counts = Counter()
    for number, rows in enumerate(rows_of):
        rest = np.flatnonzero(fold != number)
        model = trial.fit(rest)
        probability[rows] = trial.calibrated(model.raw(rows), learn_raw=inner[number, rest], learn_rows=rest)
        counts += model.counts(rows)
    return Measured(Estimated(np.arange(outcome.size), probability), None, counts)


def _check_folds(spec: Spec, outcome: Floats) -> None:
    for value in (0.0, 1.0):
        members = int((outcome == value).sum())
        if members < FOLDS:
            raise DataError(
                f"{spec.file}: column {spec.outcome}: {members} rows are {value:.0f}, so a fold "
                f"would have one class only; at least {FOLDS} of each are needed"
            )


def _dealt(outcome: Floats, *, seed: int) -> NDArray[np.intp]:
    """Deal the rows of each class to five folds at random, as evenly as can be."""
    generator = np.random.default_rng(seed)
    fold = np.zeros(outcome.size, dtype=np.intp)
    for value in (0.0, 1.0):
        members = np.flatnonzero(outcome == value)
        fold[generator.permutation(members)] = np.arange(members.size) % FOLDS
    return fold
