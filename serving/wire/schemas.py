"""The request as it stands on the wire, in the words of arbeidssøkerregisteret.

Schema and enums are the only hard contract: NAV's own intake lets registrations through that
break its cross-field rules, so those are read in `reading.py` and never refused here.
"""

from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from profilering.registrering import Egenvurdering, Livsoppholdsytelse
from serving.wire.codes import AvviksType, BrukerType, WireBeskrivelse, WireSvar
from serving.wire.scalars import Day, DayText, Id, Instant, NusText, ProsentText, Styrk08, Styrk08Text, Wire

SKJEMA_VERSJON = "2"
"""Of request and answer; goes up with every change that breaks a caller (tests/test_contract.py)."""
MAX_ITEMS = 200
"""Longest list: no working life has more spells, and a body of lists stays cheap to read."""


# Codes come as text, so the enum fields alone are read leniently: a text becomes its member.
Svar = Annotated[WireSvar, Field(strict=False)]
Ytelseskode = Annotated[Livsoppholdsytelse, Field(strict=False)]


class UtfoertAv(Wire):
    """Who sent the opplysninger to arbeidssøkerregisteret. Accepted and dropped on reading."""

    type: Annotated[BrukerType, Field(strict=False, description="Kind of sender.", examples=["VEILEDER"])]
    id: str | None = Field(default=None, description="Dropped unread.", examples=["Z990000"])
    sikkerhetsnivaa: str | None = Field(
        default=None, description="Dropped unread.", examples=["tokenx:Level4"]
    )


class TidspunktFraKilde(Wire):
    """The source's own time, where it differs. Accepted and dropped on reading."""

    tidspunkt: Instant = Field(description="Time at the source.", examples=["2026-05-12T08:00:00Z"])
    avviks_type: Annotated[
        AvviksType, Field(strict=False, description="Why it differs.", examples=["FORSINKELSE"])
    ]


class Metadata(Wire):
    """When the opplysninger were sent; the rest of NAV's metadata is accepted and dropped."""

    tidspunkt: Instant = Field(
        description="Decides the day of registrering (in Europe/Oslo).", examples=["2026-05-12T08:14:00Z"]
    )
    utfoert_av: UtfoertAv | None = Field(
        default=None, exclude=True, description="Dropped on reading.", examples=[{"type": "SLUTTBRUKER"}]
    )
    kilde: str | None = Field(
        default=None, exclude=True, description="Dropped on reading.", examples=["arbeidssokerregistrering"]
    )
    aarsak: str | None = Field(
        default=None, exclude=True, description="Dropped on reading.", examples=["Innsending"]
    )
    tidspunkt_fra_kilde: TidspunktFraKilde | None = Field(
        default=None, exclude=True, description="Dropped on reading.", examples=[None]
    )


class UtdanningInn(Wire):
    """Stated education."""

    nus: NusText = Field(
        description="First digit of NUS2000, 9 = not stated. Anything else counts as not known.",
        examples=["4"],
    )
    bestaatt: Svar | None = Field(default=None, description="Passed; null where not asked.", examples=["JA"])
    godkjent: Svar | None = Field(
        default=None, description="Approved in Norway; null where not asked.", examples=["JA"]
    )


class HelseInn(Wire):
    """Stated health."""

    helsetilstand_hindrer_arbeid: Svar = Field(
        description="Whether health hinders work; JA decides by itself.", examples=["NEI"]
    )


class AnnetInn(Wire):
    """Other things that may hinder work: language, literacy, family. Not told apart."""

    andre_forhold_hindrer_arbeid: Svar | None = Field(
        default=None, description="Whether other things hinder work.", examples=["NEI"]
    )


