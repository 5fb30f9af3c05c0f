"""Redo features from an extract in which everything known after the day is deleted.

A feature that looks ahead is invisible in every AUC and in any single feature (population.md,
section 12); only this finds it.
"""

from dataclasses import replace
from datetime import date

import polars as pl

from profilering.features import compute_features
from training.cohort import tables_as_of
from training.extract import Extract
from training.market import arbeidsmarked_of
from training.prepare import Prepared

DAYS = 24
"""Days whose registreringer are redone, evenly over the extract: every season, some hundreds of people."""


def rows_that_looked_ahead(prepared: Prepared, extract: Extract, *, days: int = DAYS) -> tuple[int, int]:
    """How many of the redone registreringer have another value in any feature: (differing, redone)."""
    differing = redone = 0
    for day in _spread(prepared.registreringer["registrert"], days):
        rows = prepared.registreringer["registrert"] == day
        then = as_of(extract, day)
        tables = tables_as_of(prepared.registreringer.filter(rows), then)
        again = compute_features(tables, arbeidsmarked_of(then.arbeidsmarked))
        kept = prepared.features.filter(rows)
        same = pl.all_horizontal(kept[name].eq_missing(again[name]) for name in kept.columns)
        differing += int((~pl.select(same).to_series()).sum())
        redone += kept.height
    return differing, redone


def as_of(extract: Extract, day: date) -> Extract:
    """The extract as it could have been drawn at the end of a day: nothing in it became known later."""

    def until(frame: pl.DataFrame, known: str, *, ends: tuple[str, str] | None = None) -> pl.DataFrame:
        kept = frame.filter(pl.col(known) <= day)
        if ends is None:
            return kept
        open_then = pl.col(ends[1]) > day
        columns = {column: pl.when(~open_then).then(column) for column in dict.fromkeys(ends)}
        return kept.with_columns(**columns)

    return replace(
        extract,
        extract_date=day,
        registreringer=until(extract.registreringer, "registrert"),
        arbeidsforhold=until(extract.arbeidsforhold, "startet_kjent", ends=("sluttet", "sluttet_kjent")),
        ytelser=until(extract.ytelser, "kjent_fra", ends=("tom", "tom")),
        perioder=until(extract.perioder, "startet", ends=("avsluttet", "avsluttet")),
        tiltak=until(extract.tiltak, "fom", ends=("tom", "tom")),
        arbeidsmarked=until(extract.arbeidsmarked, "kjent_fra"),
    )


def _spread(registrert: pl.Series, days: int) -> list[date]:
    known = registrert.unique().sort()
    places = {round(place * (known.len() - 1) / max(1, days - 1)) for place in range(days)}
    return known.gather(sorted(places)).to_list()
