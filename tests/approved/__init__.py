"""The personas' texts in every language, kept as files so that a change of wording is read in review.

The model is made by hand, with whole-number steps that no library can move: the texts change when a
sentence, a rule, a persona or the order of the sections does. `python -m tests.approved` renews them.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import polars as pl

from models.policy_file import read_policy_version
from models.text_file import read_tekster, text_path
from profilering.assess import assess_all, tell
from profilering.begrunnelse import Begrunnelse
from profilering.features import Arbeidsmarked
from profilering.features.catalogue import FYLKER, YRKER
from profilering.risk import Outcome, Span
from serving.pages.personas import Persona, read_personas
from tests.make import LinearModel, a_basis
from tests.readability import LANGUAGES

FOLDER = Path(__file__).parent
POLICY = "2026-2"

SHARED: Mapping[str, float] = {
    "alder": 0.01,
    "utdanningsnivaa": -0.08,
    "utdanning_bestaatt": -0.1,
    "utdanning_godkjent": -0.2,
    "andre_forhold_hindrer": 0.3,
    "maaneder_i_jobb_siste_12": -0.06,
    "maaneder_i_jobb_siste_36": -0.01,
    "maaneder_siden_jobb": 0.01,
    "i_jobb_naa": -0.1,
    "varighet_siste_jobb": -0.002,
    "perioder_siste_60": 0.05,
    "maaneder_arbeidssoeker_siste_24": 0.04,
    "lengste_periode_siste_60": 0.01,
    "maaneder_tiltak_siste_36": 0.03,
    "maaneder_dagpenger_siste_24": 0.02,
    "sosialhjelp_naa": 0.3,
    "yrke": 0.02,
    "ledighet": 0.01,
    "ledighet_endring_12": 0.01,
    "ledige_stillinger": -0.002,
}
HEALTH: Mapping[str, float] = {
    "helse_hindrer": 0.5,
    "maaneder_sykepenger_siste_24": 0.08,
    "lengste_sykepenger_siste_24": 0.04,
    "maaneder_aap_siste_36": 0.05,
}
SUPPORT: Mapping[str, float] = {"maaneder_ytelse_siste_24": 0.06, "helse_hindrer": 0.2}


def approved_texts() -> Iterator[tuple[Path, str]]:
    """Where the text of each persona in each language is kept, and what it is today."""
    personas = read_personas()
    basis = a_basis(model=_model(), arbeidsmarked=_market(), policy=read_policy_version(POLICY))
    people = [persona.registrering for persona in personas]
    assessed = assess_all(people, basis, stanset=[False] * len(people))
    for spraak, (persona, p) in product(LANGUAGES, zip(personas, assessed, strict=True)):
        tekster = read_tekster(text_path(spraak))
        told = tell(persona.registrering, p.features, p.risks, p.forslag, basis.policy, tekster)
        yield FOLDER / f"{persona.id}.{spraak}.txt", _page(persona, told.begrunnelse)


def _page(persona: Persona, begrunnelse: Begrunnelse) -> str:
    sections = [f"{avsnitt.overskrift.upper()}\n{avsnitt.tekst}" for avsnitt in begrunnelse.avsnitt]
    return "\n\n".join([f"{persona.id} – {persona.tittel}", *sections]) + "\n"


def _model() -> LinearModel:
    return LinearModel(
        base={Outcome.LANGVARIG_STOENAD: -1.0, Outcome.HELSERELATERT_YTELSE: -2.2},
        weights={
            Outcome.LANGVARIG_STOENAD: {**SHARED, **SUPPORT},
            Outcome.HELSERELATERT_YTELSE: {**SHARED, **HEALTH},
        },
        spans={
            "alder": Span(18, 67),
            "antall_jobber_siste_36": Span(0, 12),
            "perioder_siste_60": Span(0, 12),
        },
    )


def _market() -> Arbeidsmarked:
    """Figures of January, known in February, that fall over the years and differ between occupations."""
    rows = [
        {
            "fylke": fylke,
            "styrk1": yrke,
            "maaned": date(year, 1, 1),
            "kjent_fra": date(year, 1, 1) + timedelta(days=50),
            "ledighet_promille": 2 * (2030 - year) + int(yrke),
            "ledige_stillinger_per_100": 10 * (year - 2012),
        }
        for fylke, yrke, year in product(FYLKER, YRKER, (2015, 2016, 2022, 2023))
    ]
    return Arbeidsmarked.of(pl.DataFrame(rows))
