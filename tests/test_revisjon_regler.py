"""The auditors' pages of rules and risks: what stands in the files stands there, and links lead somewhere."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.policy_file import POLICIES
from models.risikoregister import read_risikoregister, risks_approved_by
from serving.revisjon.regelsider import read_regelverk
from tests.deciding import REVISOR, Desk, a_desk
from tests.test_revisjon import seen, words


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with a_desk(tmp_path_factory.mktemp("regler") / "journal.db") as desk:
        yield desk


def test_every_risk_stands_on_the_page_with_its_tests_and_what_is_left(desk: Desk) -> None:
    page = words(seen(desk, "/revisjon/risikoregister"))
    assert risks_approved_by() in page
    for risk in read_risikoregister():
        for said in (risk.id, risk.hva, risk.hvem, risk.tiltak, risk.gjenstaar, *risk.krav, *risk.tester):
            assert said in page


def test_every_version_of_the_rules_is_there_to_the_letter(desk: Desk) -> None:
    regelverk = read_regelverk()
    assert set(regelverk) == {Path(file).stem for file in POLICIES.glob("*.toml")}
    for versjon, each in regelverk.items():
        page = html.unescape(seen(desk, f"/revisjon/regler/{versjon}"))
        assert each.side in page
        assert each.digest in page


def test_every_link_of_these_pages_leads_somewhere(desk: Desk) -> None:
    first = ("/revisjon/regler", "/revisjon/regler/2026-2", "/revisjon/risikoregister")
    links = {
        html.unescape(link)
        for page in first
        for link in re.findall(r'href="(/revisjon[^"]*)"', seen(desk, page))
    }
    assert {"/revisjon/regler/2026-1", "/revisjon/regler/2026-2", "/revisjon?policy=2026-2"} <= links
    for link in links:
        seen(desk, link)


@pytest.mark.parametrize("versjon", ["2026-9", "2026-2.toml", "x"])
def test_rules_that_are_not_there_are_said_to_be_so_and_not_repeated(desk: Desk, versjon: str) -> None:
    page = seen(desk, f"/revisjon/regler/{versjon}", 404)
    assert "Det finnes ikke noe regelverk" in page
    assert f"/{versjon}" not in page


@pytest.mark.parametrize("versjon", ["%3Cscript%3E", "..%5C2026-2", "%00", "..%2F2026-2"])
def test_an_address_that_cannot_be_meant_is_refused_without_echo(desk: Desk, versjon: str) -> None:
    answer = desk.ask(REVISOR, "GET", f"/revisjon/regler/{versjon}", None)
    assert answer.status_code == 404
    assert "<script" not in answer.text
    assert "2026-2" not in answer.text
