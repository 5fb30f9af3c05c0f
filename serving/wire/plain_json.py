"""Bodies in which nothing can be wrong are read at once; every other one is left to the strict reader.

A body is plain when its bytes alone show that the strict reader would find no fault, and then both
read the same. Almost every honest body is; a body that only looks suspect is read slowly, no more.
"""

import json
import math
from typing import Any

from serving.wire.foedselsnummer import EXEMPT_IN_JSON

_DIGITS_ALIKE = bytes(ord("0" if chr(byte).isdigit() else " ") for byte in range(128)) + bytes(128)
_NO_WORD = bytes(byte for byte in range(256) if byte > 127 or not chr(byte).isalnum())
_ROUND = bytes.maketrans(b"{}[]", b"()()")
_NO_SIGN = bytes(set(range(256)) - set(b'{}[]"'))


class _DoubtError(ValueError):
    """Something that the strict reader has a name for."""


def read_plain(body: bytes, *, max_depth: int) -> dict[str, Any] | None:
    """Read one JSON object in which nothing can be wrong; None where something may be."""
    if not _is_clean(body) or not _is_shallow(body, max_depth):
        return None
    try:
        value = _DECODER.decode(body.decode())
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _is_clean(body: bytes) -> bool:
    """Whether no text holds a character that is refused, and no text or number eleven digits.

    Without escapes, a text is what stands between two quotes. Whatever is no letter is taken from
    between the digits, more than a number may hide behind: digits of two texts may meet.
    """
    if not body.isascii() or b"\\" in body or b"\x7f" in body:
        return False
    return b"0" * 11 not in EXEMPT_IN_JSON.sub(b"", body).translate(_DIGITS_ALIKE, _NO_WORD)


def _is_shallow(body: bytes, max_depth: int) -> bool:
    """Whether objects and lists lie at most so deep in each other; each round takes the innermost.

    A text with a bracket in it keeps a quote, for an odd number of quotes stands before the bracket.
    """
    signs = body.translate(_ROUND, _NO_SIGN).replace(b'""', b"")
    for _ in range(max_depth):
        signs = signs.replace(b"()", b"")
    return not signs


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _DoubtError
    return value


def _float(literal: str) -> float:
    number = float(literal)
    if math.isinf(number):
        raise _DoubtError
    return number


def _no_number(_: str) -> float:
    raise _DoubtError


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_no_number)
