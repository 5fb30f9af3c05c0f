"""Notes on the data: each oddity is named, none is silent, and no count under ten is given."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from profilering.errors import DataError
from profilering.risk import Outcome
from tests.candidates import some_tables
from training.data_notes import (
    DataNote,
    NoteKind,
    days_between_extract_and_newest_fact,
    notes_of,
    notes_section,
    open_horizons,
    persons_on_two_sides,
)
from training.design import Design
from training.extract import Extract
from training.nav_config import read_nav_config
from training.outcome import label
from training.prepare import Prepared
from training.reporting.report import Report, report_html
from training.split import SplitRows

ROWS = 1_000
SIDE = ROWS // 4
FYLKE = 2  # the column of the categorical feature


def ordinary(**columns: pl.Series) -> Prepared:
    """Nothing to remark: four equal sides, half with each outcome, one row per person and day."""
    names = ("alder", "maaneder_med_jobb", "fylke")
    number = np.arange(ROWS, dtype=np.float64)
    registreringer = pl.DataFrame(
        {
            "person_id": [f"S{n:08d}" for n in range(ROWS)],
            "registrert": [date(2018, 1, 1) + timedelta(days=n % 700) for n in range(ROWS)],
            **{outcome.value.lower(): [n % 2 for n in range(ROWS)] for outcome in Outcome},
        }
    ).with_columns(**columns)
    return Prepared(
        registreringer,
        pl.DataFrame(),
        Design(
            names, (False, False, True), (0, 0, 0), np.column_stack([number % 40, number % 7, number % 3])
        ),
        SplitRows(*(np.arange(first, first + SIDE, dtype=np.intp) for first in range(0, ROWS, SIDE))),
        {},
    )


def with_values(column: int, rows: slice, value: float) -> Prepared:
    prepared = ordinary()
    values = prepared.design.values.copy()
    values[rows, column] = value
    return replace(prepared, design=replace(prepared.design, values=values))


def the_note(prepared: Prepared) -> DataNote:
    (note,) = notes_of(prepared)
    return note


def an_extract(drawn: date) -> Extract:
    return Extract("tre", drawn, synthetic=True, files={}, **some_tables())


def test_an_ordinary_extract_has_no_notes() -> None:
    assert notes_of(ordinary()) == ()
    assert "Ingen merknader." in notes_section(()).text


TRAIN = slice(0, SIDE)
FEATURES = {
    "all missing in training": (0, TRAIN, np.nan, (NoteKind.ALL_MISSING, "alder", SIDE)),
    "one value in training": (1, TRAIN, 3.0, (NoteKind.CONSTANT, "maaneder_med_jobb", SIDE)),
    "missing for more than half": (0, slice(0, 126), np.nan, (NoteKind.OFTEN_MISSING, "alder", 126)),
    "missing for all but nine": (0, slice(0, SIDE - 9), np.nan, (NoteKind.OFTEN_MISSING, "alder", None)),
    "a category in later rows only": (
        FYLKE,
        slice(800, 812),
        5.0,
        (NoteKind.UNSEEN_CATEGORY, "fylke", 12),
    ),
    "a category in nine later rows": (
        FYLKE,
        slice(800, 809),
        5.0,
        (NoteKind.UNSEEN_CATEGORY, "fylke", None),
    ),
}


@pytest.mark.parametrize("case", FEATURES)
def test_a_feature_that_cannot_be_learnt_from_is_named(case: str) -> None:
    column, rows, value, wanted = FEATURES[case]
    note = the_note(with_values(column, rows, value))
    assert (note.kind, note.about, note.count) == wanted


@pytest.mark.parametrize(
    ("column", "rows"),
    [(0, slice(0, 125)), (0, slice(SIDE, ROWS)), (FYLKE, slice(0, 5))],
    ids=["missing for exactly half", "missing on the other sides", "seen in training only"],
)
def test_what_can_be_learnt_from_gets_no_note(column: int, rows: slice) -> None:
    assert notes_of(with_values(column, rows, 5.0 if column == FYLKE else np.nan)) == ()


def test_the_unseen_category_is_told_by_its_name() -> None:
    assert "Verdien 32 finnes bare" in the_note(with_values(FYLKE, slice(800, 812), 5.0)).text


def test_the_same_person_registered_twice_a_day_is_noted() -> None:
    prepared = ordinary()
    first = prepared.registreringer.head(6)
    twice = prepared.registreringer.with_columns(
        pl.concat([prepared.registreringer[name].head(ROWS - 6), first[name]]).alias(name)
        for name in ("person_id", "registrert")
    )
    note = the_note(replace(prepared, registreringer=twice))
    assert (note.kind, note.count) == (NoteKind.DUPLICATED, 12)


@pytest.mark.parametrize("value", [0, 1])
@pytest.mark.parametrize(
    ("side", "first"), [("train", 0), ("calibrate", 250), ("held_out", 500), ("test", 750)]
)
def test_a_side_with_one_class_only_stops_the_training(side: str, first: int, value: int) -> None:
    happened = [value if first <= n < first + SIDE else n % 2 for n in range(ROWS)]
    prepared = ordinary(helserelatert_ytelse=pl.Series(happened))
    with pytest.raises(DataError, match=f"helserelatert_ytelse, side {side}: 250 registreringer"):
        notes_of(prepared)


def test_an_empty_side_stops_the_training() -> None:
    prepared = ordinary()
    empty = replace(prepared.split, held_out=np.array([], dtype=np.intp))
    with pytest.raises(DataError, match="side held_out: 0 registreringer"):
        notes_of(replace(prepared, split=empty))


@pytest.mark.parametrize(("positives", "shown"), [(99, 99), (10, 10), (9, None), (1, None)])
def test_fewer_than_a_hundred_with_an_outcome_is_noted(positives: int, shown: int | None) -> None:
    happened = [int(n - 750 < positives) if n >= 750 else n % 2 for n in range(ROWS)]
    note = the_note(ordinary(langvarig_stoenad=pl.Series(happened)))
    assert (note.kind, note.about, note.count) == (
        NoteKind.FEW_POSITIVES,
        "langvarig_stoenad, senere kull",
        shown,
    )


def test_a_person_on_two_sides_is_counted_once() -> None:
    prepared = ordinary()
    assert persons_on_two_sides(prepared) == 0
    ids = prepared.registreringer["person_id"].to_list()
    ids[300], ids[301], ids[600] = ids[0], ids[0], ids[0]  # one person on three sides
    ids[302] = ids[303]  # twice on one side only
    ids[999] = ids[1]
    moved = prepared.registreringer.with_columns(person_id=pl.Series(ids))
    assert persons_on_two_sides(replace(prepared, registreringer=moved)) == 2


def test_an_extract_dated_later_than_its_ytelser_is_seen() -> None:
    """The newest of the three began 2020-10-01; whatever other tables hold does not hide it."""
    assert days_between_extract_and_newest_fact(an_extract(date(2020, 10, 1))) == 0
    assert days_between_extract_and_newest_fact(an_extract(date(2020, 12, 1))) == 61
    # Granted from October, but not begun in September.
    assert days_between_extract_and_newest_fact(an_extract(date(2020, 9, 30))) == 198
    with pytest.raises(DataError, match="none had begun by extract_date 2017-01-01"):
        days_between_extract_and_newest_fact(an_extract(date(2017, 1, 1)))


@pytest.mark.parametrize("registrert", [date(2019, 1, 15), date(2019, 1, 16), date(2019, 2, 1)])
@pytest.mark.parametrize(
    "drawn", [date(2020, 6, 14), date(2020, 6, 15), date(2020, 7, 14), date(2020, 7, 15)]
)
def test_a_horizon_is_open_until_its_last_measuring_day(registrert: date, drawn: date) -> None:
    config = read_nav_config()
    prepared = ordinary(registrert=pl.lit(registrert))  # type: ignore[arg-type]  # the same day for all
    last = date(2020, 6, 15) if registrert.day == 15 else date(2020, 7, 15)
    extract = an_extract(drawn)
    assert open_horizons(prepared, extract, config) == (0 if last <= drawn else ROWS)
    mature = label(
        prepared.registreringer.select("person_id", "registrert"),
        extract.ytelser,
        config.utfall,
        pl.lit(drawn),
    )["moden"]
    assert mature.all() == (last <= drawn)


def test_rows_that_no_side_uses_may_be_open() -> None:
    prepared = ordinary()
    unused = replace(prepared.split, test=prepared.split.test[:-10])
    late = prepared.registreringer.with_columns(
        registrert=pl.when(pl.int_range(pl.len()) >= ROWS - 10).then(date(2025, 1, 1)).otherwise("registrert")
    )
    extract = an_extract(date(2025, 6, 1))
    config = read_nav_config()
    assert open_horizons(replace(prepared, registreringer=late), extract, config) == 10
    assert open_horizons(replace(prepared, registreringer=late, split=unused), extract, config) == 0


def test_the_section_names_every_note() -> None:
    notes = notes_of(with_values(0, TRAIN, np.nan)) + notes_of(with_values(FYLKE, slice(800, 803), 5.0))
    page = report_html(Report("Rapport", "Oppdiktet", (notes_section(notes),)))
    assert "Merknader om dataene" in page
    for note in notes:
        assert note.text in page
    assert ">3<" not in page
