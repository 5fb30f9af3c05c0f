"""The lines a proof prints: what was tried, how often, and what was found against what must be."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One proof; it holds or it does not."""

    what: str
    tried: str
    found: str
    holds: bool


def markdown(lines: Iterable[Line]) -> str:
    """A table as README quotes it."""
    rows = [
        f"| {one.what} | {one.tried} | {one.found} | {'holds' if one.holds else '**BROKEN**'} |"
        for one in lines
    ]
    return "\n".join(["| proof | tried | found | |", "|---|---|---|---|", *rows])
