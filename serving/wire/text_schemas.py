"""Texts for people as they stand on the wire: the same sections and sentences as in plain text and HTML."""

from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Field

from profilering.anslag import Retning
from profilering.innsatsgruppe import ForslagKode
from profilering.risk import Outcome
from profilering.tema import Tema, TemaType
from serving.wire.answer_schemas import AvsnittUt, JournalUt
from serving.wire.codes import WireRegel
from serving.wire.scalars import Wire

CASE = "f3a1c5d2-6b7e-4f80-9a1b-2c3d4e5f6071"
BEFORE = "0d5b1f7e-2c3a-4b6d-8e9f-a0b1c2d3e4f5"
SECTION = {"overskrift": "Hva viser tallene?", "tekst": "Tenk deg 100 personer som modellen vurderer likt."}
FACT = {
    "navn": "maaneder_i_jobb_siste_12",
    "tekst": "Har hatt lønnet arbeid i 9 av de siste 12 månedene.",
    "verdi": 9,
    "kode": None,
    "enhet": "måneder",
    "mangler": False,
    "kilde": "Aa-registeret",
    "logOdds": -0.4125,
    "retning": "NED",
}
THEME = {
    "tema": "ARBEIDSERFARING",
    "navn": "Arbeid og jobbsituasjon",
    "type": "RESSURS",
    "logOdds": -0.4125,
    "retning": "NED",
    "opplysninger": [FACT],
}
LIMIT = {
    "regel": "FORHOEYET_ANSLAG",
    "sannsynlighet": 0.25,
    "kostnadsforhold": 3.0,
    "kilde": "Krav REQ-34 og REQ-61",
    "naadd": True,
}
SUM = {
    "utfall": "LANGVARIG_STOENAD",
    "navn": "Regnestykket for langvarig stønad",
    "grunnlinje": -0.4,
    "temaer": [THEME],
    "sum": -0.4125,
    "logOdds": -0.8125,
    "sannsynlighet": 0.3073697194120291,
    "grense": LIMIT,
    "modell": "2026-1",
}
RULE = {
    "kode": "FORHOEYET_ANSLAG",
    "forslag": "SITUASJONSBESTEMT_INNSATS",
    "kilde": "Krav REQ-34 og REQ-61",
    "forklaring": "Anslaget for langvarig stønad har nådd grensen.",
}
VERSIONS = {"modell": "2026-1", "policy": "2026-1", "tekster": "2", "skjema": "2"}
DIGESTS = {name: f"sha256:{8 * start}" for name, start in (("bundle", "b5f1831c"), ("policy", "1c4f2a90"))}
JOURNAL = {"nummer": 48211, "digest": f"sha256:{8 * '9f2c1b7e'}"}
OPENED = {
    "regel": RULE,
    "vist": True,
    "kjent": "2026-05-12",
    "regnestykker": [SUM],
    "versjoner": VERSIONS,
    "digester": DIGESTS,
    "journal": JOURNAL,
}
CHANGED_FACT = {
    "navn": "maaneder_i_jobb_siste_12",
    "foer": "Har hatt lønnet arbeid i 8 av de siste 12 månedene.",
    "naa": "Har hatt lønnet arbeid i 9 av de siste 12 månedene.",
}
CHANGED_NUMBER = {
    "utfall": "LANGVARIG_STOENAD",
    "foer": 33,
    "naa": 31,
    "grenseFoer": 25,
    "grense": 25,
    "naaddFoer": True,
    "naaddNaa": True,
}


class Nivaa(StrEnum):
    """How much of an explanation is given."""

    KORT = "kort"
    FULL = "full"


class OpplysningUt(Wire):
    """One opplysning the model was given, and what it added to or took from the log-odds."""

    navn: str = Field(description="Name in the catalogue.", examples=[FACT["navn"]])
    tekst: str = Field(description="The value, or that it was missing, in words.", examples=[FACT["tekst"]])
    verdi: int | None = Field(description="The value; null where it was missing.", examples=[9])
    kode: str | None = Field(
        description="The code behind the value, where it is one of a list.", examples=[None]
    )
    enhet: str = Field(description="Unit of the value.", examples=["måneder"])
    mangler: bool = Field(description="Whether it was missing; the model was told so.", examples=[False])
    kilde: str = Field(description="Where it comes from.", examples=["Aa-registeret"])
    log_odds: float = Field(description="What it added; below zero: took.", examples=[-0.4125])
    retning: Retning | None = Field(description="Which way it drew; null: not.", examples=["NED"])


