"""The answers as a caller reads them; every field is described in the contract (`/openapi.json`).

Not the service's own types: those refuse a field they do not know, a reader must pass over it, so
that the service can say more without breaking anybody. For the same reason a code is a text, equal
to its enum member. `tests/test_client.py` holds these types to the contract.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Answer(BaseModel):
    """What all answers have in common: camelCase on the wire, strict types, unknown fields passed over."""

    model_config = ConfigDict(
        strict=True, extra="ignore", frozen=True, alias_generator=to_camel, hide_input_in_errors=True
    )


class Innsatsgruppe(Answer):
    """One of the five groups a person decides among."""

    kode: str
    gammel_kode: str
    navn: str


class Forslag(Answer):
    """What the machine proposes; a person decides."""

    kode: str
    navn: str
    aktuelle_innsatsgrupper: tuple[Innsatsgruppe, ...]
    krever_arbeidsevnevurdering: bool
    regel: str
    grensetilfelle: bool
    merknader: tuple[str, ...]


class Bidrag(Answer):
    """What one theme added to or took from the number. Not a cause."""

    tema: str
    type: str
    retning: str
    styrke: str
    tekst: str
    kilde: str


class AndreBidrag(Answer):
    """The opplysninger that are not shown, summed."""

    antall: int
    retning: str
    styrke: str


class Anslag(Answer):
    """The estimate for one outcome, as counted people; no counts where there were too few to count."""

    utfall: str
    horisont_maaneder: int
    av_hundre: int | None
    lav: int | None
    hoey: int | None
    alle_av_hundre: int
    grunnlag_antall: int
    bidrag: tuple[Bidrag, ...]
    andre_bidrag: AndreBidrag | None


class Avsnitt(Answer):
    """One section of the text."""

    overskrift: str
    tekst: str


class Begrunnelse(Answer):
    """The text a veileder reads, in its fixed order."""

    spraak: str
    avsnitt: tuple[Avsnitt, ...]


class Versjoner(Answer):
    """What the answer was made with."""

    modell: str
    policy: str
    tekster: str
    skjema: str


class JournalSted(Answer):
    """Where something stands in the journal."""

    nummer: int
    digest: str


class ProfileringSvar(Answer):
    """One journaled profilering. Never a vedtak: an answer that says it is one is not read."""

    id: UUID
    periode_id: UUID
    opplysninger_om_arbeidssoeker_id: UUID
    opprettet: datetime
    er_vedtak: Literal[False]
    forslag: Forslag
    anslag: tuple[Anslag, ...]
    begrunnelse: Begrunnelse
    vet_ikke: tuple[str, ...]
    mangler: tuple[str, ...]
    motstrid: tuple[str, ...]
    egenvurdering: str | None
    dagens_regel: str
    versjoner: Versjoner
    journal: JournalSted


class Grunn(Answer):
    """Why, in a code and in own words."""

    kode: str
    tekst: str


class VurderingSvar(Answer):
    """One journaled vurdering. Never a vedtak, and it names nobody."""

    profilering: UUID
    opprettet: datetime
    er_vedtak: Literal[False]
    innsatsgruppe: Innsatsgruppe
    grunn: Grunn
    enhet: str | None
    forslag: str | None
    fulgt: bool | None
    foer_forslaget: bool
    journal: JournalSted


class VurderingerSvar(Answer):
    """Everything people have concluded of one case, in order; the last one stands."""

    vurderinger: tuple[VurderingSvar, ...]


class InnsigelseSvar(Answer):
    """One journaled objection."""

    profilering: UUID
    opprettet: datetime
    gjelder: str
    tekst: str
    fra: str
    journal: JournalSted


class StansSvar(Answer):
    """The state of the stop switch; nothing but `stanset` before it was first set."""

    stanset: bool
    grunn: str | None
    siden: datetime | None
    journal: JournalSted | None


class Forskjell(Answer):
    """One field that is not what it was, spelled as JSON; None where nothing stands."""

    peker: str
    journal: str | None
    naa: str | None


class Digester(Answer):
    """What a profilering stood on."""

    bundle: str
    policy: str
    tekster: str


class Kode(Answer):
    """Which code computed it, then and now."""

    da: str
    naa: str


class EtterproevingSvar(Answer):
    """One profilering made again: equal, or a difference per field."""

    id: UUID
    likt: bool
    forskjeller: tuple[Forskjell, ...]
    digester: Digester
    kode: Kode
    journal: JournalSted
