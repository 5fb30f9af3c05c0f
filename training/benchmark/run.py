"""Run a benchmark: a boosted model and a logistic one, fitted and calibrated on equal terms."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from training.baselines import fit_logistic
from training.benchmark.result import BenchmarkResult, ModelResult, Progress, UnseenCategories
from training.benchmark.scoring import FOLDS, Fitter, Floats, Measured, Scorer, Trial, by_time, cross_fitted
from training.benchmark.spec import Spec
from training.benchmark.table import BenchmarkTable, read_table
from training.design import Design
from training.evaluation.evaluate import calibration_curve, evaluate, paired_difference
from training.evaluation.groups import group_table, threshold_of_top
from training.fit import REFERENCE_PARAMS, fit_lightgbm, raw_log_odds

BOOTSTRAPS = 1_000
"""Moves the ends of a 95 % interval by about a twentieth of its width from seed to seed."""

FLAGGED_SHARE = 0.25
"""The group table flags the quarter with the highest estimates, the share `recall_at_25` speaks of."""


def run_benchmark(
    spec: Spec, data_dir: Path, *, seed: int, threads: int, progress: Progress
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
    measured: dict[str, Measured] = {}
    models = []
    for name, fitter in fitters.items():
        trial = Trial(spec, table, fitter, partial(steps.finished, f"fit {name}"))
        measured[name] = by_time(trial, spec.split) if spec.split else cross_fitted(trial, seed=seed)
        models.append(_model_result(name, table, measured[name], seed=seed))
        steps.finished(f"evaluate {name}")
    return _result(spec, table, measured, tuple(models), seed=seed)


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


def _model_result(name: str, table: BenchmarkTable, measured: Measured, *, seed: int) -> ModelResult:
    """Measure one model on its rows, and by group."""
    rows, probability = measured.rows, measured.probability
    outcome = table.outcome[rows]
    weights = None if table.weights is None else table.weights[rows]
    protected = {column: [values[row] for row in rows] for column, values in table.protected.items()}
    threshold = threshold_of_top(FLAGGED_SHARE, probability, weights)
    return ModelResult(
        model=name,
        metrics=evaluate(outcome, probability, weights, seed=seed, bootstraps=BOOTSTRAPS),
        curve=calibration_curve(outcome, probability, weights),
        groups=group_table(protected, outcome, probability, weights, threshold=threshold),
    )


def _result(
    spec: Spec,
    table: BenchmarkTable,
    measured: dict[str, Measured],
    models: tuple[ModelResult, ...],
    *,
    seed: int,
) -> BenchmarkResult:
    """Compare the models and gather all that was found."""
    candidate, baseline = measured["lightgbm"], measured["logistic"]
    weights = None if table.weights is None else table.weights[candidate.rows]
    gain = paired_difference(
        table.outcome[candidate.rows],
        candidate.probability,
        baseline.probability,
        weights,
        seed=seed,
        bootstraps=BOOTSTRAPS,
    )
    counts = zip(spec.features, candidate.unseen, strict=True)
    return BenchmarkResult(
        name=spec.name,
        n=candidate.rows.size,
        base=models[0].metrics.base,
        left_out=candidate.left_out,
        models=models,
        auc_gain=gain,
        unseen=tuple(UnseenCategories(column.name, count) for column, count in counts if count),
    )
