"""Which of two published models is better on people neither has learnt from, and what it would change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from profilering.errors import CallerError
from profilering.policy import Policy
from profilering.risk import Outcome
from training.evaluation.bootstrap import Interval, numbered
from training.evaluation.comparison import Comparison, compare_models
from training.extract import Extract
from training.nav_config import NavConfig
from training.prepare import Prepared, prepare
from training.registreringer import registreringer_of
from training.release.changes import Changes, changes_of
from training.release.contender import Contender, Floats, ModelName, estimates_of, proposed_by

FIRST, SECOND = "A", "B"

FIGURES = ("auc", "brier", "log_loss", "ece", "mean_estimate")
"""What two models are told apart by; the run's own report has the rest."""


@dataclass(frozen=True, slots=True)
class FigurePair:
    """One figure of both models, and the second minus the first on the same resamples."""

    first: Interval
    second: Interval
    difference: Interval | None  # None where neither value is the better one


@dataclass(frozen=True, slots=True)
class OutcomeComparison:
    """Both models' figures on the people for whom the outcome is defined."""

    n: int  # registreringer
    persons: int
    base: float  # share with the outcome
    figures: Mapping[str, FigurePair]


@dataclass(frozen=True, slots=True)
class BundleComparison:
    """Two bundles on the test period of one extract: figures per outcome, and whose forslag changes."""

    first: ModelName
    second: ModelName
    fra: date  # of the test period, [fra, til)
    til: date
    synthetic: bool
    notes: tuple[str, ...]
    outcomes: Mapping[Outcome, OutcomeComparison]
    forslag: Changes


def compare(
    contenders: tuple[Contender, Contender],
    extract: Extract,
    config: NavConfig,
    policy: Policy,
    *,
    seed: int,
    bootstraps: int,
    threads: int,
) -> BundleComparison:
    """Measure two models on the test side of `config`, with paired 95 % intervals, and count the changes.

    Raises CallerError when a model has learnt from that period, or nobody is in it.
    """
    first, second = contenders
    for name, contender in ((FIRST, first), (SECOND, second)):
        _refuse_if_learnt(name, contender, config)
    prepared = prepare(extract, config)
    rows = prepared.split.test
    if not rows.size:
        raise CallerError(
            f"nobody is measured from {config.deling.test_fra} to {config.deling.test_til}; give a --config "
            "whose test period is in this extract"
        )
    features, asked = prepared.features[rows], prepared.registreringer[rows]
    people = registreringer_of(asked, extract)
    estimates = {
        name: estimates_of(contender.model, features, threads=threads)
        for name, contender in ((FIRST, first), (SECOND, second))
    }
    ours = proposed_by(first.model, estimates[FIRST], people, features, policy)
    theirs = proposed_by(second.model, estimates[SECOND], people, features, policy)
    return BundleComparison(
        first=first.name,
        second=second.name,
        fra=config.deling.test_fra,
        til=config.deling.test_til,
        synthetic=extract.synthetic or first.synthetic or second.synthetic,
        notes=tuple(_notes(first, second)),
        outcomes={
            outcome: _measured(
                prepared,
                outcome,
                {name: by_outcome[outcome] for name, by_outcome in estimates.items()},
                seed=seed,
                bootstraps=bootstraps,
                threads=threads,
            )
            for outcome in Outcome
        },
        forslag=changes_of(ours.forslag, theirs.forslag, numbered(asked["person_id"].to_list())),
    )


def _refuse_if_learnt(name: str, contender: Contender, config: NavConfig) -> None:
    """A model knows the outcomes of those it learnt from, and would look better than it is."""
    learnt, tested = contender.config.deling.laer_til, config.deling.test_fra
    if learnt > tested:
        raise CallerError(
            f"model {name} ({contender.name.version}) has learnt from registreringer until {learnt}, "
            f"the test period begins {tested}; give a --config with a later test period"
        )


def _notes(first: Contender, second: Contender) -> list[str]:
    """What the reader must know to read the figures."""
    notes = []
    if (first.config.seed, first.config.deling) != (second.config.seed, second.config.deling):
        notes.append(
            "Modellene har ikke delt personene likt. Noen som måles her, kan den ene modellen ha lært av "
            "ved en tidligere registrering."
        )
    if first.config.utfall != second.config.utfall:
        notes.append("Modellene har ikke talt utfallene likt. Her er de talt likt.")
    return notes


def _measured(
    prepared: Prepared,
    outcome: Outcome,
    estimates: Mapping[str, Floats],
    *,
    seed: int,
    bootstraps: int,
    threads: int,
) -> OutcomeComparison:
    rows = prepared.split.test
    happened = prepared.outcome(outcome)[rows]
    defined = np.flatnonzero(~np.isnan(happened))
    found = compare_models(
        happened[defined],
        {name: estimate[defined] for name, estimate in estimates.items()},
        numbered(prepared.registreringer["person_id"][rows[defined]].to_list()),
        candidate=SECOND,
        seed=seed,
        bootstraps=bootstraps,
        threads=threads,
    )
    base = found.models[FIRST].metrics.base
    return OutcomeComparison(
        defined.size, found.persons, base, {figure: _pair(found, figure) for figure in FIGURES}
    )


def _pair(found: Comparison, figure: str) -> FigurePair:
    first, second = found.models[FIRST], found.models[SECOND]
    return FigurePair(first.intervals[figure], second.intervals[figure], first.gain.get(figure))
