"""Texts for people, and what changed, as a caller reads them; each in the language it says."""

from uuid import UUID

from serving.client.answers import Answer, Avsnitt


class BegrunnelseSvar(Answer):
    """The explanation as a veileder reads it; the sums behind it are for auditors and not read here."""

    id: UUID
    nivaa: str
    spraak: str
    avsnitt: tuple[Avsnitt, ...]


class InnsynSvar(Answer):
    """Insight, written to the person."""

    id: UUID
    spraak: str
    avsnitt: tuple[Avsnitt, ...]


class EndretOpplysning(Answer):
    """One opplysning that is not what it was, in words."""

    navn: str
    foer: str
    naa: str


class EndretTall(Answer):
    """One estimate before and now, in whole persons of a hundred; None where it was not shown."""

    utfall: str
    foer: int | None
    naa: int | None
    grense_foer: int | None
    grense: int | None
    naadd_foer: bool | None
    naadd_naa: bool | None


class EndretForslag(Answer):
    """The forslag before and now, each with the rule that decided."""

    foer: str
    naa: str
    regel_foer: str
    regel_naa: str


class EndringSvar(Answer):
    """What changed from the profilering that this one was made in the place of."""

    id: UUID
    erstatter: UUID
    spraak: str
    andre_versjoner: tuple[str, ...]
    opplysninger: tuple[EndretOpplysning, ...]
    tall: tuple[EndretTall, ...]
    forslag: EndretForslag
    avsnitt: tuple[Avsnitt, ...]
