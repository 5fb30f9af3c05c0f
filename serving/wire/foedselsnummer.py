"""Whether a text may hold a number that identifies somebody, also where it is written in a disguise.

Dates and years are told apart from such numbers, or a veileder could not write when something was.
A number spelled in words, or with words between its parts, is not found.
"""

import re
from unicodedata import category, digit, normalize

_ELEVEN_OR_MORE = re.compile(r"\d(?:[\W_]{0,3}\d){10,}", re.ASCII)
_EXEMPT = (
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
"""The two forms that may hold eleven digits and name nobody. Of random UUIDs 1 in 128 has eleven
digits in a row in its last group (2·(10/16)¹¹ - (10/16)¹²); across hyphens 1 in 18 of a million drawn."""
_UUID_OR_TIME = re.compile(_EXEMPT)
EXEMPT_IN_JSON = re.compile(rf'"(?=[^"]{{11}})(?:{_EXEMPT})"'.encode())
"""The same as whole texts of a JSON body without escapes; shorter ones hold no eleven digits."""
_DAY, _MONTH, _YEAR = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])", "(?:19|20)[0-9]{2}"
_WHEN = re.compile(
    rf"(?<!\d)(?:{_YEAR}-{_MONTH}-{_DAY}|{_DAY}[./-]{_MONTH}[./-]{_YEAR}|{_YEAR}|[0-2][0-9]:[0-5][0-9])(?!\d)"
)
_PERSONNUMMER = 5
"""Digits behind the day of birth: as many beside a date may be the rest of a number."""


def may_identify(text: str) -> bool:
    """Whether eleven digits or more stand together, at most three characters that are no letters apart.

    Digits count in every script and shape; marks and characters without a width do not part them.
    More than eleven are let through where all but four are of dates, years and times of day.
    """
    if text.isascii() and len(text) < 11:
        return False
    if _UUID_OR_TIME.fullmatch(text):
        return False
    return any(_names_somebody(found[0]) for found in _ELEVEN_OR_MORE.finditer(_plain(text)))


def _names_somebody(run: str) -> bool:
    if _digits_in(run) == 11:
        return True
    return _digits_in(_WHEN.sub("", run)) >= _PERSONNUMMER


def _digits_in(text: str) -> int:
    return sum(letter.isdigit() for letter in text)


def _plain(text: str) -> str:
    """Every digit as 0 to 9, and nothing that is not seen; letters of no alphabet of ours stay letters."""
    if text.isascii():
        return text
    seen = (letter for letter in normalize("NFKC", text) if category(letter) not in {"Mn", "Me", "Cf"})
    return "".join(_one(letter) for letter in seen)


def _one(letter: str) -> str:
    value = digit(letter, None)
    if value is not None:
        return str(value)
    return letter if letter.isascii() else "x" if letter.isalpha() else " "
