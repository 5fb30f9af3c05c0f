"""What an auditor does on an ordinary day, in a real browser: find, read, redo, replay, verify, be seen."""

import json
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page

from serving.app import create_app
from serving.identity.caller import Caller
from serving.identity.roles import Rolle
from serving.pages.personas import FOLDER
from tests.browser.visits import Tabs, on_loopback
from tests.builders import API, an_approved, some_parts
from tests.deciding import KARI, MACHINE, REVISOR, a_vurdering, as_they_say
from tests.journals import opened

NEAR_A_THRESHOLD = "P16"
NOT_NEAR = "P06"
LAST_MONTH, THIS_MONTH = datetime(2026, 4, 21, 9, 5, tzinfo=UTC), datetime(2026, 5, 12, 8, 14, tzinfo=UTC)
"""When cases were made, and the day of the walk."""
READ_SECONDS = 90.0
SHOWN = 1e-4
"""How far off a log-odds with four decimals can be, with some to spare."""


@dataclass(slots=True)
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class House:
    """The service with five cases; one of them is the one that is looked for."""

    origin: str
    sought: str


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Followed and deviated from, near a threshold and not, last month and this."""
    clock = Clock(LAST_MONTH)
    with _a_service(tmp_path / "journal.db", clock) as origin:
        sought = _case(origin, NEAR_A_THRESHOLD, "GODE_MULIGHETER", clock)
        _case(origin, NEAR_A_THRESHOLD, "TRENGER_VEILEDNING", clock)
        _case(origin, NOT_NEAR, "GODE_MULIGHETER", clock)
        _case(origin, NEAR_A_THRESHOLD, None, clock)
        clock.now = THIS_MONTH
        _case(origin, NEAR_A_THRESHOLD, "GODE_MULIGHETER", clock)
        yield House(origin, sought)


@contextmanager
def _a_service(place: Path, clock: Clock) -> Iterator[str]:
    approved = an_approved()
    with opened(place, timeout_seconds=5.0) as journal:
        parts = some_parts(journal, approved)
        sources = replace(parts.sources, clock=clock)
        parts = replace(parts, sources=sources, approved_of=lambda _digests: approved)
        with on_loopback(create_app(parts, admission=_whoever_else)) as origin:
            yield origin


async def _whoever_else(authorization: Sequence[bytes], roles: frozenset[Rolle]) -> Caller:
    """Who says nothing is the auditor: a browser sends no header of ours along with a download."""
    return await as_they_say(authorization, roles) if authorization else REVISOR


def _case(origin: str, persona: str, gruppe: str | None, clock: Clock) -> str:
    """A case of its own periode, concluded a minute and a half later."""
    asked: dict[str, Any] = json.loads((FOLDER / f"{persona}.json").read_bytes())
    asked["periodeId"] = f"00000000-0000-4000-8000-{clock.now.timestamp():012.0f}"
    answer = httpx.post(origin + API, json=asked, headers={"Authorization": MACHINE.system})
    assert answer.status_code == 201, answer.text
    case = str(answer.json()["id"])
    clock.now = datetime.fromtimestamp(clock.now.timestamp() + READ_SECONDS, UTC)
    if gruppe:
        who = {"Authorization": f"{KARI.system} {KARI.nav_ident}"}
        said = httpx.post(f"{origin}{API}/{case}/vurdering", json=a_vurdering(gruppe), headers=who)
        assert said.status_code == 201, said.text
    return case


@pytest.fixture
def page(tabs: Tabs) -> Iterator[Page]:
    """A tab of the auditor's own."""
    context = tabs.browser.new_context(locale="nb", accept_downloads=True)
    yield context.new_page()
    context.close()


def test_an_auditor_finds_a_case_redoes_it_checks_the_journal_and_sees_who_looked(
    house: House, page: Page
) -> None:
    _find(page, house)
    page.get_by_role("link", name=re.compile(r"^Nr\. \d+$")).click()
    assert page.url == f"{house.origin}/revisjon/saker/{house.sought}"
    sums = page.locator("section:has(> div > table.regnestykke)").all()
    assert [_redone(each) for each in sums] == [True, True]
    page.get_by_role("button", name="Kjør saken på nytt").click()
    assert "Hver bit og bokstav er den samme." in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Kontroller kjeden").click()
    assert "i orden" in page.locator("main").inner_text()
    assert page.get_by_role("alert").count() == 0
    page.goto(f"{house.origin}/revisjon/saker/{house.sought}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Skriv ut saken (PDF)").click()
    assert download.value.suggested_filename == f"sak-{house.sought[:8]}.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    with page.expect_download() as download:
        page.get_by_role("link", name="Ta med saken (JSON)").click()
    taken = json.loads(download.value.path().read_bytes())
    assert (taken["id"], taken["status"]) == (house.sought, "FRAVEKET")
    page.reload()
    history = page.locator("table").last.inner_text()
    assert history.count(f"Sett (revisjon)\t{REVISOR.nav_ident}") == 4
    assert history.count(f"Sett (eksport)\t{REVISOR.nav_ident}") == 2
    assert f"Kjørt på nytt (likt)\t{REVISOR.nav_ident}" in history


def _find(page: Page, house: House) -> None:
    """The deviated grensetilfelle of last month, by the form."""
    page.goto(f"{house.origin}/revisjon")
    assert "5 saker" in page.locator("main").inner_text()
    page.get_by_label("Fra og med").fill("2026-04-01")
    page.get_by_label("Til og med").fill("2026-04-30")
    page.get_by_label("Vurdering", exact=True).select_option(label="Fraveket")
    page.get_by_label("Grensetilfelle", exact=True).select_option(label="Ja")
    page.get_by_role("button", name="Vis").click()
    assert "1 sak" in page.locator("#antall").inner_text()


def _redone(section: Locator) -> bool:
    """Whether opplysninger add up to their themes, themes to the whole, and the whole to the estimate."""
    bodies = [_numbers(body) for body in section.locator("tbody").all()]
    base, drawn, log_odds = _numbers(section.locator("tfoot"))
    (told,) = re.findall(r"Anslag: ([\d,]+) av 100", section.inner_text())
    return (
        all(math.isclose(theme, sum(each), abs_tol=SHOWN * len(each)) for theme, *each in bodies)
        and math.isclose(sum(theme for theme, *_ in bodies), drawn, abs_tol=SHOWN * len(bodies))
        and math.isclose(base + drawn, log_odds, abs_tol=2 * SHOWN)
        and math.isclose(100 / (1 + math.exp(-log_odds)), _number(told), abs_tol=0.01)
    )


def _numbers(rows: Locator) -> list[float]:
    return [_number(text) for text in rows.locator("tr > td:last-child").all_inner_texts()]


def _number(text: str) -> float:
    return float(text.strip().replace("−", "-").replace(",", "."))
