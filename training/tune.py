"""Search for parameters that foresee better, and say what each choice costs to explain.

Only the training rows are seen. Within them folds go forward in time, each with the embargo of the
horizon before it, so a trial is judged as the model will be used: on people who come later. The
study is kept in SQLite, and a search that was killed goes on as if it never had been.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from models.calibration import probabilities_of
from models.canonical import canonical_json
from profilering.errors import CallerError
from profilering.risk import Outcome
from training.design import Design
from training.evaluation.metrics import prepare_auc, surprise
from training.explanation_cost import ExplanationCost, path_work, seconds_per_row
from training.fit import LightgbmParams, fit_lightgbm, raw_log_odds
from training.nav_config import NavConfig
from training.prepare import Prepared
from training.search_space import described_space, suggest
from training.time_folds import Fold, time_folds

Progress = Callable[[str, int, int], None]
"""Called with stage, done, total."""

STAGE = "søk"
STUDY = "lightgbm"
MADE_FOR = "made_for"
SQLITE = b"SQLite format 3\0"
"""How every SQLite file begins."""

BEFORE_PRUNING = 5
"""Whole trials before the median of them stops another: optuna's own number."""

EXPLAINED_ROWS = 100
"""Enough to time an explanation within a few per cent, few enough to take part of a second."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One set of parameters; its figures are means over the folds it was tried on."""

    number: int | None  # in the study; None: the configuration's own parameters
    params: LightgbmParams
    log_loss: float  # mean of both outcomes, before calibration
    auc: Mapping[Outcome, float]
    cost: ExplanationCost | None  # None: pruned, stopped before the last fold

    @property
    def pruned(self) -> bool:
        """Whether it was stopped because it lay behind the others."""
        return self.cost is None


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a search came to."""

    configured: Trial
    trials: tuple[Trial, ...]  # as they were tried

    @property
    def best(self) -> Trial:
        """The configuration's own parameters, unless a whole trial did better on the same folds."""
        whole = (trial for trial in self.trials if not trial.pruned)
        return min((self.configured, *whole), key=lambda trial: trial.log_loss)

    @property
    def params(self) -> LightgbmParams:
        """What to fit with."""
        return self.best.params

    @property
    def pruned(self) -> int:
        """How many of the trials were stopped early."""
        return sum(trial.pruned for trial in self.trials)


def tune(
    prepared: Prepared,
    config: NavConfig,
    *,
    trials: int,
    storage: Path,
    threads: int,
    progress: Progress,
) -> Tuned:
    """Try `trials` sets of parameters in all; those the study at `storage` holds are not tried again.

    Raises CallerError if the study was made for other rows or another configuration, or if the
    learning period is too short for folds; DataError if a fold lacks a class.
    """
    if trials < 1:
        raise CallerError(f"tune: {trials} trials; ask for 1 or more")
    search = _Search(prepared, config, time_folds(prepared, config), threads)
    study = _open(storage, search.digest())
    done = len(_finished(study))
    progress(STAGE, done, trials)
    own = list(search.scores(config.lightgbm))
    reference = seconds_per_row(own[-1].texts, search.explained)
    for number in range(done, trials):
        _try(study, search, reference, seed=config.seed + number)
        progress(STAGE, number + 1, trials)
    cost = ExplanationCost(path_work(own[-1].texts), relative_time=1.0)
    configured = Trial(None, config.lightgbm, _mean_loss(own), _mean_auc(own), cost)
    return Tuned(configured, tuple(_read(trial) for trial in _finished(study)))


