"""What was said of a case, as it is answered: vurderinger and innsigelser with their place in the journal."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from profilering.innsatsgruppe import ForslagKode
from profilering.innsigelse import Fra, Gjelder
from serving.wire.answer_schemas import InnsatsgruppeUt, JournalUt
from serving.wire.innsigelse_schemas import INNSIGELSE, WORDS
from serving.wire.scalars import Wire
from serving.wire.vurdering_schemas import A_REASON, Grunn

A_GROUP = {"kode": "GODE_MULIGHETER", "gammelKode": "STANDARD_INNSATS", "navn": "Gode muligheter"}


class VurderingSvar(Wire):
    """One journaled vurdering. It is no vedtak: that is made in NAV's own decision system.

    Who wrote it stands in the journal and in no answer.
    """

    profilering: UUID = Field(
        description="The profilering it is about.", examples=["f3a1c5d2-6b7e-4f80-9a1b-2c3d4e5f6071"]
    )
    opprettet: datetime = Field(description="When, in UTC.", examples=["2026-05-12T09:02:40Z"])
    er_vedtak: Literal[False] = Field(description="Never a vedtak.", examples=[False])
    innsatsgruppe: InnsatsgruppeUt = Field(description="The chosen group.", examples=[A_GROUP])
    grunn: Grunn = Field(description="Why.", examples=[A_REASON])
    enhet: str | None = Field(description="As sent.", examples=["0315"])
    forslag: ForslagKode | None = Field(
        description="What was proposed; null where it could not be read yet.",
        examples=["SITUASJONSBESTEMT_INNSATS"],
    )
    fulgt: bool | None = Field(
        description="Whether the group is one the forslag points at; null where there was none to follow, "
        "or where it could not be read yet.",
        examples=[False],
    )
    foer_forslaget: bool = Field(
        description="Written before the suggestion could be read (two-step mode).", examples=[False]
    )
    journal: JournalUt = Field(
        description="Where it stands in the journal.", examples=[{"nummer": 48214, "digest": "sha256:5d0e…"}]
    )


VURDERT = {
    "profilering": "f3a1c5d2-6b7e-4f80-9a1b-2c3d4e5f6071",
    "opprettet": "2026-05-12T09:02:40Z",
    "erVedtak": False,
    "innsatsgruppe": A_GROUP,
    "grunn": A_REASON,
    "enhet": "0315",
    "forslag": "SITUASJONSBESTEMT_INNSATS",
    "fulgt": False,
    "foerForslaget": False,
    "journal": {
        "nummer": 48214,
        "digest": "sha256:5d0e7c1b9a4f2e8d6c3b0a1f9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d",
    },
}
"""The contract's own example."""


class VurderingerSvar(Wire):
    """Everything people have concluded of one case; the last one stands."""

    vurderinger: list[VurderingSvar] = Field(
        description="In the order they were written.", examples=[[VURDERT]]
    )


class InnsigelseSvar(Wire):
    """One journaled innsigelse. It changes nothing by itself: send the mended facts as a new profilering."""

    profilering: UUID = Field(
        description="The profilering it is about.", examples=["f3a1c5d2-6b7e-4f80-9a1b-2c3d4e5f6071"]
    )
    opprettet: datetime = Field(description="When, in UTC.", examples=["2026-05-12T09:10:05Z"])
    gjelder: Gjelder = Field(description="What is objected to.", examples=["utdanning.godkjent"])
    tekst: str = Field(description="As sent, without blanks at its ends.", examples=[WORDS])
    fra: Fra = Field(description="Whose objection it is.", examples=["PERSONEN"])
    journal: JournalUt = Field(
        description="Where it stands in the journal.", examples=[{"nummer": 48215, "digest": "sha256:1c7d…"}]
    )


INNSIGELSE_SVAR = {
    "profilering": "f3a1c5d2-6b7e-4f80-9a1b-2c3d4e5f6071",
    "opprettet": "2026-05-12T09:10:05Z",
    **INNSIGELSE,
    "journal": {
        "nummer": 48215,
        "digest": "sha256:1c7d4e0f2a9b8c6d5e3f1a0b7c9d8e6f4a2b0c1d3e5f7a9b8c6d4e2f0a1b3c5d",
    },
}
"""The contract's own example."""
