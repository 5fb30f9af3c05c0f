"""Reading a model card back into its parts: it is the one account of a run that lies in the bundle."""

import re
from collections.abc import Mapping
from html import unescape

from training.reporting.report import Section, Table

CELLS = re.compile(r"(?<!\\)\|")


def card_parts(card: str) -> Mapping[str, Section]:
    """Give the parts of a card by heading, as `training.reporting.card.report_md` wrote them."""
    parts = {}
    for part in card.split("\n## ")[1:]:
        heading, _, body = part.partition("\n")
        blocks = [block for block in body.strip().split("\n\n") if block]
        parts[heading] = Section(heading, _paragraphs(blocks), _tables(blocks))
    return parts


def _paragraphs(blocks: list[str]) -> tuple[str, ...]:
    return tuple(block for block in blocks if not block.startswith("| ") and not _is_caption(block))


def _tables(blocks: list[str]) -> tuple[Table, ...]:
    found = []
    for place, block in enumerate(blocks):
        if block.startswith("| "):
            header, _, *rows = block.split("\n")
            caption = blocks[place - 1].strip("*") if place and _is_caption(blocks[place - 1]) else ""
            found.append(Table(caption, _cells(header), tuple(_cells(row) for row in rows)))
    return tuple(found)


def _is_caption(block: str) -> bool:
    return block.startswith("**") and block.endswith("**")


def _cells(row: str) -> tuple[str, ...]:
    return tuple(unescape(cell.strip().replace("\\|", "|")) for cell in CELLS.split(row)[1:-1])
