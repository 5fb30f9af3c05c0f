"""Labels: what happened on the measuring days, and no label where the horizon is open."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.candidates import some_tables, write_extract
from training.extract import read_extract
from training.nav_config import read_nav_config
from training.outcome import HELSERELATERT, LANGVARIG, label
from training.prepare import prepare

CONFIG = read_nav_config().utfall
DAY = date(2020, 3, 2)
"""The first measuring day after it is 2020-03-15, the eighteenth 2021-08-15."""
DRAWN = date(2025, 12, 31)
Spell = tuple[str, date, date | None]


def labels(
    *spells: Spell, registrert: date = DAY, drawn: date = DRAWN
) -> tuple[bool, int | None, int | None]:
    """Whether one person's registrering is mature, and its two outcomes."""
    ytelser = pl.DataFrame(
        [("S1", *spell) for spell in spells],
        schema={"person_id": pl.String, "ytelse": pl.String, "fom": pl.Date, "tom": pl.Date},
        orient="row",
    )
    somebody = pl.DataFrame({"person_id": ["S1"], "registrert": [registrert]})
    row = label(somebody, ytelser, CONFIG, pl.lit(drawn)).row(0, named=True)
    return row["moden"], row[LANGVARIG], row[HELSERELATERT]


def test_the_labels_are_the_simulated_ones_on_every_mature_row(small_register: Path) -> None:
    """Check 20 of the register's specification: 0 differ."""
    extract = read_extract(small_register)
    labelled = label(extract.registreringer, extract.ytelser, CONFIG, pl.lit(extract.extract_date))
    truth = pl.read_parquet(small_register / "truth" / "registreringer" / "*.parquet")
    both = labelled.join(truth, on="periode_id", validate="1:1")
    assert both.height == labelled.height
    assert both.filter("moden").height > 10_000
    assert both.filter(pl.col("moden") != pl.col("utfall_1").is_not_null()).height == 0
    for ours, theirs in ((LANGVARIG, "utfall_1"), (HELSERELATERT, "utfall_2")):
        assert both.filter(pl.col(ours).ne_missing(pl.col(theirs).cast(pl.Int8))).height == 0
        assert both[ours].sum() > 500


def test_nothing_happened_is_zero_and_not_unknown() -> None:
    assert labels() == (True, 0, 0)


@pytest.mark.parametrize(
    ("tom", "reached"),
    [
        (date(2021, 2, 14), 0),  # eleven measuring days, 2020-03-15 to 2021-01-15
        (date(2021, 2, 15), 1),  # the last day of a ytelse is in it
        (date(2021, 2, 16), 1),
    ],
)
def test_twelve_measuring_days_are_enough_and_eleven_are_not(tom: date, reached: int) -> None:
    assert labels(("DAGPENGER", date(2020, 3, 15), tom)) == (True, reached, 0)


@pytest.mark.parametrize(("fom", "reached"), [(date(2020, 9, 15), 1), (date(2020, 9, 16), 0)])
def test_the_first_day_of_a_ytelse_is_in_it(fom: date, reached: int) -> None:
    """From 2020-09-15 there are twelve measuring days left of the eighteen."""
    assert labels(("SOSIALHJELP", fom, None)) == (True, reached, 0)


@pytest.mark.parametrize(
    ("registrert", "reached"),
    [
        (date(2020, 3, 14), 1),  # the day before a measuring day
        (date(2020, 3, 15), 1),  # on it: it counts
        (date(2020, 3, 16), 0),  # the day after: the first one is in April
    ],
)
def test_the_measuring_day_of_registrering_itself_counts(registrert: date, reached: int) -> None:
    spell: Spell = ("DAGPENGER", date(2020, 1, 1), date(2021, 2, 15))
    assert labels(spell, registrert=registrert) == (True, reached, 0)


def test_ytelser_on_the_same_measuring_day_count_once() -> None:
    """Thirteen spells over six months are six months."""
    overlapping = [(kind, date(2020, 3, 1), date(2020, 8, 31)) for kind in ("DAGPENGER", "SOSIALHJELP")] * 6
    within: Spell = ("TILTAKSPENGER", date(2020, 5, 1), date(2020, 6, 30))
    assert labels(*overlapping, within) == (True, 0, 0)


