"""The practice cases: drawn and not picked, like their cohort, and the same from the same seed."""

import json
import math
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from models.bundle import folder_of, read_bundle
from models.lightgbm_model import LightgbmModel
from profilering.errors import CallerError
from profilering.features import features_of
from serving.opplaering.cases import FOLDER, read_practice
from tests.builders import Caller, a_service
from tests.bundles import a_bundle
from tests.make import a_policy
from training.extract import Extract, read_extract
from training.market import arbeidsmarked_of
from training.nav_config import read_nav_config
from training.practice import COUNT, Practice, draw, draw_practice, groups_of
from training.practice_files import Origin, write_practice
from training.prepare import Prepared, prepare

INDEX: dict[str, Any] = tomllib.loads((FOLDER / "index.toml").read_text("utf-8"))
REQUESTS = {sak["id"]: (FOLDER / f"{sak['id']}.json").read_bytes() for sak in INDEX["sak"]}
GROUPS = {(g["trekk"], g["verdi"]): g for g in INDEX["gruppe"]}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    with a_service(tmp_path_factory.mktemp("saker") / "journal.sqlite") as caller:
        yield caller


# --- the cases that come with the service


@pytest.mark.parametrize("name", REQUESTS)
def test_every_case_can_be_sent_as_it_stands_in_its_file(service: Caller, name: str) -> None:
    response = service.post(REQUESTS[name])
    assert response.status_code == 201, response.text


def test_the_index_names_every_file_and_says_what_happened_in_each() -> None:
    assert list(REQUESTS) == [str(number) for number in range(1, COUNT + 1)]
    assert {file.stem for file in FOLDER.glob("*.json")} == set(REQUESTS)
    assert all(isinstance(sak["langvarig_stoenad"], bool) for sak in INDEX["sak"])
    assert [sak.id for sak in read_practice().saker] == list(REQUESTS)


def test_nothing_in_a_case_leads_to_a_person() -> None:
    ids = set()
    for content in REQUESTS.values():
        request = json.loads(content)
        opplysninger = request["opplysningerOmArbeidssoeker"]
        ids |= {request["periodeId"], opplysninger["id"]}
        assert request["person"].keys() == {"foedselsaar", "fylke"}
        assert opplysninger["sendtInnAv"].keys() == {"tidspunkt"}
        assert request["enhet"] is None
    assert len(ids) == 2 * COUNT


def test_the_cases_are_divided_as_their_cohort_in_whole_persons() -> None:
    for trekk in {trekk for trekk, _ in GROUPS}:
        groups = [group for (name, _), group in GROUPS.items() if name == trekk]
        everybody = sum(group["kull"] for group in groups)
        assert sum(group["saker"] for group in groups) == COUNT
        exact = {group["verdi"]: COUNT * group["kull"] / everybody for group in groups}
        assert all(abs(group["saker"] - exact[group["verdi"]]) < 1 for group in groups)
        up = [exact[g["verdi"]] % 1 for g in groups if g["saker"] > exact[g["verdi"]]]
        down = [exact[g["verdi"]] % 1 for g in groups if g["saker"] < exact[g["verdi"]]]
        assert min(up) >= max(down)


def test_what_the_index_says_of_the_groups_is_so_of_the_cases() -> None:
    forslag = Counter(sak["forslag"] for sak in INDEX["sak"])
    assert {verdi: g["saker"] for (trekk, verdi), g in GROUPS.items() if trekk == "forslag"} == {
        verdi: forslag[verdi] for trekk, verdi in GROUPS if trekk == "forslag"
    }
    supported = sum(sak["langvarig_stoenad"] for sak in INDEX["sak"])
    said = [g["saker"] for (_, verdi), g in GROUPS.items() if verdi.endswith("anslag, langvarig stønad")]
    assert sum(said) == supported
    ages = [
        sak.registrering.registrert.year - (sak.registrering.foedselsaar or 0)
        for sak in read_practice().saker
    ]
    assert sum(age < 30 for age in ages) == GROUPS["alder", "under 30"]["saker"]
    health = sum(sak.get("helserelatert_ytelse") is True for sak in INDEX["sak"])
    assert health == GROUPS["helserelatert_ytelse", "ja"]["saker"]


def test_it_went_otherwise_than_the_estimate_both_ways_among_the_cases() -> None:
    both = ("høyt anslag, ikke langvarig stønad", "lavt anslag, langvarig stønad")
    assert all(GROUPS["anslag_og_utfall", verdi]["saker"] >= 1 for verdi in both)


