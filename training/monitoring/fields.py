"""Reading one line of an export field by field: a fault names line and field, never a value."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from profilering.errors import DataError

Code = TypeVar("Code", bound=StrEnum)


class ExportError(DataError):
    """A journal export that is not of its format."""


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a line and where it stands. Every method raises ExportError where it is of another kind."""

    line: int  # from 1
    path: str
    value: object = field(repr=False)

    def fault(self, problem: str) -> ExportError:
        """Make the error that says what is wrong here."""
        return ExportError(f"line {self.line}, field {self.path}: {problem}; export the journal again")

    def get(self, name: str) -> "Field":
        """Give a field of an object; it must be there, it may be null."""
        if not isinstance(self.value, dict):
            raise self.fault("is no object")
        inner = f"{self.path}.{name}".removeprefix(".")
        if name not in self.value:
            raise Field(self.line, inner, None).fault("is missing")
        return Field(self.line, inner, self.value[name])

    def only(self, *names: str) -> None:
        """Refuse an object with other fields; a name may be anything, so none is told."""
        if not isinstance(self.value, dict):
            raise self.fault("is no object")
        if unknown := len(self.value.keys() - set(names)):
            raise self.fault(f"holds {unknown} unknown fields beside {', '.join(names)}")

    def items(self) -> Iterator["Field"]:
        """Give the items of a list."""
        if not isinstance(self.value, list):
            raise self.fault("is no list")
        for place, item in enumerate(self.value):
            yield Field(self.line, f"{self.path}[{place}]", item)

    def text(self, pattern: str) -> str:
        """Give a text that matches the whole pattern."""
        if not isinstance(self.value, str) or not re.fullmatch(pattern, self.value):
            raise self.fault(f"is no text of the form {pattern}")
        return self.value

    def fingerprint(self, key: bytes) -> bytes:
        """Give eight bytes that the same words share under this key; case and blanks count for nothing."""
        words = " ".join(self.text(r"(?s).+").lower().split())
        return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest()

    def code(self, kind: type[Code]) -> Code:
        """Give one of the codes of an enum."""
        return kind(self.one_of(tuple(member.value for member in kind)))

    def one_of(self, codes: tuple[str, ...]) -> str:
        """Give one of these texts."""
        if not isinstance(self.value, str) or self.value not in codes:
            raise self.fault(f"is none of {', '.join(codes)}")
        return self.value

    def whole(self, low: int, high: int) -> int:
        """Give a whole number from `low` to `high`."""
        if type(self.value) is not int or not low <= self.value <= high:
            raise self.fault(f"is no whole number from {low} to {high}")
        return self.value

    def truth(self) -> bool:
        """Give true or false."""
        if not isinstance(self.value, bool):
            raise self.fault("is neither true nor false")
        return self.value

    def share(self) -> float:
        """Give a probability."""
        if type(self.value) not in (int, float) or not 0 <= self.value <= 1:  # type: ignore[operator]
            raise self.fault("is no number from 0 to 1")
        return float(self.value)  # type: ignore[arg-type]

    def day(self) -> date:
        """Give a day, YYYY-MM-DD."""
        try:
            return date.fromisoformat(self.text(r"\d{4}-\d\d-\d\d"))
        except ValueError:
            problem = self.fault("is no day")
        raise problem

    def instant(self) -> datetime:
        """Give an instant with its zone."""
        try:
            instant = datetime.fromisoformat(self.text(r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)"))
        except ValueError:
            problem = self.fault("is no instant")
        else:
            return instant
        raise problem
