"""Two-step mode: before a vurdering no route tells any part of the suggestion, and afterwards both stand."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from models.approved import Approved
from profilering.policy import RegelKode, Totrinn
from serving.answering import Answer
from serving.asking import Asked, answer_each
from serving.identity.roles import ACCESS
from serving.journal import EntryKind, StoredEntry
from serving.journal.erasing import Moment, Why, erase
from serving.journal.places import open_store
from serving.replaying.replay import Replayed, replay
from serving.wire.codes import WireRegel
from tests.api_fixtures import code
from tests.builders import API, a_request, an_approved, body_of, some_parts, with_history
from tests.deciding import KARI, MACHINE, REVISOR, Desk, a_desk, a_vurdering
from tests.journals import CASE, CREATED, opened
from tests.make import a_basis, a_policy
from tests.replays import altered

HERE, ELSEWHERE = "0315", "0301"
HELD_BACK = ("anslag", "begrunnelse", "forslag")
ITS_OWN = ("id", "journal", "dagensRegel")
"""What differs between two cases without telling of a suggestion."""
STOP = "/api/v1/drift/stans"
OBJECTION = {"gjelder": "forslag", "tekst": "Jeg er uenig.", "fra": "PERSONEN"}
CASE_ROUTES = sorted((method, path) for method, path in ACCESS if "/{id}" in path and path.startswith("/api"))


def two_step(totrinn: Totrinn) -> Approved:
    return an_approved(a_basis(policy=replace(a_policy(), totrinn=totrinn)))


APPROVED = two_step(Totrinn(enheter=frozenset({HERE})))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    with a_desk(path, APPROVED) as desk:
        yield desk


def supported(**changes: Any) -> dict[str, Any]:
    """Somebody with two years of support and no job, for whom more than a little help is proposed."""
    support = [{"ytelse": "SOSIALHJELP", "fom": "2022-01-01"}]
    return with_history(arbeidsforhold=[], ytelser=support) | {"enhet": HERE, **changes}


def secrets_of(content: dict[str, Any]) -> set[str]:
    """Every word and number of a journaled answer that depends on the suggestion."""
    whole = json.loads(content["svar"])
    words = {whole["forslag"]["kode"], whole["forslag"]["regel"], whole["forslag"]["navn"]}
    for anslag in whole["anslag"]:
        counts = ("avHundre", "lav", "hoey", "alleAvHundre", "grunnlagAntall")
        words |= {f'"{name}":{anslag[name]}' for name in counts} | {b["tekst"] for b in anslag["bidrag"]}
    words |= {str(anslag["sannsynlighet"]) for anslag in content["anslag"]}
    first = json.loads(content["svar_tilbakeholdt"])["begrunnelse"]["avsnitt"]
    return words | {one["tekst"] for one in whole["begrunnelse"]["avsnitt"] if one not in first}


def every_way(desk: Desk, case: str) -> Iterator[tuple[str, httpx.Response]]:
    """Each route about a case, and each that may repeat its answer, asked by everybody."""
    for who in (MACHINE, KARI, REVISOR):
        for method, path in CASE_ROUTES:
            if path.endswith("vurdering") and method == "POST":
                continue
            body = OBJECTION if method == "POST" else None
            for query in ("", "?nivaa=full")[: 1 + path.endswith("begrunnelse")]:
                answer = desk.ask(who, method, path.replace("{id}", case) + query, body)
                yield f"{method} {path}{query} {who}", answer
        yield f"again {who}", desk.ask(who, "POST", API, supported(), **{"Idempotency-Key": "n-1"})
        yield f"same facts {who}", desk.ask(who, "POST", API, supported())
        lines = {"Content-Type": "application/x-ndjson"}
        yield f"a line {who}", desk.ask(who, "POST", f"{API}:parti", body_of(supported()), **lines)


def test_no_route_tells_before_the_first_vurdering_and_all_is_there_after_it(desk: Desk) -> None:
    first = desk.ask(MACHINE, "POST", API, supported(), **{"Idempotency-Key": "n-1"})
    case = first.json()["id"]
    secrets = secrets_of(desk.journaled("profilering")[0])
    assert "SITUASJONSBESTEMT_INNSATS" in secrets
    assert len(secrets) > 15
    answers = [("first", first), *every_way(desk, case)]
    answers.append(("own view", desk.concluded(case)))
    sent = {what: _all_of(answer) for what, answer in answers}
    told = {(what, word) for what, text in sent.items() for word in secrets if _as_sent(word) in text}
    assert told == set()
    waiting = {answer.request.url.path for _, answer in answers if code_of(answer) == "venter-paa-vurdering"}
    assert {f"{API}/{case}/{part}" for part in ("etterproeving", "begrunnelse", "innsyn")} <= waiting
    exact = {str(anslag["sannsynlighet"]) for anslag in desk.journaled("profilering")[0]["anslag"]}
    whole = _all_of(desk.ask(KARI, "GET", f"{API}/{case}"))
    assert {word for word in secrets - exact if _as_sent(word) not in whole} == set()
    for what, answer in every_way(desk, case):
        assert code_of(answer) != "venter-paa-vurdering", what
        if answer.request.url.path in {API, f"{API}:parti"} and "modia" in what:
            assert "SITUASJONSBESTEMT_INNSATS" in answer.text, what


def _all_of(answer: httpx.Response) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
    return headers + answer.text


def _as_sent(word: str) -> str:
    return word if word[0] == '"' else json.dumps(word, ensure_ascii=False)[1:-1]


def code_of(answer: httpx.Response) -> str:
    return code(answer) if answer.is_error else ""


def test_two_who_are_proposed_different_things_get_the_same_answer(desk: Desk) -> None:
    likely = desk.ask(KARI, "POST", API, a_request(enhet=HERE))
    unlikely = desk.ask(KARI, "POST", API, supported())
    kept = [json.loads(content["svar"])["forslag"]["kode"] for content in desk.journaled("profilering")]
    assert kept == ["STANDARD_INNSATS", "SITUASJONSBESTEMT_INNSATS"]
    bodies = [answer.json() for answer in (likely, unlikely)]
    one, other = ({k: v for k, v in body.items() if k not in ITS_OWN} for body in bodies)
    assert one == other
    assert bodies[0]["forslag"] == {
        "kode": "INGEN_FORSLAG",
        "navn": "Ikke vist ennå",
        "aktuelleInnsatsgrupper": [],
        "kreverArbeidsevnevurdering": False,
        "regel": "TOTRINN",
        "grensetilfelle": False,
        "merknader": [],
    }
    assert (bodies[0]["anslag"], len(bodies[0]["begrunnelse"]["avsnitt"])) == ([], 3)
    assert set(likely.headers) == set(unlikely.headers)
    # NAV's own rule is shown by NAV's own systems too; nothing else makes a body longer.
    longer = len(bodies[0]["dagensRegel"]) - len(bodies[1]["dagensRegel"])
    assert len(likely.content) - len(unlikely.content) == longer


def test_only_what_is_named_is_held_back(desk: Desk) -> None:
    """A new field of the answer is shown here first: decide whether it tells of the suggestion."""
    desk.profiled(supported())
    (content,) = desk.journaled("profilering")
    whole, first = json.loads(content["svar"]), json.loads(content["svar_tilbakeholdt"])
    assert list(whole) == list(first)
    assert tuple(sorted(name for name in whole if whole[name] != first[name])) == HELD_BACK
    assert set(whole) - set(HELD_BACK) == {
        *("id", "periodeId", "opplysningerOmArbeidssoekerId", "opprettet", "erVedtak", "vetIkke", "mangler"),
        *("motstrid", "egenvurdering", "dagensRegel", "versjoner"),
    }


def test_the_two_answers_have_a_tag_each(desk: Desk) -> None:
    first = desk.ask(KARI, "POST", API, supported())
    case, tag = first.json()["id"], {"If-None-Match": first.headers["etag"]}
    held_back = desk.ask(KARI, "GET", f"{API}/{case}")
    assert held_back.content == first.content
    assert desk.ask(KARI, "GET", f"{API}/{case}", **tag).status_code == 304
    desk.concluded(case)
    whole = desk.ask(KARI, "GET", f"{API}/{case}", **tag)
    assert whole.status_code == 200
    assert whole.headers["etag"] not in first.headers["etag"]
    assert whole.json()["journal"] == first.json()["journal"]


def test_the_first_view_says_nothing_of_the_forslag_and_the_second_stands_beside_it(desk: Desk) -> None:
    case = desk.profiled(supported())
    own = desk.concluded(case).json()
    assert (own["forslag"], own["fulgt"], own["foerForslaget"]) == (None, None, True)
    second = desk.concluded(case, a_vurdering("TRENGER_VEILEDNING")).json()
    assert (second["forslag"], second["fulgt"], second["foerForslaget"]) == (
        "SITUASJONSBESTEMT_INNSATS",
        True,
        False,
    )
    listed = desk.ask(KARI, "GET", f"{API}/{case}/vurdering").json()["vurderinger"]
    assert listed == [own, second]
    kept = desk.journaled("vurdering")
    assert [(entry["forslag"], entry["foer_forslaget"]) for entry in kept] == [
        ("SITUASJONSBESTEMT_INNSATS", True),
        ("SITUASJONSBESTEMT_INNSATS", False),
    ]


def test_the_same_view_after_the_forslag_was_read_is_a_second_one(desk: Desk) -> None:
    case, view = desk.profiled(supported()), a_vurdering("TRENGER_VEILEDNING")
    own = desk.concluded(case, view, key="n-1")
    assert desk.concluded(case, view, key="n-1").content == own.content
    desk.ask(KARI, "GET", f"{API}/{case}")
    second = desk.concluded(case, view)
    assert desk.concluded(case, view).content == second.content
    assert [(one.json()["fulgt"], one.json()["foerForslaget"]) for one in (own, second)] == [
        (None, True),
        (True, False),
    ]
    assert len(desk.journaled("vurdering")) == 2


def test_an_answer_that_holds_back_is_no_forslag_seen(desk: Desk) -> None:
    case = desk.ask(KARI, "POST", API, supported()).json()["id"]
    for path in ("", "/vurdering"):
        desk.ask(KARI, "GET", f"{API}/{case}{path}")
    desk.concluded(case)
    desk.ask(KARI, "GET", f"{API}/{case}")
    seen = [(entry["hendelse"], entry["uten_forslag"]) for entry in desk.journaled("innsyn")]
    assert seen == [
        ("audit:create", True),
        ("audit:access", True),
        ("audit:access", True),
        ("audit:update", True),
        ("audit:access", False),
    ]


def test_a_view_that_was_refused_or_is_of_another_case_opens_nothing(desk: Desk) -> None:
    case, other = desk.profiled(supported()), desk.profiled(supported(periodeId=str(uuid4())))
    desk.concluded(other)
    desk.concluded(case, a_vurdering("GODT_NOK"))
    desk.concluded(case, who=MACHINE)
    assert desk.ask(KARI, "GET", f"{API}/{case}").json()["forslag"]["regel"] == "TOTRINN"
    assert desk.ask(KARI, "GET", f"{API}/{other}").json()["forslag"]["regel"] == "FORHOEYET_ANSLAG"


def test_the_office_of_the_request_decides_and_the_policy_of_that_day(path: Path) -> None:
    with a_desk(path, APPROVED) as desk:
        case = desk.profiled(supported())
        elsewhere, nowhere = (
            desk.ask(KARI, "POST", API, supported(enhet=enhet, periodeId=str(uuid4()))).json()
            for enhet in (ELSEWHERE, None)
        )
        assert {elsewhere["forslag"]["regel"], nowhere["forslag"]["regel"]} == {"FORHOEYET_ANSLAG"}
        assert [content["svar_tilbakeholdt"] for content in desk.journaled("profilering")[1:]] == [None, None]
    with a_desk(path, two_step(Totrinn(uten_enhet=True))) as later:
        assert later.ask(KARI, "GET", f"{API}/{case}").json()["forslag"]["regel"] == "TOTRINN"
        assert later.ask(KARI, "GET", f"{API}/{elsewhere['id']}").json() == elsewhere
        again = supported(enhet=None, periodeId=str(uuid4()))
        assert later.ask(KARI, "POST", API, again).json()["forslag"]["regel"] == "TOTRINN"


def test_another_office_or_a_successor_shows_nothing_while_the_first_case_waits(desk: Desk) -> None:
    case = desk.profiled(supported())
    ways = [
        supported(enhet=ELSEWHERE),
        supported(enhet=None),
        supported(enhet=ELSEWHERE, erstatter=case),
        supported(enhet=ELSEWHERE, erstatter=case, periodeId=str(uuid4())),
    ]
    made = [desk.ask(who, "POST", API, way).json() for way in ways for who in (KARI, REVISOR)]
    assert {answer["forslag"]["regel"] for answer in made} == {"TOTRINN"}
    assert len({case, *(answer["id"] for answer in made)}) == 1 + len(made)
    followed = [content["foelger_tilbakeholdt"] for content in desk.journaled("profilering")]
    assert followed == [False] + 8 * [True]
    desk.concluded(case)
    shown = desk.ask(KARI, "POST", API, supported(enhet="0302")).json()
    assert shown["forslag"]["regel"] == "FORHOEYET_ANSLAG"
    assert desk.ask(KARI, "GET", f"{API}/{made[0]['id']}").json()["forslag"]["regel"] == "TOTRINN"


def test_another_office_that_asks_in_the_same_moment_shows_nothing(path: Path) -> None:
    """Both are answered in one transaction: neither finds the other in the journal."""
    asked = [Asked(body_of(supported(enhet=enhet)), MACHINE) for enhet in (HERE, ELSEWHERE)]
    with opened(path) as journal:
        parts = some_parts(journal, APPROVED)
        parts = replace(parts, sources=replace(parts.sources, new_id=uuid4))
        for answer in answer_each(asked, parts, parts.traces.step):
            assert isinstance(answer, Answer) and answer.withheld
            assert json.loads(answer.body)["anslag"] == []


def test_why_a_case_was_held_back_is_given_and_that_it_was_is_made_again(desk: Desk, path: Path) -> None:
    desk.profiled(supported())
    other = desk.profiled(supported(enhet=ELSEWHERE))
    with opened(path) as journal:
        entry = journal.find(UUID(other), EntryKind.PROFILERING)
    assert isinstance(entry, StoredEntry)
    result = replay(entry, lambda _digests: APPROVED)
    assert isinstance(result, Replayed)
    assert result.likt
    forged = altered(entry, lambda content: content.update(foelger_tilbakeholdt=False))
    found = replay(forged, lambda _digests: APPROVED)
    assert isinstance(found, Replayed)
    assert [forskjell.peker for forskjell in found.forskjeller] == ["/svar_tilbakeholdt"]


def test_an_erased_view_was_written_too(desk: Desk, path: Path) -> None:
    case = desk.profiled(supported())
    number = desk.concluded(case).json()["journal"]["nummer"]
    store = open_store(str(path), timeout_seconds=5)
    erase(store, [number], Why("krav", "GDPR art. 17", "Z990009"), Moment(CREATED, CASE, bytes(32)))
    store.engine.dispose()
    assert desk.ask(KARI, "GET", f"{API}/{case}").json()["forslag"]["regel"] == "FORHOEYET_ANSLAG"


def test_a_stopped_service_is_held_back_like_any_other_answer(desk: Desk) -> None:
    running = desk.ask(KARI, "POST", API, supported()).json()
    assert desk.ask(KARI, "PUT", STOP, {"stanset": True, "grunn": "prøve"}).status_code == 200
    stopped = desk.ask(KARI, "POST", API, supported()).json()
    one, other = ({k: v for k, v in body.items() if k not in ITS_OWN} for body in (running, stopped))
    assert one == other
    kept = [json.loads(content["svar"])["forslag"]["regel"] for content in desk.journaled("profilering")]
    assert kept == ["FORHOEYET_ANSLAG", "STANSET"]


def with_a_blank(name: str) -> Callable[[dict[str, Any]], object]:
    """Somebody lengthens a text by a blank."""
    return lambda content: content.update({name: content[name] + " "})


def test_both_answers_are_made_again_and_a_change_in_either_is_seen(desk: Desk, path: Path) -> None:
    case = desk.profiled(supported())
    with opened(path) as journal:
        entry = journal.find(UUID(case), EntryKind.PROFILERING)
    assert isinstance(entry, StoredEntry)
    result = replay(entry, lambda _digests: APPROVED)
    assert isinstance(result, Replayed)
    assert result.likt
    for name in ("svar", "svar_tilbakeholdt"):
        found = replay(altered(entry, with_a_blank(name)), lambda _digests: APPROVED)
        assert isinstance(found, Replayed)
        assert [forskjell.peker for forskjell in found.forskjeller] == [f"/{name}"]


def test_what_is_counted_of_a_case_tells_nothing_of_its_forslag(desk: Desk) -> None:
    case = desk.profiled(supported())
    desk.concluded(case)
    text = desk.parts.metrics.text().decode()
    counted = [
        line for line in text.splitlines() if line.startswith("profilering_") and line.endswith(" 1.0")
    ]
    assert [line for line in counted if "INNSATS" in line or "ANSLAG" in line] == []
    assert 'profilering_ingen_forslag_total{kanal="enkelt",regel="TOTRINN"} 1.0' in text
    assert 'profilering_vurdering_total{forslag="TOTRINN",fulgt="ingen"} 1.0' in text


def test_the_rules_on_the_wire_are_the_policys_and_one_more() -> None:
    assert {rule.value for rule in WireRegel} == {rule.value for rule in RegelKode} | {"TOTRINN"}
