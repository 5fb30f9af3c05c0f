"""The people of an extract one by one, as the service would be told of them.

For what is a rule over one person (NAV's rule of today), and for proving that one alone and one in
the crowd get the same features to the bit.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from profilering.registrering import (
    Arbeidsforhold,
    Beskrivelse,
    Historikk,
    JaNeiVetIkke,
    Livsoppholdsytelse,
    Opplysninger,
    Periode,
    Registrering,
    Tiltak,
    Utdanning,
    Ytelse,
)
from training.cohort import known_benefits, known_jobs, known_measures, known_periods
from training.extract import Extract

AFTER_LAST = pl.col("tom").dt.offset_by("1d")

Rows = Mapping[int, list[tuple[Any, ...]]]


def registreringer_of(registreringer: pl.DataFrame, extract: Extract) -> list[Registrering]:
    """One Registrering per row, in order; jobs stand in the order of the extract."""
    own = registreringer.with_row_index("rad")
    who = own.select("rad", "person_id", "periode_id", "registrert")
    jobs = _by_rad(known_jobs(who, extract), "startet", "sluttet", "stillingsprosent", "styrk08")
    benefits = _by_rad(known_benefits(who, extract), "ytelse", "fom", AFTER_LAST)
    periods = _by_rad(known_periods(who, extract), "startet", "avsluttet")
    measures = _by_rad(known_measures(who, extract), "fom", AFTER_LAST)
    return [
        _registrering(
            row,
            Historikk(
                arbeidsforhold=tuple(Arbeidsforhold(*job) for job in jobs.get(rad, ())),
                ytelser=tuple(
                    Ytelse(Livsoppholdsytelse(kind), fra, til) for kind, fra, til in benefits.get(rad, ())
                ),
                perioder=tuple(Periode(*period) for period in periods.get(rad, ())),
                tiltak=tuple(Tiltak(*measure) for measure in measures.get(rad, ())),
            ),
        )
        for rad, row in enumerate(own.iter_rows(named=True))
    ]


def _by_rad(frame: pl.DataFrame, *columns: str | pl.Expr) -> Rows:
    rows: dict[int, list[tuple[Any, ...]]] = {}
    for rad, *values in frame.select("rad", *columns).iter_rows():
        rows.setdefault(rad, []).append(tuple(values))
    return rows


def _registrering(row: Mapping[str, Any], historikk: Historikk) -> Registrering:
    stated = row["jobbsituasjon"]
    annet = row["andre_forhold_hindrer_arbeid"]
    return Registrering(
        registrert=row["registrert"],
        foedselsaar=row["foedselsaar"],
        fylke=row["fylke"],
        opplysninger=Opplysninger(
            utdanning=_utdanning(row),
            helse=_answer(row["helsetilstand_hindrer_arbeid"]),
            # An extract cannot tell a section not collected from an answer not given.
            annet_gitt=annet is not None,
            annet=_answer(annet),
            jobbsituasjon=None if stated is None else frozenset(map(Beskrivelse, stated)),
            styrk08=row["styrk08"],
        ),
        historikk=historikk,
        soeker_ytelse=frozenset(),
        oensker_arbeidsevnevurdering=False,
        egenvurdering=None,
    )


def _utdanning(row: Mapping[str, Any]) -> Utdanning | None:
    """Bestått and godkjent are only asked for NUS 3-8; given elsewhere they contradict it."""
    if row["nus"] is None:
        return None
    nus = int(row["nus"])
    asked = 3 <= nus <= 8
    bestaatt, godkjent = (row["bestaatt"], row["godkjent"]) if asked else (None, None)
    return Utdanning(nus, _answer(bestaatt), _answer(godkjent))


def _answer(value: str | None) -> JaNeiVetIkke | None:
    return None if value is None else JaNeiVetIkke(value)
