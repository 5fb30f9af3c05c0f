"""The answer as it stands on the wire: whole persons out of a hundred, never a log-odds."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from profilering.anslag import Retning, Styrke
from profilering.innsatsgruppe import ForslagKode
from profilering.nav_regel import ProfilertTil
from profilering.policy import MerknadKode
from profilering.registrering import Egenvurdering
from profilering.risk import Outcome
from profilering.tema import Tema, TemaType
from serving.wire.codes import WireRegel
from serving.wire.scalars import Wire


class InnsatsgruppeUt(Wire):
    """One of the five groups a person decides among."""

    kode: str = Field(description="NAV's new code.", examples=["TRENGER_VEILEDNING"])
    gammel_kode: str = Field(description="NAV's old code.", examples=["SITUASJONSBESTEMT_INNSATS"])
    navn: str = Field(description="Name for people.", examples=["Trenger veiledning"])


class ForslagUt(Wire):
    """What the machine proposes; a person decides."""

    kode: ForslagKode = Field(description="The proposal.", examples=["SITUASJONSBESTEMT_INNSATS"])
    navn: str = Field(
        description="Name for people.", examples=["Trenger veiledning (situasjonsbestemt innsats)"]
    )
    aktuelle_innsatsgrupper: list[InnsatsgruppeUt] = Field(
        description="The groups it points at.",
        examples=[
            [
                {
                    "kode": "TRENGER_VEILEDNING",
                    "gammelKode": "SITUASJONSBESTEMT_INNSATS",
                    "navn": "Trenger veiledning",
                }
            ]
        ],
    )
    krever_arbeidsevnevurdering: bool = Field(
        description="By law the groups above need an arbeidsevnevurdering first.", examples=[False]
    )
    regel: WireRegel = Field(description="The rule that decided.", examples=["FORHOEYET_ANSLAG"])
    grensetilfelle: bool = Field(
        description="The interval of the deciding anslag crosses its threshold.", examples=[True]
    )
    merknader: list[MerknadKode] = Field(
        description="What the policy asks to have in mind; it moved no number and no forslag.",
        examples=[["UNG"]],
    )


class BidragUt(Wire):
    """What one theme added to or took from the number. Not a cause."""

    tema: Tema = Field(description="The theme.", examples=["ARBEIDSERFARING"])
    type: TemaType = Field(description="What the theme is about.", examples=["RESSURS"])
    retning: Retning = Field(description="Drew the number down or up.", examples=["NED"])
    styrke: Styrke = Field(description="How much.", examples=["MYE"])
    tekst: str = Field(
        description="The strongest opplysning, in words.",
        examples=["Har hatt lønnet arbeid i 9 av de siste 12 månedene."],
    )
    kilde: str = Field(description="Where it comes from.", examples=["Aa-registeret"])


class AndreBidragUt(Wire):
    """The opplysninger that are not shown, summed."""

    antall: int = Field(description="How many.", examples=[11])
    retning: Retning = Field(description="Together they drew the number down or up.", examples=["OPP"])
    styrke: Styrke = Field(description="How much.", examples=["LITE"])


class AnslagUt(Wire):
    """The estimate for one outcome, as counted people."""

    utfall: Outcome = Field(description="What is estimated.", examples=["LANGVARIG_STOENAD"])
    horisont_maaneder: int = Field(description="Months after registrering.", examples=[18])
    av_hundre: int | None = Field(
        description="Of 100 alike, how many had it; null when under 100 earlier cases.", examples=[31]
    )
    lav: int | None = Field(description="Low end of the exact 95 % interval.", examples=[26])
    hoey: int | None = Field(description="High end of the interval.", examples=[37])
    alle_av_hundre: int = Field(description="Of 100 of all who registered.", examples=[21])
    grunnlag_antall: int = Field(description="Earlier cases behind avHundre.", examples=[500])
    bidrag: list[BidragUt] = Field(
        description="At most six themes, largest first.",
        examples=[
            [
                {
                    "tema": "ARBEIDSERFARING",
                    "type": "RESSURS",
                    "retning": "NED",
                    "styrke": "MYE",
                    "tekst": "Har hatt lønnet arbeid i 9 av de siste 12 månedene.",
                    "kilde": "Aa-registeret",
                }
            ]
        ],
    )
    andre_bidrag: AndreBidragUt | None = Field(
        description="The rest, summed.", examples=[{"antall": 11, "retning": "OPP", "styrke": "LITE"}]
    )


class AvsnittUt(Wire):
    """One section of the text."""

    overskrift: str = Field(description="Heading.", examples=["Hva viser tallene?"])
    tekst: str = Field(
        description="Text; lines that list things begin with an en dash.",
        examples=["Tenk deg 100 personer som modellen vurderer likt."],
    )


class BegrunnelseUt(Wire):
    """The text a veileder reads, in its fixed order."""

    spraak: str = Field(description="Language of the text.", examples=["nb"])
    avsnitt: list[AvsnittUt] = Field(
        description="All sections, in order.",
        examples=[[{"overskrift": "Forslag", "tekst": "Ingen forslag."}]],
    )


class VersjonerUt(Wire):
    """What the answer was made with."""

    modell: str = Field(description="The approved model.", examples=["2026-1"])
    policy: str = Field(description="The policy file.", examples=["2026-1"])
    tekster: str = Field(description="The reviewed texts.", examples=["3"])
    skjema: str = Field(description="This contract.", examples=["2"])


class JournalUt(Wire):
    """Where the answer stands in the journal; it was durable before it left."""

    nummer: int = Field(description="Place in the chain, from 1 without gaps.", examples=[48211])
    digest: str = Field(
        description="Digest of the entry.",
        examples=["sha256:9f2c1b7e0d4a5c6f8e9b0a1c2d3e4f5061728394a5b6c7d8e9f0a1b2c3d4e5f6"],
    )


class ProfileringUtenJournal(Wire):
    """Everything of an answer that is known before it is journaled."""

    id: UUID = Field(description="The profilering.", examples=["f3a1c5d2-6b7e-4f80-9a1b-2c3d4e5f6071"])
    periode_id: UUID = Field(description="As sent.", examples=["0b2f6c1e-3f0a-4f5e-9f4d-2f8f5b8a7d10"])
    opplysninger_om_arbeidssoeker_id: UUID = Field(
        description="As sent.", examples=["7c1e0a52-9d1f-4c27-8a53-5be2f0d3c611"]
    )
    opprettet: datetime = Field(description="When, in UTC.", examples=["2026-05-12T08:14:01Z"])
    er_vedtak: Literal[False] = Field(description="Never a vedtak.", examples=[False])
    forslag: ForslagUt = Field(
        description="What is proposed.",
        examples=[
            {
                "kode": "INGEN_FORSLAG",
                "navn": "Ingen forslag",
                "aktuelleInnsatsgrupper": [],
                "kreverArbeidsevnevurdering": False,
                "regel": "FOR_LITE_GRUNNLAG",
                "grensetilfelle": False,
                "merknader": [],
            }
        ],
    )
    anslag: list[AnslagUt] = Field(
        description="One per outcome; none where there is no forslag.", examples=[[]]
    )
    begrunnelse: BegrunnelseUt = Field(
        description="The explanation.", examples=[{"spraak": "nb", "avsnitt": []}]
    )
    vet_ikke: list[str] = Field(
        description="What no register can tell.", examples=[["OENSKER", "UREGISTRERTE_PLANER"]]
    )
    mangler: list[str] = Field(description="Facts that were not known.", examples=[["utdanning.godkjent"]])
    motstrid: list[str] = Field(
        description="Facts whose answers contradict each other or cannot be read; not used.",
        examples=[["utdanning.bestaatt"]],
    )
    egenvurdering: Egenvurdering | None = Field(
        description="The person's own view, as sent.", examples=[None]
    )
    dagens_regel: ProfilertTil = Field(
        description="What NAV's rule of today says.", examples=["ANTATT_BEHOV_FOR_VEILEDNING"]
    )
    versjoner: VersjonerUt = Field(
        description="What it was made with.",
        examples=[{"modell": "2026-1", "policy": "2026-1", "tekster": "3", "skjema": "2"}],
    )


class ProfileringSvar(ProfileringUtenJournal):
    """One journaled profilering: forslag, anslag and begrunnelse. Never a vedtak."""

    journal: JournalUt = Field(
        description="Where it stands in the journal.", examples=[{"nummer": 48211, "digest": "sha256:9f2c…"}]
    )