def test_the_cases_come_from_after_the_time_the_model_learnt_from() -> None:
    deling = read_nav_config().deling
    assert (INDEX["kull_fra"], INDEX["kull_til"]) == (deling.test_fra, deling.test_til)
    for sak in read_practice().saker:
        assert deling.test_fra <= sak.registrering.registrert < deling.test_til


# --- how they are drawn


@pytest.fixture(scope="module")
def extract(small_register: Path) -> Extract:
    return read_extract(small_register)


@pytest.fixture(scope="module")
def prepared(extract: Extract) -> Prepared:
    return prepare(extract, read_nav_config())


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LightgbmModel:
    artefacts = tmp_path_factory.mktemp("artefakter")
    digest = a_bundle(artefacts)
    return read_bundle(folder_of(artefacts, digest), digest).model


@pytest.fixture(scope="module")
def practice(prepared: Prepared, extract: Extract, model: LightgbmModel) -> Practice:
    return draw_practice(prepared, extract, model, a_policy(), seed=1)


def written(practice: Practice, folder: Path) -> dict[str, bytes]:
    deling = read_nav_config().deling
    origin = Origin("a register", 11, None, (deling.test_fra, deling.test_til), "liten-1", "2026-1", 1)
    write_practice(practice, origin, folder)
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_the_same_seed_draws_the_same_bytes_and_another_seed_other_people(
    practice: Practice, prepared: Prepared, extract: Extract, model: LightgbmModel, tmp_path: Path
) -> None:
    again, other = (draw_practice(prepared, extract, model, a_policy(), seed=seed) for seed in (1, 2))
    first = written(practice, tmp_path / "first")
    assert written(again, tmp_path / "again") == first
    assert written(other, tmp_path / "again").keys() == first.keys()
    assert {c.registrering for c in other.cases} != {c.registrering for c in practice.cases}


def test_a_case_is_read_back_as_the_model_knew_the_person(
    practice: Practice, extract: Extract, tmp_path: Path
) -> None:
    written(practice, tmp_path)
    read = read_practice(tmp_path).saker
    market = arbeidsmarked_of(extract.arbeidsmarked)
    before = features_of([case.registrering for case in practice.cases], market)
    assert features_of([sak.registrering for sak in read], market).equals(before)
    assert [sak.registrering for sak in read] == [case.registrering for case in practice.cases]
    happened = [(case.langvarig, case.helse) for case in practice.cases]
    assert [(sak.langvarig_stoenad, sak.helserelatert_ytelse) for sak in read] == happened


def test_nobody_the_model_learnt_from_and_nobody_twice_is_drawn(
    practice: Practice, prepared: Prepared
) -> None:
    later = prepared.registreringer[prepared.split.test]
    counts = {group.trekk: 0 for group in practice.groups}
    for group in practice.groups:
        counts[group.trekk] += group.kull
    assert set(counts.values()) == {later["person_id"].n_unique()}
    assert len({case.registrering for case in practice.cases}) == COUNT


def test_real_people_never_become_practice_cases(
    prepared: Prepared, extract: Extract, model: LightgbmModel
) -> None:
    with pytest.raises(CallerError, match="synthetic register only"):
        draw_practice(prepared, replace(extract, synthetic=False), model, a_policy(), seed=1)


def some_traits(rows: int) -> pl.DataFrame:
    generator = np.random.default_rng(5)
    one, other = generator.random(rows), generator.random(rows)
    return pl.DataFrame(
        {
            "a": np.where(one < 0.6, "x", np.where(one < 0.9, "y", "z")).tolist(),
            "b": np.where(other < one, "p", "q").tolist(),
        }
    )


@pytest.mark.parametrize("seed", range(5))
def test_those_drawn_are_divided_as_all_are_in_every_respect_at_once(seed: int) -> None:
    traits = some_traits(300)
    rows = draw(traits, count=10, seed=seed)
    assert len(set(rows)) == 10
    for group in groups_of(traits, rows):
        exact = 10 * group.kull / 300
        assert math.floor(exact) <= group.saker <= math.ceil(exact)


def test_everybody_in_a_cohort_of_alike_people_may_be_drawn() -> None:
    alike = pl.DataFrame({"a": ["x"] * 20})
    assert {row for seed in range(40) for row in draw(alike, count=5, seed=seed)} == set(range(20))


def test_a_cohort_no_draw_can_be_like_is_said_to_be_too_small() -> None:
    odd = pl.DataFrame(
        {"a": ["x", "x", "y"], "b": ["p", "p", "q"], "c": ["r", "s", "r"], "d": ["t", "u", "u"]}
    )
    with pytest.raises(CallerError, match="larger register"):
        draw(odd.vstack(odd.select(pl.all().reverse())), count=1, seed=1, most=50)
