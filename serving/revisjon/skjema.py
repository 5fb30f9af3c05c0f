"""The form of the test bench: each field and its place on the wire, there and back.

What is sent as fields becomes a request and is read as any other, so a fault has the place and the words
that the API gives it. What somebody chose is kept by the name of the field, as texts.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from profilering.fylker import FYLKESNAVN
from profilering.registrering import Beskrivelse, Egenvurdering, Livsoppholdsytelse
from serving.pages.words import WORDS
from serving.wire.problems import FieldFault, RefusedError, invalid

Said: TypeAlias = Mapping[str, tuple[str, ...]]
"""What stands in a form, by the name of the field."""
Request: TypeAlias = dict[str, Any]
"""A request as JSON, before anybody has read it."""

UBESVART = "UBESVART"
"""Asked and not answered, which NAV's rule of today tells apart from not asked."""
SVAR = ("JA", "NEI", "VET_IKKE")
YES_NO = {"JA": True, "NEI": False}
REGISTRE = ("arbeidsforhold", "ytelser", "tidligerePerioder", "tiltak")
OPPLYSNINGER = "/opplysningerOmArbeidssoeker"
BESKRIVELSER = f"{OPPLYSNINGER}/jobbsituasjon/beskrivelser"
YRKE = f"{BESKRIVELSER}/0/detaljer"
NO_SITUATION = "Yrket sendes sammen med en jobbsituasjon. Velg minst én."


class Slag(StrEnum):
    """How a field is filled in."""

    TEKST = "TEKST"
    VALG = "VALG"
    FLERE = "FLERE"


@dataclass(frozen=True, slots=True)
class Felt:
    """One field: `peker` is where its value stands on the wire, `koder` what can be chosen."""

    navn: str
    tittel: str
    peker: str
    slag: Slag = Slag.VALG
    koder: Mapping[str, str] | None = None
    hjelp: str = ""


def _svar(*, empty: str) -> Mapping[str, str]:
    return {"": empty, **{code: WORDS["svar"][code] for code in SVAR}}


_HVA = {"": "Ikke spurt", UBESVART: "Spurt, men ikke besvart", **{c: WORDS["svar"][c] for c in SVAR}}
_REGISTER = {"JA": "Svarte", "NEI": "Svarte ikke"}
_EGET_SYN = {"": "Ikke gitt", **{str(code): WORDS["dagens_regel"][code] for code in Egenvurdering}}
PERSONEN = (
    Felt(
        "foedselsaar", "Fødselsår", "/person/foedselsaar", Slag.TEKST, hjelp="Fire sifre. Tomt: ikke kjent."
    ),
    Felt("fylke", "Fylke", "/person/fylke", koder={"": "Ikke kjent", **FYLKESNAVN}),
    Felt("nus", "Utdanning", f"{OPPLYSNINGER}/utdanning", koder={"": "Ikke spurt", **WORDS["nus"]}),
    Felt("bestaatt", "Bestått", f"{OPPLYSNINGER}/utdanning/bestaatt", koder=_svar(empty="Ikke besvart")),
    Felt(
        "godkjent",
        "Godkjent i Norge",
        f"{OPPLYSNINGER}/utdanning/godkjent",
        koder=_svar(empty="Ikke besvart"),
    ),
    Felt("helse", "Hindrer helsen arbeid?", f"{OPPLYSNINGER}/helse", koder=_svar(empty="Ikke spurt")),
    Felt("annet", "Hindrer andre forhold arbeid?", f"{OPPLYSNINGER}/annet", koder=_HVA),
    Felt(
        "yrke", "Siste yrke", YRKE, Slag.TEKST, hjelp="Kode i STYRK-08, ett til fire sifre. Tomt: ikke kjent."
    ),
    Felt("egenvurdering", "Eget syn på en profilering", "/egenvurdering", koder=_EGET_SYN),
    Felt(
        "oensker",
        "Ønsker arbeidsevnevurdering",
        "/oenskerArbeidsevnevurdering",
        koder={"NEI": "Nei", "JA": "Ja"},
    ),
)
REGISTRENE = (
    Felt("arbeidsforhold", "Aa-registeret", "/historikk/arbeidsforhold", koder=_REGISTER),
    Felt("ytelser", "Ytelser", "/historikk/ytelser", koder=_REGISTER),
    Felt("tidligerePerioder", "Perioder som arbeidssøker", "/historikk/tidligerePerioder", koder=_REGISTER),
    Felt("tiltak", "Tiltak", "/historikk/tiltak", koder=_REGISTER),
)
LISTENE = (
    Felt(
        "jobbsituasjon",
        "Jobbsituasjon",
        BESKRIVELSER,
        Slag.FLERE,
        {str(code): WORDS["jobbsituasjon"][code] for code in Beskrivelse},
    ),
    Felt(
        "soekerYtelse",
        "Søker om ytelse nå",
        "/soekerYtelse",
        Slag.FLERE,
        {str(code): WORDS["ytelse"][code] for code in Livsoppholdsytelse},
    ),
)
FELTER = (*PERSONEN, *REGISTRENE, *LISTENE)
ONE_EACH = frozenset(felt.navn for felt in FELTER if felt.slag is not Slag.FLERE)


