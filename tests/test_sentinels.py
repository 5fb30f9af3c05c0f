"""Sentinels: the feature that knows the outcome is found by name, and the future changes nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from training.design import Design
from training.evaluation.sentinels import single_features
from training.extract import Extract, read_extract
from training.judging.as_of import as_of, rows_that_looked_ahead
from training.nav_config import NavConfig, read_nav_config
from training.prepare import Prepared, prepare
from training.refits import Variant, design_without, drawn_persons, refit_all


@pytest.fixture(scope="module")
def extract(small_register: Path) -> Extract:
    return read_extract(small_register)


@pytest.fixture(scope="module")
def config() -> NavConfig:
    return read_nav_config(overrides={"lightgbm.trees": 10})


@pytest.fixture(scope="module")
def prepared(extract: Extract, config: NavConfig) -> Prepared:
    return prepare(extract, config)


def a_design(n: int = 3000) -> tuple[Design, np.ndarray]:
    random = np.random.default_rng(2)
    outcome = (random.random(n) < 0.2).astype(float)
    knows = np.where(random.random(n) < 0.85, outcome, 1 - outcome)
    u_shaped = np.abs(random.normal(size=n) + 2 * outcome) * random.choice([-1, 1], n)
    missing = np.where(outcome == 1, np.nan, 1.0)
    columns = np.column_stack([random.normal(size=n), knows, u_shaped, missing, np.full(n, 3.0)])
    names = ("noise", "knows", "u_shaped", "missing_tells", "constant")
    kinds = (False,) * 5
    return Design(names, kinds, (0,) * 5, np.ascontiguousarray(columns)), outcome


def test_the_feature_that_knows_is_first_and_noise_knows_nothing() -> None:
    design, outcome = a_design()
    train, measured = np.arange(0, 3000, 2), np.arange(1, 3000, 2)
    found = {one.name: one.auc for one in single_features(design, outcome, train, measured)}
    assert next(iter(found)) == "missing_tells"  # that it is missing gives the outcome away
    assert found["missing_tells"] > 0.99
    assert found["knows"] > 0.8
    assert found["u_shaped"] > 0.65  # no straight line would have seen it
    assert abs(found["noise"] - 0.5) < 0.05
    assert found["constant"] == 0.5


def test_levels_are_learnt_from_the_training_rows_only() -> None:
    design, outcome = a_design()
    train, measured = np.arange(0, 1500), np.arange(1500, 3000)
    turned = outcome.copy()
    turned[measured] = 1 - turned[measured]
    found = {one.name: one.auc for one in single_features(design, turned, train, measured)}
    assert found["knows"] < 0.2


def test_no_feature_changes_when_the_future_is_deleted(prepared: Prepared, extract: Extract) -> None:
    differing, redone = rows_that_looked_ahead(prepared, extract, days=12)
    assert (differing, redone > 30) == (0, True)


def test_ignoring_when_facts_became_known_is_found(extract: Extract, config: NavConfig) -> None:
    """It is invisible in every AUC (population.md, section 12)."""
    careless = replace(
        extract,
        arbeidsforhold=extract.arbeidsforhold.with_columns(startet_kjent="startet", sluttet_kjent="sluttet"),
    )
    differing, _ = rows_that_looked_ahead(prepare(careless, config), extract, days=12)
    assert differing > 0


def test_an_extract_as_of_a_day_holds_nothing_from_later(extract: Extract) -> None:
    day = extract.registreringer["registrert"].sort()[extract.registreringer.height // 2]
    then = as_of(extract, day)
    assert then.extract_date == day
    assert then.ytelser.filter((pl.col("kjent_fra") > day) | (pl.col("tom") > day)).is_empty()
    assert then.arbeidsforhold.filter(pl.col("sluttet_kjent") > day).is_empty()
    assert 0 < then.perioder.height < extract.perioder.height


def test_a_variant_without_a_feature_never_sees_it(prepared: Prepared) -> None:
    fewer = design_without(prepared.design, frozenset({"alder"}))
    assert "alder" not in fewer.names
    assert fewer.values.shape == (len(prepared.design), len(prepared.design.names) - 1)


def test_drawn_persons_come_with_all_their_rows_and_from_the_training_side_only(prepared: Prepared) -> None:
    drawn = drawn_persons(prepared, seed=1)
    assert set(drawn.tolist()) < set(prepared.split.train.tolist())
    persons = prepared.registreringer["person_id"]
    times = pl.DataFrame({"rad": drawn}).group_by("rad").len()
    per_person = (
        times.with_columns(person=persons.gather(times["rad"]))
        .group_by("person")
        .agg(pl.col("len").n_unique(), rows=pl.len())
    )
    assert per_person["len"].max() == 1  # each of somebody's rows as often as the other
    whole = persons.gather(prepared.split.train).value_counts()
    joined = per_person.join(whole, left_on="person", right_on="person_id")
    assert (joined["rows"] == joined["count"]).all()


def test_permuted_labels_teach_nothing_and_threads_change_nothing(
    prepared: Prepared, config: NavConfig
) -> None:
    rows = prepared.split.test[:500]
    variants = [Variant("stokket", 7, permuted=True), Variant("uten alder", 7, without=frozenset({"alder"}))]
    one = refit_all(prepared, config, variants, rows, threads=1)
    two = refit_all(prepared, config, variants, rows, threads=2)
    for first, second in zip(one, two, strict=True):
        assert first.texts == second.texts
        assert all(np.array_equal(first.estimates[o], second.estimates[o]) for o in first.estimates)
    shuffled, _ = one
    spread = [float(np.ptp(estimate)) for estimate in shuffled.estimates.values()]
    assert max(spread) < 0.2  # says about the same of everybody