def test_ytelser_one_after_the_other_are_added() -> None:
    first: Spell = ("DAGPENGER", date(2020, 3, 1), date(2020, 8, 31))
    again: Spell = ("SOSIALHJELP", date(2020, 11, 1), date(2021, 4, 30))
    assert labels(first, again) == (True, 1, 0)
    assert labels(first, ("SOSIALHJELP", date(2020, 11, 1), date(2021, 4, 14))) == (True, 0, 0)


def test_what_lies_before_or_after_the_horizon_does_not_count() -> None:
    before: Spell = ("AAP", date(2012, 1, 1), date(2020, 3, 14))
    after: Spell = ("AAP", date(2021, 8, 16), None)
    assert labels(before, after) == (True, 0, 0)


@pytest.mark.parametrize("kind", ["AAP", "UFOERETRYGD"])
def test_one_measuring_day_with_a_health_benefit_is_enough(kind: str) -> None:
    assert labels((kind, date(2021, 8, 15), date(2021, 8, 15))) == (True, 0, 1)
    assert labels((kind, date(2021, 8, 16), None)) == (True, 0, 0)
    assert labels((kind, date(2020, 4, 16), date(2020, 5, 14))) == (True, 0, 0)  # between two of them


def test_sykepenger_are_no_health_benefit_of_the_outcome() -> None:
    assert labels(("SYKEPENGER", date(2020, 3, 1), None)) == (True, 1, 0)


def test_a_health_benefit_on_the_first_measuring_day_leaves_the_second_outcome_open() -> None:
    assert labels(("AAP", date(2019, 1, 1), date(2020, 3, 15))) == (True, 0, None)
    assert labels(("AAP", date(2020, 3, 15), None)) == (True, 1, None)
    assert labels(("AAP", date(2020, 3, 16), None)) == (True, 1, 1)


def test_a_horizon_is_over_when_its_last_measuring_day_has_passed() -> None:
    running: Spell = ("AAP", date(2020, 4, 1), None)
    assert labels(running, drawn=date(2021, 8, 15)) == (True, 1, 1)
    assert labels(running, drawn=date(2021, 8, 14)) == (False, None, None)


def test_the_horizon_crosses_the_turn_of_the_year() -> None:
    december = date(2020, 12, 16)
    assert labels(("AAP", date(2021, 1, 15), None), registrert=december) == (True, 1, None)
    assert labels(registrert=december, drawn=date(2022, 6, 15))[0]
    assert not labels(registrert=december, drawn=date(2022, 6, 14))[0]


def test_each_registrering_of_a_person_has_labels_of_its_own_in_the_order_given() -> None:
    ytelser = pl.DataFrame(
        {"person_id": ["S1"], "ytelse": ["AAP"], "fom": [date(2020, 4, 1)], "tom": [None]},
        schema_overrides={"tom": pl.Date},
    )
    days = [date(2021, 5, 1), date(2020, 3, 2), date(2010, 1, 1), date(2020, 3, 2)]
    several = pl.DataFrame({"person_id": ["S1", "S1", "S1", "S2"], "registrert": days})
    labelled = label(several, ytelser, CONFIG, pl.lit(DRAWN))
    assert labelled["registrert"].to_list() == days
    assert labelled[LANGVARIG].to_list() == [1, 1, 0, 0]
    assert labelled[HELSERELATERT].to_list() == [None, 1, 0, 0]


def test_open_horizons_and_other_ages_are_left_out_and_counted(tmp_path: Path) -> None:
    tables = some_tables()
    tables["registreringer"] = tables["registreringer"].with_columns(
        foedselsaar=pl.Series([1980, 2003, 1970])
    )
    about = {"name": "tre personer", "extract_date": "2021-12-31"}
    prepared = prepare(read_extract(write_extract(tmp_path, tables, about)), read_nav_config())
    assert prepared.registreringer["person_id"].to_list() == ["S00000001"]
    assert prepared.counts == {
        "registreringer": 3,
        "utenfor_alder": 1,
        "horisont_ikke_over": 1,
        "modne": 1,
    }
