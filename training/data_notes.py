"""What in the data nobody should overlook, said by name: notes for the report, counts for the gates.

A note names a feature, an outcome or a side, never a person, and gives no count under ten.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from profilering.errors import DataError
from profilering.features import CATALOGUE
from profilering.risk import Outcome
from training.extract import Extract
from training.fairness.groups import FEWEST_POSITIVES, FEWEST_SHOWN
from training.nav_config import NavConfig
from training.prepare import Prepared
from training.reporting.report import Section, Table
from training.split import Rows

Floats = NDArray[np.float64]

OFTEN = 0.5
"""Missing for more than half, a feature says more about who answers than about what it is named after."""

SIDES = {
    "train": "treningssiden",
    "calibrate": "kalibreringssiden",
    "held_out": "siden holdt utenfor",
    "test": "senere kull",
}


class NoteKind(StrEnum):
    """What a note is about, in the words of the report."""

    ALL_MISSING = "Mangler for alle"
    CONSTANT = "Lik for alle"
    OFTEN_MISSING = "Mangler for mer enn halvparten"
    UNSEEN_CATEGORY = "Verdi som ikke er sett i treningen"
    DUPLICATED = "Flere registreringer samme dag"
    FEW_POSITIVES = "For få med utfallet"


@dataclass(frozen=True, slots=True)
class DataNote:
    """One thing to know about the data; `count` is None where it is under ten."""

    kind: NoteKind
    about: str  # a feature, an outcome and a side, or a table
    count: int | None  # rows, of the people with the outcome for FEW_POSITIVES
    text: str


def notes_of(prepared: Prepared) -> tuple[DataNote, ...]:
    """Look the prepared data through. Raises DataError where a side has one class of an outcome only."""
    return (*_features(prepared), *_duplicates(prepared), *_outcomes(prepared))


def persons_on_two_sides(prepared: Prepared) -> int:
    """Count the persons with rows on more than one side of the split; it must be none."""
    sides = [prepared.registreringer["person_id"][rows].unique() for rows in _sides(prepared).values()]
    return int(pl.concat(sides).value_counts().filter(pl.col("count") > 1).height)


def days_between_extract_and_newest_fact(extract: Extract) -> int:
    """Days from the newest ytelse that had begun to the day the extract is said to be drawn.

    Outcomes are counted from ytelser: where these end early, or the extract is dated late, every
    horizon in between would read as months without stønad, whatever the other tables hold.

    Raises DataError if no ytelse had begun.
    """
    begun = extract.ytelser.filter(pl.col("fom") <= extract.extract_date)
    if begun.is_empty():
        raise DataError(
            f"ytelser, column fom: none had begun by extract_date {extract.extract_date}; correct the date"
        )
    return int(begun.select((extract.extract_date - pl.col("fom").max()).dt.total_days()).item())


def open_horizons(prepared: Prepared, extract: Extract, config: NavConfig) -> int:
    """Count the used rows with a measuring day still to come when the extract was drawn.

    Counted anew from the calendar, not from what `training.outcome` found.
    """
    used = np.concatenate(list(_sides(prepared).values()))
    drawn, measuring_day = extract.extract_date, config.utfall.maaledag
    passed = drawn.year * 12 + drawn.month + (drawn.day >= measuring_day)
    day = prepared.registreringer["registrert"][used].dt
    before = day.year() * 12 + day.month().cast(pl.Int32) + (day.day() > measuring_day).cast(pl.Int32)
    return int((passed - before < config.utfall.maaneder).sum())


def notes_section(notes: tuple[DataNote, ...]) -> Section:
    """Show the notes, or say that there are none."""
    heading = "Merknader om dataene"
    if not notes:
        return Section(heading, ("Ingen merknader.",))
    rows = tuple((note.about, note.kind.value, note.text, note.count) for note in notes)
    table = Table("Merknader", ("Gjelder", "Hva", "Forklaring", "Antall"), rows)
    return Section(
        heading, ("Kontrollene stanset ikke treningen, men den som leser tallene, bør vite dette.",), (table,)
    )


def _sides(prepared: Prepared) -> dict[str, Rows]:
    return {side: getattr(prepared.split, side) for side in SIDES}


def _features(prepared: Prepared) -> Iterator[DataNote]:
    train, later = (
        prepared.split.train,
        np.concatenate([rows for side, rows in _sides(prepared).items() if side != "train"]),
    )
    categories = {feature.name: feature.categories for feature in CATALOGUE}
    for column, name in enumerate(prepared.design.names):
        values = prepared.design.values[:, column]
        yield from _missing_or_constant(name, values[train])
        if prepared.design.categorical[column]:
            yield from _unseen(name, values[train], values[later], categories.get(name))


def _missing_or_constant(name: str, values: Floats) -> Iterator[DataNote]:
    missing = np.isnan(values)
    share = float(missing.mean()) if values.size else 0.0
    known = int((~missing).sum())
    if share == 1:
        yield DataNote(NoteKind.ALL_MISSING, name, _shown(values.size), "Modellen kan ikke lære noe av den.")
    elif not missing.any() and values.size and np.all(values == values[0]):
        yield DataNote(NoteKind.CONSTANT, name, _shown(values.size), "Modellen kan ikke lære noe av den.")
    elif share > OFTEN:
        # Whoever knows how many there are in all could subtract.
        count = _shown(values.size - known) if known >= FEWEST_SHOWN else None
        text = (
            f"Mangler for {100 * share:.0f} % i treningen."
            if count
            else "Kjent for færre enn ti i treningen."
        )
        yield DataNote(NoteKind.OFTEN_MISSING, name, count, text)


def _unseen(
    name: str, train: Floats, later: Floats, categories: tuple[str, ...] | None
) -> Iterator[DataNote]:
    """Categories nobody was fitted on: the model treats them as it treats the rarest."""
    codes, counts = np.unique(later[~np.isnan(later)], return_counts=True)
    for code, count in zip(codes.astype(int).tolist(), counts.tolist(), strict=True):
        if not np.any(train == code):
            value = categories[code] if categories and code < len(categories) else str(code)
            text = f"Verdien {value} finnes bare utenfor treningssiden."
            yield DataNote(NoteKind.UNSEEN_CATEGORY, name, _shown(count), text)


def _duplicates(prepared: Prepared) -> Iterator[DataNote]:
    repeated = int(prepared.registreringer.select("person_id", "registrert").is_duplicated().sum())
    if repeated:
        text = "Samme person er registrert mer enn én gang samme dag. Alle radene er med."
        yield DataNote(NoteKind.DUPLICATED, "registreringer", _shown(repeated), text)


def _outcomes(prepared: Prepared) -> Iterator[DataNote]:
    for outcome in Outcome:
        for side, rows in _sides(prepared).items():
            happened = prepared.outcome(outcome)[prepared.defined(outcome, rows)]
            positives = int(happened.sum())
            if not 0 < positives < happened.size:
                raise DataError(
                    f"{outcome.value.lower()}, side {side}: {happened.size} registreringer without both "
                    "0 and 1; nothing can be learnt or measured, so give a larger extract or other periods"
                )
            if positives < FEWEST_POSITIVES:
                about = f"{outcome.value.lower()}, {SIDES[side]}"
                text = f"Færre enn {FEWEST_POSITIVES} med utfallet: tallene er usikre."
                yield DataNote(NoteKind.FEW_POSITIVES, about, _shown(positives), text)


def _shown(count: int) -> int | None:
    return count if count >= FEWEST_SHOWN else None
