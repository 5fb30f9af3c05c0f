"""What a person concludes of a case: the innsatsgruppe they chose and why, in a code and in own words.

As much is asked of whoever follows the forslag as of whoever does not (REQ-18). So a reason names
what weighed most, and never whether somebody agrees.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from profilering.innsatsgruppe import AKTUELLE, INNSATSGRUPPER, ForslagKode, Innsatsgruppe


class GrunnKode(StrEnum):
    """What weighed most in a vurdering."""

    OPPLYSNINGENE_I_SAKEN = "OPPLYSNINGENE_I_SAKEN"
    OPPLYSNINGER_MANGLER_ELLER_ER_FEIL = "OPPLYSNINGER_MANGLER_ELLER_ER_FEIL"
    SAMTALEN_MED_PERSONEN = "SAMTALEN_MED_PERSONEN"
    PERSONENS_EGET_SYN = "PERSONENS_EGET_SYN"
    HELSE = "HELSE"
    ARBEIDSEVNEVURDERING = "ARBEIDSEVNEVURDERING"
    ARBEIDSMARKEDET = "ARBEIDSMARKEDET"
    KAPASITET_ELLER_OEKONOMI = "KAPASITET_ELLER_OEKONOMI"
    TILGJENGELIGE_TILTAK = "TILGJENGELIGE_TILTAK"
    ANNET = "ANNET"


SUPPLY = frozenset({GrunnKode.KAPASITET_ELLER_OEKONOMI, GrunnKode.TILGJENGELIGE_TILTAK})
"""Reasons about what can be offered. The others are about what is needed (REQ-23, REQ-34)."""

GRUPPE_OF: Mapping[str, Innsatsgruppe] = MappingProxyType(
    {kode: gruppe for gruppe in INNSATSGRUPPER for kode in (gruppe.kode, gruppe.gammel_kode)}
)
"""The five groups by either of their codes."""


def is_followed(forslag: ForslagKode, innsatsgruppe: Innsatsgruppe) -> bool | None:
    """Whether the chosen group is one the forslag points at; None where it points at none."""
    pointed_at = AKTUELLE[forslag]
    return innsatsgruppe in pointed_at if pointed_at else None
