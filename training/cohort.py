"""One row per registrering, as it was known that day: the tables that features are computed from.

Every fact of the extract carries the day it became known; here it is left out, or taken for
still running, where that day is after registrering. The synthetic reference shows why: ignoring
these days is invisible in every AUC (population.md section 12).
"""

from collections.abc import Iterator

import polars as pl

from profilering.features import Tables
from profilering.features.tables import JOBBSITUASJON_ORDER, SLAG_OF_YTELSE, SPELLS, SVAR, Slag
from training.extract import Extract
from training.nav_config import CohortConfig

REGISTERS = ("arbeidsforhold_kjent", "ytelser_kjent", "perioder_kjent", "tiltak_kjent")


def in_cohort(registreringer: pl.DataFrame, config: CohortConfig) -> pl.DataFrame:
    """The registreringer that are learnt from, in the order of day and periode."""
    age = pl.col("registrert").dt.year() - pl.col("foedselsaar")
    wanted = age.is_between(config.alder_fra, config.alder_til)
    return registreringer.filter(wanted).sort("registrert", "periode_id")


def tables_as_of(registreringer: pl.DataFrame, extract: Extract) -> Tables:
    """The feature tables of these registreringer, row i for the i-th."""
    own = registreringer.with_row_index("rad")
    who = own.select("rad", "person_id", "periode_id", "registrert")
    spells = [
        _jobs(who, extract),
        *_benefits(who, extract),
        _periods(who, extract),
        _measures(who, extract),
    ]
    return Tables(svar=_answers(own), spells=pl.concat(spells))


def _answers(own: pl.DataFrame) -> pl.DataFrame:
    """The answers as the catalogue reads them; bestått and godkjent are only asked for NUS 3-8."""
    nus = pl.col("nus").cast(pl.Int32)
    asked = nus.is_between(3, 8)
    stated = pl.col("jobbsituasjon")
    jobbsituasjon = pl.coalesce(
        pl.when(stated.list.contains(b.value)).then(pl.lit(b.value)) for b in JOBBSITUASJON_ORDER
    )
    return own.select(
        "rad",
        "registrert",
        "foedselsaar",
        "fylke",
        nus.alias("nus"),
        pl.when(asked).then("bestaatt").alias("bestaatt"),
        pl.when(asked).then("godkjent").alias("godkjent"),
        helse="helsetilstand_hindrer_arbeid",
        andre_forhold="andre_forhold_hindrer_arbeid",
        jobbsituasjon=jobbsituasjon,
        styrk1=pl.col("styrk08").str.head(1),
        **dict.fromkeys(REGISTERS, pl.lit(value=True)),
    ).cast(SVAR)  # type: ignore[arg-type]  # a plain dict of dtypes is a schema


def _spells(frame: pl.DataFrame, slag: Slag, fra: str, til: pl.Expr) -> pl.DataFrame:
    none = pl.lit(None)
    columns = {
        "slag": pl.lit(slag.value),
        "fra": pl.col(fra),
        "til": til,
        "stillingsprosent": pl.col("stillingsprosent") if "stillingsprosent" in frame.columns else none,
        "styrk1": pl.col("styrk08").str.head(1) if "styrk08" in frame.columns else none,
    }
    return frame.select("rad", **columns).cast(SPELLS)  # type: ignore[arg-type]


def _jobs(who: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    return _spells(known_jobs(who, extract), Slag.JOBB, "startet", pl.col("sluttet"))


def known_jobs(who: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    """Jobs known on the day; an end that was not known yet is taken for a running job."""
    day = pl.col("registrert")
    return (
        who.join(extract.arbeidsforhold, on="person_id")
        .filter((pl.col("startet_kjent") <= day) & (pl.col("startet") < day))
        .with_columns(sluttet=pl.when(pl.col("sluttet_kjent") <= day).then("sluttet"))
    )


def _benefits(who: pl.DataFrame, extract: Extract) -> Iterator[pl.DataFrame]:
    """Ytelser known on the day, once as their own kind and once as any."""
    known = known_benefits(who, extract)
    for slag in Slag:
        codes = [ytelse.value for ytelse, kinds in SLAG_OF_YTELSE.items() if slag in kinds]
        if codes:
            spells = known.filter(pl.col("ytelse").is_in(codes))
            yield _spells(spells, slag, "fom", pl.col("tom").dt.offset_by("1d"))


def known_benefits(who: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    day = pl.col("registrert")
    known = who.join(extract.ytelser, on="person_id")
    return known.filter((pl.col("kjent_fra") <= day) & (pl.col("fom") < day)).with_columns(_past("tom"))


def _periods(who: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    return _spells(known_periods(who, extract), Slag.PERIODE, "startet", pl.col("avsluttet"))


def known_periods(who: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    """Earlier periods; the one this registrering opened is not history."""
    day = pl.col("registrert")
    others = extract.perioder.rename({"periode_id": "annen_periode_id"})
    return (
        who.join(others, on="person_id")
        .filter((pl.col("periode_id") != pl.col("annen_periode_id")) & (pl.col("startet") < day))
        .with_columns(_past("avsluttet"))
    )


def _measures(who: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    return _spells(known_measures(who, extract), Slag.TILTAK, "fom", pl.col("tom").dt.offset_by("1d"))


def known_measures(who: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    """Tiltak begun before the day."""
    known = who.join(extract.tiltak, on="person_id")
    return known.filter(pl.col("fom") < pl.col("registrert")).with_columns(_past("tom"))


def _past(end: str) -> pl.Expr:
    """An end that lies in the future was not known on the day: the spell is running."""
    return pl.when(pl.col(end) < pl.col("registrert")).then(end).alias(end)
