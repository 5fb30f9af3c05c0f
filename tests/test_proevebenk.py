"""The test bench: what it says is what the API says, and nothing of it is kept anywhere."""

import html
import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from profilering.registrering import Egenvurdering, JaNeiVetIkke, Livsoppholdsytelse
from serving.pages.personas import Persona, read_personas
from serving.revisjon.proevebenk import MAX_FORM
from serving.revisjon.skjema import FELTER, Said, request_of, said_of
from serving.upkeep.standing import Standing
from tests.api_fixtures import NO_MODEL
from tests.builders import API, understood
from tests.deciding import MACHINE, REVISOR, Desk, a_desk
from tests.journals import rows
from tests.test_pages import Page
from tests.test_revisjon import MARKUP, PAGE

BENCH = "/revisjon/proevebenk"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PERSONAS = {persona.id: persona for persona in read_personas()}
FIRST = PERSONAS["P01"]
STOP = {"stanset": True, "grunn": "Øvelse."}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with a_desk(tmp_path_factory.mktemp("benk") / "journal.db") as desk:
        yield desk


def fields(persona: Persona = FIRST, /, **changes: tuple[str, ...]) -> Said:
    """The form as the page offers it, with these fields changed."""
    return {**said_of(json.loads(persona.json)), "person": (persona.id,), **changes}


def sent(desk: Desk, form: Mapping[str, Any] | bytes, **headers: str) -> httpx.Response:
    body = form if isinstance(form, bytes) else urlencode(form, doseq=True).encode()
    return desk.ask(REVISOR, "POST", BENCH, body, **{**FORM, **headers})


def tried(desk: Desk, form: Mapping[str, Any] | bytes, status: int = 200) -> Page:
    answer = sent(desk, form)
    assert answer.status_code == status, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "script" not in answer.headers["content-security-policy"]
    assert len(answer.content) < PAGE
    return Page(answer.text)


def as_json(text: str, persona: Persona = FIRST) -> dict[str, str]:
    return {"person": persona.id, "json": text}


def changed_request(persona: Persona = FIRST, /, **changes: tuple[str, ...]) -> dict[str, Any]:
    return request_of(fields(persona, **changes), json.loads(persona.json))


def api_of(desk: Desk, request: dict[str, Any]) -> Any:
    return desk.ask(MACHINE, "POST", API, request).json()


def side(desk: Desk, form: Mapping[str, Any]) -> str:
    """What the veileder would read of the changed person, alone."""
    text = tried(desk, form).text.split("Endret: slik leser veilederen det")[1]
    return text.split("Endre svarene til")[0]


@pytest.mark.parametrize("persona", PERSONAS.values(), ids=PERSONAS)
def test_a_form_sent_as_it_was_offered_says_what_the_person_said(persona: Persona) -> None:
    request = json.loads(persona.json)
    assert understood(request_of(said_of(request), request)) == persona.registrering


@pytest.mark.parametrize("persona", PERSONAS.values(), ids=PERSONAS)
def test_the_bench_says_what_the_api_says_in_words_and_numbers(desk: Desk, persona: Persona) -> None:
    form = fields(persona, foedselsaar=("1961",), fylke=("56",))
    answer = api_of(desk, changed_request(persona, foedselsaar=("1961",), fylke=("56",)))
    page = tried(desk, form).text
    text = page.split("Endret: slik leser veilederen det")[1]
    for avsnitt in answer["begrunnelse"]["avsnitt"]:
        for line in avsnitt["tekst"].split("\n"):
            assert " ".join(line.removeprefix("– ").split()) in text
    for anslag in answer["anslag"]:
        if anslag["avHundre"] is not None:
            assert f"{anslag['avHundre']} av 100 ({anslag['lav']} til {anslag['hoey']})" in page


def test_what_is_sent_as_json_is_answered_as_the_same_fields(desk: Desk) -> None:
    changes = {"helse": ("JA",), "jobbsituasjon": ("KONKURS", "ANNET"), "yrke": ("2221",)}
    request = changed_request(**changes)
    assert side(desk, fields(**changes)) == side(desk, as_json(json.dumps(request)))


