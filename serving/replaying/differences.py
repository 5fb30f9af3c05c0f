"""Where two contents differ, field by field, exactly: 1 is not 1.0 and 0.0 is not -0.0."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from models.canonical import digest_of
from serving.wire.strict_json import JsonValue

NESTED = frozenset({"/svar", "/svar_tilbakeholdt"})
"""The fields whose text is JSON itself: the answers as they left. Pointers go on inside them."""


@dataclass(frozen=True, slots=True)
class Forskjell:
    """One field that is not what it was. The values may tell of a person, so they are left out of `repr`.

    A value is spelled as JSON, every bit of a number included; None says that nothing stands there.
    """

    peker: str  # RFC 6901; empty for the content as a whole
    journal: str | None = field(repr=False)
    naa: str | None = field(repr=False)


def differences_of(journal: bytes, naa: bytes) -> tuple[Forskjell, ...]:
    """Every difference between the content in the journal and the content made now, both JSON.

    Contents that say the same in other bytes, or are nested too deep to look into, differ as a
    whole, told by their digests.
    """
    if journal == naa:
        return ()
    whole = Forskjell("", _spelled(digest_of(journal)), _spelled(digest_of(naa)))
    try:
        return tuple(_differences("", json.loads(journal), json.loads(naa))) or (whole,)
    except RecursionError:
        return (whole,)


def _differences(at: str, journal: JsonValue, naa: JsonValue) -> Iterator[Forskjell]:
    if isinstance(journal, dict) and isinstance(naa, dict):
        yield from _in_object(at, journal, naa)
    elif isinstance(journal, list) and isinstance(naa, list):
        yield from _in_list(at, journal, naa)
    elif _spelled(journal) != _spelled(naa):
        yield from _in_answer(at, journal, naa) or [Forskjell(at, _spelled(journal), _spelled(naa))]


def _in_object(at: str, journal: dict[str, JsonValue], naa: dict[str, JsonValue]) -> Iterator[Forskjell]:
    for name, value in naa.items():
        if name in journal:
            yield from _differences(f"{at}/{name}", journal[name], value)
        else:
            yield Forskjell(f"{at}/{name}", None, _spelled(value))
    # A name that only the journal has was not written by this program and could say anything.
    if unknown := {name: value for name, value in journal.items() if name not in naa}:
        yield Forskjell(at, _spelled(unknown), None)


def _in_list(at: str, journal: list[JsonValue], naa: list[JsonValue]) -> Iterator[Forskjell]:
    for place in range(max(len(journal), len(naa))):
        if place < len(journal) and place < len(naa):
            yield from _differences(f"{at}/{place}", journal[place], naa[place])
        else:
            sides = (_spelled(side[place]) if place < len(side) else None for side in (journal, naa))
            yield Forskjell(f"{at}/{place}", *sides)


def _in_answer(at: str, journal: JsonValue, naa: JsonValue) -> list[Forskjell]:
    """The differences within the answer's text; none where one cannot be read or only spelling differs."""
    if at not in NESTED or not isinstance(journal, str) or not isinstance(naa, str):
        return []
    try:
        return list(_differences(at, json.loads(journal), json.loads(naa)))
    except ValueError:
        return []


def _spelled(value: JsonValue) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode(errors="backslashreplace").decode()  # half a character has no other spelling
