"""The auditors' pages: each case can be found, read to the bottom and tried again; looking leaves a trace."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from serving.identity.roles import ACCESS, Rolle
from serving.revisjon.moenstre import Etter
from serving.revisjon.utvalg import Utvalg
from tests.builders import API, a_request, with_answers
from tests.deciding import KARI, MACHINE, REVISOR, Desk, a_desk, a_vurdering
from tests.grounds import as_owner
from tests.test_erasure import erase_case

PAGE = 60 * 1024
"""Bytes; what a page may weigh (issue: the auditor's house)."""
MARKUP = '<script>alert("x")</script> & שלום'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path / "journal.db") as desk:
        yield desk


def seen(desk: Desk, path: str, status: int = 200, *, method: str = "GET") -> str:
    """A page as a revisor gets it, its text as people read it."""
    answer = desk.ask(REVISOR, method, path, b"" if method == "POST" else None)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert "script" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.content) < PAGE
    return answer.text


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_list_shows_what_was_asked_for_and_its_counts_lead_to_their_cases(desk: Desk) -> None:
    cases = [desk.profiled(a_request(enhet=office, periodeId=str(uuid4()))) for office in ("0301", "1234")]
    desk.concluded(cases[0])
    page = seen(desk, "/revisjon")
    assert all(f"/revisjon/saker/{case}" in page for case in cases)
    counted = re.findall(r'href="(/revisjon\?[^"]+)" aria-label="(\d+) ', page)
    for link, count in counted:
        assert f"{count} sak" in words(seen(desk, html.unescape(link)))
    assert len(counted) == 2
    one = seen(desk, "/revisjon?enhet=0301")
    assert (cases[0] in one, cases[1] in one) == (True, False)


def test_the_order_is_a_link_that_keeps_the_choice(desk: Desk) -> None:
    first, second = (desk.profiled(a_request(enhet="0301", periodeId=str(uuid4()))) for _ in range(2))
    desk.profiled(a_request(enhet="1234", periodeId=str(uuid4())))
    newest = seen(desk, "/revisjon?enhet=0301")
    assert newest.index(second) < newest.index(first)
    (link,) = re.findall(r'href="([^"]+)">Eldste først', newest)
    oldest = seen(desk, html.unescape(link))
    assert oldest.index(first) < oldest.index(second)
    assert "2 saker" in words(oldest)
    assert 'name="sortering" value="eldste"' in oldest


@pytest.mark.parametrize("query", ["?forslag=%27%20OR%201", "?navident=Z990001", "?etter=-1", "?fra=i+dag"])
def test_a_hostile_choice_is_refused_and_not_repeated(desk: Desk, query: str) -> None:
    desk.profiled()
    page = seen(desk, f"/revisjon{query}", 400)
    assert "Utvalget kan ikke leses" in page
    assert "OR 1" not in html.unescape(page)
    assert "Z990001" not in page


@pytest.mark.parametrize("etter", [each.value for each in Etter])
def test_patterns_are_shown_and_lead_to_their_cases(desk: Desk, etter: str) -> None:
    for _ in range(11):
        desk.concluded(desk.profiled())
    page = seen(desk, f"/revisjon/moenstre?etter_hva={etter}&enhet=")
    assert "11 saker" in words(page)
    assert "av 100 (" in words(page)
    assert 'href="/revisjon"' in page
    seen(desk, f"/revisjon/moenstre?etter_hva={etter}&etter_hva={etter}", 400)


def test_a_pattern_of_what_is_not_there_is_refused(desk: Desk) -> None:
    assert "Utvalget kan ikke leses" in seen(desk, "/revisjon/moenstre?etter_hva=navident", 400)