def test_every_field_changes_what_it_stands_for() -> None:
    before = understood(json.loads(FIRST.json))
    svar, historikk = before.opplysninger, before.historikk
    assert svar.utdanning is not None
    for changes, expected in (
        ({"foedselsaar": ("1961",)}, replace(before, foedselsaar=1961)),
        ({"foedselsaar": ("",)}, replace(before, foedselsaar=None)),
        ({"fylke": ("",)}, replace(before, fylke=None)),
        ({"nus": ("7",)}, _with(before, utdanning=replace(svar.utdanning, nus=7))),
        ({"bestaatt": ("NEI",)}, _with(before, utdanning=replace(svar.utdanning, bestaatt=JaNeiVetIkke.NEI))),
        ({"godkjent": ("",)}, _with(before, utdanning=replace(svar.utdanning, godkjent=None))),
        ({"nus": ("",), "bestaatt": ("",), "godkjent": ("",)}, _with(before, utdanning=None)),
        ({"helse": ("VET_IKKE",)}, _with(before, helse="VET_IKKE")),
        ({"annet": ("",)}, _with(before, annet=None, annet_gitt=False)),
        ({"annet": ("UBESVART",)}, _with(before, annet=None)),
        ({"jobbsituasjon": ("KONKURS", "ANNET")}, _with(before, jobbsituasjon={"KONKURS", "ANNET"})),
        ({"jobbsituasjon": (), "yrke": ("",)}, _with(before, jobbsituasjon=None, styrk08=None)),
        ({"yrke": ("2221",)}, _with(before, styrk08="2221")),
        (
            {"soekerYtelse": ("AAP", "DAGPENGER")},
            replace(before, soeker_ytelse=frozenset({Livsoppholdsytelse.AAP, Livsoppholdsytelse.DAGPENGER})),
        ),
        ({"oensker": ("JA",)}, replace(before, oensker_arbeidsevnevurdering=True)),
        (
            {"egenvurdering": ("ANTATT_GODE_MULIGHETER",)},
            replace(before, egenvurdering=Egenvurdering.ANTATT_GODE_MULIGHETER),
        ),
        (
            {"arbeidsforhold": ("NEI",)},
            replace(before, historikk=replace(historikk, arbeidsforhold=None)),
        ),
        ({"ytelser": ("NEI",)}, replace(before, historikk=replace(historikk, ytelser=None))),
        ({"tidligerePerioder": ("NEI",)}, replace(before, historikk=replace(historikk, perioder=None))),
        ({"tiltak": ("NEI",)}, replace(before, historikk=replace(historikk, tiltak=None))),
    ):
        assert understood(changed_request(**changes)) == expected != before, changes


def _with(before: Any, **svar: Any) -> Any:
    return replace(before, opplysninger=replace(before.opplysninger, **svar))


def test_a_register_that_now_answers_holds_nothing_where_it_held_nothing() -> None:
    silent = replace(FIRST, json=FIRST.json.replace('"tiltak": []', '"tiltak": null'))
    assert understood(changed_request(silent)).historikk.tiltak is None
    assert understood(changed_request(silent, tiltak=("JA",))).historikk.tiltak == ()


def test_a_stated_obstacle_changes_the_forslag_and_the_page_says_what_changed(desk: Desk) -> None:
    page = tried(desk, fields(helse=("JA",))).text
    assert "Hva ble endret?" in page
    assert "Før: " in page
    assert "Saken er laget på nytt" not in page
    assert "Behov for arbeidsevnevurdering" in page
    unchanged = tried(desk, fields()).text
    assert "Behov for arbeidsevnevurdering" not in unchanged


