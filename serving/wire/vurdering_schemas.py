"""A vurdering on the wire: the same fields to follow a forslag or not, and none with a choice made before."""

from typing import Annotated
from unicodedata import category

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from profilering.vurdering import GrunnKode
from serving.wire.codes import WireInnsatsgruppe
from serving.wire.scalars import Wire

MOST_LETTERS = 1000
"""Of own words: a paragraph that can be read, no case file."""
MOST_MARKS = 3
"""Of combining marks on one letter: no language here needs more, and a heap covers the lines around it."""
SOFT_HYPHEN = "\u00ad"
"""Comes along with text pasted from a page, and hides nothing."""


def _as_it_looks(text: str) -> str:
    """Refuse what makes a text read otherwise than it is: unseen characters and heaps of marks."""
    marks = 0
    for letter in text:
        kind = category(letter)
        marks = marks + 1 if kind.startswith("M") else 0
        if marks > MOST_MARKS or (kind in {"Cf", "Zl", "Zp"} and letter != SOFT_HYPHEN):
            raise PydanticCustomError("tegn", "a character that is not seen, or a heap of marks")
    return text


OwnWords = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_LETTERS, pattern=r"\p{L}"),
    AfterValidator(_as_it_looks),
]
"""A text with a letter in it, as it looks; blanks at its ends are not kept."""

A_REASON = {"kode": "SAMTALEN_MED_PERSONEN", "tekst": "Har avtalt jobb fra august og trenger lite hjelp."}


class Grunn(Wire):
    """Why, when the forslag is followed and when it is not."""

    kode: Annotated[
        GrunnKode,
        Field(strict=False, description="What weighed most.", examples=["SAMTALEN_MED_PERSONEN"]),
    ]
    tekst: OwnWords = Field(
        description="In the veileder's own words; nothing that identifies anybody.",
        examples=["Har avtalt jobb fra august og trenger lite hjelp."],
    )


class VurderingForespoersel(Wire):
    """What a veileder concludes. Every field must be sent, whatever the conclusion."""

    innsatsgruppe: Annotated[
        WireInnsatsgruppe,
        Field(
            strict=False,
            description="One of the five groups, by its new or its old code.",
            examples=["GODE_MULIGHETER"],
        ),
    ]
    grunn: Grunn = Field(description="Why.", examples=[A_REASON])
    enhet: Annotated[str, Field(pattern="^[0-9]{4}$")] | None = Field(
        description="NAV's office; null where none is to be named.", examples=["0315"]
    )


VURDERING = {"innsatsgruppe": "GODE_MULIGHETER", "grunn": A_REASON, "enhet": "0315"}
"""The contract's own example."""
