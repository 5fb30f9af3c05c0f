"""The stop switch: while it is on no worker gives a forslag, and the journal says who, when and why."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.app import create_app
from serving.journal import EntryKind, Journal, JournalUnavailableError, StoredEntry
from serving.parts import Parts
from serving.upkeep.stop import FRESH_SECONDS, NEVER_SET, StopState, StopSwitch
from tests.api_fixtures import SECRET, code, contents
from tests.builders import JSON, Caller, a_request, a_service, some_parts, some_sources
from tests.journals import connected, opened, rows

STOP = "/api/v1/drift/stans"
WHY = "Feil i registerdata."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def service(path: Path) -> Iterator[Caller]:
    with a_service(path) as caller:
        yield caller


class Hand:
    """A timer that moves only by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def a_worker(journal: Journal, timer: Callable[[], float]) -> tuple[Parts, Caller]:
    parts = some_parts(journal, sources=replace(some_sources(), timer=timer))
    return parts, Caller(create_app(parts))


def put(service: Caller, body: object) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return service.ask("PUT", STOP, content=content, headers=JSON)


def regel(service: Caller) -> str:
    answer = service.post(a_request()).json()
    return str(answer["forslag"]["regel"])


# What a stop does


def test_a_stopped_service_gives_no_forslag_and_no_number(service: Caller, path: Path) -> None:
    assert put(service, {"stanset": True, "grunn": WHY}).status_code == 200
    response = service.post(a_request())
    forslag = response.json()["forslag"]
    assert (response.status_code, forslag["kode"], forslag["regel"]) == (201, "INGEN_FORSLAG", "STANSET")
    assert response.json()["anslag"] == []
    assert contents(path)[-1]["stanset"] is True


def test_the_journal_says_who_set_it_to_what_and_why(service: Caller, path: Path) -> None:
    answer = put(service, {"stanset": True, "grunn": WHY}).json()
    assert contents(path) == [{"stanset": True, "grunn": WHY, "innsender": "lokal", "navident": None}]
    assert rows(path, "SELECT nummer, slag, digest FROM innfoersel") == [
        (1, "stans", answer["journal"]["digest"])
    ]
    assert answer == {
        "stanset": True,
        "grunn": WHY,
        "siden": "2026-05-12T08:14:01.250000Z",
        "journal": {"nummer": 1, "digest": answer["journal"]["digest"]},
    }


def test_the_state_can_be_asked_for(service: Caller) -> None:
    never = {"stanset": False, "grunn": None, "siden": None, "journal": None}
    assert service.get(STOP).json() == never
    was_set = put(service, {"stanset": True, "grunn": WHY})
    assert service.get(STOP).json() == was_set.json()


def test_the_same_facts_are_answered_anew_while_it_is_on_and_as_before_afterwards(service: Caller) -> None:
    before = service.post(a_request())
    put(service, {"stanset": True, "grunn": WHY})
    during = service.post(a_request())
    put(service, {"stanset": False, "grunn": "Rettet."})
    after = service.post(a_request())
    assert during.json()["forslag"]["regel"] == "STANSET"
    assert after.content == before.content != during.content


def test_what_was_answered_under_a_key_before_the_stop_is_given_again(service: Caller) -> None:
    """It was said then, and GET shows it too: the stop is for what is said from now on."""
    before = service.post(a_request(), **{"Idempotency-Key": "registrering-1"})
    put(service, {"stanset": True, "grunn": WHY})
    assert service.post(a_request(), **{"Idempotency-Key": "registrering-1"}).content == before.content


# Every worker


def test_another_worker_follows_in_time_although_its_keeper_is_stuck(place: str) -> None:
    timer = Hand()
    with (
        opened(place, timeout_seconds=5) as journal,
        opened(place, timeout_seconds=5) as other_journal,
    ):
        _, here = a_worker(journal, timer)
        there_parts, there = a_worker(other_journal, timer)
        assert "STANSET" not in (regel(here), regel(there))
        put(here, {"stanset": True, "grunn": WHY})
        assert regel(here) == "STANSET"
        timer.seconds = FRESH_SECONDS - 0.01
        assert regel(there) != "STANSET"  # what it read is still fresh
        timer.seconds = FRESH_SECONDS
        assert regel(there) == "STANSET"
        put(here, {"stanset": False, "grunn": "Rettet."})
        there_parts.stop.read()  # as its keeper does each second
        assert regel(there) != "STANSET"


def test_an_answer_leaves_within_five_seconds_of_the_stop_or_knows_of_it() -> None:
    two_seconds_to_answer = 2.0
    assert FRESH_SECONDS + two_seconds_to_answer <= 5.0


