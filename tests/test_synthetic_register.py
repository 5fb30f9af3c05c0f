"""The synthetic register keeps to its specification: numbers, dates, knowledge, truth, bytes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from profilering.errors import CallerError
from training.synthetic import states
from training.synthetic.benefits import parent_window
from training.synthetic.checks import Check, check_numbers
from training.synthetic.config import PopulationConfig
from training.synthetic.config_state import Formula
from training.synthetic.hazards import Row, fixed_terms, month_terms, transition_rows
from training.synthetic.life import Lives, live
from training.synthetic.market import make_market
from training.synthetic.mass import Step, move, start_mass
from training.synthetic.paths import DRAWS, Now, step
from training.synthetic.register import read_config, write_register
from training.synthetic.truth import Beginnings, registrering_truth, true_risks
from training.typed_toml import ConfigError

NUMBERS = [band.nummer for band in read_config().kontroller]
TABLES = ("registreringer", "arbeidsforhold", "ytelser", "perioder", "tiltak", "vedtak14a", "arbeidsmarked")
EXTRACT_DATE = pl.date(2025, 12, 31)


def table(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / "extract" / name / "part-*.parquet")


def small_blocks(**overrides: Any) -> PopulationConfig:
    """Blocks of 1,000 persons, so that several are quick to make."""
    return read_config(overrides={"register.blokk": 1_000, **overrides})


def write(
    folder: Path, *, persons: int, workers: int = 1, progress: Callable[[int, int], None] | None = None
) -> None:
    def silent(_done: int, _all: int) -> None:
        return

    write_register(
        folder, persons=persons, seed=5, workers=workers, progress=progress or silent, config=small_blocks()
    )


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="session")
def checks(register: Path) -> dict[str, Check]:
    return {check.nummer: check for check in check_numbers(register)}


@pytest.fixture(scope="module")
def lives() -> Lives:
    return live(small_blocks(), 5, 0)


# --- the numbers of the specification


@pytest.mark.parametrize("nummer", NUMBERS)
def test_each_check_number_lies_in_its_band(checks: dict[str, Check], nummer: str) -> None:
    assert checks[nummer].holds, checks[nummer]


def test_one_block_lies_in_bands_twice_as_wide(small_register: Path) -> None:
    assert [check for check in check_numbers(small_register) if not check.holds] == []


def test_a_register_has_about_as_many_rows_as_the_reference(register: Path) -> None:
    counts = json.loads((register / "register.json").read_text())["counts"]
    reference = {"arbeidsforhold": 252_000, "ytelser": 245_000, "perioder": 120_000, "tiltak": 39_000}
    for name, rows in reference.items():
        assert counts[f"extract/{name}"] == pytest.approx(rows, rel=0.03), name


def test_mean_ledighet_follows_the_course_laid_down() -> None:
    config = read_config()
    vekt = np.array([fylke.vekt for fylke in config.marked.fylker])
    ledighet = make_market(config, 7).ledighet.mean(axis=1)
    monthly = 100 * (vekt / vekt.sum()) @ ledighet[:, 60:180]
    expected = [3.4, 3.0, 2.6, 2.4, 4.9, 2.5, 1.8, 1.8, 2.1, 2.2]
    assert monthly.reshape(10, 12).mean(axis=1) == pytest.approx(expected, abs=0.1)
    assert monthly.argmax() == 50  # 2020-03
    assert monthly.max() == pytest.approx(9.4, abs=0.4)


# --- truth


def test_the_exact_risk_equals_many_simulated_futures(lives: Lives) -> None:
    """Three registreringer per start state and two single parents, by the same monthly step as the paths."""
    at, around, copies = lives.at, lives.around, 4_000
    followed = (at.month + 18 <= at.who.exit) & (at.month < 160)
    starts = (states.LD, states.LU, states.PE, states.SO, states.AA)
    parents = np.flatnonzero(followed & parent_window(at.who, at.month, around.config))[:2]
    assert parents.size == 2
    chosen = np.concatenate([parents, *(np.flatnonzero(followed & (at.tilstand == s))[:3] for s in starts)])
    begin = Beginnings(at.who, at.month, at.tilstand, at.arr, at.helsesvikt).take(chosen)
    exact = true_risks(begin, around)
    many = begin.take(np.repeat(np.arange(chosen.size), copies))
    fixed, rows = fixed_terms(many.who, around.config), transition_rows(around.config)
    now, rng = Now(many.tilstand.copy(), many.arr.copy(), many.helsesvikt.copy()), np.random.default_rng(1)
    supported, health = np.zeros(many.month.size), np.zeros(many.month.size, np.bool_)
    for k in range(18):
        month = many.month + np.int32(k)
        if k:
            terms = month_terms(fixed, many.who, month, around)
            step(now, terms, rng.random((DRAWS, many.month.size)), rows, around.config)
        parent = parent_window(many.who, month, around.config) & np.isin(now.tilstand, (states.LU, states.UT))
        supported += (states.ytelse_of_state()[now.tilstand] > 0) | parent
        health |= np.isin(now.tilstand, (states.AA, states.UF))
    for p, came, counted in (
        (exact.langvarig_stoenad, supported >= 12, starts),
        (exact.helserelatert_ytelse, health, starts[:-1]),
    ):
        asked = np.isin(begin.tilstand, counted)
        share = came.reshape(-1, copies).mean(axis=1)[asked]
        error = np.sqrt(p[asked] * (1 - p[asked]) / copies) + 1e-6
        assert np.abs((share - p[asked]) / error).max() < 4


def test_recovery_splits_health_in_the_exact_risk_as_configured() -> None:
    """One person, ill for a month: .4 recover, and .35 of those are still unwell."""
    none = np.zeros(1, np.int8)
    mass = start_mass(none, none, none > 0, none, 1)
    for vector in (mass.open, mass.next_open, mass.sick):
        vector[:] = 0
    mass.sick[0, 0, 0] = 1
    row = Row((states.SJ1,), (states.JF,), (False,), (Formula(()),), 1)
    moves, stay, zero = [np.full((3, 1), 0.4)], np.full((3, 1), 0.6), np.zeros(1)
    move(mass, Step(zero, zero, zero, zero, 0.0, ((row, moves, stay),), 0.35), 1, 12)
    assert mass.open[states.JF, 0, :, 0, 0] == pytest.approx([0.4 * 0.65, 0.4 * 0.35])
    assert mass.sick[0, 1, 0, 0, 0] == pytest.approx(0.6)


def test_the_truth_of_a_registrering_does_not_depend_on_its_neighbours(lives: Lives) -> None:
    alone = registrering_truth(lives, 1, 7)
    assert alone.equals(registrering_truth(lives, 1, 400).head(alone.height))


def test_risks_are_undefined_exactly_where_the_specification_says(small_register: Path) -> None:
    truth = pl.read_parquet(small_register / "truth" / "registreringer" / "part-*.parquet")
    on_aap = truth.filter(pl.col("tilstand") == "AA")
    assert on_aap.height > 0
    assert on_aap["p_helserelatert_ytelse"].null_count() == on_aap.height
    assert on_aap["utfall_2"].null_count() == on_aap.height
    others = truth.filter((pl.col("tilstand") != "AA") & pl.col("p_langvarig_stoenad").is_not_null())
    assert others["p_helserelatert_ytelse"].null_count() == 0
    assert truth["p_langvarig_stoenad"].drop_nulls().is_between(0, 1).all()


def test_only_registreringer_with_the_whole_horizon_behind_them_have_an_outcome(small_register: Path) -> None:
    truth = pl.read_parquet(small_register / "truth" / "registreringer" / "part-*.parquet")
    known = table(small_register, "registreringer").join(truth, on="periode_id")
    mature = known.filter(pl.col("utfall_1").is_not_null())["registrert"].max()
    immature = known.filter(pl.col("utfall_1").is_null())["registrert"].min()
    assert (str(mature), str(immature)) <= ("2024-07-14", "2024-07-16")
    assert str(immature) >= "2024-07-16"


# --- bytes and persons


def test_the_bytes_are_the_same_whatever_the_number_of_workers(tmp_path: Path) -> None:
    write(tmp_path / "one", persons=1_300, workers=1)
    write(tmp_path / "two", persons=1_300, workers=2)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert len(files(tmp_path / "one")) == 22  # ten tables of two parts, arbeidsmarked and register.json


def test_a_person_is_the_same_whatever_the_size_of_the_register(tmp_path: Path) -> None:
    write(tmp_path / "few", persons=300)
    write(tmp_path / "more", persons=1_100, workers=2)
    for name in (*(f"extract/{t}" for t in TABLES[:-1]), "vernede", "truth/personer", "truth/registreringer"):
        few, more = (pl.read_parquet(tmp_path / size / name / "part-*.parquet") for size in ("few", "more"))
        key = "periode_id" if "person_id" not in few.columns else "person_id"
        assert few.equals(more.filter(pl.col(key).str.slice(1, 8).cast(pl.Int32) <= 300)), name
        assert few.height > 0


def test_another_seed_gives_other_persons(lives: Lives) -> None:
    assert not np.array_equal(live(small_blocks(), 6, 0).persons.a, lives.persons.a)


def test_no_text_in_the_extract_can_be_taken_for_a_foedselsnummer(register: Path) -> None:
    assert table(register, "registreringer")["person_id"].str.contains(r"^S\d{8}$").all()
    assert table(register, "perioder")["periode_id"].str.contains(r"^S\d{8}-\d{2}$").all()
    for name in TABLES:
        for column in table(register, name).select(pl.col(pl.String)).get_columns():
            digits = column.unique().drop_nulls().str.replace_all(r"\D", "")
            assert not digits.str.contains(r"\d{11}").any(), (name, column.name)


def test_keys_are_unique_and_every_registrering_opens_a_period(register: Path) -> None:
    regs, periods = table(register, "registreringer"), table(register, "perioder")
    assert regs["periode_id"].is_unique().all()
    assert periods["periode_id"].is_unique().all()
    opened = regs.join(periods, on=["periode_id", "person_id"], how="left")
    assert (opened["registrert"] == opened["startet"]).all()


# --- a write that does not come to its end


def test_a_killed_write_leaves_nothing_under_the_final_name(tmp_path: Path) -> None:
    script = (
        "if __name__ == '__main__':\n"
        "    import os, pathlib, sys; from training.synthetic.register import read_config, write_register\n"
        "    config = read_config(overrides={'register.blokk': 100})\n"
        "    write_register(pathlib.Path(sys.argv[1]), persons=50, seed=5, workers=1, config=config,\n"
        "                   progress=lambda done, all_: os._exit(9))\n"
    )
    program = tmp_path / "program.py"
    program.write_text(script)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    # A worker left behind would hold the pipe open, and this would wait until it times out.
    done = subprocess.run(
        [sys.executable, program, tmp_path / "out"],
        env=environment,
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 9
    assert not (tmp_path / "out").exists()


def test_a_failed_write_removes_what_it_had_begun(tmp_path: Path) -> None:
    def stop(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "out", persons=50, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_never_written_over(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match="name another folder"):
        write(tmp_path, persons=50)


# --- dates and what is known when


def test_intervals_never_end_before_they_begin(register: Path) -> None:
    jobs, periods = table(register, "arbeidsforhold"), table(register, "perioder")
    assert (jobs["startet"] < jobs["sluttet"]).drop_nulls().all()
    assert (periods["startet"] < periods["avsluttet"]).drop_nulls().all()
    for name in ("ytelser", "tiltak"):
        rows = table(register, name)
        assert (rows["fom"] <= rows["tom"]).drop_nulls().all(), name


def test_nothing_has_happened_after_the_extract_date(register: Path) -> None:
    happened = {
        "registreringer": ("registrert",),
        "arbeidsforhold": ("startet", "sluttet"),
        "ytelser": ("fom", "tom"),
        "perioder": ("startet", "avsluttet"),
        "tiltak": ("fom", "tom"),
        "vedtak14a": ("dato",),
        "arbeidsmarked": ("maaned", "kjent_fra"),
    }
    for name, columns in happened.items():
        late = table(register, name).select((pl.col(columns) > EXTRACT_DATE).any())
        assert not any(late.row(0)), name


def test_no_fact_is_known_before_it_happened(register: Path) -> None:
    jobs, ytelser = table(register, "arbeidsforhold"), table(register, "ytelser")
    assert (jobs["startet_kjent"] > jobs["startet"]).all()
    assert (jobs["sluttet_kjent"] > jobs["sluttet"]).drop_nulls().all()
    assert (jobs["sluttet_kjent"].is_null() == jobs["sluttet"].is_null()).all()
    delay = (pl.col("kjent_fra") - pl.col("fom")).dt.total_days()
    bounds = ytelser.group_by("ytelse").agg(low=delay.min(), high=delay.max())
    seen = {row["ytelse"]: (row["low"], row["high"]) for row in bounds.iter_rows(named=True)}
    assert seen == {name: tuple(days) for name, days in read_config().ytelser.kjent_dager.items()}


def test_periods_of_a_person_never_overlap(register: Path) -> None:
    periods = table(register, "perioder").sort("person_id", "startet")
    before = pl.col("avsluttet").shift(1).over("person_id")
    first = pl.col("person_id") != pl.col("person_id").shift(1)
    assert periods.filter(~first & (before.is_null() | (pl.col("startet") < before))).height == 0


def test_the_same_ytelse_never_runs_twice_at_once_save_sosialhjelp_beside_another(register: Path) -> None:
    rows = (
        table(register, "ytelser")
        .filter(pl.col("ytelse") != "SOSIALHJELP")
        .sort("person_id", "ytelse", "fom")
    )
    before = pl.col("tom").shift(1).over("person_id", "ytelse")
    follows = pl.int_range(pl.len()).over("person_id", "ytelse") > 0
    assert rows.filter(follows & (before.is_null() | (pl.col("fom") <= before))).height == 0


# --- answers


def test_no_answers_given_means_every_answer_null_and_no_empty_list(register: Path) -> None:
    regs = table(register, "registreringer")
    silent = regs.filter(pl.col("jobbsituasjon").is_null())
    assert 0.01 < silent.height / regs.height < 0.10
    answers = ["nus", "bestaatt", "godkjent", "helsetilstand_hindrer_arbeid", "andre_forhold_hindrer_arbeid"]
    assert silent.select(pl.col(*answers, "styrk08").is_null().all()).row(0) == (True,) * 6
    assert (regs["jobbsituasjon"].list.len().drop_nulls() >= 1).all()


def test_answers_keep_to_nav_codes(register: Path) -> None:
    regs = table(register, "registreringer")
    first = pl.col("jobbsituasjon").list.first()
    asked = regs.filter(pl.col("nus").is_in(["0", "1", "2", "9"]))
    assert asked.select(pl.col("bestaatt", "godkjent").is_null().all()).row(0) == (True, True)
    required = regs.filter(first.is_in(read_config().svar.jobbsituasjon.styrk_kreves))
    assert required.height > 0
    assert required["styrk08"].str.contains(r"^[1-9]\d{3}$").all()
    never = regs.filter(pl.col("jobbsituasjon").list.contains("ALDRI_HATT_JOBB"))
    assert never["styrk08"].null_count() == never.height
    assert (never["jobbsituasjon"].list.len() == 1).all()


def test_a_person_answers_alike_on_education_every_time(register: Path) -> None:
    regs = table(register, "registreringer").filter(pl.col("nus") != "9")
    assert regs.group_by("person_id").agg(pl.col("nus", "bestaatt", "godkjent").n_unique()).max().row(0)[
        1:
    ] == (1, 1, 1)


# --- switches and configuration


def share_saying_ja(config: PopulationConfig) -> float:
    lives = live(config, 5, 0)
    return float((lives.answers.helse[lives.at.helsesvikt & lives.answers.gitt] == "JA").mean())


def test_more_hiding_means_fewer_stated_health_problems() -> None:
    assert share_saying_ja(small_blocks(**{"brytere.skjuling": -2.0})) < 0.6 * share_saying_ja(small_blocks())


def test_less_willingness_means_fewer_answers(lives: Lives) -> None:
    fewer = live(small_blocks(**{"brytere.svarvilje": -2.0}), 5, 0)
    assert fewer.answers.gitt.mean() < lives.answers.gitt.mean() - 0.05


def test_without_shocks_neither_oil_nor_pandemic_shows() -> None:
    calm, stormy = (make_market(small_blocks(**{"brytere.sjokk": s}), 7).ledighet for s in (0.0, 1.0))
    assert calm[:, :, 110].mean() < 0.5 * stormy[:, :, 110].mean()
    assert np.array_equal(calm[:, :, 170], stormy[:, :, 170])


def test_without_relabelling_up_nobody_is_given_more_than_they_need() -> None:
    lives = live(small_blocks(**{"brytere.r_opp": 0.0}), 5, 0)
    given, need = lives.decisions.innsatsgruppe, lives.need[lives.decisions.registrering]
    assert (given <= need).all()
    assert (given < need).any()


def test_relabelling_up_follows_the_number_of_places() -> None:
    """Oslo has a third of the places of Innlandet."""
    many = live(small_blocks(**{"brytere.r_opp": 0.5, "register.blokk": 10_000}), 5, 0)
    chosen, fylke = many.decisions.registrering, many.at.who.fylke[many.decisions.registrering]
    codes = np.array([f.kode for f in many.around.config.marked.fylker])[fylke]
    milder = many.need[chosen] < 2
    raised = many.decisions.innsatsgruppe >= 2
    oslo, innlandet = (raised[milder & (codes == kode)].mean() for kode in ("03", "34"))
    assert oslo < 0.5 * innlandet


def test_the_switches_change_the_weights_they_name() -> None:
    equal = read_config(overrides={"brytere.diskriminering": 0.0}).indekser
    assert all("utenfor" not in dict(formula.weights) for formula in equal.values())
    plain = read_config(overrides={"brytere.samspill": 0.0}).indekser
    gone = {
        "over55_arr",
        "ung",
        "helsesvikt_man",
        "z_man",
        "helsesvikt_a10",
        "sesong_vaar",
        "sesong_hoest",
        "sesong",
    }
    assert all(not gone & set(dict(plain[name].weights)) for name in "JKF")
    assert dict(plain["J"].weights)["helsesvikt"] == -0.60
    assert dict(plain["K"].weights)["helsesvikt"] == 1.85


def test_a_misspelt_key_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match=re.escape("unknown key brytere.r_op; did you mean r_opp?")):
        read_config(overrides={"brytere.r_op": 0.3})


def test_a_number_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(ConfigError, match=re.escape("brytere.r_opp must be a number, is str")):
        read_config(overrides={"brytere.r_opp": "much"})
