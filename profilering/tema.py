"""The themes of the ressursprofil that opplysninger are gathered under when people read them.

A theme's type says what it is *about* and is set by professionals, never by the sign of a
contribution: what contradicts its type is shown as "andre forhold" (REQ-33; explanation.md).
"""

from enum import StrEnum


class TemaType(StrEnum):
    """Whether a theme speaks of the person's resources, hindrances, or of what is around them."""

    RESSURS = "RESSURS"
    HINDRING = "HINDRING"
    OMGIVELSER = "OMGIVELSER"


class Tema(StrEnum):
    """Group of opplysninger shown as one."""

    ARBEIDSERFARING = "ARBEIDSERFARING"
    UTDANNING = "UTDANNING"
    HELSE = "HELSE"
    LIVSSITUASJON = "LIVSSITUASJON"
    ARBEIDSSOEKERHISTORIKK = "ARBEIDSSOEKERHISTORIKK"
    YTELSER = "YTELSER"
    ALDER = "ALDER"
    ARBEIDSMARKED = "ARBEIDSMARKED"


TYPE_OF: dict[Tema, TemaType] = {
    Tema.ARBEIDSERFARING: TemaType.RESSURS,
    Tema.UTDANNING: TemaType.RESSURS,
    Tema.HELSE: TemaType.HINDRING,
    Tema.LIVSSITUASJON: TemaType.HINDRING,
    Tema.ARBEIDSSOEKERHISTORIKK: TemaType.HINDRING,
    Tema.YTELSER: TemaType.HINDRING,
    # Age is never called a hindrance: where it raises an anslag it stands under "andre forhold".
    Tema.ALDER: TemaType.RESSURS,
    Tema.ARBEIDSMARKED: TemaType.OMGIVELSER,
}
