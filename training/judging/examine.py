"""Hold a candidate against the models that could as well have been chosen.

Seeds and drawn people show whose forslag hangs on chance; a theme left out shows what it is worth;
labels dealt out anew and people drawn regardless of time show what the figures would be worth if
something had leaked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.lightgbm_model import LightgbmModel, booster_of
from profilering.features import CATALOGUE
from profilering.risk import Outcome
from training.evaluation.bootstrap import Interval
from training.evaluation.comparison import Comparison, compare_models
from training.evaluation.contested import Contested, widest_gaps
from training.evaluation.metrics import prepare_auc
from training.evaluation.sentinels import SingleFeature, single_features
from training.explanations.themes import same_leading_theme
from training.fit import THREADS
from training.judging.forslag import Codes, proposed_on
from training.judging.stability import Flips, Stability, flips_of, stability_of
from training.judging.subject import Subject
from training.refits import Refit, Variant, drawn_persons
from training.split import Rows, split_by_person

Floats = NDArray[np.float64]

FIRST_SHARE = 0.7
"""Of the persons when time is not respected, as in the reference run (population.md, section 13)."""
EXPLAINED_ROWS = 300
"""People whose leading theme is compared between models: a share to within six in a hundred."""
AGAIN, PERMUTED, RANDOM = "laget om igjen", "utfallene stokket", "tilfeldig delt"


@dataclass(frozen=True, slots=True)
class Checks:
    """What refits and single features show of one outcome."""

    contested: tuple[Contested, ...]  # the candidate first
    single: tuple[SingleFeature, ...]  # best first
    permuted_auc: float
    random_auc: float  # people drawn regardless of time: the easier task
    random_n: int


@dataclass(frozen=True, slots=True)
class Examination:
    """What is asked of a candidate as a whole, and of each outcome."""

    stability: Stability
    checks: Mapping[Outcome, Checks]
    made_again: Mapping[Outcome, str]  # the candidate's texts when it is fitted once more


def variants_of(subject: Subject) -> list[Variant]:
    """Every model the configuration asks to set beside the candidate, itself made once more first."""
    config = subject.config
    first, second = split_by_person(subject.prepared.registreringer, FIRST_SHARE, seed=config.seed)
    return [
        Variant(AGAIN, config.seed),
        Variant(PERMUTED, config.seed, permuted=True),
        Variant(RANDOM, config.seed, train=first, measured=second),
        *(Variant(tema, config.seed, without=features_of_tema(tema)) for tema in config.evaluering.omstridte),
        *_alike(subject),
    ]


def examine(model: LightgbmModel, subject: Subject, fitted: Sequence[Refit]) -> Examination:
    """Compare a candidate with the fitted `variants_of` a subject."""
    refits = {refit.variant.name: refit for refit in fitted}
    ours = {o: model.of(o).probabilities(subject.prepared.design.values[subject.test]) for o in Outcome}
    our_forslag = _forslag(subject, ours)
    forslag = {name: _forslag(subject, r.estimates) for name, r in refits.items() if name != RANDOM}
    alike = [(refit, forslag[name]) for name, refit in refits.items() if refit.variant.alike]
    return Examination(
        _stability(model, subject, our_forslag, alike),
        {
            outcome: _checks(subject, outcome, ours[outcome], refits, our_forslag, forslag)
            for outcome in Outcome
        },
        made_again=refits[AGAIN].texts,
    )


def features_of_tema(tema: str) -> frozenset[str]:
    """The features gathered under a theme."""
    return frozenset(feature.name for feature in CATALOGUE if feature.tema == tema)


def _alike(subject: Subject) -> Iterator[Variant]:
    """Models that nobody could call worse: another seed, or other people drawn from the same."""
    config = subject.config
    for number in range(config.evaluering.froe):
        seed = config.seed + 1 + number
        yield Variant(f"frø {seed}", seed, alike=True)
    for number in range(config.evaluering.trukne_kull):
        drawn = drawn_persons(subject.prepared, seed=config.seed + 101 + number)
        yield Variant(f"trukket kull {1 + number}", config.seed, train=drawn, alike=True)


def _forslag(subject: Subject, estimates: Mapping[Outcome, Floats]) -> Codes:
    return proposed_on(subject.before, estimates, subject.policy).forslag


def _stability(
    model: LightgbmModel, subject: Subject, ours: Codes, others: Sequence[tuple[Refit, Codes]]
) -> Stability:
    sample = subject.test[:: max(1, subject.test.size // EXPLAINED_ROWS)]
    matrix = subject.prepared.design.values[sample]
    leading = model.of(Outcome.LANGVARIG_STOENAD).explain(matrix).contributions
    flips: list[tuple[Flips, Codes]] = []
    for refit, codes in others:
        same = same_leading_theme(leading, _contributions(refit, matrix))
        flips.append((flips_of(refit.variant.name, ours, codes, same_theme=same), codes))
    return stability_of(ours, flips, subject.columns(subject.test))


def _contributions(refit: Refit, matrix: Floats) -> Floats:
    booster = booster_of(refit.texts[Outcome.LANGVARIG_STOENAD])
    raw = np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=THREADS), dtype=np.float64)
    return raw[:, :-1] * refit.slopes[Outcome.LANGVARIG_STOENAD]


def _checks(
    subject: Subject,
    outcome: Outcome,
    ours: Floats,
    refits: Mapping[str, Refit],
    our_forslag: Codes,
    forslag: Mapping[str, Codes],
) -> Checks:
    prepared, config = subject.prepared, subject.config
    happened = prepared.outcome(outcome)
    known = ~np.isnan(happened[subject.test])
    rows = subject.test[known]
    without = {tema: refits[tema].estimates[outcome][known] for tema in config.evaluering.omstridte}
    compared = compare_models(
        happened[rows],
        {"lightgbm": ours[known], **without},
        subject.persons(rows),
        seed=config.seed,
        bootstraps=config.evaluering.omtrekk,
    )
    flips = {tema: float(np.mean(forslag[tema] != our_forslag)) for tema in without}
    permuted = refits[PERMUTED].estimates[outcome][known]
    random_auc, random_n = _measured_alone(refits[RANDOM], happened, outcome)
    return Checks(
        contested=_contested(subject, outcome, rows, compared, {"lightgbm": ours[known], **without}, flips),
        single=_singles(subject, outcome, happened),
        permuted_auc=prepare_auc(happened[rows], permuted)(np.ones(rows.size)),
        random_auc=random_auc,
        random_n=random_n,
    )


def _singles(subject: Subject, outcome: Outcome, happened: Floats) -> tuple[SingleFeature, ...]:
    """Each feature alone, on everybody the levels were not learnt from: all years, as the limit's source."""
    prepared = subject.prepared
    train = prepared.defined(outcome, prepared.split.train)
    everybody = prepared.defined(outcome, np.arange(len(prepared.design), dtype=np.intp))
    return single_features(prepared.design, happened, train, np.setdiff1d(everybody, train))


def _contested(
    subject: Subject,
    outcome: Outcome,
    rows: Rows,
    compared: Comparison,
    estimates: Mapping[str, Floats],
    flips: Mapping[str, float],
) -> tuple[Contested, ...]:
    columns = subject.columns(rows)
    happened = subject.prepared.outcome(outcome)[rows]
    top = subject.config.evaluering.andel_flagget
    found = []
    for name, estimate in estimates.items():
        figures = compared.models[name]
        loss: Interval | None = figures.gain.get("auc")
        gaps = widest_gaps(columns, happened, estimate, top=top)
        tema = None if name == compared.candidate else name
        found.append(Contested(tema, figures.intervals["auc"], loss, gaps, flips.get(name, 0.0)))
    return tuple(found)


def _measured_alone(refit: Refit, happened: Floats, outcome: Outcome) -> tuple[float, int]:
    """AUC of a variant on the rows of its own, and how many they are."""
    rows = refit.variant.measured
    if rows is None:
        return float("nan"), 0
    known = ~np.isnan(happened[rows])
    auc = prepare_auc(happened[rows][known], refit.estimates[outcome][known])
    return auc(np.ones(int(known.sum()))), int(known.sum())
