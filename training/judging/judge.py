"""From a fitted candidate to a verdict: everything measured, the card written, every gate tried."""

from collections.abc import Callable
from dataclasses import dataclass

from models.lightgbm_model import LightgbmModel
from models.text_file import text_approvals
from profilering.risk import Outcome
from training.about import About
from training.candidate import Candidate
from training.data_notes import (
    days_between_extract_and_newest_fact,
    notes_of,
    open_horizons,
    persons_on_two_sides,
)
from training.fit import THREADS
from training.judging.as_of import rows_that_looked_ahead
from training.judging.consequences import consequences_of
from training.judging.examine import Checks, examine, variants_of
from training.judging.level import measure_level
from training.judging.measure import APPROVED, CANDIDATE, RULE, TRUTH, Measured, measure
from training.judging.subject import Subject
from training.refits import refit_all
from training.release.gates import GateResult, OutcomeFigures, Soundness, check_gates
from training.release.limits import GateConfig
from training.reporting.card import Card, card_report, missing_in
from training.reporting.nav_card import card_of
from training.reporting.nav_report import Findings, gates_section
from training.reporting.report import Report
from training.tune import Tuned


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with all that was found of it."""

    findings: Findings
    card: Report  # the model card as a page
    gates: tuple[GateResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every gate holds."""
        return all(gate.bestaatt for gate in self.gates)


def judge(
    candidate: Candidate,
    subject: Subject,
    about: About,
    limits: GateConfig,
    *,
    approved: LightgbmModel | None,
    tuned: Tuned | None = None,
    told: Callable[[str], None],
) -> Judged:
    """Measure a candidate, compare it with what could as well have been, and hold it to the gates.

    `tuned` is how its parameters were found, where they were searched for. `told` is called with each
    stage. Raises DataError when a side cannot be measured at all.
    """
    model, config = candidate.model, subject.config
    notes = notes_of(subject.prepared)
    told("mål")
    prepared = subject.prepared
    measured = {
        outcome: measure(model, subject, outcome, approved=approved, threads=THREADS) for outcome in Outcome
    }
    level = measure_level(
        prepared,
        subject.extract,
        config,
        lambda outcome, rows: model.of(outcome).probabilities(prepared.design.values[rows], threads=THREADS),
    )
    looked_ahead = rows_that_looked_ahead(prepared, subject.extract)
    told("sammenlign med like gode modeller")
    fitted = refit_all(prepared, config, variants_of(subject), subject.test, threads=THREADS)
    examination = examine(model, subject, fitted)
    consequences = consequences_of(model, subject, threads=THREADS)
    findings = Findings(
        model.version, subject, measured, examination, level, notes, about, tuned, consequences
    )
    card = card_of(findings, limits, text_approvals())
    figures = {o: outcome_figures(m, examination.checks[o]) for o, m in measured.items()}
    same = dict(examination.made_again) == candidate.texts
    soundness = _soundness(subject, card, looked_ahead, same_digest=same)
    gates = check_gates(figures, soundness, limits)
    return Judged(findings, card_report(card, gates_section(gates)), gates)


def outcome_figures(measured: Measured, checks: Checks) -> OutcomeFigures:
    """What the gates ask of one outcome."""
    models = measured.test.models
    best = checks.single[0]
    return OutcomeFigures(
        held_out=measured.held_out.models[CANDIDATE].metrics,
        test=models[CANDIDATE].metrics,
        rule_auc=models[RULE].metrics.auc,
        truth_auc=models[TRUTH].metrics.auc if TRUTH in models else None,
        lost_to_approved=models[APPROVED].gain["auc"].low if APPROVED in models else None,
        best_single=(best.name, best.auc),
        permuted_auc=checks.permuted_auc,
        fairness=measured.fairness,
        monotone_pairs=measured.explanations.monotone.pairs,
        monotone_breaches=measured.explanations.monotone.violations,
        largest_sum_error=measured.largest_sum_error,
    )


def _soundness(
    subject: Subject, card: Card, looked_ahead: tuple[int, int], *, same_digest: bool
) -> Soundness:
    prepared, extract, config = subject.prepared, subject.extract, subject.config
    differing, redone = looked_ahead
    return Soundness(
        open_horizons=open_horizons(prepared, extract, config),
        days_without_news=days_between_extract_and_newest_fact(extract),
        on_two_sides=persons_on_two_sides(prepared),
        looked_ahead=differing,
        redone=redone,
        same_digest=same_digest,
        missing_in_card=missing_in(card),
    )
