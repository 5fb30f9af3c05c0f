"""What a machine may propose and what a person may decide, in both of NAV's vocabularies.

A machine proposes `ForslagKode`; only a person chooses an `Innsatsgruppe`. Spesielt and varig
tilpasset innsats presuppose an arbeidsevnevurdering by law, so they are no forslag
(REQ-10; Meld. St. 33 L4695-4714). Codes: veilarbvedtaksstotte, InnsatsgruppeDetaljertV2.kt.
"""

from dataclasses import dataclass
from enum import StrEnum


class ForslagKode(StrEnum):
    """Everything the machine can say. There is no member for what it may not propose."""

    STANDARD_INNSATS = "STANDARD_INNSATS"
    SITUASJONSBESTEMT_INNSATS = "SITUASJONSBESTEMT_INNSATS"
    BEHOV_FOR_ARBEIDSEVNEVURDERING = "BEHOV_FOR_ARBEIDSEVNEVURDERING"
    INGEN_FORSLAG = "INGEN_FORSLAG"


@dataclass(frozen=True, slots=True)
class Innsatsgruppe:
    """One of the five groups a person decides among."""

    kode: str  # NAV's new code
    gammel_kode: str
    navn: str


GODE_MULIGHETER = Innsatsgruppe("GODE_MULIGHETER", "STANDARD_INNSATS", "Gode muligheter")
TRENGER_VEILEDNING = Innsatsgruppe("TRENGER_VEILEDNING", "SITUASJONSBESTEMT_INNSATS", "Trenger veiledning")
NEDSATT_ARBEIDSEVNE = Innsatsgruppe(
    "TRENGER_VEILEDNING_NEDSATT_ARBEIDSEVNE",
    "SPESIELT_TILPASSET_INNSATS",
    "Trenger veiledning, nedsatt arbeidsevne",
)
JOBBE_DELVIS = Innsatsgruppe("JOBBE_DELVIS", "GRADERT_VARIG_TILPASSET_INNSATS", "Jobbe delvis")
LITEN_MULIGHET = Innsatsgruppe(
    "LITEN_MULIGHET_TIL_A_JOBBE", "VARIG_TILPASSET_INNSATS", "Liten mulighet til å jobbe"
)

INNSATSGRUPPER = (GODE_MULIGHETER, TRENGER_VEILEDNING, NEDSATT_ARBEIDSEVNE, JOBBE_DELVIS, LITEN_MULIGHET)

AKTUELLE: dict[ForslagKode, tuple[Innsatsgruppe, ...]] = {
    ForslagKode.STANDARD_INNSATS: (GODE_MULIGHETER,),
    ForslagKode.SITUASJONSBESTEMT_INNSATS: (TRENGER_VEILEDNING,),
    ForslagKode.BEHOV_FOR_ARBEIDSEVNEVURDERING: (NEDSATT_ARBEIDSEVNE, JOBBE_DELVIS, LITEN_MULIGHET),
    ForslagKode.INGEN_FORSLAG: (),
}
"""The innsatsgrupper a forslag points at; the three last only after an arbeidsevnevurdering."""