@pytest.mark.parametrize(
    ("felt", "verdi", "status"),
    [
        ("foedselsaar", "nittenåtti", 422),
        ("foedselsaar", "1899", 422),
        ("foedselsaar", "2024", 422),
        ("foedselsaar", "01010112345", 400),
        ("fylke", "Oslo", 422),
        ("nus", "", 422),
        ("bestaatt", "KANSKJE", 422),
        ("godkjent", "KANSKJE", 422),
        ("helse", MARKUP, 422),
        ("annet", "KANSKJE", 422),
        ("yrke", "01010112345", 400),
        ("jobbsituasjon", "HEMMELIG", 422),
        ("soekerYtelse", "HEMMELIG", 422),
        ("oensker", "", 422),
        ("egenvurdering", "HEMMELIG", 422),
        ("arbeidsforhold", "HEMMELIG", 422),
        ("ytelser", "", 422),
        ("tidligerePerioder", "[]", 422),
        ("tiltak", "HEMMELIG", 422),
    ],
)
def test_a_fault_stands_at_the_top_and_leads_to_its_field(
    desk: Desk, felt: str, verdi: str, status: int
) -> None:
    page = tried(desk, fields(**{felt: (verdi,)}), status)
    leads_to = {link["href"] for _, link in page.all("a") if (link.get("href") or "").startswith("#")}
    assert leads_to == {"#innhold", f"#{felt}"}
    assert felt in {element.get("id") for _, element in page.elements}
    (alert,) = [element for _, element in page.elements if element.get("role") == "alert"]
    assert alert["id"] == "feil"
    assert not page.all("script")
    assert "slik leser veilederen det" not in page.text


def test_an_occupation_without_a_situation_is_named_at_its_field(desk: Desk) -> None:
    page = tried(desk, fields(jobbsituasjon=(), yrke=("2221",)), 422)
    assert "Siste yrke : Yrket sendes sammen med en jobbsituasjon" in page.text


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("", 400, "Forespørselen er tom"),
        ("{", 400, "ikke gyldig JSON"),
        ('{"person": 1, "person": 2}', 400, "/person : Et felt står to ganger"),
        ('{"hemmelig": "01010112345"}', 400, "Elleve eller flere sifre"),
        (FIRST.json.replace("1988", '"1988"'), 422, "/person/foedselsaar : Må være et helt tall"),
        (FIRST.json.replace("2023-03-20", "2063-03-20"), 422, "Tidspunktet har ikke vært ennå"),
        (
            FIRST.json.replace('"erstatter": null', '"erstatter": "00000000-0000-4000-8000-000000000009"'),
            422,
            "/erstatter : Det finnes ingen profilering",
        ),
    ],
)
def test_json_is_read_as_strictly_as_by_the_api(desk: Desk, text: str, status: int, said: str) -> None:
    answer = desk.ask(MACHINE, "POST", API, text.encode())
    page = tried(desk, as_json(text), status)
    assert answer.status_code == status
    assert said in page.text
    assert "#json" in {link.get("href") for _, link in page.all("a")}


def test_markup_is_shown_in_the_own_form_alone_and_as_text(desk: Desk) -> None:
    answer = sent(desk, as_json(MARKUP))
    assert "<script" not in answer.text
    (shown,) = re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", answer.text, re.DOTALL)
    assert html.unescape(shown) == MARKUP
    assert "alert(" not in answer.text.replace(shown, "")


def test_a_page_stays_small_whatever_is_sent_and_a_long_text_is_refused(desk: Desk) -> None:
    as_long_as_may_be = (MAX_FORM - len("person=P01&json=")) // 3
    tried(desk, as_json('"' * as_long_as_may_be), 400)
    assert "for stort" in tried(desk, as_json("x" * MAX_FORM), 413).text


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"\xff=1",
        b"person=P01&json=%FF",
        b"person=P01&person=P02",
        b"person=P01&navident=Z990001",
        b"person=P01&json={}&fylke=03",
        b"json={}",
        b"person=P01" + b"&jobbsituasjon=ANNET" * 200,
    ],
)
def test_another_form_is_refused(desk: Desk, form: bytes) -> None:
    assert "Skjemaet er ikke det siden viser" in tried(desk, form, 400).text


