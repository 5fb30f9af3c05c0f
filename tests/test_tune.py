"""Tuning: folds go forward in time, only training rows are seen, and a killed search goes on as it was."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import polars as pl
import pytest

from models.calibration import probabilities_of
from profilering.errors import CallerError, DataError
from profilering.risk import Outcome
from tests.make_trees import NONE, TreeText, model_text
from training.design import Design
from training.explanation_cost import ExplanationCost, path_work
from training.fit import fit_lightgbm
from training.nav_config import NavConfig, read_nav_config
from training.outcome import label
from training.prepare import Prepared
from training.split import split_by_time
from training.time_folds import FOLDS, time_folds
from training.tune import STUDY, Trial, Tuned, tune

TRIALS = 10
"""So many that some trial of this small study is stopped early."""


def config_of(**overrides: Any) -> NavConfig:
    return read_nav_config(overrides={"lightgbm.trees": 30, **overrides})


def some_prepared(persons: int = 3_000, *, config: NavConfig | None = None) -> Prepared:
    """Invented registreringer over all periods, one or two each; the first number drives both outcomes."""
    generator = np.random.default_rng(5)
    person = np.concatenate([np.arange(persons), generator.integers(0, persons, persons // 3)])
    days = generator.integers(0, (date(2024, 7, 1) - date(2016, 1, 1)).days, person.size)
    registreringer = pl.DataFrame(
        {
            "person_id": [f"S{number:08d}" for number in person],
            "registrert": [date(2016, 1, 1) + timedelta(days=int(day)) for day in days],
        }
    ).sort("registrert", "person_id")
    values = generator.integers(0, 40, (person.size, 3)).astype(np.float64)
    chances = probabilities_of(-2.0 + 0.08 * values[:, 0])
    for outcome in Outcome:
        happened = (generator.random(person.size) < chances).astype(np.int8)
        registreringer = registreringer.with_columns(pl.Series(outcome.value.lower(), happened))
    return Prepared(
        registreringer=registreringer,
        features=pl.DataFrame(),
        design=Design(("a", "b", "c"), (False, False, False), (1, 0, 0), values),
        split=split_by_time(registreringer, (config or config_of()).deling, seed=7),
        counts={},
    )


def poisoned(prepared: Prepared) -> Prepared:
    """The same training rows; every other row has absurd features and no outcome."""
    train = np.zeros(prepared.registreringer.height, dtype=np.bool_)
    train[prepared.split.train] = True
    kept = pl.Series(train)
    outcomes = [o.value.lower() for o in Outcome]
    absurd = prepared.registreringer.with_columns(pl.when(kept).then(name).alias(name) for name in outcomes)
    values = np.where(train[:, None], prepared.design.values, 1e9)
    return replace(prepared, registreringer=absurd, design=replace(prepared.design, values=values))


def search(prepared: Prepared, storage: Path, trials: int, config: NavConfig | None = None) -> Tuned:
    return tune(
        prepared,
        config or config_of(),
        trials=trials,
        storage=storage,
        threads=1,
        progress=lambda _stage, _done, _all: None,
    )


def untimed(trial: Trial) -> Trial:
    """Without what a clock measured."""
    return replace(trial, cost=trial.cost and replace(trial.cost, relative_time=0.0))


@dataclass(frozen=True)
class Searched:
    prepared: Prepared
    storage: Path
    tuned: Tuned


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Searched:
    storage = tmp_path_factory.mktemp("tune") / "made by the search" / "study.db"
    prepared = some_prepared()
    return Searched(prepared, storage, search(prepared, storage, TRIALS))


def test_whoever_is_learnt_from_has_a_horizon_that_is_over_before_the_first_validated_day() -> None:
    prepared, config = some_prepared(), config_of()
    no_ytelser = pl.DataFrame(
        schema={"person_id": pl.String, "ytelse": pl.String, "fom": pl.Date, "tom": pl.Date}
    )
    folds = time_folds(prepared, config)
    assert len(folds) == FOLDS
    for fold in folds:
        learnt = prepared.registreringer[fold.learn]
        over = label(
            learnt.select("person_id", "registrert"),
            no_ytelser,
            config.utfall,
            pl.lit(fold.fra - timedelta(1)),
        )
        assert over["moden"].all()
        assert (
            prepared.registreringer[fold.validate]["registrert"].is_between(fold.fra, fold.til, "left").all()
        )


def test_folds_lie_inside_the_training_rows_and_nobody_stands_on_both_sides() -> None:
    prepared = some_prepared()
    people = prepared.registreringer["person_id"]
    folds = time_folds(prepared, config_of())
    for fold in folds:
        assert not set(people[fold.learn]) & set(people[fold.validate])
        assert {*fold.learn, *fold.validate} <= set(prepared.split.train)
    assert [fold.til for fold in folds] == [*(fold.fra for fold in folds[1:]), date(2021, 1, 1)]
    sizes = [len(fold.learn) for fold in folds]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize(("til", "fits"), [(date(2018, 7, 1), True), (date(2018, 6, 30), False)])
def test_a_learning_period_too_short_for_an_embargo_within_it_is_refused(til: date, fits: bool) -> None:
    config = config_of(**{"deling.laer_til": til})
    prepared = some_prepared(4_000, config=config)
    if fits:
        assert len(time_folds(prepared, config)) == FOLDS
        return
    with pytest.raises(CallerError, match=r"29 whole months .* use 30 or more"):
        time_folds(prepared, config)


def test_a_fold_with_one_class_only_is_named() -> None:
    prepared = some_prepared()
    day = pl.col("registrert")
    never = pl.when(day < date(2020, 3, 1)).then("helserelatert_ytelse").otherwise(0)
    changed = prepared.registreringer.with_columns(helserelatert_ytelse=never.cast(pl.Int8))
    with pytest.raises(
        DataError, match=r"HELSERELATERT_YTELSE: the fold .* from 2020-03-01 to 2021-01-01 valid"
    ):
        time_folds(replace(prepared, registreringer=changed), config_of())


def test_rows_outside_the_training_side_change_nothing(searched: Searched, tmp_path: Path) -> None:
    again = search(poisoned(searched.prepared), tmp_path / "study.db", 3)
    assert untimed(again.configured) == untimed(searched.tuned.configured)
    assert list(map(untimed, again.trials)) == list(map(untimed, searched.tuned.trials[:3]))


def test_a_search_that_was_killed_goes_on_as_if_it_never_had_been(searched: Searched, tmp_path: Path) -> None:
    storage = tmp_path / "study.db"

    def killed(_stage: str, done: int, _all: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(searched.prepared, config_of(), trials=4, storage=storage, threads=1, progress=killed)
    half_done = optuna.load_study(study_name=STUDY, storage=f"sqlite:///{storage}").ask()
    half_done.suggest_int("trees", 100, 600)
    gone_on = search(searched.prepared, storage, 4)
    study = optuna.load_study(study_name=STUDY, storage=f"sqlite:///{storage}")
    assert not study.get_trials(states=(optuna.trial.TrialState.RUNNING,))
    whole = [replace(untimed(trial), number=None) for trial in searched.tuned.trials[:4]]
    assert [replace(untimed(trial), number=None) for trial in gone_on.trials] == whole


def test_a_finished_study_is_read_and_not_searched_again(searched: Searched) -> None:
    told: list[tuple[str, int, int]] = []
    again = tune(
        searched.prepared,
        config_of(),
        trials=TRIALS,
        storage=searched.storage,
        threads=1,
        progress=lambda *step: told.append(step),
    )
    assert told == [("søk", TRIALS, TRIALS)]
    assert again.trials == searched.tuned.trials


CHANGED: dict[str, Callable[[Prepared], tuple[Prepared, NavConfig]]] = {
    "another seed": lambda prepared: (prepared, config_of(seed=8)),
    "another horizon": lambda prepared: (prepared, config_of(**{"utfall.maaneder": 17})),
    "another value in the training rows": lambda prepared: (_with_a_value_changed(prepared), config_of()),
}


def _with_a_value_changed(prepared: Prepared) -> Prepared:
    values = prepared.design.values.copy()
    values[time_folds(prepared, config_of())[0].learn[0], 2] += 1
    return replace(prepared, design=replace(prepared.design, values=values))


@pytest.mark.parametrize("change", CHANGED)
def test_a_study_made_for_something_else_is_refused(change: str, searched: Searched) -> None:
    prepared, config = CHANGED[change](searched.prepared)
    with pytest.raises(CallerError, match="was made for other rows or another configuration"):
        search(prepared, searched.storage, TRIALS, config)


def test_a_file_that_is_no_study_is_refused_and_left_alone(searched: Searched, tmp_path: Path) -> None:
    letter = tmp_path / "brev.txt"
    letter.write_text("Kjære leser")
    with pytest.raises(CallerError, match="is no SQLite file"):
        search(searched.prepared, letter, 1)
    assert letter.read_text() == "Kjære leser"


def test_no_trials_is_no_search(searched: Searched, tmp_path: Path) -> None:
    with pytest.raises(CallerError, match="0 trials"):
        search(searched.prepared, tmp_path / "study.db", 0)
    assert not (tmp_path / "study.db").exists()


def test_the_configuration_yields_only_to_a_whole_trial_that_did_better() -> None:
    own = Trial(None, config_of().lightgbm, 0.4, {}, ExplanationCost(9, 1.0))
    better, worse = replace(own, number=1, log_loss=0.3), replace(own, number=2, log_loss=0.5)
    pruned = replace(own, number=3, log_loss=0.2, cost=None)
    assert Tuned(own, (worse, pruned)).best is own
    tuned = Tuned(own, (worse, better, pruned))
    assert tuned.best is better
    assert tuned.params is better.params
    assert tuned.pruned == 1


def test_a_trial_that_lies_behind_is_stopped_before_the_last_fold(searched: Searched) -> None:
    assert 0 < searched.tuned.pruned < TRIALS
    assert len(searched.tuned.trials) == TRIALS


def test_every_trial_tells_what_it_costs_to_explain(searched: Searched) -> None:
    configured = searched.tuned.configured
    assert configured.cost is not None
    assert configured.cost.relative_time == 1.0
    assert 0 < configured.log_loss < np.log(2)  # better than a coin
    for trial in searched.tuned.trials:
        assert set(trial.auc) == set(Outcome)
        assert all(0.5 <= auc < 1 for auc in trial.auc.values())
        assert trial.pruned or (trial.cost is not None and trial.cost.relative_time > 0)


def test_path_work_is_splits_times_quadrature_nodes_counted_by_hand() -> None:
    """A chain over five features needs four nodes at each of its splits, one over four needs two; a lone
    leaf nothing; both outcomes are added."""
    long, short, lone = (TreeText([9], value=[0.0] * leaves) for leaves in (6, 5, 1))
    for tree, splits in ((long, 5), (short, 4)):
        for feature in range(splits):
            tree.split(0, feature, 0.0, NONE, tree.count[0] - 1)
    text = model_text([long, short, lone], 5)
    assert path_work([text]) == 5 * 4 + 4 * 2
    assert path_work([text, text]) == 56


def test_path_work_of_stumps_is_two_a_tree(searched: Searched) -> None:
    happened = searched.prepared.outcome(Outcome.LANGVARIG_STOENAD)
    params = replace(config_of().lightgbm, leaves=2, trees=9)
    assert (
        path_work([fit_lightgbm(searched.prepared.design, happened, None, params, seed=1, threads=1)]) == 18
    )


def test_the_study_holds_no_person_and_no_row(searched: Searched) -> None:
    study = optuna.load_study(study_name=STUDY, storage=f"sqlite:///{searched.storage}")
    kept = json.dumps([study.user_attrs, [trial.user_attrs for trial in study.trials]])
    assert "S0000" not in kept
    assert len(kept) < 300 * (TRIALS + 1)