class TemaUt(Wire):
    """The opplysninger of one theme, and what they drew together."""

    tema: Tema = Field(description="The theme.", examples=["ARBEIDSERFARING"])
    navn: str = Field(description="Name for people.", examples=["Arbeid og jobbsituasjon"])
    type: TemaType = Field(description="What the theme is about.", examples=["RESSURS"])
    log_odds: float = Field(description="Sum of its opplysninger.", examples=[-0.4125])
    retning: Retning | None = Field(description="Which way it drew; null: not.", examples=["NED"])
    opplysninger: list[OpplysningUt] = Field(
        description="In the order of the catalogue; those that drew nothing too.", examples=[[FACT]]
    )


class GrenseUt(Wire):
    """The threshold an estimate was held against."""

    regel: WireRegel = Field(description="The rule that has it.", examples=["FORHOEYET_ANSLAG"])
    sannsynlighet: float = Field(description="1 / (1 + kostnadsforhold), 0..1.", examples=[0.25])
    kostnadsforhold: float = Field(
        description="Cost of overlooking a person relative to one unneeded conversation.", examples=[3.0]
    )
    kilde: str = Field(description="Source of the rule.", examples=["Krav REQ-34 og REQ-61"])
    naadd: bool = Field(description="Whether the estimate had reached it.", examples=[True])


class RegnestykkeUt(Wire):
    """One estimate as a sum: grunnlinje and every logOdds, added up, are the log-odds of sannsynlighet."""

    utfall: Outcome = Field(description="What is estimated.", examples=["LANGVARIG_STOENAD"])
    navn: str = Field(description="Heading for people.", examples=["Regnestykket for langvarig stønad"])
    grunnlinje: float = Field(description="Where the sum begins, in log-odds.", examples=[-0.4])
    temaer: list[TemaUt] = Field(description="Largest first.", examples=[[THEME]])
    sum: float = Field(description="Of all opplysninger, in log-odds.", examples=[-0.4125])
    log_odds: float = Field(description="grunnlinje + sum.", examples=[-0.8125])
    sannsynlighet: float = Field(description="1 / (1 + exp(-logOdds)), 0..1.", examples=[0.3073697194120291])
    grense: GrenseUt | None = Field(description="Null where no rule looks at it.", examples=[LIMIT])
    modell: str = Field(description="Version of the model.", examples=["2026-1"])


class RegelUt(Wire):
    """The rule that decided, as the policy of that day has it."""

    kode: WireRegel = Field(description="The rule.", examples=["FORHOEYET_ANSLAG"])
    forslag: ForslagKode = Field(description="What it gives.", examples=["SITUASJONSBESTEMT_INNSATS"])
    kilde: str = Field(description="Its source.", examples=["Krav REQ-34 og REQ-61"])
    forklaring: str = Field(
        description="Its own words.", examples=["Anslaget for langvarig stønad har nådd grensen."]
    )


class UtdypningUt(Wire):
    """The whole sum behind a forslag. For auditors: exact numbers, also those no veileder was shown."""

    regel: RegelUt = Field(description="The rule that decided.", examples=[RULE])
    vist: bool = Field(description="Whether the veileder was shown the estimates.", examples=[True])
    kjent: date = Field(
        description="The day as of which everything was known; labour market figures are the latest "
        "published by then.",
        examples=["2026-05-12"],
    )
    regnestykker: list[RegnestykkeUt] = Field(description="One per estimate.", examples=[[SUM]])
    versjoner: dict[str, str] = Field(description="What it was made with.", examples=[VERSIONS])
    digester: dict[str, str] = Field(description="The bytes it stood on.", examples=[DIGESTS])
    journal: JournalUt = Field(description="Where it stands in the journal.", examples=[JOURNAL])


class BegrunnelseSvar(Wire):
    """The explanation of a stored profilering, in the language that was given."""

    id: UUID = Field(description="The profilering.", examples=[CASE])
    nivaa: Nivaa = Field(description="kort: as the veileder reads it; full: for auditors.", examples=["kort"])
    spraak: str = Field(description="Language of the text: nb, nn or en.", examples=["nb"])
    avsnitt: list[AvsnittUt] = Field(
        description="All sections, in order; in nb word for word as they were shown.", examples=[[SECTION]]
    )
    utdypning: UtdypningUt | None = Field(description="With nivaa=full, else null.", examples=[None])