def test_a_case_is_opened_to_the_last_number(desk: Desk) -> None:
    case = desk.profiled()
    assert desk.concluded(case, a_vurdering(tekst=MARKUP)).status_code == 201
    (content,) = desk.journaled("profilering")
    page = seen(desk, f"/revisjon/saker/{case}")
    text = words(page)
    for avsnitt in json.loads(content["svar"])["begrunnelse"]["avsnitt"]:
        for line in avsnitt["tekst"].split("\n"):
            assert " ".join(line.removeprefix("– ").split()) in text
    for anslag in content["anslag"]:
        total = anslag["grunnlinje"] + sum(drawn for _, drawn in anslag["bidrag"])
        assert f"{total:+.4f}".replace(".", ",").replace("-", "−") in text
    for said in (*content["digester"].values(), *content["versjoner"].values(), content["forslag"]["regel"]):
        assert str(said) in text
    assert "Vurdering: Gode muligheter" in text
    assert " ".join(MARKUP.split()) in text
    assert "<script" not in page
    assert 'blockquote dir="auto"' in page


def test_every_fact_has_its_source_its_day_and_its_use(desk: Desk) -> None:
    asked = a_request(egenvurdering="ANTATT_GODE_MULIGHETER", soekerYtelse=["AAP"])
    asked["historikk"]["tiltak"] = None
    page = seen(desk, f"/revisjon/saker/{desk.profiled(asked)}")
    facts = {
        words(name): [words(cell) for cell in re.findall(r"<td>(.*?)</td>", rest)]
        for name, rest in re.findall(r'<tr><th scope="row">([^<]+)</th>(<td>.*?)</tr>', page)
    }
    assert facts["Tiltak"][0] == "Registeret svarte ikke (mangler)"
    assert facts["Tiltak"][1] == "Navs tiltaksregister"
    assert facts["Født"][3] == "Ja"
    assert facts["Søker om ytelse"][::3] == ["Arbeidsavklaringspenger (AAP)", "Nei, bare i reglene"]
    assert facts["Ønsker arbeidsevnevurdering"][3] == "Nei, bare i reglene"
    assert facts["Personens eget syn"][3] == "Nei, den er bare vist"
    days = {cells[2] for cells in facts.values() if len(cells) == 4}
    assert len(days) == 1
    assert re.fullmatch(r"\d+\. \w+ \d{4}", days.pop())


def test_an_objection_leads_to_the_case_it_made_and_back(desk: Desk) -> None:
    before = desk.profiled()
    objection = {"gjelder": "helse.helsetilstandHindrerArbeid", "fra": "PERSONEN", "tekst": "Jeg er frisk."}
    assert desk.ask(KARI, "POST", f"{API}/{before}/innsigelse", objection).status_code == 201
    mended = with_answers(helse={"helsetilstandHindrerArbeid": "NEI"})
    after = desk.profiled(mended | {"erstatter": before})
    changed = f"{API}/{after}/endring"
    old, new = (seen(desk, f"/revisjon/saker/{case}") for case in (before, after))
    assert f'href="/revisjon/saker/{after}"' in old
    assert f'href="/revisjon/saker/{before}"' in new
    for page in (old, new):
        assert f'href="{changed}"' in page
    assert desk.ask(REVISOR, "GET", changed, Accept="text/html").status_code == 200
    erase_case(str(desk.path), UUID(after))
    assert f'href="/revisjon/saker/{after}"' not in seen(desk, f"/revisjon/saker/{before}")


def test_looking_leaves_a_trace_with_its_purpose_and_one_sees_oneself(desk: Desk) -> None:
    case = desk.profiled()
    page = words(seen(desk, f"/revisjon/saker/{case}"))
    (looked,) = desk.journaled("innsyn")
    assert (looked["navident"], looked["formaal"], looked["rute"]) == (
        REVISOR.nav_ident, "REVISJON", "/revisjon/saker/{id}",
    )  # fmt: skip
    assert f"Sett (revisjon) {REVISOR.nav_ident}" in page
    seen(desk, "/revisjon")
    assert len(desk.journaled("innsyn")) == 1


def test_a_case_is_made_again_from_its_page_and_the_journal_says_so(desk: Desk) -> None:
    case = desk.profiled()
    page = words(seen(desk, f"/revisjon/saker/{case}/etterproeving", method="POST"))
    (tried,) = desk.journaled("etterproeving")
    assert tried["likt"] is True
    assert "Hver bit og bokstav er den samme" in page
    assert "Kjørt på nytt (likt)" in page


