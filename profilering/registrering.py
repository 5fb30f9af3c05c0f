"""What was known about a person on the day of registrering, and no later.

*Not known is not empty*: `None` says nobody answered, an empty tuple says the register
answered that there is nothing. No type here can hold a name, a number or free text.
Source of fields and codes: arbeidssøkerregisteret, opplysninger om arbeidssøker v4.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class JaNeiVetIkke(StrEnum):
    """An answer to a yes/no question; a question not answered is `None`."""

    JA = "JA"
    NEI = "NEI"
    VET_IKKE = "VET_IKKE"


class Beskrivelse(StrEnum):
    """The jobbsituasjon a person may state; several may apply at once."""

    HAR_SAGT_OPP = "HAR_SAGT_OPP"
    HAR_BLITT_SAGT_OPP = "HAR_BLITT_SAGT_OPP"
    ER_PERMITTERT = "ER_PERMITTERT"
    ALDRI_HATT_JOBB = "ALDRI_HATT_JOBB"
    IKKE_VAERT_I_JOBB_SISTE_2_AAR = "IKKE_VAERT_I_JOBB_SISTE_2_AAR"
    AKKURAT_FULLFORT_UTDANNING = "AKKURAT_FULLFORT_UTDANNING"
    VIL_BYTTE_JOBB = "VIL_BYTTE_JOBB"
    USIKKER_JOBBSITUASJON = "USIKKER_JOBBSITUASJON"
    MIDLERTIDIG_JOBB = "MIDLERTIDIG_JOBB"
    DELTIDSJOBB_VIL_MER = "DELTIDSJOBB_VIL_MER"
    NY_JOBB = "NY_JOBB"
    KONKURS = "KONKURS"
    ANNET = "ANNET"


class Livsoppholdsytelse(StrEnum):
    """Income support that counts in the outcomes (glossary, *Ytelser*)."""

    DAGPENGER = "DAGPENGER"
    TILTAKSPENGER = "TILTAKSPENGER"
    SYKEPENGER = "SYKEPENGER"
    AAP = "AAP"
    UFOERETRYGD = "UFOERETRYGD"
    OVERGANGSSTOENAD = "OVERGANGSSTOENAD"
    SOSIALHJELP = "SOSIALHJELP"
    KVALIFISERINGSSTOENAD = "KVALIFISERINGSSTOENAD"
    INDIVIDSTOENAD = "INDIVIDSTOENAD"
    VENTESTOENAD = "VENTESTOENAD"


class Egenvurdering(StrEnum):
    """The person's own view, as arbeidssøkerregisteret asks for it. Never an input to an anslag."""

    ANTATT_GODE_MULIGHETER = "ANTATT_GODE_MULIGHETER"
    ANTATT_BEHOV_FOR_VEILEDNING = "ANTATT_BEHOV_FOR_VEILEDNING"


@dataclass(frozen=True, slots=True)
class Utdanning:
    """Stated education; `nus` is the first digit of NUS2000, 9 = not stated."""

    nus: int | None
    bestaatt: JaNeiVetIkke | None
    godkjent: JaNeiVetIkke | None


@dataclass(frozen=True, slots=True)
class Opplysninger:
    """The answers given, read once at the edge.

    `utdanning`, `helse` and `annet` are `None` where the whole section was not collected;
    NAV's rule of today tells that apart from a section with an empty answer.
    """

    utdanning: Utdanning | None
    helse: JaNeiVetIkke | None  # helsetilstandHindrerArbeid
    annet_gitt: bool  # the section was collected, its answer may still be missing
    annet: JaNeiVetIkke | None  # andreForholdHindrerArbeid
    jobbsituasjon: frozenset[Beskrivelse] | None
    styrk08: str | None  # 1-4 digits, the stated last job


@dataclass(frozen=True, slots=True)
class Arbeidsforhold:
    """One job in [startet, sluttet); `sluttet` None = still running as far as was known."""

    startet: date
    sluttet: date | None
    stillingsprosent: int | None  # 0..100
    styrk08: str | None


@dataclass(frozen=True, slots=True)
class Ytelse:
    """One spell of income support in [fra, til); `til` None = running."""

    ytelse: Livsoppholdsytelse
    fra: date
    til: date | None


@dataclass(frozen=True, slots=True)
class Periode:
    """One earlier arbeidssøkerperiode in [startet, avsluttet)."""

    startet: date
    avsluttet: date | None


@dataclass(frozen=True, slots=True)
class Tiltak:
    """One arbeidsmarkedstiltak in [fra, til), as history only: the service proposes none."""

    fra: date
    til: date | None


@dataclass(frozen=True, slots=True)
class Historikk:
    """What the registers answered, in the order they answered (NAV's rule depends on it)."""

    arbeidsforhold: tuple[Arbeidsforhold, ...] | None
    ytelser: tuple[Ytelse, ...] | None
    perioder: tuple[Periode, ...] | None
    tiltak: tuple[Tiltak, ...] | None


@dataclass(frozen=True, slots=True)
class Registrering:
    """One act of giving opplysninger: the thing one profilering answers.

    `motstrid` names the facts whose answers contradict each other; those facts are already
    `None` here, because a contradiction tells nothing.
    """

    registrert: date  # day in Europe/Oslo
    foedselsaar: int | None
    fylke: str | None  # two digits, 2024 codes
    opplysninger: Opplysninger
    historikk: Historikk
    soeker_ytelse: frozenset[Livsoppholdsytelse]
    oensker_arbeidsevnevurdering: bool
    egenvurdering: Egenvurdering | None
    motstrid: tuple[str, ...] = ()
