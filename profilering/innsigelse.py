"""What somebody may object to before a decision: a fact of the case, or the forslag itself (REQ-25)."""

from enum import StrEnum


class Gjelder(StrEnum):
    """What an innsigelse is about: a fact by the name it has in `mangler` and `motstrid`, or the forslag."""

    FORSLAG = "forslag"
    FOEDSELSAAR = "foedselsaar"
    FYLKE = "fylke"
    UTDANNING_NUS = "utdanning.nus"
    UTDANNING_BESTAATT = "utdanning.bestaatt"
    UTDANNING_GODKJENT = "utdanning.godkjent"
    HELSE = "helse.helsetilstandHindrerArbeid"
    ANNET = "annet.andreForholdHindrerArbeid"
    JOBBSITUASJON = "jobbsituasjon.beskrivelser"
    JOBBDETALJER = "jobbsituasjon.detaljer"
    ARBEIDSFORHOLD = "historikk.arbeidsforhold"
    YTELSER = "historikk.ytelser"
    TIDLIGERE_PERIODER = "historikk.tidligerePerioder"
    TILTAK = "historikk.tiltak"


class Fra(StrEnum):
    """Who objects."""

    PERSONEN = "PERSONEN"
    VEILEDER = "VEILEDER"