class InnsynSvar(Wire):
    """Insight for the person, to be handed over by the veileder."""

    id: UUID = Field(description="The profilering.", examples=[CASE])
    spraak: str = Field(description="Language of the text: nb, nn or en.", examples=["nb"])
    avsnitt: list[AvsnittUt] = Field(
        description="All sections, in order, written to the person.", examples=[[SECTION]]
    )


class EndretOpplysningUt(Wire):
    """One opplysning that is not what it was, in words."""

    navn: str = Field(
        description="Name in the catalogue; the theme, once, where the words before and now are the same.",
        examples=[CHANGED_FACT["navn"]],
    )
    foer: str = Field(description="Before.", examples=[CHANGED_FACT["foer"]])
    naa: str = Field(description="Now.", examples=[CHANGED_FACT["naa"]])


class EndretTallUt(Wire):
    """One estimate before and now, in whole persons of a hundred; null: not shown that day."""

    utfall: Outcome = Field(description="What is estimated.", examples=["LANGVARIG_STOENAD"])
    foer: int | None = Field(description="Before; null: it was not shown.", examples=[33])
    naa: int | None = Field(description="Now; null: it is not shown.", examples=[31])
    grense_foer: int | None = Field(
        description="The threshold before; null where there was none, or nothing was shown.", examples=[25]
    )
    grense: int | None = Field(
        description="The threshold now; null where there is none, or nothing is shown.", examples=[25]
    )
    naadd_foer: bool | None = Field(
        description="Whether it had reached its threshold before; null as grenseFoer.", examples=[True]
    )
    naadd_naa: bool | None = Field(
        description="Whether it has reached its threshold now; null as grense.", examples=[True]
    )


class EndretForslagUt(Wire):
    """The forslag before and now, each with the rule that decided."""

    foer: ForslagKode = Field(description="Before.", examples=["SITUASJONSBESTEMT_INNSATS"])
    naa: ForslagKode = Field(description="Now.", examples=["STANDARD_INNSATS"])
    regel_foer: WireRegel = Field(description="Decided before.", examples=["FORHOEYET_ANSLAG"])
    regel_naa: WireRegel = Field(description="Decides now.", examples=["INGEN_FORHOEYET_ANSLAG"])


CHANGED_PROPOSAL = {
    "foer": "SITUASJONSBESTEMT_INNSATS",
    "naa": "SITUASJONSBESTEMT_INNSATS",
    "regelFoer": "FORHOEYET_ANSLAG",
    "regelNaa": "FORHOEYET_ANSLAG",
}


class EndringSvar(Wire):
    """What changed between a profilering and the one it was made in the place of."""

    id: UUID = Field(description="The profilering.", examples=[CASE])
    erstatter: UUID = Field(description="The one before it.", examples=[BEFORE])
    spraak: str = Field(description="Language of the text: nb, nn or en.", examples=["nb"])
    andre_versjoner: list[Literal["modell", "policy", "tekster"]] = Field(
        description="What else than the facts differs; numbers may differ for that reason.", examples=[[]]
    )
    opplysninger: list[EndretOpplysningUt] = Field(
        description="Only those that changed.", examples=[[CHANGED_FACT]]
    )
    tall: list[EndretTallUt] = Field(
        description="Each estimate, changed or not.", examples=[[CHANGED_NUMBER]]
    )
    forslag: EndretForslagUt = Field(description="Changed or not.", examples=[CHANGED_PROPOSAL])
    avsnitt: list[AvsnittUt] = Field(description="The same in words, in order.", examples=[[SECTION]])


SHORT = {"id": CASE, "nivaa": "kort", "spraak": "nb", "avsnitt": [SECTION], "utdypning": None}
FULL = {**SHORT, "nivaa": "full", "utdypning": OPENED}
INSIGHT = {
    "id": CASE,
    "spraak": "nb",
    "avsnitt": [{"overskrift": "Hvis noe er feil", "tekst": "Si fra til veilederen."}],
}
CHANGE = {
    "id": CASE,
    "erstatter": BEFORE,
    "spraak": "nb",
    "andreVersjoner": [],
    "opplysninger": [CHANGED_FACT],
    "tall": [CHANGED_NUMBER],
    "forslag": CHANGED_PROPOSAL,
    "avsnitt": [{"overskrift": "Forslag", "tekst": "Forslaget er det samme: Trenger veiledning."}],
}
