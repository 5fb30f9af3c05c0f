"""Code lists and the approved model, as they stand on the wire."""

from typing import Literal

from pydantic import Field

from profilering.risk import Outcome
from profilering.tema import Tema, TemaType
from serving.wire.codes import WireRegel
from serving.wire.scalars import Wire

NAME = {"nb": "Trenger veiledning", "nn": "Treng rettleiing", "en": "Needs guidance"}
CODE = {
    "kode": "TRENGER_VEILEDNING",
    "navn": NAME,
    "definisjon": {
        "nb": "Personen har større problemer med å få eller beholde arbeid.",
        "nn": "Personen har større problem med å få eller halde på arbeid.",
        "en": "The person has larger problems in getting or keeping work.",
    },
    "kilde": "Meld. St. 33 (2015–2016) L4687-4693",
    "gammelKode": "SITUASJONSBESTEMT_INNSATS",
    "type": None,
    "opplysning": None,
}
FACT = {
    "tema": "ARBEIDSERFARING",
    "enhet": "måneder",
    "hjemmel": "NAV-loven § 14 a; GDPR art. 6 (1) e",
    "retning": -1,
    "koder": None,
}
SPAN = {"opplysning": "alder", "fra": 18, "til": 67}
LIMIT = {
    "utfall": "LANGVARIG_STOENAD",
    "regel": "FORHOEYET_ANSLAG",
    "avHundre": 25.0,
    "kostnadsforhold": 3.0,
    "kilde": "Krav REQ-34 og REQ-61",
}
DIGESTS = {name: f"sha256:{8 * start}" for name, start in (("bundle", "b5f1831c"), ("policy", "1c4f2a90"))}


class TreSpraak(Wire):
    """One text in the three languages of the service."""

    nb: str = Field(description="Bokmål.", examples=[NAME["nb"]])
    nn: str = Field(description="Nynorsk.", examples=[NAME["nn"]])
    en: str = Field(description="English.", examples=[NAME["en"]])


class KatalogUt(Wire):
    """What the catalogue says of an opplysning."""

    tema: Tema = Field(description="The theme it is shown under.", examples=["ARBEIDSERFARING"])
    enhet: str = Field(description="Unit of its value.", examples=["måneder"])
    hjemmel: str = Field(description="Legal basis.", examples=[FACT["hjemmel"]])
    retning: Literal[-1, 0, 1] = Field(
        description="Binds the model: -1 more of it never raises an estimate, 1 never lowers it, 0 free.",
        examples=[-1],
    )
    koder: list[str] | None = Field(
        description="The codes it may be, in the order of their numbers; null for a number.", examples=[None]
    )


class KodeUtvidet(Wire):
    """One code of a list."""

    kode: str = Field(description="As it stands in answers and requests.", examples=[CODE["kode"]])
    navn: TreSpraak = Field(description="Name for people.", examples=[NAME])
    definisjon: TreSpraak | None = Field(
        description="What it means; null for an opplysning, whose name says it.",
        examples=[CODE["definisjon"]],
    )
    kilde: str = Field(
        description="Where the code, or what it tells of, comes from.", examples=[CODE["kilde"]]
    )
    gammel_kode: str | None = Field(
        description="NAV's old code; for innsatsgruppe only.", examples=["SITUASJONSBESTEMT_INNSATS"]
    )
    type: TemaType | None = Field(description="For tema only.", examples=[None])
    opplysning: KatalogUt | None = Field(description="For opplysning only.", examples=[None])


class KodeverkSvar(Wire):
    """One list of codes."""

    navn: str = Field(description="Name of the list.", examples=["innsatsgruppe"])
    koder: list[KodeUtvidet] = Field(description="In the order they are shown.", examples=[[CODE]])


class SpennUt(Wire):
    """What an opplysning spanned among those the model has learnt from."""

    opplysning: str = Field(description="Name in the catalogue.", examples=["alder"])
    fra: int = Field(description="Smallest value.", examples=[18])
    til: int = Field(description="Largest value.", examples=[67])


class ModellGrenseUt(Wire):
    """The threshold of one estimate, from a stated cost of either error."""

    utfall: Outcome = Field(description="The estimate.", examples=["LANGVARIG_STOENAD"])
    regel: WireRegel = Field(description="The rule that has it.", examples=["FORHOEYET_ANSLAG"])
    av_hundre: float = Field(description="The threshold, of 100.", examples=[25.0])
    kostnadsforhold: float = Field(
        description="Cost of overlooking a person relative to one unneeded conversation.", examples=[3.0]
    )
    kilde: str = Field(description="Source of the rule.", examples=["Krav REQ-34 og REQ-61"])


class ModellSvar(Wire):
    """What answers with now: versions, digests, limits, and what the model was made of."""

    modell: str = Field(description="Version of the approved model.", examples=["2026-1"])
    policy: str = Field(description="Version of the policy file.", examples=["2026-1"])
    tekster: dict[str, str] = Field(
        description="Version of the texts, by language.", examples=[{"nb": "2", "nn": "2", "en": "2"}]
    )
    skjema: str = Field(description="Version of this contract.", examples=["1"])
    digester: dict[str, str] = Field(description="Of every file it stands on.", examples=[DIGESTS])
    syntetisk: bool = Field(
        description="Trained on an invented register: its figures say nothing of Norway.", examples=[True]
    )
    spenn: list[SpennUt] = Field(
        description="Whole-number opplysninger, as seen in training.", examples=[[SPAN]]
    )
    grenser: list[ModellGrenseUt] = Field(description="One per estimate.", examples=[[LIMIT]])
    modellkort: str | None = Field(
        description="The model card, Markdown; null where the bundle has none.", examples=["# Modellkort"]
    )


LIST = {"navn": "innsatsgruppe", "koder": [CODE]}
MODEL = {
    "modell": "2026-1",
    "policy": "2026-1",
    "tekster": {"nb": "2", "nn": "2", "en": "2"},
    "skjema": "2",
    "digester": DIGESTS,
    "syntetisk": True,
    "spenn": [SPAN],
    "grenser": [LIMIT],
    "modellkort": "# Modellkort\n",
}