def test_where_the_state_cannot_be_known_nobody_is_answered(path: Path) -> None:
    timer = Hand()
    with opened(path, timeout_seconds=1) as closed, opened(path, timeout_seconds=5) as journal:
        parts, _ = a_worker(journal, timer)
        parts = replace(parts, stop=StopSwitch(closed, timer))
        service = Caller(create_app(parts))
        assert service.post(a_request()).status_code == 201
        closed.close()
        assert service.post(a_request(enhet=None)).status_code == 201
        timer.seconds = FRESH_SECONDS
        response = service.post(a_request(enhet="0301"))
    assert (response.status_code, code(response)) == (503, "journal-utilgjengelig")
    assert len(contents(path)) == 2


class Interrupted(Journal):
    """A journal whose answer takes so long that something else happens before it comes."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self.meanwhile = meanwhile

    def latest(self, kind: EntryKind) -> StoredEntry | None:
        """Answer as things stood before."""
        self.meanwhile()
        return None


def test_a_slow_reading_does_not_overrule_what_was_set_meanwhile() -> None:
    timer = Hand()

    def is_set() -> None:
        timer.seconds += 1
        switch.learn(StopState(stanset=True))

    switch = StopSwitch(Interrupted(is_set), timer)
    assert switch.read() == NEVER_SET
    assert switch.state().stanset is True


def test_a_reading_counts_from_when_it_began() -> None:
    timer = Hand()

    def time_passes() -> None:
        timer.seconds += FRESH_SECONDS
        if timer.seconds > FRESH_SECONDS:
            raise JournalUnavailableError("asked again")

    switch = StopSwitch(Interrupted(time_passes), timer)
    switch.read()
    with pytest.raises(JournalUnavailableError, match="asked again"):
        switch.state()


# What is refused


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hemmelig",
        b'{"stanset":true,"stanset":false,"grunn":"hemmelig"}',
        {"stanset": True, "grunn": "hemmelig 01010112345"},
        {"stanset": True, "grunn": "hemmelig\nto linjer"},
    ],
)
def test_a_body_without_one_reading_sets_nothing(service: Caller, path: Path, body: Any) -> None:
    response = put(service, body)
    assert (response.status_code, code(response)) == (400, "uleselig")
    assert SECRET not in response.text and contents(path) == []


@pytest.mark.parametrize(
    ("body", "peker"),
    [
        ({"stanset": True}, "/grunn"),
        ({"grunn": WHY}, "/stanset"),
        ({"stanset": "true", "grunn": WHY}, "/stanset"),
        ({"stanset": 1, "grunn": WHY}, "/stanset"),
        ({"stanset": None, "grunn": WHY}, "/stanset"),
        ({"stanset": True, "grunn": ""}, "/grunn"),
        ({"stanset": True, "grunn": "  "}, "/grunn"),
        ({"stanset": True, "grunn": "x" * 301}, "/grunn"),
        ({"stanset": True, "grunn": WHY, "hemmelig": 1}, ""),
    ],
)
def test_a_body_outside_the_schema_sets_nothing(
    service: Caller, path: Path, body: dict[str, Any], peker: str
) -> None:
    response = put(service, body)
    assert (response.status_code, code(response)) == (422, "ugyldig")
    assert [fault["peker"] for fault in response.json()["felter"]] == [peker]
    assert SECRET not in response.text and contents(path) == []


def test_the_longest_reason_is_taken(service: Caller) -> None:
    assert put(service, {"stanset": True, "grunn": "å" * 300}).status_code == 200


def test_what_cannot_be_journaled_is_not_set(path: Path) -> None:
    with opened(path, timeout_seconds=1) as journal:
        _, service = a_worker(journal, Hand())
        with connected(path) as console:
            console.execute("BEGIN IMMEDIATE")
            response = put(service, {"stanset": True, "grunn": WHY})
        assert (response.status_code, code(response)) == (503, "journal-utilgjengelig")
        assert regel(service) != "STANSET"
        assert service.get(STOP).json()["stanset"] is False


def test_the_stop_is_for_this_machine_only_like_every_route(service: Caller) -> None:
    elsewhere = Caller(service.app, "http://10.0.0.5:8080")
    assert put(elsewhere, {"stanset": True, "grunn": WHY}).status_code == 403


def test_a_wrong_method_names_both_right_ones(service: Caller) -> None:
    assert service.ask("DELETE", STOP).headers["allow"] == "GET, PUT"
