"""One reading of a body's bytes, or none: what two parsers could read differently is refused.

Nothing of the body leaves by way of an error: a pointer is made of array indexes and of names
we know ourselves, and the texts are fixed.
"""

import json
import math
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from profilering.errors import CallerError
from serving.wire.foedselsnummer import may_identify
from serving.wire.plain_json import read_plain

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_DEPTH = 16
"""Objects and lists inside each other; the deepest body of the contract has six."""


class BodyFault(StrEnum):
    """Why a body was refused."""

    TOM = "TOM"
    IKKE_UTF8 = "IKKE_UTF8"
    BOM = "BOM"
    IKKE_JSON = "IKKE_JSON"
    IKKE_OBJEKT = "IKKE_OBJEKT"
    FOR_DYP = "FOR_DYP"
    DOBBELT_FELT = "DOBBELT_FELT"
    IKKE_ET_TALL = "IKKE_ET_TALL"
    FOR_STORT_TALL = "FOR_STORT_TALL"
    UGYLDIG_TEGN = "UGYLDIG_TEGN"
    ELLEVE_SIFRE = "ELLEVE_SIFRE"


_DETAILS = {
    BodyFault.TOM: "Forespørselen er tom. Send ett JSON-objekt.",
    BodyFault.IKKE_UTF8: "Forespørselen er ikke gyldig UTF-8.",
    BodyFault.BOM: "Forespørselen begynner med et byterekkefølgemerke (BOM). Send UTF-8 uten.",
    BodyFault.IKKE_JSON: "Forespørselen er ikke gyldig JSON. Send ett JSON-objekt og ikke noe mer.",
    BodyFault.IKKE_OBJEKT: "Forespørselen må være ett JSON-objekt.",
    BodyFault.FOR_DYP: f"Objekter og lister kan ligge høyst {MAX_DEPTH} nivåer inni hverandre.",
    BodyFault.DOBBELT_FELT: "Et felt står to ganger i samme objekt. Send hvert felt én gang.",
    BodyFault.IKKE_ET_TALL: "NaN og Infinity er ikke JSON. Send null når verdien ikke er kjent.",
    BodyFault.FOR_STORT_TALL: "Et tall er for stort.",
    BodyFault.UGYLDIG_TEGN: "En tekst inneholder styretegn eller halve tegn (surrogater).",
    BodyFault.ELLEVE_SIFRE: (
        "Elleve eller flere sifre på rad kan være et fødselsnummer og blir ikke tatt imot. "
        "Tjenesten skal ikke ha fødselsnummer i noe felt."
    ),
}


class BodyError(CallerError):
    """The body has no single reading, or may identify a person (HTTP 400 or 422).

    `pointer` is a JSON pointer to the nearest place that can be named without echoing input.
    """

    def __init__(self, code: BodyFault, pointer: str = "") -> None:
        super().__init__(_DETAILS[code])
        self.code = code
        self.detail = _DETAILS[code]
        self.pointer = pointer


_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands where a number should be until its place is known."""

    code: BodyFault


_Pairs: TypeAlias = "tuple[tuple[str, _Seen], ...]"
_Seen: TypeAlias = "bool | int | float | str | list[_Seen] | _Pairs | _Refused | None"


def read_json(body: bytes, *, known_names: AbstractSet[str] = frozenset()) -> dict[str, JsonValue]:
    """Read one JSON object in the only way it can be read.

    `known_names` are the field names of our own schemas; only they appear in a pointer.
    Raises BodyError.
    """
    plain = read_plain(body, max_depth=MAX_DEPTH)
    return read_strictly(body, known_names) if plain is None else plain


def read_strictly(body: bytes, known_names: AbstractSet[str]) -> dict[str, JsonValue]:
    """Read what may be at fault, and name the fault and its place where there is one."""
    fault, value = _parse(body)
    if fault is not None:
        # Outside the handler, so that no parser's error with the body in it hangs on ours.
        raise BodyError(fault)
    if not isinstance(value, tuple):
        raise BodyError(BodyFault.IKKE_OBJEKT)
    return _Reader(known_names).object(value, ())


def _parse(body: bytes) -> tuple[BodyFault | None, _Seen]:
    """Give what the parser saw: an object as a tuple of pairs, a bad number as `_Refused`."""
    if not body.strip():
        return BodyFault.TOM, None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return BodyFault.IKKE_UTF8, None
    if text.startswith("\ufeff"):
        return BodyFault.BOM, None
    try:
        return None, json.loads(
            text,
            object_pairs_hook=tuple,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=lambda _: _Refused(BodyFault.IKKE_ET_TALL),
        )
    except RecursionError:
        return BodyFault.FOR_DYP, None
    except ValueError:
        return BodyFault.IKKE_JSON, None


def _integer(literal: str) -> int | _Refused:
    return _Refused(BodyFault.ELLEVE_SIFRE) if len(literal.lstrip("-")) >= 11 else int(literal)


def _float(literal: str) -> float | _Refused:
    whole = re.split(r"[.eE]", literal, maxsplit=1)[0]
    if len(whole.lstrip("-")) >= 11:
        return _Refused(BodyFault.ELLEVE_SIFRE)
    number = float(literal)
    return _Refused(BodyFault.FOR_STORT_TALL) if math.isinf(number) else number


_Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns what the parser saw into plain values and knows where it is while it does."""

    known_names: AbstractSet[str]

    def value(self, seen: _Seen, path: _Path) -> JsonValue:
        if isinstance(seen, _Refused):
            raise self.refusal(seen.code, path)
        if isinstance(seen, tuple):
            return self.object(seen, path)
        if isinstance(seen, list):
            self.check_depth(path)
            return [self.value(item, (*path, index)) for index, item in enumerate(seen)]
        if isinstance(seen, str):
            self.check_text(seen, path)
        return seen

    def object(self, pairs: _Pairs, path: _Path) -> dict[str, JsonValue]:
        self.check_depth(path)
        plain: dict[str, JsonValue] = {}
        for name, seen in pairs:
            here = (*path, name)
            if name not in self.known_names:
                self.check_text(name, here)
            if name in plain:
                raise self.refusal(BodyFault.DOBBELT_FELT, here)
            plain[name] = self.value(seen, here)
        return plain

    def check_depth(self, path: _Path) -> None:
        if len(path) >= MAX_DEPTH:
            raise self.refusal(BodyFault.FOR_DYP, path)

    def check_text(self, text: str, path: _Path) -> None:
        if not text.isprintable() and _NOT_TEXT.search(text):
            raise self.refusal(BodyFault.UGYLDIG_TEGN, path)
        if may_identify(text):
            raise self.refusal(BodyFault.ELLEVE_SIFRE, path)

    def refusal(self, code: BodyFault, path: _Path) -> BodyError:
        """Name the place as far as it consists of indexes and of names we know."""
        pointer = ""
        for step in path:
            if isinstance(step, str) and step not in self.known_names:
                break
            pointer += "/" + str(step).replace("~", "~0").replace("/", "~1")
        return BodyError(code, pointer)
