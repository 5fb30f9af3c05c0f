"""Run a benchmark: a boosted model and a logistic one, fitted and calibrated on equal terms."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from training.baselines import fit_logistic
from training.benchmark.notes import What, group_notes, notes_of
from training.benchmark.result import Before, BenchmarkResult, ModelResult, Progress
from training.benchmark.scoring import (
    FOLDS,
    Estimated,
    Fitter,
    Floats,
    Measured,
    Scorer,
    Trial,
    by_time,
    cross_fitted,
)
from training.benchmark.spec import Spec
from training.benchmark.table import BenchmarkTable, read_table
from training.design import Design
from training.evaluation.bootstrap import Interval
from training.evaluation.evaluate import Metrics, calibration_curve, evaluate, paired_difference
from training.fairness.fairness import Fairness, measure_fairness
from training.fairness.groups import threshold_of_top
from training.fit import REFERENCE_PARAMS, fit_lightgbm, raw_log_odds

BOOTSTRAPS = 1_000
"""Moves the ends of a 95 % interval by about a twentieth of its width from seed to seed."""

FLAGGED_SHARE = 0.25
"""The group table flags the quarter with the highest estimates, the share `recall_at_25` speaks of."""


def run_benchmark(
    spec: Spec,
    data_dir: Path,
    *,
    seed: int,
    threads: int,
    progress: Progress,
    bootstraps: int = BOOTSTRAPS,
) -> BenchmarkResult:
    """Fit, calibrate and measure both models on the table of a spec.

    With `split` in time: fitted on train, calibrated on calibrate, measured on test. Without:
    five-fold cross-fitting, where the calibration too is learnt outside the fold it is used on.

    Raises CallerError for the spec's faults, DataError for the table's, each named.
    """
    table = read_table(spec, data_dir)
    fitters = _fitters(seed=seed, threads=threads)
    fits = 1 if spec.split else FOLDS + FOLDS * (FOLDS - 1) // 2
    steps = _Steps(progress, total=len(fitters) * (fits + 1) + 1)
    steps.finished("read")
    measuring = _Measuring(table, seed=seed, bootstraps=bootstraps, threads=threads)
    measured: dict[str, Measured] = {}
    models = []
    for name, fitter in fitters.items():
        trial = Trial(spec, table, fitter, partial(steps.finished, f"fit {name}"))
        measured[name] = (
            by_time(trial, spec.split, seed=seed) if spec.split else cross_fitted(trial, seed=seed)
        )
        models.append(measuring.model(name, measured[name]))
        steps.finished(f"evaluate {name}")
    return _result(spec.name, measuring, measured, tuple(models))


@dataclass(slots=True)
class _Steps:
    """Counts the steps of a run for the caller's progress bar."""

    progress: Progress
    total: int
    done: int = 0

    def finished(self, what: str) -> None:
        self.done += 1
        self.progress(what, self.done, self.total)


def _fitters(*, seed: int, threads: int) -> dict[str, Fitter]:
    """Name the models that are compared, the candidate first."""

    def lightgbm(design: Design, outcome: Floats, weights: Floats | None) -> Scorer:
        text = fit_lightgbm(design, outcome, weights, REFERENCE_PARAMS, seed=seed, threads=threads)
        return lambda other: raw_log_odds(text, other, threads=threads)

    def logistic(design: Design, outcome: Floats, weights: Floats | None) -> Scorer:
        return fit_logistic(design, outcome, weights).log_odds

    return {"lightgbm": lightgbm, "logistic": logistic}


@dataclass(frozen=True, slots=True)
class _Measuring:
    """The table and how it is resampled, the same for every model."""

    table: BenchmarkTable
    seed: int
    bootstraps: int
    threads: int

    def model(self, name: str, measured: Measured) -> ModelResult:
        """Measure one model on its rows, by group, and on the part it was calibrated on."""
        before = measured.before
        return ModelResult(
            model=name,
            metrics=self.metrics(measured.later),
            curve=calibration_curve(*self.arrays(measured.later)),
            fairness=self.fairness(measured.later),
            before=Before(self.metrics(before), calibration_curve(*self.arrays(before))) if before else None,
        )

    def metrics(self, estimated: Estimated) -> Metrics:
        return evaluate(*self.arrays(estimated), seed=self.seed, bootstraps=self.bootstraps)

    def fairness(self, estimated: Estimated) -> Fairness:
        outcome, probability, weights = self.arrays(estimated)
        columns = self.table.protected
        return measure_fairness(
            {column: [values[row] for row in estimated.rows] for column, values in columns.items()},
            outcome,
            probability,
            np.arange(outcome.size),  # nobody is known to stand behind two rows
            weights,
            threshold=threshold_of_top(FLAGGED_SHARE, probability, weights),
            seed=self.seed,
            bootstraps=self.bootstraps,
            threads=self.threads,
        )

    def gain(self, candidate: Estimated, baseline: Estimated) -> Interval:
        outcome, probability, weights = self.arrays(candidate)
        return paired_difference(
            outcome,
            probability,
            baseline.probability,
            weights,
            seed=self.seed,
            bootstraps=self.bootstraps,
        )

    def arrays(self, estimated: Estimated) -> tuple[Floats, Floats, Floats | None]:
        """Give outcome, estimate and weights of the rows."""
        weights = self.table.weights
        own = None if weights is None else weights[estimated.rows]
        return self.table.outcome[estimated.rows], estimated.probability, own


def _result(
    name: str, measuring: _Measuring, measured: dict[str, Measured], models: tuple[ModelResult, ...]
) -> BenchmarkResult:
    """Compare the models and gather all that was found."""
    candidate, baseline = measured["lightgbm"], measured["logistic"]
    counts = Counter(candidate.counts)
    counts[What.IDENTICAL_ROWS, None] = measuring.table.identical
    return BenchmarkResult(
        name=name,
        n=candidate.later.rows.size,
        base=models[0].metrics.base,
        models=models,
        auc_gain=measuring.gain(candidate.later, baseline.later),
        notes=(*notes_of(counts), *group_notes(models[0].fairness)),
    )
