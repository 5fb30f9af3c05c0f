"""The tables of the extract, as frames with plain types: what a data owner would hand over."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.synthetic.answers import nullable, situations_column
from training.synthetic.decisions import INNSATSGRUPPER
from training.synthetic.draws import Ints
from training.synthetic.life import Lives
from training.synthetic.months import NO_DATE
from training.synthetic.persons import LANDBAKGRUNN, UTDANNING, seen_as
from training.synthetic.states import YTELSER

PERSON_DIGITS: Final = 8
"""An id is S and eight digits, a period id two more after a dash: never the eleven of a foedselsnummer."""


def table_names() -> tuple[str, ...]:
    """The tables of the extract that are written block by block."""
    return ("registreringer", "arbeidsforhold", "ytelser", "perioder", "tiltak", "vedtak14a")


def person_ids(person: Ints, first: int) -> pl.Series:
    """Ids of persons counted within a block whose first person has the running number `first`."""
    number = pl.Series("person_id", person.astype(np.int64) + first)
    return "S" + number.cast(pl.String).str.zfill(PERSON_DIGITS)


def period_ids(person_id: pl.Series, number: Ints) -> pl.Series:
    """Ids of periods."""
    return (person_id + "-" + pl.Series(number).cast(pl.String).str.zfill(2)).alias("periode_id")


def dates(days: NDArray[Any]) -> pl.Series:
    """Days since 1970 as dates; NO_DATE becomes null."""
    return pl.Series(days.astype(np.int32)).replace(int(NO_DATE), None).cast(pl.Date)


def extract_tables(lives: Lives, first: int) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each table of the extract, in the order of `table_names`; rows sorted by person."""
    yield "registreringer", _registreringer(lives, first)
    yield "arbeidsforhold", _arbeidsforhold(lives, first)
    benefits, tiltak = lives.benefits, lives.tiltak
    yield (
        "ytelser",
        pl.DataFrame(
            {
                "person_id": person_ids(benefits.person, first),
                "ytelse": seen_as(YTELSER, benefits.ytelse.astype(np.int32)),
                "fom": dates(benefits.fom),
                "tom": dates(benefits.tom),
                "kjent_fra": dates(benefits.kjent_fra),
            }
        ),
    )
    yield "perioder", _perioder(lives, first)
    yield (
        "tiltak",
        pl.DataFrame(
            {
                "person_id": person_ids(tiltak.person, first),
                "type": tiltak.type,
                "fom": dates(tiltak.fom),
                "tom": dates(tiltak.tom),
            }
        ),
    )
    yield "vedtak14a", _vedtak(lives, first)


def registrering_keys(lives: Lives, first: int) -> pl.DataFrame:
    """periode_id and person_id of each registrering."""
    periods, period = lives.periods, lives.at.period
    person_id = person_ids(periods.person[period], first)
    return pl.DataFrame({"periode_id": period_ids(person_id, periods.number[period]), "person_id": person_id})


def _registreringer(lives: Lives, first: int) -> pl.DataFrame:
    at, said, config = lives.at, lives.answers, lives.around.config
    codes = [fylke.kode for fylke in config.marked.fylker]
    return registrering_keys(lives, first).with_columns(
        dates(lives.periods.registrert[at.period]).alias("registrert"),
        nullable(said.nus).alias("nus"),
        nullable(said.bestaatt).alias("bestaatt"),
        nullable(said.godkjent).alias("godkjent"),
        nullable(said.helse).alias("helsetilstand_hindrer_arbeid"),
        nullable(said.andre).alias("andre_forhold_hindrer_arbeid"),
        situations_column(said),
        nullable(said.styrk08).alias("styrk08"),
        pl.Series("foedselsaar", lives.around.days.year(at.who.born)),
        pl.Series("fylke", seen_as(codes, at.who.fylke)),
    )


def _arbeidsforhold(lives: Lives, first: int) -> pl.DataFrame:
    jobs = lives.jobs
    return pl.DataFrame(
        {
            "person_id": person_ids(jobs.person, first),
            "startet": dates(jobs.startet),
            "sluttet": dates(jobs.sluttet),
            "stillingsprosent": jobs.stillingsprosent,
            "styrk08": jobs.styrk08,
            "startet_kjent": dates(jobs.startet_kjent),
            "sluttet_kjent": dates(jobs.sluttet_kjent),
        }
    ).filter(pl.Series(jobs.in_register))


def _perioder(lives: Lives, first: int) -> pl.DataFrame:
    periods = lives.periods
    person_id = person_ids(periods.person, first)
    return pl.DataFrame(
        {
            "person_id": person_id,
            "periode_id": period_ids(person_id, periods.number),
            "startet": dates(periods.registrert),
            "avsluttet": dates(periods.avsluttet),
        }
    )


def _vedtak(lives: Lives, first: int) -> pl.DataFrame:
    decided = lives.decisions
    keys = registrering_keys(lives, first)[decided.registrering]
    return keys.select(
        "person_id",
        "periode_id",
        pl.Series("innsatsgruppe", seen_as(INNSATSGRUPPER, decided.innsatsgruppe)),
        dates(decided.dato).alias("dato"),
    )


def vernede_table(lives: Lives, first: int) -> pl.DataFrame:
    """Protected traits, for audits only: never in the extract, never a feature."""
    persons = lives.persons
    everyone = np.arange(persons.a.size, dtype=np.int32)
    return pl.DataFrame(
        {
            "person_id": person_ids(everyone, first),
            "kjoenn": np.where(persons.kvinne, "KVINNE", "MANN"),
            "landbakgrunn": seen_as(LANDBAKGRUNN, persons.landbakgrunn),
        }
    )


def person_truth(lives: Lives, first: int) -> pl.DataFrame:
    """The latent facts of each person."""
    persons = lives.persons
    everyone = np.arange(persons.a.size, dtype=np.int32)
    return pl.DataFrame(
        {
            "person_id": person_ids(everyone, first),
            "utdanning": seen_as(UTDANNING, persons.utdanning),
            "yrke": persons.yrke,
            "godkjenning": persons.gk,
            "sesong": persons.sesong,
        }
    )
