"""The tables that features are computed from: the same shape for one person and for millions.

Every table carries `rad`, the row number of the registrering it belongs to, and only what was
known on that day. Schemas are explicit, because polars gives a one-row frame of `None` the
type Null and expressions on it fail.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

import polars as pl

from profilering.registrering import Beskrivelse, Historikk, Livsoppholdsytelse, Registrering

SVAR = {
    "rad": pl.UInt32,
    "registrert": pl.Date,
    "foedselsaar": pl.Int32,
    "fylke": pl.String,
    "nus": pl.Int32,
    "bestaatt": pl.String,
    "godkjent": pl.String,
    "helse": pl.String,
    "andre_forhold": pl.String,
    "jobbsituasjon": pl.String,
    "styrk1": pl.String,
    "arbeidsforhold_kjent": pl.Boolean,
    "ytelser_kjent": pl.Boolean,
    "perioder_kjent": pl.Boolean,
    "tiltak_kjent": pl.Boolean,
}
SPELLS = {
    "rad": pl.UInt32,
    "slag": pl.String,
    "fra": pl.Date,
    "til": pl.Date,
    "stillingsprosent": pl.Int32,
    "styrk1": pl.String,
}
MARKED = {
    "fylke": pl.String,
    "styrk1": pl.String,
    "maaned": pl.Date,
    "kjent_fra": pl.Date,
    "ledighet_promille": pl.Int32,
    "ledige_stillinger_per_100": pl.Int32,
}


class Slag(StrEnum):
    """What a spell is a spell of."""

    JOBB = "JOBB"
    PERIODE = "PERIODE"
    TILTAK = "TILTAK"
    YTELSE = "YTELSE"  # any counted ytelse
    DAGPENGER = "DAGPENGER"
    TILTAKSPENGER = "TILTAKSPENGER"
    SYKEPENGER = "SYKEPENGER"
    AAP = "AAP"
    UFOERETRYGD = "UFOERETRYGD"
    SOSIALHJELP = "SOSIALHJELP"


SpellRow: TypeAlias = tuple[Slag, date, date | None, int | None, str | None]
"""SPELLS' columns after `rad`."""

SLAG_OF_YTELSE: dict[Livsoppholdsytelse, tuple[Slag, ...]] = {
    Livsoppholdsytelse.DAGPENGER: (Slag.DAGPENGER, Slag.YTELSE),
    Livsoppholdsytelse.VENTESTOENAD: (Slag.DAGPENGER, Slag.YTELSE),  # dagpenger-based
    Livsoppholdsytelse.TILTAKSPENGER: (Slag.TILTAKSPENGER, Slag.YTELSE),
    Livsoppholdsytelse.INDIVIDSTOENAD: (Slag.TILTAKSPENGER, Slag.YTELSE),  # its forerunner
    Livsoppholdsytelse.SYKEPENGER: (Slag.SYKEPENGER, Slag.YTELSE),
    Livsoppholdsytelse.AAP: (Slag.AAP, Slag.YTELSE),
    Livsoppholdsytelse.UFOERETRYGD: (Slag.UFOERETRYGD, Slag.YTELSE),
    Livsoppholdsytelse.SOSIALHJELP: (Slag.SOSIALHJELP, Slag.YTELSE),
    # Municipal support is one group: kvalifiseringsstønad alone would show what is kontorsperret.
    Livsoppholdsytelse.KVALIFISERINGSSTOENAD: (Slag.SOSIALHJELP, Slag.YTELSE),
    # Overgangsstønad counts in no feature: it tells of family.
    Livsoppholdsytelse.OVERGANGSSTOENAD: (),
}

