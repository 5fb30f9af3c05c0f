"""What a request is called: the name it came with where that can name nobody, else a new one.

Whatever is accepted here stands in the log and goes back in the answer, so it must be what a machine
makes of chance: a UUID, with its hyphens or as 16 to 32 hexadecimal digits.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from serving.wire.scalars import uuid_of

Headers = Iterable[tuple[bytes, bytes]]
"""Names in lower case, as ASGI gives them."""

_HEXADECIMAL = re.compile(r"(?=.*[a-f])[0-9a-f]{16,32}")
_DIGITS = re.compile(r"[0-9]{11}")
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class TraceParent:
    """Whose step this request is (W3C Trace Context, version 00); each part is lower-case hexadecimal."""

    trace_id: str
    span_id: str
    flags: str

    @property
    def header(self) -> str:
        """The form in which it goes on to others."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


def call_id_of(headers: Headers, new_id: Callable[[], UUID]) -> str:
    """The call id a request came with, or a new one where there is not exactly one safe one."""
    text = _only(headers, b"nav-call-id")
    return text if text is not None and _names_nobody(text) else str(new_id())


def trace_parent_of(headers: Headers) -> TraceParent | None:
    """The trace a request came with; None where there is none in the strict form.

    One in twenty random trace ids has eleven digits in a row and is not carried on: a number that
    somebody put there on purpose cannot be told from those.
    """
    text = _only(headers, b"traceparent")
    found = None if text is None else _TRACEPARENT.fullmatch(text)
    return None if found is None or _DIGITS.search(found[0]) else TraceParent(*found.groups())


def _names_nobody(text: str) -> bool:
    return uuid_of(text) is not None or _HEXADECIMAL.fullmatch(text) is not None


def _only(headers: Headers, name: bytes) -> str | None:
    """The value of a header that stands there exactly once."""
    values = [value for known, value in headers if known == name]
    return values[0].decode("latin-1") if len(values) == 1 else None
