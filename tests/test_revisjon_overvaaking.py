"""The report of monitoring on the auditors' pages: as the workshop wrote it, or said to be missing."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from serving.revisjon.overvaaking import MOST_BYTES
from tests.deciding import Desk, a_desk
from tests.test_revisjon import MARKUP, seen, words
from training.reporting.report import Report, Section, Table, write_report

ADDRESS = "/revisjon/overvaaking"
SHARES = Table(
    "Fulgt: aldersgruppe",
    ("Gruppe", "Antall", "Andel", "Fra", "Til"),
    (("under 30", 12_345, 0.25, -0.1, 0.5), ("eldre", None, None, None, None)),
)
REPORT = Report(
    "Overvåking av prøvemodellen",
    "Syntetisk: sier ingenting om Norge.",
    (Section("Varsler", ("Ingen varsler.",)), Section(f"Grupper {MARKUP}", (MARKUP,), (SHARES,))),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A service that was told of the report in its folder."""
    write_report(REPORT, tmp_path)
    with a_desk(tmp_path / "journal.db", overvaaking=tmp_path / "report.json") as desk:
        yield desk


def test_without_a_report_the_page_says_so_and_what_would_stand_there(tmp_path: Path) -> None:
    with a_desk(tmp_path / "journal.db") as desk:
        text = words(seen(desk, ADDRESS))
    assert "Ingen rapport er lagt fram ennå." in text
    assert "Tjenesten har ikke tilgang til opplysninger om grupper" in text


def test_every_part_of_the_report_stands_there_with_its_limits_and_its_digest(
    desk: Desk, tmp_path: Path
) -> None:
    first = words(seen(desk, ADDRESS))
    assert "Ingen varsler." in first
    page = seen(desk, f"{ADDRESS}/2")
    for shown in (first, words(page)):
        assert REPORT.title in shown
        assert REPORT.limits in shown
        assert sha256((tmp_path / "report.json").read_bytes()).hexdigest() in shown
    assert SHARES.caption in words(page)
    cells = [words(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", page)]
    assert cells == [
        *SHARES.header, "under 30", "12 345", "0,250", "−0,100", "0,500", "eldre", "–", "–", "–", "–",
    ]  # fmt: skip


def test_the_words_of_a_report_are_no_markup(desk: Desk) -> None:
    page = seen(desk, f"{ADDRESS}/2")
    assert "<script" not in page
    assert MARKUP in html.unescape(page)


@pytest.mark.parametrize("part", ["0", "3", "02", "-1", "x", "1e0"])
def test_a_part_that_is_not_there_is_said_in_words(desk: Desk, part: str) -> None:
    assert "Rapporten har ingen slik del." in words(seen(desk, f"{ADDRESS}/{part}", 404))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b'{"title": "t", "limits": "", "sections": []}',
        b'{"title": "t", "limits": "l", "sections": [{"heading": "h", "text": [], "tables": [{"rows": 1}]}]}',
        b'{"title": "t", "limits": "l", "sections": [{"heading": "h", "text": ["NaN"], "tables":'
        b' [{"caption": "c", "header": ["a"], "rows": [[NaN]]}]}]}',
        b" " * (MOST_BYTES + 1),
    ],
    ids=["empty", "no-fields", "no-limits", "torn-table", "not-a-number", "too-large"],
)
def test_a_file_that_is_no_report_is_not_shown_and_not_repeated(
    desk: Desk, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "report.json").write_bytes(content)
    assert "Rapporten kan ikke leses nå." in words(seen(desk, ADDRESS))


def test_a_report_that_was_taken_away_is_missed_and_the_next_one_is_shown(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "report.json").unlink()
    assert "Rapporten kan ikke leses nå." in words(seen(desk, ADDRESS))
    write_report(replace(REPORT, title="Den neste"), tmp_path)
    assert "Den neste" in words(seen(desk, ADDRESS))
