"""A text for people in the two forms that people read: plain, and as a page to show or print.

Both are made from the same parts in the same order, so neither can say what the other does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TypeAlias

from jinja2 import Template

from profilering.begrunnelse import Avsnitt
from serving.pages.routes import page_templates

DASH = "– "
BETWEEN_CELLS = " | "


@dataclass(frozen=True, slots=True)
class Rad:
    """One row: what it is about, and its cells in the order of the columns after the first."""

    navn: str
    celler: tuple[str, ...]
    strek: float = 0.0  # how far the bar goes, -1 (down) to 1 (up); drawn, never the only place it stands


@dataclass(frozen=True, slots=True)
class Gruppe:
    """Rows that belong together under a row that sums them."""

    samlet: Rad
    rader: tuple[Rad, ...]


@dataclass(frozen=True, slots=True)
class Tabell:
    """A table with its own heading; `slutt` are the rows that sum the whole of it, `under` what it led to."""

    overskrift: str
    kolonner: tuple[str, ...]
    grupper: tuple[Gruppe, ...]
    slutt: tuple[Rad, ...]
    under: tuple[str, ...]


Del: TypeAlias = Avsnitt | Tabell
"""A part of a text. The first part's heading is the heading of the whole."""


def as_text(deler: Sequence[Del]) -> bytes:
    """Plain text, as a system pastes it: headings on lines of their own, an empty line between parts."""
    return ("\n\n".join(_plain(part) for part in deler) + "\n").encode()


def as_html(deler: Sequence[Del], spraak: str) -> bytes:
    """A whole page without scripts, in the language it says it is in."""
    return _page().render(deler=opened_parts(deler), spraak=spraak).encode()


def opened_parts(deler: Sequence[Del]) -> tuple["Opened", ...]:
    """The parts as templates read them."""
    return tuple(_opened(part) for part in deler)


@cache
def _page() -> Template:
    return page_templates().get_template("tekst.html")


def _plain(part: Del) -> str:
    if isinstance(part, Avsnitt):
        return f"{part.overskrift}\n{part.tekst}"
    rows = [row for gruppe in part.grupper for row in (gruppe.samlet, *gruppe.rader)]
    lines = [part.kolonner, *((row.navn, *row.celler) for row in (*rows, *part.slutt))]
    return "\n".join([part.overskrift, *(BETWEEN_CELLS.join(line) for line in lines), *part.under])


@dataclass(frozen=True, slots=True)
class _Blokk:
    """Lines of a section that stand together: the items of a list, or paragraphs."""

    liste: bool
    linjer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A part as the template reads it: blocks of lines, or a table."""

    overskrift: str
    blokker: tuple[_Blokk, ...]
    tabell: Tabell | None = None


def _opened(part: Del) -> Opened:
    if isinstance(part, Tabell):
        return Opened(part.overskrift, (_Blokk(liste=False, linjer=part.under),), part)
    runs = groupby(part.tekst.split("\n"), key=lambda line: line.startswith(DASH))
    blokker = tuple(
        _Blokk(listed, tuple(line.removeprefix(DASH) for line in lines)) for listed, lines in runs
    )
    return Opened(part.overskrift, blokker)
