"""The practice pages: an own view first, then the forslag, then what happened; nothing stored, no score."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from profilering.assess import Profilering, assess
from profilering.errors import SetupError
from profilering.innsatsgruppe import AKTUELLE, INNSATSGRUPPER, ForslagKode, Innsatsgruppe
from profilering.risk import Outcome
from profilering.tema import Tema
from serving.opplaering.cases import FOLDER, Sak, read_practice
from serving.opplaering.steps import (
    AlikePeople,
    Asked,
    EgetSyn,
    Sammenligning,
    Steg,
    compare,
    named_by_model,
    read_query,
)
from serving.pages.routes import page_templates
from serving.pages.words import WORDS
from tests.api_fixtures import NO_MODEL
from tests.builders import Caller, a_service, an_approved
from tests.journals import rows
from tests.make import a_basis
from tests.readability import BANNED
from tests.test_pages import Page

PRACTICE = read_practice()
FIRST = "/opplaering/1"
SECOND = f"{FIRST}?gruppe=TRENGER_VEILEDNING&vekt=UTDANNING"
THIRD = f"{SECOND}&steg=3"
PAGES = ("/opplaering", FIRST, SECOND, THIRD, "/opplaering/ferdig")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("opplaering") / "journal.sqlite"


@pytest.fixture(scope="module")
def service(path: Path) -> Iterator[Caller]:
    with a_service(path) as caller:
        yield caller


def assessed(number: int) -> Profilering:
    return assess(PRACTICE.saker[number - 1].registrering, a_basis(), stanset=False)


def read(response: httpx.Response, status: int = 200) -> Page:
    assert response.status_code == status
    return Page(response.text)


def test_the_list_leads_to_every_case_and_each_case_on_to_the_next(service: Caller) -> None:
    addresses = [f"/opplaering/{sak.id}" for sak in PRACTICE.saker]
    links = [attributes.get("href") for _, attributes in read(service.get("/opplaering")).all("a")]
    assert [link for link in links if link in addresses] == addresses
    for address, following in zip(addresses, [*addresses[1:], "/opplaering/ferdig"], strict=True):
        last = read(service.get(f"{address}?gruppe=GODE_MULIGHETER&steg=3"))
        assert following in [attributes.get("href") for _, attributes in last.all("a")]


def test_the_first_step_asks_and_prefers_no_answer(service: Caller) -> None:
    page = read(service.get(FIRST))
    choices = [attributes for tag, attributes in page.all("input") if attributes["type"] == "radio"]
    assert [choice["value"] for choice in choices] == [gruppe.kode for gruppe in INNSATSGRUPPER]
    assert all("required" in choice and "checked" not in choice for choice in choices)
    assert not [o for _, o in page.all("option") if "selected" in o]
    assert [o["value"] for _, o in page.all("option")] == ["", *Tema]
    assert not page.all("textarea") and {a["type"] for _, a in page.all("input")} == {"radio"}
    assert [attributes["method"] for _, attributes in page.all("form")] == ["get"]


def test_every_field_has_a_label_and_the_choices_a_question(service: Caller) -> None:
    page = read(service.get(FIRST))
    fields = {attributes["id"] for _, attributes in page.all("input", "select")}
    assert fields == {attributes["for"] for _, attributes in page.all("label")}
    described = {attributes["aria-describedby"] for _, attributes in page.all("input")}
    assert described <= {attributes.get("id") for _, attributes in page.elements}
    assert len(page.all("fieldset")) == len(page.all("legend")) == 1
    assert "Hvilken innsatsgruppe mener du?" in page.text


@pytest.mark.parametrize("number", [1, 2, 6, 9])
def test_nothing_of_the_forslag_is_seen_before_an_own_view_and_no_outcome_before_the_forslag(
    service: Caller, number: int
) -> None:
    address = f"/opplaering/{number}"
    first = read(service.get(address)).text
    second = read(service.get(f"{address}?gruppe=JOBBE_DELVIS")).text
    third = read(service.get(f"{address}?gruppe=JOBBE_DELVIS&steg=3")).text
    sections = assessed(number).begrunnelse.avsnitt
    for avsnitt in sections:
        assert avsnitt.overskrift in second
        assert avsnitt.tekst.split("\n")[0].removeprefix("– ") in second
    assert sections[0].tekst in second and sections[0].tekst not in first
    assert "av 100" not in first and "De neste 18 månedene" not in first + second
    assert "De neste 18 månedene" in third


def test_the_second_step_has_the_own_view_beside_the_forslag_and_the_three_questions(service: Caller) -> None:
    text = read(service.get(SECOND)).text
    assert "Trenger veiledning (situasjonsbestemt innsats)" in text
    assert "Du la mest vekt på: utdanning." in text
    assert "Stemmer opplysningene?" in text


@pytest.mark.parametrize("sak", PRACTICE.saker, ids=lambda sak: f"sak {sak.id}")
def test_the_last_step_tells_what_happened_and_what_one_case_cannot_teach(service: Caller, sak: Sak) -> None:
    text = read(service.get(f"/opplaering/{sak.id}?gruppe=GODE_MULIGHETER&steg=3")).text
    assert ("Personen fikk langvarig stønad" in text) == sak.langvarig_stoenad
    assert ("Personen fikk ikke langvarig stønad" in text) != sak.langvarig_stoenad
    assert ("Personen fikk arbeidsavklaringspenger" in text) == (sak.helserelatert_ytelse is True)
    assert "Ett liv sier lite" in text
    for anslag in assessed(int(sak.id)).anslag[:1]:
        assert anslag.utfall is Outcome.LANGVARIG_STOENAD and anslag.av_hundre is not None
        same = anslag.av_hundre if sak.langvarig_stoenad else 100 - anslag.av_hundre
        assert f"Slik gikk det også for {same} av dem." in text


@pytest.mark.parametrize("with_support", [0, 1, 99, 100])
def test_nobody_is_counted_among_none_or_all(with_support: int) -> None:
    like = AlikePeople(with_support, 100 - with_support)
    for sak in (replace(PRACTICE.saker[0], langvarig_stoenad=went) for went in (True, False)):
        same = like.same(sak)
        text = in_last_step(sak, like)
        assert (f"Slik gikk det også for {same} av dem." in text) == (same in (1, 99))
        assert ("det minst vanlige" in text) == (same < 50)


def in_last_step(sak: Sak, like: AlikePeople) -> str:
    """The last step of a case, with other people alike than the model of the tests finds."""
    asked = Asked(Steg.HVORDAN_DET_GIKK, EgetSyn(INNSATSGRUPPER[0], None))
    seen = SimpleNamespace(like=like, forslag="et forslag")
    page = page_templates().get_template("opplaering_sak.html")
    given = {"asked": asked, "steg": asked.steg, "seen": seen, "facts": (), "history": (), "neste": None}
    return page.render(sak=sak, practice=PRACTICE, synthetic=True, **given)


@pytest.mark.parametrize(("number", "gruppe"), list(product((1, 2, 6), INNSATSGRUPPER)))
def test_the_page_says_how_the_two_views_stand_to_each_other(
    service: Caller, number: int, gruppe: Innsatsgruppe
) -> None:
    text = read(service.get(f"/opplaering/{number}?gruppe={gruppe.kode}")).text
    stand = compare(EgetSyn(gruppe, None), assessed(number))
    assert [each for each in Sammenligning if WORDS["sammenligning"][each] in text] == [stand]


def test_the_list_says_what_the_cases_were_drawn_with_and_what_answers_now(tmp_path: Path) -> None:
    drawn = f"trukket med modell {PRACTICE.modell} og policy {PRACTICE.policy}."
    approved = an_approved()
    same = replace(approved, model_version=PRACTICE.modell)
    assert approved.basis.policy.versjon == PRACTICE.policy
    for answering, other in ((approved, True), (same, False), (NO_MODEL, False)):
        with a_service(tmp_path / f"{other}.sqlite", answering) as service:
            text = read(service.get("/opplaering")).text
        assert drawn in text
        assert (f"svarer nå med modell {approved.model_version}" in text) == other


@pytest.mark.parametrize(
    "query",
    [
        *("gruppe=", "vekt=HELSE", "steg=2", "steg=3", "gruppe=STANDARD_INNSATS", "gruppe=hemmelig"),
        *("gruppe=JOBBE_DELVIS&vekt=hemmelig", "gruppe=JOBBE_DELVIS&steg=1", "gruppe=JOBBE_DELVIS&steg=4"),
        *("gruppe=JOBBE_DELVIS&hemmelig=1", "gruppe=JOBBE_DELVIS&gruppe=GODE_MULIGHETER", "hemmelig"),
        *("gruppe=JOBBE_DELVIS&steg=%33%00", "gruppe=JOBBE_DELVIS;steg=3"),
    ],
)
def test_an_address_that_says_something_else_leads_kindly_back_to_the_question(
    service: Caller, query: str
) -> None:
    response = service.get(f"{FIRST}?{query}")
    assert "hemmelig" not in response.text
    page = read(response, 400)
    assert "Velg én innsatsgruppe for å gå videre." in page.text
    assert len(page.all("fieldset")) == 1
    assert "De neste 18 månedene" not in page.text and "av 100" not in page.text


@pytest.mark.parametrize("name", ["13", "0", "01", "x", "index.toml", "FERDIG"])
def test_a_case_that_does_not_exist_is_not_named(service: Caller, name: str) -> None:
    response = service.get(f"/opplaering/{name}")
    assert response.status_code == 404
    assert f">{name}<" not in response.text and "Se alle øvingssakene" in response.text


def test_the_last_page_has_no_score_and_says_the_same_to_everybody(service: Caller) -> None:
    page = service.get("/opplaering/ferdig")
    assert page.status_code == 200
    assert page.content == service.get("/opplaering/ferdig?gruppe=GODE_MULIGHETER&rette=12").content
    assert "Ingenting om deg er lagret." in read(page).text


def test_practising_leaves_nothing_in_the_journal_and_no_cookie(service: Caller, path: Path) -> None:
    for address in PAGES:
        response = service.get(address)
        assert response.status_code == 200
        assert "set-cookie" not in response.headers
        assert response.headers["cache-control"] == "no-store"
    assert rows(path, "SELECT count(*) FROM innfoersel") == [(0,)]


def test_every_page_says_that_people_are_invented_and_the_figures_say_nothing(service: Caller) -> None:
    for address in PAGES:
        text = read(service.get(address)).text
        assert "oppdiktet" in text or "Ingenting om deg er lagret." in text
        assert "syntetisk register" in text and "De sier ingenting om Norge." in text


def test_only_a_page_with_a_case_may_send_a_form_and_only_back_to_us(service: Caller) -> None:
    for address in PAGES:
        response = service.get(address)
        of_a_case = address.startswith(FIRST)
        policy = response.headers["content-security-policy"]
        assert ("form-action 'self'" in policy) == of_a_case
        assert ("form-action 'none'" in policy) != of_a_case
        assert policy.startswith("default-src 'none'; style-src 'self';")
        page = read(response)
        assert not page.all("script", "img", "iframe", "style")
        assert not [a for _, attributes in page.elements for a in attributes if a.startswith("on")]


def test_a_page_can_be_read_by_ear(service: Caller) -> None:
    for address in PAGES:
        page = read(service.get(address))
        levels = [int(tag[1]) for tag, _ in page.all("h1", "h2", "h3", "h4")]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        named = {attributes.get("id") for _, attributes in page.elements}
        assert {a.get("aria-labelledby") for _, a in page.elements} - {None} <= named
        assert len(page.all("main")) == 1


def test_no_page_uses_a_word_that_is_not_used_of_people_or_numbers(service: Caller) -> None:
    for address in PAGES:
        assert BANNED["nb"].search(read(service.get(address)).text) is None


def test_without_a_model_one_may_answer_but_sees_why_there_is_no_forslag(tmp_path: Path) -> None:
    with a_service(tmp_path / "journal.sqlite", NO_MODEL) as service:
        assert service.get(FIRST).status_code == 200
        response = service.get(SECOND)
    assert response.status_code == 503
    assert NO_MODEL.reason in response.text and "De neste 18 månedene" not in response.text


def test_what_an_address_says_is_read_back_as_it_was() -> None:
    for gruppe, vekt in product(INNSATSGRUPPER, (None, *Tema)):
        syn = EgetSyn(gruppe, vekt)
        query = [(name, value) for name, _, value in (p.partition("=") for p in syn.address.split("&"))]
        assert read_query(query) == Asked(Steg.HVORDAN_DET_GIKK, syn)


def test_an_own_view_is_held_against_the_groups_the_forslag_points_at() -> None:
    profilering = assessed(1)
    for kode, gruppe in product(ForslagKode, INNSATSGRUPPER):
        forslag = replace(profilering.forslag, kode=kode)
        found = compare(EgetSyn(gruppe, None), replace(profilering, forslag=forslag))
        if kode is ForslagKode.INGEN_FORSLAG:
            assert found is Sammenligning.INGEN
        elif gruppe not in AKTUELLE[kode]:
            assert found is Sammenligning.ANNEN
        elif kode is ForslagKode.BEHOV_FOR_ARBEIDSEVNEVURDERING:
            assert found is Sammenligning.EN_AV_FLERE
        else:
            assert found is Sammenligning.SAMME


def test_a_theme_is_named_by_the_model_where_an_anslag_shows_it() -> None:
    profilering = assessed(6)
    shown = {bidrag.tema for anslag in profilering.anslag for bidrag in anslag.bidrag}
    assert shown and shown != set(Tema)
    assert {tema for tema in Tema if named_by_model(tema, profilering)} == shown
    assert named_by_model(Tema.HELSE, replace(profilering, anslag=())) is None


def test_a_folder_without_its_index_is_our_fault_and_said_at_start(tmp_path: Path) -> None:
    index = (FOLDER / "index.toml").read_text("utf-8").replace("kull_fra", "fra")
    (tmp_path / "index.toml").write_text(index, "utf-8")
    for sak in PRACTICE.saker:
        (tmp_path / f"{sak.id}.json").write_bytes((FOLDER / f"{sak.id}.json").read_bytes())
    with pytest.raises(SetupError, match=r"index\.toml is not whole: 'kull_fra'"):
        read_practice(tmp_path)
