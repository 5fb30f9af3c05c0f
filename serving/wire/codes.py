"""NAV's codes as they stand on the wire, with those a reader must bear without knowing them."""

from enum import StrEnum


class WireSvar(StrEnum):
    """An answer to a yes/no question."""

    JA = "JA"
    NEI = "NEI"
    VET_IKKE = "VET_IKKE"
    UKJENT_VERDI = "UKJENT_VERDI"


class WireBeskrivelse(StrEnum):
    """The job situation a person may state; several may apply at once."""

    UKJENT_VERDI = "UKJENT_VERDI"
    UDEFINERT = "UDEFINERT"
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


class BrukerType(StrEnum):
    """Who sent the opplysninger. Not kept."""

    UKJENT_VERDI = "UKJENT_VERDI"
    UDEFINERT = "UDEFINERT"
    VEILEDER = "VEILEDER"
    SYSTEM = "SYSTEM"
    SLUTTBRUKER = "SLUTTBRUKER"


class AvviksType(StrEnum):
    """Why a source's time differs. Not kept."""

    UKJENT_VERDI = "UKJENT_VERDI"
    FORSINKELSE = "FORSINKELSE"
    RETTING = "RETTING"
    SLETTET = "SLETTET"
    TIDSPUNKT_KORRIGERT = "TIDSPUNKT_KORRIGERT"
