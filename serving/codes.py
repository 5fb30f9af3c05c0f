"""NAV's codes as they stand on the wire, with those a reader must bear without knowing them."""

from enum import StrEnum


class WireSvar(StrEnum):
    """JA yes, NEI no, VET_IKKE the person does not know. UKJENT_VERDI is read as not answered."""

    JA = "JA"
    NEI = "NEI"
    VET_IKKE = "VET_IKKE"
    UKJENT_VERDI = "UKJENT_VERDI"


class WireBeskrivelse(StrEnum):
    """The job situation a person states, by arbeidssøkerregisteret's codes.

    HAR_SAGT_OPP resigned, HAR_BLITT_SAGT_OPP was given notice, ER_PERMITTERT is laid off for a
    time, ALDRI_HATT_JOBB never had a job, IKKE_VAERT_I_JOBB_SISTE_2_AAR no job for two years,
    AKKURAT_FULLFORT_UTDANNING just finished education, VIL_BYTTE_JOBB wants another job,
    USIKKER_JOBBSITUASJON is unsure, MIDLERTIDIG_JOBB temporary job, DELTIDSJOBB_VIL_MER part time
    and wants more, NY_JOBB begins a new job, KONKURS the employer is bankrupt, ANNET other.
    UKJENT_VERDI and UDEFINERT are read as not answered.
    """

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
    """Who sent the opplysninger: VEILEDER, SYSTEM, or SLUTTBRUKER (the person). Not kept."""

    UKJENT_VERDI = "UKJENT_VERDI"
    UDEFINERT = "UDEFINERT"
    VEILEDER = "VEILEDER"
    SYSTEM = "SYSTEM"
    SLUTTBRUKER = "SLUTTBRUKER"


class AvviksType(StrEnum):
    """Why a source's time differs: late, deleted (RETTING is its old name) or corrected. Not kept."""

    UKJENT_VERDI = "UKJENT_VERDI"
    FORSINKELSE = "FORSINKELSE"
    RETTING = "RETTING"
    SLETTET = "SLETTET"
    TIDSPUNKT_KORRIGERT = "TIDSPUNKT_KORRIGERT"
