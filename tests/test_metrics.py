"""What is seen from outside: every registrering is told of, in words of ours and in nobody's."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from serving.api.answer_desk import AnswerDesk
from serving.api.counting import counted_lines
from serving.api.metrics_route import Ages, metrics_routes
from serving.api.parti import Line, answer_lines
from serving.app import create_app
from serving.asking import Asked
from serving.identity.caller import LOCAL
from serving.parts import Parts
from serving.telemetry.log import METHODS, Answered, RequestLog
from serving.telemetry.metrics import FAULTS, MEDIA_TYPE, OTHER, ROUTES, SHARED_COUNTS, Kanal, Metrics
from serving.upkeep.standing import Standing
from serving.upkeep.stop import StopState, StopSwitch
from tests.api_fixtures import NO_MODEL, SECRET, broken
from tests.builders import API, Caller, a_request, body_of, some_parts
from tests.guarded import a_guarded_service, bearer
from tests.journals import connected, opened

NUMBER = "01010112345"
OUTCOMES = ("profilering_forslag_total", "profilering_ingen_forslag_total", "profilering_feilet_total")

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(found: Samples, name: str, **labels: str) -> float:
    return sum(
        value
        for (known, own), value in found.items()
        if known == name and labels.items() <= dict(own).items()
    )


def counts(metrics: Metrics) -> Samples:
    return read(metrics.text().decode())


def registered_and_told(found: Samples, kanal: Kanal) -> tuple[float, float]:
    told = sum(total(found, name, kanal=kanal) for name in OUTCOMES)
    return total(found, "profilering_registrert_total", kanal=kanal), told


# Each registrering


def ask(body: bytes, key: str | None, parts: Parts, metrics: Metrics) -> None:
    """One request as its route answers it."""
    with suppress(Exception), closing(AnswerDesk(replace(parts, metrics=metrics))) as desk:
        asyncio.run(desk.answer(Asked(body, LOCAL, key)))


def ask_lines(bodies: Sequence[bytes], parts: Parts, metrics: Metrics) -> None:
    """Lines of a batch as its route answers them; the last one was too long."""
    lines = [*(Line(number, body) for number, body in enumerate(bodies, 1)), Line(len(bodies) + 1, None)]
    counted_lines(partial(answer_lines, lines, LOCAL, parts), len(lines), metrics)()


BODIES = (
    body_of(a_request()),
    body_of(a_request(periodeId=str(UUID(int=1)))),
    body_of(a_request(person={"foedselsaar": 1988, "fylke": SECRET})),
    body_of(a_request(erstatter=str(UUID(int=404)))),
    b'{"a": NaN}',
    NUMBER.encode(),
)
ASKED = st.lists(st.tuples(st.sampled_from(BODIES), st.sampled_from([None, "samme"])), max_size=2)
STATES = ("well", "stopped", "broken", "no model", "journal down")


@contextmanager
def a_service_in_every_state(path: Path) -> Iterator[dict[str, Parts]]:
    with opened(path) as journal, opened(path, timeout_seconds=0.1) as impatient:
        parts = some_parts(journal)
        parts = replace(parts, sources=replace(parts.sources, new_id=uuid4))
        stopped = StopSwitch(journal, lambda: 0.0)
        stopped.learn(StopState(stanset=True))
        working = (
            parts,
            replace(parts, stop=stopped),
            replace(parts, standing=Standing(broken())),
            replace(parts, standing=Standing(NO_MODEL)),
            replace(parts, journal=impatient),
        )
        yield dict(zip(STATES, working, strict=True))


def test_whatever_happens_each_registrering_is_told_of_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"

    @settings(max_examples=15)
    @given(st.lists(st.tuples(st.sampled_from(STATES), ASKED), max_size=4))
    def holds(happenings: list[tuple[str, list[tuple[bytes, str | None]]]]) -> None:
        metrics = Metrics()
        for state, asked in happenings:
            with ExitStack() as trouble:
                if state == "journal down":
                    trouble.enter_context(connected(path)).execute("BEGIN IMMEDIATE")
                for body, key in asked:
                    ask(body, key, states[state], metrics)
                ask_lines([body for body, _ in asked], states[state], metrics)
        number = sum(len(asked) for _, asked in happenings)
        found = counts(metrics)
        assert registered_and_told(found, Kanal.ENKELT) == (number, number)
        assert registered_and_told(found, Kanal.PARTI) == (number + len(happenings),) * 2
        assert OTHER not in metrics.text().decode()

    with a_service_in_every_state(path) as states:
        holds()


@pytest.mark.parametrize(
    ("state", "body", "told"),
    [
        ("well", BODIES[0], {"kode": "STANDARD_INNSATS"}),
        ("stopped", BODIES[0], {"regel": "STANSET"}),
        ("broken", BODIES[0], {"feil": "intern-feil"}),
        ("no model", BODIES[0], {"feil": "ingen-godkjent-modell"}),
        ("well", BODIES[2], {"feil": "ugyldig"}),
        ("well", BODIES[4], {"feil": "uleselig"}),
    ],
)
def test_what_is_told_is_the_code_of_the_answer(
    tmp_path: Path, state: str, body: bytes, told: dict[str, str]
) -> None:
    metrics = Metrics()
    with a_service_in_every_state(tmp_path / "journal.db") as states:
        ask(body, None, states[state], metrics)
        ask_lines([body], states[state], metrics)
    found = counts(metrics)
    for kanal in Kanal:
        assert sum(total(found, name, kanal=kanal, **told) for name in OUTCOMES) == 1


def test_the_service_counts_what_it_answers(tmp_path: Path) -> None:
    with opened(tmp_path / "journal.db") as journal:
        parts = some_parts(journal)
        service = Caller(create_app(parts))
        service.post(a_request())
        service.post(b"{}")
        lines = BODIES[1] + b"\n" + BODIES[4] + b"\n"
        service.ask("POST", f"{API}:parti", content=lines, headers={"Content-Type": "application/x-ndjson"})
        found = read(service.get("/internal/metrics").text)
    assert [registered_and_told(found, kanal) for kanal in Kanal] == [(2, 2), (2, 2)]
    assert total(found, "journal_append_seconds_count") == total(found, "journal_head") == 2
    assert total(found, "profilering_koe_sekunder_count") == 3


def test_an_answer_that_was_not_journaled_is_a_failure(tmp_path: Path) -> None:
    metrics, path = Metrics(), tmp_path / "journal.db"
    with a_service_in_every_state(path) as states, connected(path) as console:
        console.execute("BEGIN IMMEDIATE")
        ask(BODIES[0], None, states["journal down"], metrics)
        ask_lines([BODIES[0]], states["journal down"], metrics)
    assert total(counts(metrics), "profilering_feilet_total", feil="journal-utilgjengelig") == 2
    assert total(counts(metrics), "profilering_forslag_total") == 0


def test_an_answer_without_a_known_forslag_is_told_of_too() -> None:
    metrics = Metrics()
    for body in (b"{}", b'{"forslag":{"kode":"NYTT","regel":"NY"}}', b'{"forslag":{"kode":"INGEN_FORSLAG",'):
        metrics.answered(Kanal.ENKELT, body)
    assert total(counts(metrics), "profilering_forslag_total", kode=OTHER) == 3


# Each request


def seen_by(metrics: Metrics, app: FastAPI) -> Caller:
    """Ask an app with its requests counted."""
    return Caller(RequestLog(app, uuid4, perf_counter, [metrics.request]))  # type: ignore[arg-type]  # ASGI


def test_nothing_that_is_sent_in_becomes_a_label(tmp_path: Path) -> None:
    metrics = Metrics()
    planted = (NUMBER, SECRET, "Z990001", "0315")
    with opened(tmp_path / "journal.db") as journal:
        parts = some_parts(journal)
        service = seen_by(metrics, create_app(parts))
        for value in planted:
            for method in ("GET", "POST", "PUT", value, '"} 1'):
                for path in (
                    f"/{value}",
                    f"{API}/{value}?x={value}",
                    f"{API}?{value}",
                    API,
                    f"/internal/{value}",
                ):
                    headers = {"Nav-Call-Id": value, "Content-Type": value, "Host": "127.0.0.1"}
                    service.ask(method, path, headers=headers, content=value.encode())
            ask(body_of(a_request(enhet=value)), value, parts, metrics)
            metrics.failed(Kanal.ENKELT, value)
            with metrics.request(None) as tell:
                tell(
                    Answered(
                        method=value, route=value, status=200, seconds=0, client=value, refused_for=value
                    )
                )
        text = scraped(metrics, parts)
    words = {word for name, own in read(text) for word in (name, *dict(own).values())}
    assert [value for value in planted if any(value in word for word in words)] == []
    labels = {name: {dict(own).get(name) for _, own in read(text)} for name in ("route", "method", "fault")}
    assert labels["route"] <= ROUTES | {OTHER, None}
    assert labels["method"] <= METHODS | {OTHER, None}
    assert labels["fault"] <= FAULTS | {OTHER, None}


def test_a_request_is_counted_by_its_route_method_and_status(tmp_path: Path) -> None:
    metrics = Metrics()
    with opened(tmp_path / "journal.db") as journal:
        service = seen_by(metrics, create_app(some_parts(journal)))
        service.get(f"{API}/{UUID(int=1)}")
        service.get(f"{API}/{UUID(int=2)}")
        service.get("/internal/isAlive")
    found = counts(metrics)
    assert total(found, "http_requests_total", route=API + "/{id}", method="GET", status="404") == 2
    assert total(found, "http_requests_total", route="/internal/isAlive", status="200") == 1
    assert total(found, "http_request_duration_seconds_count", route=API + "/{id}") == 2
    assert total(found, "http_requests_in_flight") == 0


def test_what_is_under_way_is_seen_while_it_is() -> None:
    metrics = Metrics()
    with suppress(ValueError), metrics.request(None):
        with metrics.request(None):
            assert total(counts(metrics), "http_requests_in_flight") == 2
        assert total(counts(metrics), "http_requests_in_flight") == 1
        raise ValueError
    assert total(counts(metrics), "http_requests_in_flight") == 0


def test_who_is_refused_at_the_gate_is_counted_by_the_fault(tmp_path: Path) -> None:
    metrics = Metrics()
    with a_guarded_service(tmp_path / "journal.db") as guarded:
        service = replace(seen_by(metrics, guarded.service.app), base_url=guarded.service.base_url)
        service.ask("GET", f"{API}/{UUID(int=1)}")
        service.ask("GET", f"{API}/{UUID(int=1)}", headers=bearer(guarded.token_of("drift")))
        service.ask("GET", f"{API}/{UUID(int=1)}", headers=bearer(guarded.token_of("revisor")))
    found = counts(metrics)
    assert total(found, "tokens_avvist_total", fault="MANGLER") == 1
    assert total(found, "tokens_avvist_total", fault="MANGLER_ROLLE") == 1
    assert total(found, "tokens_avvist_total") == 2


def test_the_wait_for_a_thread_and_for_the_journal_is_measured() -> None:
    ticks = iter([0.0, 0.3, 1.0, 1.75])
    metrics = Metrics(timer=lambda: next(ticks))
    assert metrics.queued(lambda: "done")() == "done"
    with suppress(OSError), metrics.appending():
        raise OSError
    found = counts(metrics)
    assert total(found, "profilering_koe_sekunder_sum") == 0.3
    assert total(found, "journal_append_seconds_sum") == 0.75


# How things stand


def scraped(metrics: Metrics, parts: Parts, ages: Ages | None = None) -> str:
    app = FastAPI()
    app.include_router(metrics_routes(parts, metrics, lambda: ages or Ages()))
    response = Caller(app).get("/internal/metrics")
    assert response.headers["content-type"] == MEDIA_TYPE
    return response.text


def test_a_scrape_tells_what_answers_and_how_it_stands(tmp_path: Path) -> None:
    metrics, ages = Metrics(), Ages(checkpoint=61.0, waiting=2.0, keys={"entra": 30.0})
    metrics.model_swapped()
    metrics.model_refused()
    with opened(tmp_path / "journal.db") as journal:
        parts = some_parts(journal)
        ask(BODIES[0], None, parts, metrics)
        ask(BODIES[1], None, parts, metrics)
        parts.stop.learn(StopState(stanset=True))
        found = read(scraped(metrics, parts, ages))
    assert total(found, "journal_head") == 2
    assert total(found, "stans") == 1
    assert total(found, "profilering_info", modell="test-1", policy="2026-2", kode="sha256:test") == 1
    assert total(found, "journal_sjekkpunkt_alder_sekunder") == 61
    assert total(found, "journal_sjekkpunkt_venter_sekunder") == 2
    assert total(found, "noekler_alder_sekunder", issuer="entra") == 30
    assert (total(found, "modellbytte_total"), total(found, "modell_avvist_total")) == (1, 1)


def test_what_is_not_known_is_left_out_and_never_a_zero(tmp_path: Path) -> None:
    with opened(tmp_path / "journal.db", timeout_seconds=0.1) as journal:
        parts = replace(some_parts(journal), standing=Standing(NO_MODEL))
        assert total(read(scraped(Metrics(), parts)), "journal_head") == 0
    found = read(scraped(Metrics(), parts))  # now it is closed
    names = {name for name, _ in found}
    assert not names & {"journal_head", "stans", "journal_sjekkpunkt_alder_sekunder"}
    assert total(found, "profilering_info", modell="ingen") == 1


def test_the_page_tells_of_every_metric_and_of_no_other(tmp_path: Path) -> None:
    ages = Ages(checkpoint=61.0, waiting=2.0, keys={"entra": 30.0})
    with opened(tmp_path / "journal.db") as journal:
        told = text_string_to_metric_families(scraped(Metrics(), some_parts(journal), ages))
        names = {family.name for family in told}
    page = Path(__file__).parents[1] / "docs" / "metrics.md"
    assert set(re.findall(r"^\| `(\w+)` \|(?=.*\|.*\|.*\|)", page.read_text("utf-8"), re.MULTILINE)) == names


# Several workers

WORKER = """
import sys
from pathlib import Path
from serving.telemetry.metrics import Kanal, Metrics

metrics = Metrics(shared=Path(sys.argv[1]))
with metrics.request(None):
    metrics.registered(Kanal.ENKELT, int(sys.argv[2]))
    print("counted", flush=True)
    sys.stdin.readline()
    print(metrics.text().decode())
"""


def test_a_scrape_of_one_worker_tells_of_all_and_of_none_that_is_gone(tmp_path: Path) -> None:
    environ = {**os.environ, SHARED_COUNTS: str(tmp_path)}
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    with ExitStack() as ends:
        killed, asked = (
            ends.enter_context(
                subprocess.Popen(
                    [*command, number], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            for number in "34"
        )
        assert killed.stdout is not None
        assert asked.stdout is not None
        assert killed.stdout.readline() == asked.stdout.readline() == "counted\n"
        killed.kill()
        killed.wait()
        told, _ = asked.communicate("\n")
    found = read(told)
    assert total(found, "profilering_registrert_total", kanal="enkelt") == 7
    assert total(found, "http_requests_in_flight") == 1
