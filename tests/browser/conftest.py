"""The service on loopback and a browser, both for the tests of this package only.

Nothing here lives longer than the package: the tests of others run `asyncio.run` in this process.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from serving.app import create_app
from serving.pages.personas import FOLDER
from serving.revisjon.kilder import Hyller
from tests.browser.chromium import a_browser
from tests.browser.pages import PAGES
from tests.browser.visits import Site, Tabs, Visit, on_loopback, visiting
from tests.builders import API, some_parts
from tests.bundles import a_bundle, approve
from tests.journals import opened
from tests.test_reading_routes import in_three_languages
from tests.test_revisjon_boeker import CARD
from tests.test_revisjon_overvaaking import REPORT
from training.reporting.report import write_report

ASKED: dict[str, Any] = json.loads((FOLDER / "P06.json").read_bytes())
"""Whose answer is shown: a number decides, and there is something of every section."""


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The whole service with the model made by hand, and in its journal an answer that replaces another."""
    place = tmp_path_factory.mktemp("browser") / "journal.db"
    write_report(REPORT, place.parent)
    with opened(place, timeout_seconds=5.0) as journal:
        parts = some_parts(journal, in_three_languages())
        hyller = Hyller(place.parent / "approved.toml", place.parent / "artefacts", place.parent)
        bundle = a_bundle(hyller.artefacts, card=CARD)
        approve(hyller.approved, bundle)
        house = replace(parts.revisjon, overvaaking=place.parent / "report.json", hyller=hyller)
        with on_loopback(create_app(replace(parts, revisjon=house))) as origin:
            before = _an_answer(origin, ASKED)
            after = _an_answer(origin, {**ASKED, "erstatter": before})
            yield Site(origin, f"{API}/{after}", bundle.removeprefix("sha256:"))


def _an_answer(origin: str, request: dict[str, Any]) -> str:
    """Have one registrering answered; gives the id of its answer."""
    answer = httpx.post(origin + API, json=request)
    assert answer.status_code == 201
    return str(answer.json()["id"])


@pytest.fixture(scope="package")
def tabs() -> Iterator[Tabs]:
    with a_browser() as browser:
        yield Tabs(browser)


@pytest.fixture(scope="module", params=PAGES, ids=lambda listed: listed.name)
def opened_once(request: pytest.FixtureRequest, tabs: Tabs, site: Site) -> Iterator[Visit]:
    """Each page in the list, opened once for all the looks at it."""
    with visiting(tabs.tab(request.param.spraak), site, request.param) as visit:
        yield visit


@pytest.fixture
def visit(opened_once: Visit) -> Visit:
    """The page as it first stood, whatever the look before made of it."""
    opened_once.at_the_desk()
    return opened_once
