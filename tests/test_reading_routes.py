"""A stored case in words: one content in three forms and three languages, shown to nobody unseen."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from models.approved import Approved
from profilering.features import NAMES
from profilering.risk import Span
from profilering.tekster import Tekster
from serving.access.access_log import AccessLog
from serving.app import create_app
from serving.identity.caller import LOCAL
from serving.identity.caller import Caller as SomeCaller
from serving.identity.gate import Admission
from serving.identity.roles import Rolle
from serving.journal.erasing import Moment, entries_of_cases, erase
from serving.telling import opened as open_again
from serving.telling import readable_entry
from serving.upkeep.standing import Standing
from serving.wire.problems import FORBIDDEN, RefusedError
from tests.api_fixtures import NO_MODEL, code
from tests.builders import (
    API,
    NOW,
    Caller,
    a_request,
    an_approved,
    letting_in,
    some_parts,
    with_answers,
    with_history,
)
from tests.journals import SALT, connected, opened
from tests.make import SPANS, some_tekster
from tests.proof.erasure import WHY, owned
from tests.texts import TEKSTER

VEILEDER = SomeCaller("modia", "Z990001")
LANGUAGES = ("nb", "nn", "en")
FORMS = ("application/json", "text/plain", "text/html")
VIEWS = ("begrunnelse", "begrunnelse?nivaa=full", "innsyn", "endring")
"""Every way to read a case in words; each of them shows something of it."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def in_three_languages(tekster: Tekster | None = None) -> Approved:
    approved = an_approved()
    others = {spraak: TEKSTER[spraak] for spraak in LANGUAGES[1:]}
    digests = {**approved.digests, "tekster_nn": "sha256:" + 64 * "4", "tekster_en": "sha256:" + 64 * "5"}
    basis = replace(approved.basis, tekster=tekster or approved.basis.tekster)
    return replace(approved, basis=basis, digests=digests, other_languages=others)


@contextmanager
def a_service(
    path: Path, approved: Approved | None = None, admission: Admission | None = None
) -> Iterator[Caller]:
    with opened(path, timeout_seconds=1.0) as journal:
        parts = some_parts(journal, approved or in_three_languages())
        yield Caller(create_app(parts, admission=admission or letting_in(LOCAL)))


@pytest.fixture
def service(path: Path) -> Iterator[Caller]:
    with a_service(path) as caller:
        yield caller


def made(service: Caller, request: dict[str, Any] | None = None) -> str:
    """The address of a new case."""
    answer = service.post(request or a_request())
    assert answer.status_code == 201
    return str(answer.headers["location"])


def replaced(service: Caller, **changes: Any) -> str:
    """The address of a case that replaces the ordinary one, with other answers."""
    before = made(service)
    return made(service, {**with_answers(**changes), "erstatter": before.rpartition("/")[2]})


def read(service: Caller, address: str, form: str = FORMS[0], spraak: str = "nb") -> httpx.Response:
    response = service.get(address, **{"Accept": form, "Accept-Language": spraak})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].partition(";")[0] == form
    assert response.headers["content-language"] == spraak
    return response


