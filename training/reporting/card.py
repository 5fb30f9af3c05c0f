"""The model card: from the run alone, no number typed by hand, and whole or not at all."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from training.reporting.numbers import number_text
from training.reporting.report import Cell, Report, Section, Table, report_html

WANTED = (
    "formaal",
    "brukes_ikke",
    "populasjon",
    "utfall",
    "data",
    "tall",
    "intervaller",
    "grupper",
    "forklaringer",
    "stabilitet",
    "begrensninger",
    "versjoner",
    "godkjenninger",
)
"""Every part a card must have, in the order it is read (training.md; AI Act articles 11 and 13)."""

MAY_HAVE_GAPS = frozenset({"grupper"})
"""Where an empty cell says that too few people stand behind a figure; elsewhere it is a figure forgotten."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card in parts, by the names of `WANTED`."""

    version: str
    limits: str  # what the figures may not be used for; stands first
    parts: Mapping[str, Section]


def missing_in(card: Card) -> tuple[str, ...]:
    """Name the parts that are not there, say nothing, or have a cell that says nothing."""
    wanted = [name for name in WANTED if not _is_whole(name, card.parts.get(name))]
    return (*wanted, *sorted(set(card.parts) - set(WANTED)))


def card_report(card: Card, gates: Section) -> Report:
    """The card as a page; the gates stand last, as they are tried on the rest."""
    parts = tuple(card.parts[name] for name in WANTED if name in card.parts)
    return Report(f"Modellkort: {card.version}", card.limits, (*parts, gates))


def write_card(report: Report, folder: Path) -> None:
    """Write card.md and card.html into the folder, making it if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "card.md").write_text(report_md(report), encoding="utf-8", newline="\n")
    (folder / "card.html").write_text(report_html(report), encoding="utf-8", newline="\n")


def report_md(report: Report) -> str:
    """A report as Markdown, without its figures; the card lies in the bundle so."""
    lines = [f"# {report.title}", "", f"**Begrensninger.** {report.limits}", ""]
    for section in report.sections:
        lines += [f"## {section.heading}", ""]
        for paragraph in section.text:
            lines += [paragraph, ""]
        for table in section.tables:
            lines += [*_table(table), ""]
    return "\n".join(lines)


def _is_whole(name: str, part: Section | None) -> bool:
    if part is None or not (part.text or part.tables) or not all(text.strip() for text in part.text):
        return False
    cells = [cell for table in part.tables for row in table.rows for cell in row]
    if any(not table.rows for table in part.tables):
        return False
    return name in MAY_HAVE_GAPS or not any(_says_nothing(cell) for cell in cells)


def _says_nothing(cell: Cell) -> bool:
    if isinstance(cell, str):
        return not cell.strip()
    return cell is None or (isinstance(cell, float) and not math.isfinite(cell))


def _table(table: Table) -> list[str]:
    rows = ["| " + " | ".join(_text(cell) for cell in row) + " |" for row in table.rows]
    return [
        f"**{table.caption}**",
        "",
        "| " + " | ".join(table.header) + " |",
        "|" + "---|" * len(table.header),
        *rows,
    ]


def _text(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    told = number_text(cell) if isinstance(cell, float) else str(cell)
    return escape(told, quote=False).replace("|", "\\|").replace("\n", " ")
