"""Measure a candidate beside what there is today, what is simpler, and (synthetic) the truth."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from profilering.nav_regel import dagens_regel
from profilering.risk import Outcome
from training.audit import protected_columns, true_probability
from training.candidate import Candidate, fit_logistic_beside
from training.evaluation.evaluate import CurveBin, Metrics, calibration_curve, evaluate
from training.evaluation.groups import GroupTable, group_table, threshold_of_top
from training.extract import Extract
from training.prepare import Prepared
from training.registreringer import registreringer_of
from training.split import Rows

Floats = NDArray[np.float64]

BOOTSTRAPS = 300
"""Enough for the first two digits of an interval; the full report of a release takes more."""
TOP_SHARE = 0.2
"""Share flagged in the group table, as in the reference results (population.md section 13)."""
SUM_ROWS = 500
"""Rows whose contributions are added up; every golden row is checked at each load besides."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One outcome's figures: per model on people held out of the calibration period, and later.

    Models: `lightgbm`, `logistisk`, `dagens_regel`, and `sannhet` where the register knows it.
    """

    held_out: dict[str, Metrics]
    test: dict[str, Metrics]
    curves: dict[str, tuple[CurveBin, ...]]  # of lightgbm: `held_out`, `test`
    groups: GroupTable | None
    largest_sum_error: float  # log-odds


def measure_all(
    candidate: Candidate, prepared: Prepared, extract: Extract, register: Path, *, seed: int
) -> dict[Outcome, Measured]:
    """Measure both outcomes of a candidate on the two sides it was not fitted on."""
    rule = rule_results(prepared, extract)
    return {outcome: _measure(candidate, prepared, rule, register, outcome, seed) for outcome in Outcome}


def rule_results(prepared: Prepared, extract: Extract) -> NDArray[np.str_]:
    """What NAV's rule of today says of every row, one person at a time."""
    people = registreringer_of(prepared.registreringer, extract)
    return np.array([dagens_regel(person).value for person in people])


def _measure(
    candidate: Candidate,
    prepared: Prepared,
    rule: NDArray[np.str_],
    register: Path,
    outcome: Outcome,
    seed: int,
) -> Measured:
    held_out = prepared.defined(outcome, prepared.split.held_out)
    test = prepared.defined(outcome, prepared.split.test)
    happened = prepared.outcome(outcome)
    both = _estimates(candidate, prepared, rule, register, outcome, np.concatenate([held_out, test]))
    on_held_out = {name: estimate[: len(held_out)] for name, estimate in both.items()}
    on_test = {name: estimate[len(held_out) :] for name, estimate in both.items()}
    return Measured(
        held_out=_metrics(happened[held_out], on_held_out, seed),
        test=_metrics(happened[test], on_test, seed),
        curves={
            "held_out": calibration_curve(happened[held_out], on_held_out["lightgbm"], None),
            "test": calibration_curve(happened[test], on_test["lightgbm"], None),
        },
        groups=_groups(prepared, register, test, happened[test], on_test["lightgbm"]),
        largest_sum_error=_largest_sum_error(candidate, prepared, outcome, test[:SUM_ROWS]),
    )


def _metrics(happened: Floats, estimates: dict[str, Floats], seed: int) -> dict[str, Metrics]:
    return {
        name: evaluate(happened, estimate, None, seed=seed, bootstraps=BOOTSTRAPS)
        for name, estimate in estimates.items()
    }


def _estimates(
    candidate: Candidate,
    prepared: Prepared,
    rule: NDArray[np.str_],
    register: Path,
    outcome: Outcome,
    rows: Rows,
) -> dict[str, Floats]:
    estimates = {
        "lightgbm": candidate.model.of(outcome).probabilities(prepared.design.values[rows], threads=2),
        "logistisk": fit_logistic_beside(prepared, outcome, rows),
        "dagens_regel": _rule_estimates(prepared, rule, outcome, rows),
    }
    truth = true_probability(register, prepared.registreringer["periode_id"][rows], outcome)
    return estimates if truth is None else {**estimates, "sannhet": truth}


def _rule_estimates(prepared: Prepared, rule: NDArray[np.str_], outcome: Outcome, rows: Rows) -> Floats:
    """NAV's rule of today as an estimate: how often its result was followed by the outcome in training.

    The rule is given the most favourable reading: levels fitted on our own training side.
    """
    train = prepared.defined(outcome, prepared.split.train)
    happened = prepared.outcome(outcome)[train]
    share = {result: float(np.mean(happened[rule[train] == result])) for result in np.unique(rule[train])}
    return np.array([share.get(result, float(np.mean(happened))) for result in rule[rows]])


def _groups(
    prepared: Prepared, register: Path, rows: Rows, happened: Floats, estimate: Floats
) -> GroupTable | None:
    columns = protected_columns(register, prepared.registreringer["person_id"][rows])
    if not columns:
        return None
    alder = pl.col("alder")
    younger = pl.when(alder < 30).then(pl.lit("under 30")).when(alder < 55).then(pl.lit("30–54"))
    age_group = prepared.features[rows].select(younger.otherwise(pl.lit("55 og over"))).to_series().to_list()
    fylke = prepared.registreringer["fylke"][rows].to_list()
    threshold = threshold_of_top(TOP_SHARE, estimate, None)
    all_columns = {**columns, "alder": age_group, "fylke": fylke}
    return group_table(all_columns, happened, estimate, None, threshold=threshold)


def _largest_sum_error(candidate: Candidate, prepared: Prepared, outcome: Outcome, rows: Rows) -> float:
    """How far base + contributions lie from the log-odds that LightGBM's own prediction gives."""
    fitted = candidate.model.of(outcome)
    matrix = prepared.design.values[rows]
    explained = fitted.explain(matrix)
    raw = np.asarray(fitted.booster.predict(matrix, raw_score=True, num_threads=1), dtype=np.float64)
    return float(np.max(np.abs(explained.log_odds - fitted.calibration.log_odds_of_all(raw))))