def felt_of(peker: str) -> Felt | None:
    """The field where a fault is to be mended: the one whose place is nearest."""
    there = [felt for felt in FELTER if f"{peker}/".startswith(f"{felt.peker}/")]
    return max(there, key=lambda felt: len(felt.peker), default=None)


def request_of(said: Said, persona: Request) -> Request:
    """Put what was chosen in the place of what the persona says; the rest stays as it was.

    A register that did not answer for the persona, and now does, holds nothing. Raises RefusedError
    for an occupation that the wire has no place for.
    """
    request = deepcopy(persona)
    one = {name: said.get(name, ("",))[0].strip() for name in ONE_EACH}
    request["person"] = {"foedselsaar": _year(one["foedselsaar"]), "fylke": one["fylke"] or None}
    request["opplysningerOmArbeidssoeker"] |= {
        "utdanning": _utdanning(one),
        "helse": {"helsetilstandHindrerArbeid": one["helse"]} if one["helse"] else None,
        "annet": _annet(one["annet"]),
        "jobbsituasjon": {"beskrivelser": _beskrivelser(said.get("jobbsituasjon", ()), one["yrke"])},
    }
    for register in REGISTRE:
        spells = request["historikk"][register] or []
        request["historikk"][register] = {"JA": spells, "NEI": None}.get(one[register], one[register])
    request["soekerYtelse"] = list(said.get("soekerYtelse", ()))
    request["oenskerArbeidsevnevurdering"] = YES_NO.get(one["oensker"], one["oensker"])
    request["egenvurdering"] = one["egenvurdering"] or None
    return request


def said_of(request: Request) -> Said:
    """What the fields show of a request that can be answered."""
    svar, person = request["opplysningerOmArbeidssoeker"], request["person"]
    utdanning, helse, annet = (svar.get(name) or {} for name in ("utdanning", "helse", "annet"))
    beskrivelser = svar["jobbsituasjon"]["beskrivelser"]
    details = [each.get("detaljer", {}).get("stilling_styrk08") for each in beskrivelser]
    one = {
        "foedselsaar": person["foedselsaar"],
        "fylke": person["fylke"],
        "nus": utdanning.get("nus"),
        "bestaatt": utdanning.get("bestaatt"),
        "godkjent": utdanning.get("godkjent"),
        "helse": helse.get("helsetilstandHindrerArbeid"),
        "annet": (annet.get("andreForholdHindrerArbeid") or UBESVART)
        if svar.get("annet") is not None
        else "",
        "yrke": next((code for code in details if code), None),
        "egenvurdering": request.get("egenvurdering"),
        "oensker": "JA" if request["oenskerArbeidsevnevurdering"] else "NEI",
        **{name: "NEI" if request["historikk"][name] is None else "JA" for name in REGISTRE},
    }
    return {
        **{name: ("" if value is None else str(value),) for name, value in one.items()},
        "jobbsituasjon": tuple(each["beskrivelse"] for each in beskrivelser),
        "soekerYtelse": tuple(request["soekerYtelse"]),
    }


def _year(text: str) -> int | str | None:
    """A number where it is one; what is none is left for the reading to name."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else text or None


def _utdanning(one: Mapping[str, str]) -> Request | None:
    """Not asked where all is empty; answers without a level lack a field, as they would on the wire."""
    given = {name: one[name] for name in ("nus", "bestaatt", "godkjent") if one[name]}
    return given or None


def _annet(said: str) -> Request | None:
    return {"andreForholdHindrerArbeid": None if said == UBESVART else said} if said else None


def _beskrivelser(said: Sequence[str], yrke: str) -> list[Request]:
    if yrke and not said:
        raise RefusedError(invalid([FieldFault(YRKE, NO_SITUATION)]))
    stated: list[Request] = [{"beskrivelse": code, "detaljer": {}} for code in said]
    if yrke:
        stated[0]["detaljer"] = {"stilling_styrk08": yrke}
    return stated