def test_what_is_no_form_or_comes_from_elsewhere_is_refused(desk: Desk) -> None:
    assert sent(desk, fields(), **{"Content-Type": "text/plain"}).status_code == 415
    assert sent(desk, fields(), **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert sent(desk, fields(), **{"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert sent(desk, {**fields(), "person": ("P99",)}).status_code == 404
    assert desk.ask(REVISOR, "GET", f"{BENCH}?person=P99").status_code == 404


@pytest.mark.parametrize("persona", PERSONAS.values(), ids=PERSONAS)
def test_every_person_is_offered_with_a_label_on_each_field(desk: Desk, persona: Persona) -> None:
    answer = desk.ask(REVISOR, "GET", f"{BENCH}?person={persona.id}")
    assert answer.status_code == 200
    assert len(answer.content) < PAGE
    page = Page(answer.text)
    ids = [element["id"] for _, element in page.elements if "id" in element]
    assert len(ids) == len(set(ids))
    labelled = {label["for"] for _, label in page.all("label")}
    fields_of = [field for _, field in page.all("input", "select", "textarea")]
    assert labelled == {field["id"] for field in fields_of if field.get("type") != "hidden"}
    assert {felt.navn for felt in FELTER} <= {field["name"] for field in fields_of}
    assert "Personene er oppdiktet" in page.text
    assert "syntetisk register" in page.text


def test_nothing_is_journaled_logged_counted_or_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with a_desk(tmp_path / "journal.db") as desk:
        desk.profiled()
        sent(desk, fields())
        before, counted = _kept(desk), _counted(desk)
        assert before
        assert counted
        for form in (fields(foedselsaar=("1907",)), fields(foedselsaar=("HEMMELIG",)), as_json("HEMMELIG")):
            sent(desk, form)
        assert (_kept(desk), _counted(desk)) == (before, counted)
        files = [file.read_bytes() for file in tmp_path.iterdir()]
    told = caplog.text + "".join(capsys.readouterr())
    assert "1907" not in told
    assert "HEMMELIG" not in told
    assert not any(b"HEMMELIG" in content for content in files)


def _kept(desk: Desk) -> object:
    return list(rows(desk.path, "SELECT * FROM innfoersel ORDER BY nummer"))


def _counted(desk: Desk) -> list[str]:
    """All that is counted, but for requests as such and how long they took."""
    told = desk.ask(MACHINE, "GET", "/internal/metrics").text.splitlines()
    return [line for line in told if "http" not in line and line.startswith("profilering_")]


def test_a_stopped_service_says_the_same_on_the_bench(tmp_path: Path) -> None:
    with a_desk(tmp_path / "journal.db") as desk:
        assert desk.ask(MACHINE, "PUT", "/api/v1/drift/stans", STOP).status_code == 200
        answer = api_of(desk, changed_request(helse=("JA",)))
        text = side(desk, fields(helse=("JA",)))
    assert answer["forslag"]["regel"] == "STANSET"
    for avsnitt in answer["begrunnelse"]["avsnitt"]:
        assert " ".join(avsnitt["tekst"].split("\n")[0].removeprefix("– ").split()) in text


def test_without_a_model_the_page_says_so(tmp_path: Path) -> None:
    with a_desk(tmp_path / "journal.db") as desk:
        without = Desk(replace(desk.parts, standing=Standing(NO_MODEL)), desk.path)
        for answer in (without.ask(REVISOR, "GET", BENCH), sent(without, fields())):
            assert answer.status_code == 503
            assert "ingen gyldig godkjent modell" in answer.text


def test_a_form_never_puts_a_registration_in_an_address(desk: Desk) -> None:
    page = Page(desk.ask(REVISOR, "GET", BENCH).text)
    forms = [(form["method"], form["action"]) for _, form in page.all("form")]
    assert forms == [("get", BENCH), ("post", BENCH), ("post", BENCH)]
