"""Measure a model beside what there is today, what is simpler, and (synthetic) the truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from models.lightgbm_model import FittedOutcome, LightgbmModel
from profilering.risk import Outcome
from training.audit import true_probability
from training.candidate import fit_logistic_beside
from training.evaluation.by_year import CalibrationByYear, calibration_by_year
from training.evaluation.capacity import CapacityView, capacity_view
from training.evaluation.comparison import Comparison, compare_models
from training.evaluation.decision import DecisionCurves, decision_curves
from training.evaluation.evaluate import CurveBin, calibration_curve
from training.evaluation.metrics import log_odds_of
from training.explanations.quality import ExplanationQuality, explain_quality
from training.fairness.fairness import Fairness, measure_fairness
from training.fairness.groups import threshold_of_top
from training.judging.coverage import Coverage, coverage_of
from training.judging.subject import Subject
from training.split import Rows

Floats = NDArray[np.float64]

CANDIDATE, LOGISTIC, RULE, APPROVED, TRUTH = (
    "lightgbm",
    "logistisk",
    "dagens_regel",
    "godkjent",
    "sannhet",
)
"""The models that are compared; `godkjent` is the one that answers today, where there is one."""
SUM_ROWS = 500
"""Rows whose contributions are added up; every golden row is checked at each load besides."""


class Draws(TypedDict):
    """How every figure of a run is resampled: the same draws of the same persons."""

    seed: int
    bootstraps: int
    threads: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One outcome's figures on people held out of the calibration (`held_out`) and later (`test`)."""

    held_out: Comparison
    test: Comparison
    curves: Mapping[str, tuple[CurveBin, ...]]  # of the candidate: `held_out`, `test`
    by_year: CalibrationByYear
    decision: DecisionCurves
    capacity: CapacityView
    fairness: Fairness
    explanations: ExplanationQuality
    largest_sum_error: float  # log-odds
    coverage: Coverage | None  # of the intervals people are shown; None: too few people


def measure(
    model: LightgbmModel, subject: Subject, outcome: Outcome, *, approved: LightgbmModel | None, threads: int
) -> Measured:
    """Measure one outcome of a model. `approved` is measured beside it, where there is one."""
    prepared, seed = subject.prepared, subject.config.seed
    held_out = prepared.defined(outcome, prepared.split.held_out)
    test = prepared.defined(outcome, prepared.split.test)
    happened = prepared.outcome(outcome)
    fitted = model.of(outcome)
    estimates = _estimates(fitted, approved, subject, np.concatenate([held_out, test]), threads=threads)
    on_held_out = {name: estimate[: held_out.size] for name, estimate in estimates.items()}
    on_test = {name: estimate[held_out.size :] for name, estimate in estimates.items()}
    persons = subject.persons(test)
    draws = Draws(seed=seed, bootstraps=subject.config.evaluering.omtrekk, threads=threads)
    ours, columns = on_test[CANDIDATE], subject.columns(test)
    years = prepared.registreringer["registrert"].gather(test).dt.year().to_numpy()
    return Measured(
        held_out=compare_models(happened[held_out], on_held_out, subject.persons(held_out), **draws),
        test=compare_models(happened[test], on_test, persons, **draws),
        curves={
            "held_out": calibration_curve(happened[held_out], on_held_out[CANDIDATE], None),
            "test": calibration_curve(happened[test], ours, None),
        },
        by_year=calibration_by_year(happened[test], ours, years, persons, **draws),
        decision=decision_curves(happened[test], on_test, persons, **draws),
        capacity=capacity_view(happened[test], ours, columns, persons, **draws),
        fairness=measure_fairness(
            columns,
            happened[test],
            ours,
            persons,
            threshold=threshold_of_top(subject.config.evaluering.andel_flagget, ours, None),
            **draws,
        ),
        explanations=explain_quality(
            fitted,
            prepared.design.values[test],
            prepared.design.take(prepared.defined(outcome, prepared.split.train)),
            happened[prepared.defined(outcome, prepared.split.train)],
            two_ways=subject.config.evaluering.to_maater,
            seed=seed,
            threads=threads,
        ),
        largest_sum_error=largest_sum_error(fitted, prepared.design.values[test[:SUM_ROWS]]),
        coverage=coverage_of(fitted.cohort, log_odds_of(ours), happened[test]),
    )


def largest_sum_error(fitted: FittedOutcome, matrix: Floats) -> float:
    """How far base + contributions lie from the log-odds that LightGBM's own prediction gives."""
    explained = fitted.explain(matrix)
    raw = np.asarray(fitted.booster.predict(matrix, raw_score=True, num_threads=1), dtype=np.float64)
    return float(np.max(np.abs(explained.log_odds - fitted.calibration.log_odds_of_all(raw))))


def _estimates(
    fitted: FittedOutcome, approved: LightgbmModel | None, subject: Subject, rows: Rows, *, threads: int
) -> dict[str, Floats]:
    prepared, outcome = subject.prepared, fitted.outcome
    matrix = prepared.design.values[rows]
    estimates = {
        CANDIDATE: fitted.probabilities(matrix, threads=threads),
        LOGISTIC: fit_logistic_beside(prepared, outcome, rows),
        RULE: estimates_by_rule(subject, outcome, rows),
    }
    if approved is not None:
        estimates[APPROVED] = approved.of(outcome).probabilities(matrix, threads=threads)
    truth = true_probability(subject.register, prepared.registreringer["periode_id"].gather(rows), outcome)
    return estimates if truth is None else {**estimates, TRUTH: truth}


def estimates_by_rule(subject: Subject, outcome: Outcome, rows: Rows) -> Floats:
    """NAV's rule of today as an estimate: how often its result was followed by the outcome in training.

    The rule is given the most favourable reading: levels fitted on our own training side.
    """
    prepared, rule = subject.prepared, subject.rule
    train = prepared.defined(outcome, prepared.split.train)
    happened = prepared.outcome(outcome)[train]
    share = {result: float(np.mean(happened[rule[train] == result])) for result in np.unique(rule[train])}
    return np.array([share.get(result, float(np.mean(happened))) for result in rule[rows]])