class Page(HTMLParser):
    """The words of a page's body, and its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._body = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._body = self._body or tag == "body"
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self._body:
            self.words += data.split()


def words(text: str) -> list[str]:
    """Plain text as words: what only lays it out left away."""
    return [word for word in text.split() if word not in ("–", "|")]


def test_the_forms_hold_the_same_words(service: Caller) -> None:
    case = replaced(service, helse=None)
    for view, spraak in product(VIEWS, LANGUAGES):
        _same_in_every_form(service, f"{case}/{view}", spraak)


def _same_in_every_form(service: Caller, address: str, spraak: str) -> None:
    told = {form: read(service, address, form, spraak) for form in FORMS}
    plain, page = told["text/plain"].text, Page(told["text/html"].text)
    assert [word for word in page.words if word != "–"] == words(plain)
    assert ("html", {"lang": spraak}) in page.elements
    svar = told["application/json"].json()
    assert svar["spraak"] == spraak
    sections = "\n\n".join(f"{a['overskrift']}\n{a['tekst']}" for a in svar["avsnitt"])
    assert plain.startswith(sections)
    assert "full" in address or plain == sections + "\n"


def test_bokmaal_is_given_to_the_letter_as_it_was_shown(service: Caller) -> None:
    address = made(service)
    shown = service.get(address).json()["begrunnelse"]["avsnitt"]
    assert read(service, f"{address}/begrunnelse").json()["avsnitt"] == shown


def test_bokmaal_needs_no_archive_and_another_language_does(path: Path) -> None:
    with a_service(path) as service:
        address = made(service)
    with a_service(path, an_approved(replace(an_approved().basis, tekster=TEKSTER["nb"]))) as later:
        assert later.get(f"{address}/begrunnelse").status_code == 200
        refused = later.get(f"{address}/begrunnelse", **{"Accept-Language": "nn"})
    assert (refused.status_code, code(refused)) == (500, "kan-ikke-fortelles")


def test_a_case_is_told_with_the_words_of_its_own_day(path: Path) -> None:
    then = in_three_languages()
    with a_service(path, then) as service:
        address = made(service)
        told = [service.get(f"{address}/{view}", **{"Accept-Language": "nn"}).content for view in VIEWS[:3]]
    seksjon = {**TEKSTER["nn"].sections["seksjon"], "forslag": "Nye ord"}
    rewritten = replace(TEKSTER["nn"], sections={**TEKSTER["nn"].sections, "seksjon": seksjon})
    now = replace(then, other_languages={"nn": rewritten}, digests={**then.digests, "tekster_nn": "sha256:9"})
    with opened(path) as journal:
        archive = {frozenset(then.digests.items()): then}
        parts = some_parts(journal, now)
        parts = replace(parts, approved_of=lambda digests: archive[frozenset(digests.items())])
        later = Caller(create_app(parts))
        again = [later.get(f"{address}/{view}", **{"Accept-Language": "nn"}).content for view in VIEWS[:3]]
    assert again == told


def test_a_language_that_day_did_not_have_is_not_given_in_its_name(path: Path) -> None:
    with a_service(path, an_approved()) as service:
        response = service.get(f"{made(service)}/begrunnelse", **{"Accept-Language": "en, nn;q=0.5"})
    assert (response.status_code, response.headers["content-language"]) == (200, "nb")
    assert response.json()["spraak"] == "nb"


def test_a_case_from_before_a_text_was_written_says_so(path: Path) -> None:
    tekster = some_tekster()
    then = {k: v for k, v in tekster.sections.items() if k not in ("innsyn", "endring", "utdypning")}
    basis = replace(an_approved().basis, tekster=replace(tekster, sections=then))
    with a_service(path, an_approved(basis)) as service:
        case = replaced(service, helse=None)
        refused = [service.get(f"{case}/{view}") for view in VIEWS[1:]]
    assert [(r.status_code, code(r)) for r in refused] == 3 * [(404, "eldre-enn-teksten")]


def test_what_the_reader_has_already_is_not_sent_again_and_each_form_is_another(service: Caller) -> None:
    case = replaced(service, helse=None)
    every = product(VIEWS, FORMS, ("nb", "en"))
    told = [read(service, f"{case}/{view}", form, spraak) for view, form, spraak in every]
    tags = [response.headers["etag"] for response in told]
    assert len(set(tags)) == len(tags)
    again = service.get(f"{case}/{VIEWS[0]}", **{"If-None-Match": tags[0]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tags[0])
    for response in told:
        assert response.headers["cache-control"] == "private, no-cache"
        assert response.headers["vary"] == "Accept, Accept-Language"


def test_an_auditor_redoes_the_sum_from_what_is_given(service: Caller) -> None:
    address = made(service, with_history(ytelser=None))
    svar = read(service, f"{address}/begrunnelse?nivaa=full").json()["utdypning"]
    for stykke in svar["regnestykker"]:
        opened_ = [o for tema in stykke["temaer"] for o in tema["opplysninger"]]
        assert sorted(o["navn"] for o in opened_) == sorted(NAMES)
        total = stykke["grunnlinje"] + math.fsum(o["logOdds"] for o in opened_)
        assert math.isclose(total, stykke["logOdds"], abs_tol=1e-12)
        assert math.isclose(1 / (1 + math.exp(-total)), stykke["sannsynlighet"], abs_tol=1e-12)
        for tema in stykke["temaer"]:
            assert math.isclose(
                math.fsum(o["logOdds"] for o in tema["opplysninger"]), tema["logOdds"], abs_tol=1e-12
            )
        grense = stykke["grense"]
        assert grense["sannsynlighet"] == 1 / (1 + grense["kostnadsforhold"])
        assert grense["naadd"] == (stykke["sannsynlighet"] >= grense["sannsynlighet"])
        assert {o["mangler"] for o in opened_ if o["kilde"] == "Navs ytelsesregistre"} == {True}
    assert set(svar["digester"]) == {"bundle", "policy", "tekster", "tekster_nn", "tekster_en", "kode"}
    assert svar["versjoner"]["policy"] == "2026-2"


def test_numbers_are_written_as_the_language_writes_them(service: Caller) -> None:
    address = f"{made(service)}/begrunnelse?nivaa=full"
    decimals = {s: read(service, address, "text/plain", s).text for s in LANGUAGES}
    assert re.search(r"\d,\d{4}", decimals["nb"]) and re.search(r"\d,\d{4}", decimals["nn"])
    assert re.search(r"\d\.\d{4}", decimals["en"]) and not re.search(r"\d,\d", decimals["en"])


def only_as(*held: Rolle) -> Admission:
    """A gate behind which everybody holds these roles."""

    async def admission(_authorization: object, roles: frozenset[Rolle]) -> SomeCaller:
        if not roles & set(held):
            raise RefusedError(FORBIDDEN)
        return LOCAL

    return admission


def test_each_role_reads_what_it_needs(path: Path) -> None:
    short = {"begrunnelse", "endring"}
    allowed = {
        Rolle.SYSTEM: short,
        Rolle.VEILEDER: short | {"innsyn"},
        Rolle.REVISOR: short | {"begrunnelse?nivaa=full"},
        Rolle.DRIFT: set(),
    }
    with opened(path) as journal:
        parts = some_parts(journal, in_three_languages())
        address = replaced(Caller(create_app(parts)), helse=None)
        for rolle, views in allowed.items():
            service = Caller(create_app(parts, admission=only_as(rolle)))
            status = {view: service.get(f"{address}/{view}").status_code for view in VIEWS}
            assert status == {view: 200 if view in views else 403 for view in VIEWS}
            assert service.get("/api/v1/modell").status_code == 200
            assert service.get("/api/v1/kodeverk/tema").status_code == 200


def test_a_level_that_is_none_is_refused_without_echo(service: Caller) -> None:
    address = made(service)
    unknown = ("hemmelig=1", "NIVAA=full", "nivaa=kort&hemmelig")
    for asked in ("nivaa=hemmelig", "nivaa=", "nivaa=kort&nivaa=full", "nivaa=FULL", *unknown):
        refused = service.get(f"{address}/begrunnelse?{asked}")
        assert (refused.status_code, code(refused)) == (422, "ugyldig")
        assert "hemmelig" not in refused.text


def test_who_sees_a_case_is_written_down(path: Path) -> None:
    with a_service(path) as service:
        address = replaced(service, helse=None)
    lines: list[str] = []
    with opened(path) as journal:
        parts = some_parts(journal, in_three_languages())
        parts = replace(parts, access=AccessLog(journal, lines.append))
        service = Caller(create_app(parts, admission=letting_in(VEILEDER)))
        for view in VIEWS:
            lines.clear()
            seen = service.get(f"{address}/{view}")
            service.get(f"{address}/{view}", **{"If-None-Match": seen.headers["etag"]})
            assert service.get(f"{address}/{view}", Accept="image/png").status_code == 406
            # A difference shows the case before it too.
            assert len(lines) == (4 if view == "endring" else 2)


def test_what_cannot_be_written_down_is_not_shown(path: Path) -> None:
    with a_service(path, admission=letting_in(VEILEDER)) as service:
        address = replaced(service, helse=None)
        with connected(path) as console:
            console.execute("BEGIN IMMEDIATE")
            refused = service.get(f"{address}/innsyn")
    assert (refused.status_code, code(refused)) == (503, "journal-utilgjengelig")


def test_a_difference_is_told_of_what_replaces_something(service: Caller) -> None:
    address = replaced(service, helse={"helsetilstandHindrerArbeid": "JA"})
    svar = read(service, f"{address}/endring").json()
    assert [fact["navn"] for fact in svar["opplysninger"]] == ["helse_hindrer"]
    assert svar["forslag"]["foer"] != svar["forslag"]["naa"] == "BEHOV_FOR_ARBEIDSEVNEVURDERING"
    assert svar["andreVersjoner"] == []
    alone = service.get(f"{made(service)}/endring")
    assert (alone.status_code, code(alone)) == (404, "erstatter-ingen")


def test_a_difference_keeps_back_what_the_answer_kept_back(service: Caller) -> None:
    before = made(service).rpartition("/")[2]
    silent = with_history(arbeidsforhold=None, ytelser=None, tidligerePerioder=None)
    svar = read(service, f"{made(service, {**silent, 'erstatter': before})}/endring").json()
    assert svar["forslag"]["naa"] == "INGEN_FORSLAG" and len(svar["tall"]) == 2
    for tall in svar["tall"]:
        assert tall["foer"] is not None and tall["grenseFoer"] is not None
        assert (tall["naa"], tall["grense"], tall["naaddNaa"]) == (None, None, None)


def test_what_is_erased_is_gone_in_words_too(service: Caller, path: Path) -> None:
    address = replaced(service, helse=None)
    before = service.get(f"{address}/endring").json()["erstatter"]
    for erased, views in ((before, ("endring",)), (address.rpartition("/")[2], VIEWS)):
        with owned(str(path)) as store:
            erase(store, entries_of_cases(store, [UUID(erased)]), WHY, Moment(NOW, UUID(int=99), SALT))
        for view in views:
            gone = service.get(f"{address}/{view}")
            assert (gone.status_code, code(gone)) == (410, "slettet")


def test_an_unknown_case_is_unknown(service: Caller) -> None:
    for view, name in product(VIEWS, (str(UUID(int=404)), "12345678910", "x-x")):
        unknown = service.get(f"{API}/{name}/{view}")
        assert (unknown.status_code, code(unknown)) == (404, "finnes-ikke")
        assert name not in unknown.text


def test_a_content_that_cannot_be_read_is_refused_without_a_word_of_it(path: Path) -> None:
    with opened(path) as journal:
        parts = some_parts(journal, in_three_languages())
        case = UUID(made(Caller(create_app(parts))).rpartition("/")[2])
        entry = readable_entry(case, parts)
        damaged = json.dumps({**json.loads(entry.content), "anslag": "hemmelig"}).encode()
        with pytest.raises(RefusedError) as told:
            open_again(replace(entry, content=damaged), parts)
    assert told.value.problem.code == "kan-ikke-fortelles"
    assert "hemmelig" not in str(told.value) and told.value.__context__ is None


def test_a_page_loads_nothing_but_our_style_and_reads_as_a_document(service: Caller) -> None:
    response = read(service, f"{made(service)}/begrunnelse?nivaa=full", "text/html")
    assert "default-src 'none'; style-src 'self'" in response.headers["content-security-policy"]
    page = Page(response.text)
    tags = [tag for tag, _ in page.elements]
    assert "script" not in tags and tags.count("h1") == 1
    assert tags.count("table") == tags.count("caption") == 2
    scopes = [attributes.get("scope") for tag, attributes in page.elements if tag == "th"]
    assert set(scopes) == {"col", "row", "rowgroup"}
    assert {a.get("aria-hidden") for tag, a in page.elements if tag == "svg"} == {"true"}


def test_without_a_model_what_is_stored_can_still_be_read_in_bokmaal(path: Path) -> None:
    with a_service(path) as service:
        address = made(service)
    with opened(path) as journal:
        parts = replace(some_parts(journal), standing=Standing(NO_MODEL))
        service = Caller(create_app(parts))
        assert service.get(f"{address}/begrunnelse").status_code == 200
        refused = service.get("/api/v1/modell")
    assert (refused.status_code, code(refused)) == (503, "ingen-godkjent-modell")


def test_the_model_says_what_answers_and_where_its_limits_are(service: Caller) -> None:
    response = service.get("/api/v1/modell")
    svar: Mapping[str, Any] = response.json()
    assert {grense["utfall"]: grense["avHundre"] for grense in svar["grenser"]} == {
        "LANGVARIG_STOENAD": 25.0,
        "HELSERELATERT_YTELSE": 20.0,
    }
    assert {each["opplysning"]: Span(each["fra"], each["til"]) for each in svar["spenn"]} == SPANS
    assert svar["syntetisk"] is True and set(svar["tekster"]) == {"nb", "nn", "en"}
    assert service.get("/api/v1/modell", **{"If-None-Match": response.headers["etag"]}).status_code == 304