JOBBSITUASJON_ORDER = (
    Beskrivelse.ER_PERMITTERT,
    Beskrivelse.ALDRI_HATT_JOBB,
    Beskrivelse.IKKE_VAERT_I_JOBB_SISTE_2_AAR,
    Beskrivelse.AKKURAT_FULLFORT_UTDANNING,
    Beskrivelse.HAR_BLITT_SAGT_OPP,
    Beskrivelse.KONKURS,
    Beskrivelse.HAR_SAGT_OPP,
    Beskrivelse.MIDLERTIDIG_JOBB,
    Beskrivelse.DELTIDSJOBB_VIL_MER,
    Beskrivelse.NY_JOBB,
    Beskrivelse.VIL_BYTTE_JOBB,
    Beskrivelse.ANNET,
    Beskrivelse.USIKKER_JOBBSITUASJON,
)
"""Which stated jobbsituasjon stands for the person when several are given: the most specific first,
because one sentence must say it. USIKKER_JOBBSITUASJON is last: it is given beside another."""
_PLACE_IN_ORDER = {beskrivelse: place for place, beskrivelse in enumerate(JOBBSITUASJON_ORDER)}


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything known about n registreringer on their days.

    `svar` has n rows of SVAR's columns; `spells` any number of SPELLS', one per job, period, tiltak
    and counted ytelse. A counted ytelse stands twice: as its own `slag` and as YTELSE.
    """

    svar: pl.DataFrame
    spells: pl.DataFrame

    def portions(self, rows: int) -> Iterator["Tables"]:
        """The same in the order of `rad`, at most so many registreringer at a time; one portion of none."""
        svar, spells = self.svar.sort("rad"), self.spells.sort("rad")
        rad = spells["rad"]
        for start in range(0, max(1, svar.height), rows):
            some = svar.slice(start, rows)
            # In the column's own type: looked up as another, all of it would be converted, once a portion.
            ends = pl.Series([some["rad"].first(), some["rad"].last()], dtype=rad.dtype)
            begin = rad.search_sorted(ends[:1], side="left").item()
            end = rad.search_sorted(ends[1:], side="right").item()
            yield Tables(some, spells.slice(begin, end - begin))


def tables_of(registreringer: Sequence[Registrering]) -> Tables:
    """Lay registreringer out as tables, row i for the i-th."""
    svar = [(rad, *svar_row(r)) for rad, r in enumerate(registreringer)]
    spells = [(rad, *row) for rad, r in enumerate(registreringer) for row in spell_rows(r.historikk)]
    return Tables(
        svar=pl.DataFrame(svar, schema=SVAR, orient="row"),
        spells=pl.DataFrame(spells, schema=SPELLS, orient="row"),
    )


def main_jobbsituasjon(stated: Iterable[Beskrivelse] | None) -> str | None:
    """The one jobbsituasjon that stands for the person; None when none was stated."""
    first = min(stated or (), key=_PLACE_IN_ORDER.__getitem__, default=None)
    return None if first is None else first.value


def svar_row(r: Registrering) -> tuple[object, ...]:
    """What one registrering gives SVAR's columns after `rad`."""
    svar, historikk = r.opplysninger, r.historikk
    utdanning = svar.utdanning
    return (
        r.registrert,
        r.foedselsaar,
        r.fylke,
        utdanning.nus if utdanning else None,
        utdanning.bestaatt if utdanning else None,
        utdanning.godkjent if utdanning else None,
        svar.helse,
        svar.annet,
        main_jobbsituasjon(svar.jobbsituasjon),
        svar.styrk08[0] if svar.styrk08 else None,
        historikk.arbeidsforhold is not None,
        historikk.ytelser is not None,
        historikk.perioder is not None,
        historikk.tiltak is not None,
    )


def spell_rows(historikk: Historikk) -> Iterator[SpellRow]:
    """What one history gives SPELLS' columns after `rad`."""
    for job in historikk.arbeidsforhold or ():
        styrk1 = job.styrk08[0] if job.styrk08 else None
        yield Slag.JOBB, job.startet, job.sluttet, job.stillingsprosent, styrk1
    for ytelse in historikk.ytelser or ():
        for slag in SLAG_OF_YTELSE.get(ytelse.ytelse, ()):
            yield slag, ytelse.fra, ytelse.til, None, None
    for periode in historikk.perioder or ():
        yield Slag.PERIODE, periode.startet, periode.avsluttet, None, None
    for tiltak in historikk.tiltak or ():
        yield Slag.TILTAK, tiltak.fra, tiltak.til, None, None