@dataclass(frozen=True, slots=True)
class _Score:
    """One fold: the mean log loss of both outcomes, the AUC and the model text of each."""

    log_loss: float
    auc: Mapping[Outcome, float]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Search:
    """What every trial is judged on."""

    prepared: Prepared
    config: NavConfig
    folds: tuple[Fold, ...]
    threads: int

    @property
    def explained(self) -> Design:
        """The rows whose explanation is timed."""
        return self.prepared.design.take(self.folds[-1].validate[:EXPLAINED_ROWS])

    def digest(self) -> str:
        """All that a trial's figures follow from: configuration, space, and the rows of the folds."""
        digest = hashlib.sha256(canonical_json([self.config.resolved(), described_space()]))
        for rows in (rows for fold in self.folds for rows in (fold.learn, fold.validate)):
            digest.update(rows.tobytes())
            digest.update(self.prepared.design.values[rows].tobytes())
            for outcome in Outcome:
                digest.update(self.prepared.outcome(outcome)[rows].tobytes())
        return digest.hexdigest()

    def scores(self, params: LightgbmParams) -> Iterator[_Score]:
        """Fit and validate fold after fold, the earliest first."""
        for fold in self.folds:
            judged = [self._judge(params, fold, outcome) for outcome in Outcome]
            losses, aucs, texts = zip(*judged, strict=True)
            yield _Score(float(np.mean(losses)), dict(zip(Outcome, aucs, strict=True)), texts)

    def _judge(self, params: LightgbmParams, fold: Fold, outcome: Outcome) -> tuple[float, float, str]:
        happened, design = self.prepared.outcome(outcome), self.prepared.design
        learn, validate = (self.prepared.defined(outcome, rows) for rows in (fold.learn, fold.validate))
        seed, threads = self.config.seed, self.threads
        text = fit_lightgbm(design.take(learn), happened[learn], None, params, seed=seed, threads=threads)
        estimate = probabilities_of(raw_log_odds(text, design.take(validate), threads=threads))
        auc = prepare_auc(happened[validate], estimate)(np.ones(validate.size))
        return float(surprise(happened[validate], estimate).mean()), auc, text


def _open(storage: Path, made_for: str) -> optuna.Study:
    """Open or begin the study, and give up the trials that a killed run left half done."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage.parent.mkdir(parents=True, exist_ok=True)
    if not _is_sqlite_or_new(storage):
        raise CallerError(f"{storage} is no SQLite file; give a study or a new name")
    study = optuna.create_study(
        study_name=STUDY,
        storage=f"sqlite:///{storage.absolute()}",
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=BEFORE_PRUNING),
    )
    if study.user_attrs.get(MADE_FOR, made_for) != made_for:
        raise CallerError(
            f"the study in {storage} was made for other rows or another configuration; "
            "name another file, or remove it to begin again"
        )
    study.set_user_attr(MADE_FOR, made_for)
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def _is_sqlite_or_new(storage: Path) -> bool:
    if not storage.exists():
        return True
    with storage.open("rb") as file:
        return file.read(len(SQLITE)) in {SQLITE, b""}


def _try(study: optuna.Study, search: _Search, reference: float, *, seed: int) -> None:
    """Ask for parameters, judge them fold after fold, and tell the study."""
    # A sampler of its own for each trial: one seeded once would begin again after a kill.
    study.sampler = optuna.samplers.TPESampler(seed=seed)
    trial = study.ask()
    params = suggest(trial)
    scores: list[_Score] = []
    for score in search.scores(params):
        scores.append(score)
        trial.report(_mean_loss(scores), len(scores))
        if len(scores) < len(search.folds) and trial.should_prune():
            break
    for outcome, auc in _mean_auc(scores).items():
        trial.set_user_attr(outcome, auc)
    if len(scores) < len(search.folds):
        study.tell(trial, state=TrialState.PRUNED)
        return
    texts = scores[-1].texts
    cost = ExplanationCost(path_work(texts), seconds_per_row(texts, search.explained) / reference)
    trial.set_user_attr("cost", asdict(cost))
    study.tell(trial, _mean_loss(scores))


def _finished(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def _read(trial: FrozenTrial) -> Trial:
    """A finished trial as a value; a pruned one has the mean over the folds it saw."""
    cost = trial.user_attrs.get("cost")
    return Trial(
        number=trial.number,
        params=LightgbmParams(**trial.params),
        log_loss=max(trial.intermediate_values.items())[1],
        auc={outcome: trial.user_attrs[outcome] for outcome in Outcome},
        cost=None if cost is None else ExplanationCost(**cost),
    )


def _mean_loss(scores: Sequence[_Score]) -> float:
    return float(np.mean([score.log_loss for score in scores]))


def _mean_auc(scores: Sequence[_Score]) -> dict[Outcome, float]:
    return {outcome: float(np.mean([score.auc[outcome] for score in scores])) for outcome in Outcome}