def test_the_chain_is_checked_from_the_page_and_a_change_stands_in_red_on_every_page(desk: Desk) -> None:
    case = desk.profiled()
    desk.profiled()
    assert "2 innføringer er i orden" in words(seen(desk, "/revisjon/kontroll", method="POST"))
    with as_owner(str(desk.path)) as database:
        database.put("innhold", 2, bytes=b"{}")
    assert "FEIL i innføring 2" in words(seen(desk, "/revisjon/kontroll", method="POST"))
    for path in ("/revisjon", f"/revisjon/saker/{case}", "/revisjon/kontroll", "/revisjon/saker/x"):
        page = desk.ask(REVISOR, "GET", path).text
        assert 'class="feilet" role="alert"' in page, path
        assert "Feil i innføring 2" in words(page), path


def test_a_case_that_was_changed_since_it_was_read_is_never_shown_without_saying_so(desk: Desk) -> None:
    case = desk.profiled()
    seen(desk, "/revisjon")
    (content,) = desk.journaled("profilering")
    forged = json.dumps(content).replace("Rettigheter", "Plikter").encode()
    with as_owner(str(desk.path)) as database:
        database.put("innhold", 1, bytes=forged)
    page = words(seen(desk, f"/revisjon/saker/{case}"))
    assert "Journalen er ikke som den ble skrevet. Feil i innføring 1" in page


@pytest.mark.parametrize("path", ["etterproeving", "kontroll"])
def test_a_form_of_another_site_does_nothing(desk: Desk, path: str) -> None:
    case = desk.profiled()
    address = "/revisjon/kontroll" if path == "kontroll" else f"/revisjon/saker/{case}/{path}"
    for site in ("cross-site", "same-site"):
        answer = desk.ask(REVISOR, "POST", address, b"", **{"Sec-Fetch-Site": site})
        assert answer.status_code == 403
    assert desk.journaled("etterproeving") == []
    assert desk.ask(REVISOR, "POST", address, b"", **{"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_an_erased_case_keeps_its_place_and_tells_nothing(desk: Desk) -> None:
    case = desk.profiled()
    desk.concluded(case, a_vurdering(tekst="Noe ingen skal lese."))
    seen(desk, "/revisjon")
    erase_case(str(desk.path), UUID(case))
    page = words(seen(desk, f"/revisjon/saker/{case}"))
    assert "Innholdet er slettet" in page
    assert "sha256:" in page
    assert "Noe ingen skal lese" not in page
    assert "Slettet" in words(seen(desk, "/revisjon"))


@pytest.mark.parametrize("case", ["x", "00000000-0000-4000-8000-000000000000", "%00", "1" * 11])
def test_a_case_that_is_not_there_is_said_to_be_so(desk: Desk, case: str) -> None:
    answer = desk.ask(REVISOR, "GET", f"/revisjon/saker/{case}")
    assert answer.status_code == 404
    assert desk.journaled("innsyn") == []


def test_the_house_is_for_auditors_alone() -> None:
    assert {roles for (_, path), roles in ACCESS.items() if path.startswith("/revisjon")} == {
        frozenset({Rolle.REVISOR})
    }


def test_a_choice_of_the_list_names_nobody() -> None:
    assert not {"navident", "person", "fnr", "sak"} & set(Utvalg.__dataclass_fields__)


def test_a_page_is_not_shown_where_looking_cannot_be_written_down(desk: Desk) -> None:
    case = desk.profiled()
    with as_owner(str(desk.path)) as database:
        database.run("CREATE TRIGGER nei BEFORE INSERT ON innfoersel BEGIN SELECT RAISE(ABORT, 'nei'); END")
    answer = desk.ask(REVISOR, "GET", f"/revisjon/saker/{case}")
    assert answer.status_code == 503
    assert "sha256:" not in answer.text


def test_a_machine_reads_and_leaves_no_trace_of_a_person(desk: Desk) -> None:
    case = desk.profiled()
    assert desk.ask(MACHINE, "GET", f"/revisjon/saker/{case}").status_code == 200
    assert desk.journaled("innsyn") == []
    assert desk.ask(KARI, "GET", f"/revisjon/saker/{case}").status_code == 200