class Detaljer(BaseModel):
    """Details of a stated job. Unknown keys are tolerated and not kept; bad values count as not known."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, hide_input_in_errors=True)

    gjelder_fra_dato_iso8601: DayText | None = Field(
        default=None, description="From.", examples=["2026-05-01"]
    )
    gjelder_til_dato_iso8601: DayText | None = Field(default=None, description="To.", examples=["2026-06-01"])
    stilling_styrk08: Styrk08Text | None = Field(
        default=None, description="STYRK-08, 1 to 4 digits, of the last job.", examples=["7223"]
    )
    prosent: ProsentText | None = Field(default=None, description="Over 0, at most 100.", examples=["100"])
    siste_dag_med_loenn_iso8601: DayText | None = Field(
        default=None,
        validation_alias=AliasChoices("siste_dag_med_loenn_iso8601", "siste_dag_med_loen_iso8601"),
        description="Last day with pay; some sources write loen with one n.",
        examples=["2026-05-31"],
    )
    siste_arbeidsdag_iso8601: DayText | None = Field(
        default=None, description="Last day at work.", examples=["2026-05-01"]
    )


class BeskrivelseInn(Wire):
    """One stated job situation."""

    beskrivelse: Annotated[
        WireBeskrivelse,
        Field(strict=False, description="What applies.", examples=["HAR_BLITT_SAGT_OPP"]),
    ]
    detaljer: Detaljer = Field(
        default=Detaljer(), description="May be empty.", examples=[{"stilling_styrk08": "7223"}]
    )


class JobbsituasjonInn(Wire):
    """The stated job situations; several may apply at once, an empty list says nothing was stated."""

    beskrivelser: list[BeskrivelseInn] = Field(
        max_length=MAX_ITEMS, description="All that apply.", examples=[[{"beskrivelse": "ANNET"}]]
    )


class OpplysningerInn(Wire):
    """NAV's opplysninger om arbeidssøker v4; a section that is null was not collected."""

    id: Id = Field(
        description="NAV's id of these opplysninger.", examples=["7c1e0a52-9d1f-4c27-8a53-5be2f0d3c611"]
    )
    periode_id: Id | None = Field(
        default=None,
        description="As NAV's own record has it; when given, the same as `periodeId` outside.",
        examples=["0b2f6a0e-3c9d-4f0a-9a53-2d1c8be7f610"],
    )
    sendt_inn_av: Metadata = Field(
        description="When they were sent.", examples=[{"tidspunkt": "2026-05-12T08:14:00Z"}]
    )
    utdanning: UtdanningInn | None = Field(default=None, description="Education.", examples=[{"nus": "2"}])
    helse: HelseInn | None = Field(
        default=None, description="Health.", examples=[{"helsetilstandHindrerArbeid": "NEI"}]
    )
    jobbsituasjon: JobbsituasjonInn = Field(
        description="Job situation.", examples=[{"beskrivelser": [{"beskrivelse": "ANNET"}]}]
    )
    annet: AnnetInn | None = Field(
        default=None, description="Other hindrances.", examples=[{"andreForholdHindrerArbeid": "NEI"}]
    )


class PersonInn(Wire):
    """What is known of the person. No name, no number: a fødselsnummer is refused everywhere."""

    foedselsaar: int | None = Field(
        ge=1900, le=2099, description="Year of birth; null = not known.", examples=[1988]
    )
    fylke: str | None = Field(
        pattern="^[0-9]{2}$", description="Two digits, 2024 codes; null = not known.", examples=["46"]
    )


class ArbeidsforholdInn(Wire):
    """One job, in the order Aa-registeret gave them."""

    startdato: Day = Field(description="First day.", examples=["2019-08-01"])
    sluttdato: Day | None = Field(
        default=None, description="Last day, included; left out while the job runs.", examples=["2026-05-01"]
    )
    stillingsprosent: float | None = Field(
        default=None,
        ge=0,
        le=999,
        description="Of full time, to the nearest whole number; more than 100 counts as 100.",
        examples=[100],
    )
    styrk08: Styrk08 | None = Field(default=None, description="STYRK-08, 1 to 4 digits.", examples=["7223"])


