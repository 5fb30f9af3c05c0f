"""AUC beside the reference run of the synthetic population, on its two splits and both outcomes.

The figures prove that the machinery is put together right; they say nothing of Norway.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.calibration import probabilities_of
from profilering.risk import Outcome
from training.audit import true_probability
from training.baselines import fit_logistic
from training.evaluation.evaluate import evaluate
from training.extract import read_extract
from training.fit import fit_lightgbm, raw_log_odds
from training.judging.subject import rule_results
from training.nav_config import read_nav_config
from training.prepare import Prepared, prepare
from training.registreringer import registreringer_of
from training.split import Rows, keyed_shares, split_by_person

Floats = NDArray[np.float64]

ALLOWED_LOSS = 0.005
"""How far below the reference run an AUC may lie (the reach of the first milestone)."""

REFERENCE = {
    ("time", Outcome.LANGVARIG_STOENAD): 0.777,
    ("time", Outcome.HELSERELATERT_YTELSE): 0.823,
    ("random", Outcome.LANGVARIG_STOENAD): 0.767,
    ("random", Outcome.HELSERELATERT_YTELSE): 0.822,
}
"""AUC of LightGBM in the reference run with 200,000 persons (synthetic population, section 13)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One split and outcome: AUC of each model on the test side, and what the reference run had."""

    split: str
    outcome: Outcome
    n_train: int
    n_test: int
    auc: dict[str, float]
    ece: float
    reference: float

    @property
    def reached(self) -> bool:
        """Whether LightGBM lies at most ALLOWED_LOSS below the reference run."""
        return self.auc["lightgbm"] >= self.reference - ALLOWED_LOSS

    def __str__(self) -> str:
        figures = "  ".join(f"{name} {auc:.3f}" for name, auc in self.auc.items())
        verdict = "reached" if self.reached else "NOT REACHED"
        return (
            f"{self.split:<6} {self.outcome.value:<21} n {self.n_train:>6}/{self.n_test:<6} {figures}  "
            f"ECE {self.ece:.3f}  reference {self.reference:.3f} {verdict}"
        )


def compare_with_reference(register: Path) -> list[Line]:
    """Fit as the reference run did (uncalibrated) and measure beside it."""
    config = read_nav_config()
    extract = read_extract(register)
    prepared = prepare(extract, config)
    rule = rule_results(registreringer_of(prepared.registreringer, extract))
    lines = []
    for split, (train, test) in (("time", _by_time(prepared)), ("random", _by_person(prepared))):
        for outcome in Outcome:
            sides = prepared.defined(outcome, train), prepared.defined(outcome, test)
            lines.append(_line(split, outcome, prepared, rule, register, *sides))
    return lines


def _by_time(prepared: Prepared) -> tuple[Rows, Rows]:
    """Train to 2020-12, test 2022-07 to 2024-06, no person in both."""
    days = prepared.registreringer["registrert"]
    early = (days < date(2021, 1, 1)).to_numpy()
    late = ((days >= date(2022, 7, 1)) & (days < date(2024, 7, 1))).to_numpy()
    people = prepared.registreringer["person_id"]
    both = people.is_in(people.filter(early).implode()) & people.is_in(people.filter(late).implode())
    to_train = (keyed_shares(people, "reference") < 0.5).to_numpy()
    shared = both.to_numpy()
    return np.flatnonzero(early & (~shared | to_train)), np.flatnonzero(late & (~shared | ~to_train))


def _by_person(prepared: Prepared) -> tuple[Rows, Rows]:
    return split_by_person(prepared.registreringer, 0.7, seed=7)


def _line(
    split: str,
    outcome: Outcome,
    prepared: Prepared,
    rule: NDArray[np.str_],
    register: Path,
    train: Rows,
    test: Rows,
) -> Line:
    happened = prepared.outcome(outcome)
    config = read_nav_config()
    learnt, unseen = prepared.design.take(train), prepared.design.take(test)
    text = fit_lightgbm(learnt, happened[train], None, config.lightgbm, seed=config.seed, threads=2)
    ours = probabilities_of(raw_log_odds(text, unseen, threads=2))
    truth = true_probability(register, prepared.registreringer["periode_id"][test], outcome)
    estimates = {
        "lightgbm": ours,
        "logistic": fit_logistic(learnt, happened[train], None).probability(unseen),
        "rule": _shares(rule, happened, train)[test],
        "truth": truth if truth is not None else ours,
    }
    metrics = {k: evaluate(happened[test], e, None, seed=7, bootstraps=1) for k, e in estimates.items()}
    auc = {name: m.auc for name, m in metrics.items()}
    return Line(
        split, outcome, len(train), len(test), auc, metrics["lightgbm"].ece, REFERENCE[split, outcome]
    )


def _shares(rule: NDArray[np.str_], happened: Floats, train: Rows) -> Floats:
    """How often each result of NAV's rule was followed by the outcome on the training side."""
    estimate = np.zeros(len(rule))
    for result in np.unique(rule):
        estimate[rule == result] = happened[train][rule[train] == result].mean()
    return estimate
