"""The pages with the invented persons: what a veileder would read, and nothing that is journaled."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from profilering.begrunnelse import Avsnitt
from profilering.registrering import Beskrivelse, Livsoppholdsytelse
from serving.pages.personas import FOLDER, Persona, read_personas
from serving.pages.routes import listed_items
from serving.pages.words import facts_of, history_of, word
from tests.api_fixtures import NO_MODEL
from tests.builders import API, Caller, a_service
from tests.journals import rows
from tests.make import a_historikk, a_registrering, some_opplysninger

PERSONAS = read_personas()
IDS = [persona.id for persona in PERSONAS]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def service(path: Path) -> Iterator[Caller]:
    with a_service(path) as caller:
        yield caller


class Page(HTMLParser):
    """A page read as a browser does: its elements in order and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, *tags: str) -> list[tuple[str, dict[str, str | None]]]:
        return [element for element in self.elements if element[0] in tags]


def page(service: Caller, address: str) -> Page:
    response = service.get(address)
    assert response.status_code == 200
    return Page(response.text)


def test_every_persona_of_the_population_is_there() -> None:
    expected = [f"P{n:02}" for n in range(1, 18)]
    assert sorted({name[:3] for name in IDS}) == expected
    assert {"P08b", "P09b", "P15a", "P15b", "P15c", "P17a", "P17b"} <= set(IDS)
    assert sorted(file.stem for file in FOLDER.glob("*.json")) == sorted(IDS)


@pytest.mark.parametrize("persona", PERSONAS, ids=IDS)
def test_every_persona_can_be_sent_as_it_stands_in_its_file(service: Caller, persona: Persona) -> None:
    response = service.post((FOLDER / f"{persona.id}.json").read_bytes())
    assert response.status_code == 201
    assert response.json()["motstrid"] == []


def test_the_persona_who_answered_nothing_is_known_by_empty_registers_only() -> None:
    person = next(p for p in PERSONAS if p.id == "P14").registrering
    assert person.opplysninger == some_opplysninger(
        utdanning=None, helse=None, annet_gitt=False, annet=None, jobbsituasjon=None, styrk08=None
    )
    assert person.historikk == a_historikk(arbeidsforhold=())


def test_the_first_page_leads_to_every_persona(service: Caller) -> None:
    links = [attributes.get("href") for _, attributes in page(service, "/").all("a")]
    assert [link for link in links if link and link.startswith("/personer/")] == [
        f"/personer/{i}" for i in IDS
    ]


@pytest.mark.parametrize("name", IDS)
def test_a_persona_page_shows_all_that_the_veileder_reads_in_order(service: Caller, name: str) -> None:
    text = page(service, f"/personer/{name}").text
    answer = service.post((FOLDER / f"{name}.json").read_bytes()).json()
    at = 0
    for avsnitt in answer["begrunnelse"]["avsnitt"]:
        for part in (avsnitt["overskrift"], *re.sub(r"^– ", "", avsnitt["tekst"], flags=re.M).split("\n")):
            at = text.index(part, at)
    for anslag in answer["anslag"]:
        assert f"{anslag['avHundre']} av 100" in text
        for bidrag in anslag["bidrag"]:
            at = text.index(bidrag["tekst"], at)


def test_showing_a_persona_is_not_journaled(service: Caller, path: Path) -> None:
    page(service, "/personer/P07")
    assert rows(path, "SELECT count(*) FROM innfoersel") == [(0,)]


def test_a_page_says_that_the_person_is_invented_and_the_figures_say_nothing(service: Caller) -> None:
    for address in ("/", "/personer/P01"):
        text = page(service, address).text
        assert "syntetisk register" in text and "De sier ingenting om Norge." in text
    assert "Personen er oppdiktet." in page(service, "/personer/P01").text


def test_a_page_gives_the_request_to_send_oneself(service: Caller) -> None:
    text = Page(service.get("/personer/P07").text).words
    shown = next(part for part in text if part.lstrip().startswith("{"))
    assert json.loads(shown) == json.loads((FOLDER / "P07.json").read_text("utf-8"))
    assert f"http://127.0.0.1:8080{API}" in " ".join(text)


def test_without_a_model_a_page_says_why_there_is_no_forslag(path: Path) -> None:
    with a_service(path, NO_MODEL) as service:
        response = service.get("/personer/P01")
    assert response.status_code == 503
    assert NO_MODEL.reason in response.text


def test_a_persona_that_does_not_exist_is_not_named(service: Caller) -> None:
    response = service.get("/personer/<script>")
    assert response.status_code == 404
    assert "script" not in response.text


@pytest.mark.parametrize("address", ["/", "/personer/P07", "/personer/P14"])
def test_a_page_loads_nothing_but_our_stylesheet_and_runs_no_script(service: Caller, address: str) -> None:
    response = service.get(address)
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    read = Page(response.text)
    assert not read.all("script", "img", "iframe", "form", "style")
    assert [attributes["href"] for _, attributes in read.all("link")] == ["/stil.css"]
    assert not [
        a for _, attributes in read.elements for a in attributes if a.startswith("on") or a == "style"
    ]
    assert service.get("/stil.css").headers["content-type"].startswith("text/css")
    assert "url(" not in service.get("/stil.css").text and "@import" not in service.get("/stil.css").text


@pytest.mark.parametrize("address", ["/", "/personer/P07", "/personer/P14"])
def test_a_page_can_be_read_by_ear(service: Caller, address: str) -> None:
    read = page(service, address)
    assert read.all("html")[0][1]["lang"] == "nb"
    levels = [int(tag[1]) for tag, _ in read.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    named = {attributes.get("id") for _, attributes in read.elements}
    labels = {attributes.get("aria-labelledby") for _, attributes in read.elements} - {None}
    assert labels <= named
    assert len(read.all("main")) == 1


def test_every_code_a_page_can_show_has_a_word() -> None:
    for ytelse in Livsoppholdsytelse:
        assert word("ytelse", ytelse)
    for beskrivelse in Beskrivelse:
        assert word("jobbsituasjon", beskrivelse)
    for nus in range(10):
        assert word("nus", str(nus))


def test_a_register_that_did_not_answer_reads_otherwise_than_an_empty_one() -> None:
    silent = history_of(a_registrering(historikk=a_historikk(tiltak=None)))
    empty = history_of(a_registrering(historikk=a_historikk(tiltak=())))
    assert silent[-1].verdier == ("Registeret svarte ikke",)
    assert empty[-1].verdier == ("Ingenting registrert",)


def test_answers_that_were_not_given_are_said_to_be_missing() -> None:
    unanswered = some_opplysninger(utdanning=None, helse=None, annet=None, jobbsituasjon=None, styrk08=None)
    said = {fact.navn: fact.verdier for fact in facts_of(a_registrering(opplysninger=unanswered))}
    for asked in ("Utdanning", "Jobbsituasjon", "Hindrer helsen arbeid?", "Hindrer andre forhold arbeid?"):
        assert said[asked] == ("Ikke besvart",)


def test_a_section_that_lists_things_becomes_a_list_and_others_do_not() -> None:
    assert listed_items(Avsnitt("x", "– En.\n– To.")) == ("En.", "To.")
    assert listed_items(Avsnitt("x", "Tekst – med strek.")) == ()
