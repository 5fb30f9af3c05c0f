"""The journey of one extract, end to end: what a run leaves, and what it must not leave."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from models.bundle import read_bundle
from profilering.features import NAMES
from profilering.formaal import FORMAAL, SKAL_IKKE_BRUKES_TIL
from profilering.risk import Outcome
from serving.api.openapi import DESCRIPTION
from tests.candidates import Trained
from training.extract import read_extract
from training.judging.subject import rule_results
from training.nav_config import NavConfig, read_nav_config
from training.prepare import prepare
from training.registreringer import registreringer_of
from training.release.registry import challenger_bundle

SIDES = ("train", "calibrate", "held_out", "test")


@pytest.fixture(scope="module")
def config() -> NavConfig:
    quick = {"omtrekk": 20, "froe": 1, "trukne_kull": 0, "to_maater": 2, "omstridte": ["ALDER"]}
    settings = {f"evaluering.{name}": value for name, value in quick.items()}
    return read_nav_config(overrides={"lightgbm.trees": 15, **settings})


def asked(trained: Trained, question: str) -> list[tuple[Any, ...]]:
    """What the MLflow store answers."""
    with sqlite3.connect(trained.out / "mlflow" / "mlflow.db") as store:
        return store.execute(question).fetchall()


def test_a_run_leaves_a_bundle_that_verifies(trained: Trained) -> None:
    assert read_bundle(trained.bundle, trained.digest).model.version == trained.result["version"]
    assert [path.name for path in trained.artefacts.iterdir()] == [trained.bundle.name]


def test_a_run_stands_in_mlflow_as_the_challenger(trained: Trained) -> None:
    run = trained.result["mlflow_run"]
    assert asked(trained, "SELECT run_uuid, status FROM runs") == [(run, "FINISHED")]
    assert asked(trained, "SELECT name, version, run_id FROM model_versions") == [("profilering", 1, run)]
    aliases = asked(trained, "SELECT name, alias, version FROM registered_model_aliases")
    assert sorted(aliases) == [("profilering", "challenger", 1), ("profilering", "champion", 1)]
    assert (("bundle", trained.digest)) in asked(trained, "SELECT key, value FROM tags")
    assert challenger_bundle(trained.out / "mlflow") == trained.digest


def test_mlflow_keeps_the_figures_the_command_printed(trained: Trained) -> None:
    kept = dict(asked(trained, "SELECT key, value FROM latest_metrics"))
    for outcome in Outcome:
        for side in ("held_out", "test"):
            for model, figures in trained.result["models"][outcome][side].items():
                key = f"{outcome.value.lower()}.{side}.{model}"
                assert kept[f"{key}.auc"] == figures["auc"]
                assert kept[f"{key}.ece"] == figures["ece"]
    params = dict(asked(trained, "SELECT key, value FROM params"))
    assert params["seed"] == "7"
    assert "'trees': 60" in str(params["lightgbm"])


def test_mlflow_holds_figures_settings_and_names_of_models_only(trained: Trained) -> None:
    """Nothing per person: as many numbers as there are models and measures, and no inputs or traces."""
    (count,) = asked(trained, "SELECT COUNT(*) FROM metrics")[0]
    assert count == 2 * 2 * 4 * 8  # outcomes, sides, models, figures
    for table in ("inputs", "datasets", "trace_info"):
        assert asked(trained, f"SELECT COUNT(*) FROM {table}") == [(0,)]  # noqa: S608 - names from the line above
    kept = {p.name for p in (trained.out / "mlflow" / "artifacts").rglob("*") if p.is_file()}
    written = {path.name for path in Path(trained.result["report"]).parent.iterdir()}
    assert kept == written
    assert {"report.html", "report.json", "card.md", "card.html"} < kept
    assert {Path(name).suffix for name in kept} == {".html", ".json", ".md", ".svg", ".csv"}


def test_the_report_says_what_it_may_not_be_used_for_and_what_was_found(trained: Trained) -> None:
    folder = Path(trained.result["report"]).parent
    page = (folder / "report.html").read_text("utf-8")
    assert "De sier ingenting om personer i Norge" in page
    report = json.loads((folder / "report.json").read_text("utf-8"))
    headings = [section["heading"] for section in report["sections"]]
    assert headings[:3] == ["Kort fortalt", "Grenser", "Hvem er med?"]
    assert len(report["sections"][1]["tables"][0]["rows"]) == len(trained.result["gates"]) == 28
    people = dict(report["sections"][2]["tables"][0]["rows"])
    assert people["Registreringer i uttrekket"] == trained.result["counts"]["registreringer"]


def test_the_card_says_that_the_figures_are_of_invented_people(trained: Trained) -> None:
    card = (trained.bundle / "card.md").read_text("utf-8")
    assert trained.result["version"] in card
    assert "De sier ingenting om personer i Norge" in card
    test = trained.result["models"][Outcome.LANGVARIG_STOENAD]["test"]["lightgbm"]
    auc = f"{test['auc']:.3f} ({test['auc_low']:.3f}–{test['auc_high']:.3f})"
    assert auc.replace(".", ",") in card


def test_the_card_says_the_purpose_in_the_words_of_the_api(trained: Trained) -> None:
    card = (trained.bundle / "card.md").read_text("utf-8")
    assert FORMAAL in card
    assert DESCRIPTION.strip().startswith(FORMAAL)
    assert all(use in card for use in SKAL_IKKE_BRUKES_TIL)


def test_the_page_of_the_card_says_the_same(trained: Trained) -> None:
    page = (Path(trained.result["report"]).parent / "card.html").read_text("utf-8")
    card = (trained.bundle / "card.md").read_text("utf-8")
    headings = [line.removeprefix("## ") for line in card.splitlines() if line.startswith("## ")]
    assert len(headings) == 14
    assert all(f"{heading}</h2>" in page for heading in headings)


def test_the_model_ranks_better_than_the_rule_of_today_and_worse_than_the_truth(trained: Trained) -> None:
    """Synthetic: it proves that the parts fit together, not how good a model would be in Norway."""
    for outcome in Outcome:
        auc = {name: figures["auc"] for name, figures in trained.result["models"][outcome]["test"].items()}
        assert auc["dagens_regel"] < auc["lightgbm"] < auc["sannhet"]
        assert auc["logistisk"] < auc["sannhet"]


def test_no_group_too_small_to_show_is_shown(trained: Trained) -> None:
    report = json.loads((Path(trained.result["report"]).parent / "report.json").read_text("utf-8"))
    tables = [table for section in report["sections"] for table in section["tables"]]
    counted = [
        row[place]
        for table in tables
        for place, header in enumerate(table["header"])
        if header in {"Personer", "Registreringer", "Med utfallet"}
        for row in table["rows"]
    ]
    assert len(counted) > 100
    assert all(count is None or count >= 10 for count in counted if not isinstance(count, str))


def test_protected_columns_and_the_truth_do_not_reach_a_fit(small_register: Path, config: NavConfig) -> None:
    prepared = prepare(read_extract(small_register), config)
    assert prepared.design.names == NAMES
    known = {*read_extract(small_register).registreringer.columns, "moden"}
    assert set(prepared.registreringer.columns) == known | {outcome.value.lower() for outcome in Outcome}


def test_the_sides_of_a_run_share_nobody_and_hold_mature_rows_only(
    small_register: Path, config: NavConfig
) -> None:
    prepared = prepare(read_extract(small_register), config)
    people = [
        set(prepared.registreringer[getattr(prepared.split, side)]["person_id"].to_list()) for side in SIDES
    ]
    assert all(people)
    assert len(set.union(*people)) == sum(map(len, people))
    assert prepared.registreringer["moden"].all()
    assert prepared.features.height == prepared.registreringer.height == len(prepared.design)
    assert prepared.registreringer["registrert"].is_sorted()
    # Undefined outcomes are left out of both fitting and measuring.
    helse = prepared.outcome(Outcome.HELSERELATERT_YTELSE)
    assert np.isnan(helse).any()
    assert not np.isnan(helse[prepared.defined(Outcome.HELSERELATERT_YTELSE, prepared.split.test)]).any()


def test_the_order_of_the_extracts_rows_changes_no_row_of_the_design(
    small_register: Path, config: NavConfig
) -> None:
    """Training and serving see jobs in any order; the same goes for parts written in another order."""
    extract = read_extract(small_register)
    mixed = replace(
        extract,
        registreringer=extract.registreringer.sample(fraction=1, shuffle=True, seed=1),
        arbeidsforhold=extract.arbeidsforhold.sample(fraction=1, shuffle=True, seed=2),
        ytelser=extract.ytelser.sample(fraction=1, shuffle=True, seed=3),
    )
    one, other = prepare(extract, config), prepare(mixed, config)
    assert one.features.equals(other.features)
    assert one.registreringer.equals(other.registreringer)
    for side in SIDES:
        assert np.array_equal(getattr(one.split, side), getattr(other.split, side))


def test_a_person_told_of_by_the_extract_is_who_the_extract_says(small_register: Path) -> None:
    extract = read_extract(small_register)
    some = extract.registreringer.sample(300, seed=4)
    people = registreringer_of(some, extract)
    for person, row in zip(people, some.iter_rows(named=True), strict=True):
        assert person.registrert == row["registrert"]
        assert person.opplysninger.helse == row["helsetilstand_hindrer_arbeid"]
        assert (person.opplysninger.jobbsituasjon is None) == (row["jobbsituasjon"] is None)
        assert person.historikk.arbeidsforhold is not None
        assert all(job.startet < person.registrert for job in person.historikk.arbeidsforhold)
        assert all(p.startet < person.registrert for p in person.historikk.perioder or ())
        owns = extract.perioder.filter(pl.col("person_id") == row["person_id"]).height
        assert len(person.historikk.perioder or ()) < owns


def test_the_rule_of_today_spreads_people_over_its_three_results(
    small_register: Path, config: NavConfig
) -> None:
    extract = read_extract(small_register)
    prepared = prepare(extract, config)
    results = rule_results(registreringer_of(prepared.registreringer, extract))
    assert results.size == prepared.registreringer.height
    _, counts = np.unique(results, return_counts=True)
    assert len(counts) == 3
    assert counts.min() > 0.1 * results.size
