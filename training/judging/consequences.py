"""What the policy means for a later cohort: each setting of its thresholds, and those it gives no forslag."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.lightgbm_model import LightgbmModel
from profilering.risk import Outcome
from training.judging.abstentions import Abstention, abstentions
from training.judging.settings import SettingTable, work_out
from training.judging.subject import Subject


@dataclass(frozen=True, slots=True)
class Consequences:
    """Of the subject's policy with one model, on the test side."""

    settings: Mapping[Outcome, SettingTable]
    abstentions: tuple[Abstention, ...]  # everybody first, then each group


def consequences_of(model: LightgbmModel, subject: Subject, *, threads: int) -> Consequences:
    """Work out both on everybody of the later cohorts, also those without a defined outcome."""
    prepared, rows = subject.prepared, subject.test
    persons, columns = subject.persons(rows), subject.columns(rows)
    matrix = prepared.design.values[rows]
    estimates = {o: model.of(o).probabilities(matrix, threads=threads) for o in Outcome}
    return Consequences(
        settings={
            outcome: work_out(
                outcome,
                prepared.outcome(outcome)[rows],
                subject.before,
                estimates,
                subject.policy,
                columns,
                persons,
            )
            for outcome in Outcome
        },
        abstentions=abstentions(
            subject.before.fixed,
            columns,
            persons,
            seed=subject.config.seed,
            bootstraps=subject.config.evaluering.omtrekk,
            threads=threads,
        ),
    )