class YtelseInn(Wire):
    """One spell of income support."""

    ytelse: Ytelseskode = Field(description="Which.", examples=["SYKEPENGER"])
    fom: Day = Field(description="First day.", examples=["2024-01-10"])
    tom: Day | None = Field(
        default=None, description="Last day, included; left out while it runs.", examples=["2024-02-20"]
    )


class PeriodeInn(Wire):
    """One earlier arbeidssøkerperiode."""

    startet: Day = Field(description="First day.", examples=["2017-02-01"])
    avsluttet: Day | None = Field(
        default=None, description="The day it was closed, not part of it any more.", examples=["2017-06-15"]
    )


class TiltakInn(Wire):
    """One arbeidsmarkedstiltak, as history only: the service proposes none."""

    fom: Day = Field(description="First day.", examples=["2021-02-01"])
    tom: Day | None = Field(
        default=None, description="Last day, included; left out while it runs.", examples=["2021-11-30"]
    )


class HistorikkInn(Wire):
    """What the registers answered: null says a register did not answer, [] that it holds nothing."""

    arbeidsforhold: list[ArbeidsforholdInn] | None = Field(
        max_length=MAX_ITEMS, description="Aa-registeret.", examples=[[{"startdato": "2019-08-01"}]]
    )
    ytelser: list[YtelseInn] | None = Field(
        max_length=MAX_ITEMS,
        description="Income support.",
        examples=[[{"ytelse": "DAGPENGER", "fom": "2025-01-01", "tom": "2025-03-31"}]],
    )
    tidligere_perioder: list[PeriodeInn] | None = Field(
        max_length=MAX_ITEMS, description="Earlier periods.", examples=[[]]
    )
    tiltak: list[TiltakInn] | None = Field(max_length=MAX_ITEMS, description="Earlier tiltak.", examples=[[]])


class ProfileringForespoersel(Wire):
    """One registrering, to be profiled."""

    periode_id: Id = Field(
        description="NAV's arbeidssøkerperiode.", examples=["0b2f6c1e-3f0a-4f5e-9f4d-2f8f5b8a7d10"]
    )
    erstatter: Id | None = Field(
        default=None, description="An earlier profilering that this one replaces.", examples=[None]
    )
    opplysninger_om_arbeidssoeker: OpplysningerInn = Field(
        description="NAV's record, schema v4.",
        examples=[
            {
                "id": "7c1e0a52-9d1f-4c27-8a53-5be2f0d3c611",
                "sendtInnAv": {"tidspunkt": "2026-05-12T08:14:00Z"},
                "jobbsituasjon": {"beskrivelser": []},
            }
        ],
    )
    person: PersonInn = Field(
        description="What is known of the person.", examples=[{"foedselsaar": 1988, "fylke": "46"}]
    )
    historikk: HistorikkInn = Field(
        description="What the registers answered.",
        examples=[{"arbeidsforhold": [], "ytelser": None, "tidligerePerioder": [], "tiltak": []}],
    )
    soeker_ytelse: list[Ytelseskode] = Field(
        max_length=MAX_ITEMS, description="Ytelser applied for now.", examples=[[]]
    )
    oensker_arbeidsevnevurdering: bool = Field(
        description="The person asks for an arbeidsevnevurdering.", examples=[False]
    )
    egenvurdering: Annotated[Egenvurdering, Field(strict=False)] | None = Field(
        default=None, description="The person's own view; never an input to an anslag.", examples=[None]
    )
    enhet: str | None = Field(
        default=None, pattern="^[0-9]{4}$", description="NAV's office; never a feature.", examples=["0315"]
    )


def names_in(schema: Any) -> frozenset[str]:
    """Every field name of a JSON schema: the only names an error may repeat."""
    if isinstance(schema, list):
        return frozenset().union(*(names_in(item) for item in schema))
    if not isinstance(schema, dict):
        return frozenset()
    own = schema.get("properties", {})
    return frozenset(own).union(*(names_in(value) for value in schema.values()))


KNOWN_NAMES = names_in(ProfileringForespoersel.model_json_schema())
