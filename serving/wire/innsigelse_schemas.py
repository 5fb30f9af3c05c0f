"""An innsigelse on the wire: what is objected to, by whom, and in which words."""

from typing import Annotated

from pydantic import Field

from profilering.innsigelse import Fra, Gjelder
from serving.wire.scalars import Wire
from serving.wire.vurdering_schemas import OwnWords

WORDS = "Jeg har fått godkjent utdanningen min. Svaret sier nei."


class InnsigelseForespoersel(Wire):
    """An objection to a fact or to the forslag."""

    gjelder: Annotated[
        Gjelder,
        Field(
            strict=False,
            description="The fact, by its name in `mangler` and `motstrid`, or `forslag`.",
            examples=["utdanning.godkjent"],
        ),
    ]
    tekst: OwnWords = Field(
        description="What is wrong, in own words; nothing that identifies anybody.", examples=[WORDS]
    )
    fra: Annotated[Fra, Field(strict=False, description="Whose objection it is.", examples=["PERSONEN"])]


INNSIGELSE = {"gjelder": "utdanning.godkjent", "tekst": WORDS, "fra": "PERSONEN"}
"""The contract's own example."""
