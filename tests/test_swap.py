"""Another model begins to answer: no request fails, no answer mixes two, and a bad one changes nothing."""

import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from models.approved import Approved, load_approved
from models.bundle import folder_of, read_bundle
from models.canonical import digest_of
from profilering.assess import assess
from profilering.errors import SetupError
from serving.app import create_app
from serving.identity.caller import LOCAL
from serving.journal import Journal, JournalUnavailableError
from serving.parts import Parts
from serving.record import content_of
from serving.upkeep.standing import NotApproved, Standing
from serving.upkeep.swap import ModelWatch
from serving.upkeep.trial import try_in_child
from serving.wire.reading import forespoersel_of, registrering_of
from serving.wire.writing import Case, facts_of
from serving.withheld import answers_of
from tests.builders import NOW, Caller, a_request, body_of, profile, some_parts
from tests.bundles import a_bundle, approve, put
from tests.journals import Place, opened, rows
from tests.proof.swaps import Mark, is_mixed, mark_of

NOT_YET = NotApproved("nothing has begun to answer yet")


class Worker:
    """One worker's watch over a folder with approvals and bundles; what it tries and keeps is noted."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self.approved, self.artefacts = folder / "approved.toml", folder / "artefacts"
        self.tried: list[str] = []
        self.kept: list[str] = []
        self.fault: Exception | None = None  # of the archive
        self.while_trying: Callable[[], None] = lambda: None
        self.parts = some_parts(journal, NOT_YET)
        self.watch = ModelWatch(
            self.approved, self.artefacts, self.parts, try_bundle=self._try, keep=self._keep
        )
        self.service = Caller(create_app(self.parts, (self.watch.notice,)))

    def _try(self, folder: Path, digest: str) -> None:
        self.tried.append(digest)
        read_bundle(folder, digest)
        self.while_trying()

    def _keep(self, approved: Approved) -> None:
        if self.fault is not None:
            raise self.fault
        self.kept.append(approved.digests["bundle"])

    @property
    def serves(self) -> str:
        """Digest of the bundle that answers; empty where none does."""
        approved = self.parts.standing.approved
        return "" if isinstance(approved, NotApproved) else approved.digests["bundle"]

    @property
    def ready(self) -> str:
        """What it says, but for the last line of a worker that is ready: how it explains."""
        told = self.service.get("/internal/isReady").text
        return told.partition("\nforklaring: kvadratur-1 (")[0]


@pytest.fixture
def bundles(tmp_path: Path) -> tuple[str, str]:
    """Two bundles that lie there; none is approved yet."""
    artefacts = tmp_path / "artefacts"
    return a_bundle(artefacts, "liten-1"), a_bundle(artefacts, "liten-2", lift=0.5)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(place: Path) -> Iterator[Journal]:
    with opened(place) as journal:
        yield journal


@pytest.fixture
def worker(tmp_path: Path, journal: Journal) -> Worker:
    return Worker(tmp_path, journal)


def swaps(place: Place) -> list[dict[str, Any]]:
    query = (
        "SELECT bytes FROM innfoersel JOIN innhold USING (nummer) WHERE slag = 'modellbytte' ORDER BY nummer"
    )
    return [json.loads(content) for (content,) in rows(place, query)]


# A good model


def test_what_is_approved_is_tried_kept_journaled_and_answers(
    worker: Worker, bundles: tuple[str, str], place: Path
) -> None:
    approve(worker.approved, bundles[0])
    worker.watch.look()
    assert worker.tried == worker.kept == [bundles[0]] and worker.serves == bundles[0]
    loaded = load_approved(worker.approved, worker.artefacts)
    assert swaps(place) == [
        {
            "fra": None,
            "til": loaded.digests,
            "modell": "liten-1",
            "godkjent_av": "Ola Godkjenner",
            "godkjent": "2026-11-22",
            "godkjenninger": digest_of(worker.approved.read_bytes()),
            "kode": "sha256:test",
        }
    ]
    assert worker.ready == "HEALTHY"
    assert worker.service.post(a_request()).json()["versjoner"]["modell"] == "liten-1"


def test_a_service_without_a_model_begins_when_one_is_approved(
    worker: Worker, bundles: tuple[str, str]
) -> None:
    worker.watch.look()
    assert worker.service.post(a_request()).status_code == 503
    assert worker.ready.startswith("UNHEALTHY: approved.toml cannot be read")
    approve(worker.approved, bundles[0])
    worker.watch.look()
    assert worker.service.post(a_request()).status_code == 201


def test_an_unchanged_approval_is_left_alone(worker: Worker, bundles: tuple[str, str], place: Path) -> None:
    approve(worker.approved, bundles[0])
    for _ in range(3):
        worker.watch.look()
        worker.approved.touch()  # another time, the same bytes
    assert worker.tried == [bundles[0]] and len(swaps(place)) == 1


def test_the_next_one_follows_the_one_before(worker: Worker, bundles: tuple[str, str], place: Path) -> None:
    for digest in bundles:
        approve(worker.approved, digest)
        worker.watch.look()
    first, second = swaps(place)
    assert second["fra"] == first["til"] and second["til"]["bundle"] == bundles[1] == worker.serves


def test_workers_that_see_one_change_journal_it_once(
    tmp_path: Path, bundles: tuple[str, str], place: Path
) -> None:
    with opened(place) as one, opened(place) as other:
        workers = [Worker(tmp_path, one), Worker(tmp_path, other)]
        for digest in bundles:
            approve(workers[0].approved, digest)
            with ThreadPoolExecutor(2) as threads:
                list(threads.map(lambda worker: worker.watch.look(), workers))
        started_again = Worker(tmp_path, one)
        started_again.watch.look()
    assert [swap["modell"] for swap in swaps(place)] == ["liten-1", "liten-2"]
    assert {worker.serves for worker in (*workers, started_again)} == {bundles[1]}


def test_a_file_put_back_as_it_was_is_a_swap_too(
    worker: Worker, bundles: tuple[str, str], place: Path
) -> None:
    approve(worker.approved, bundles[0])
    before = worker.approved.read_text("utf-8")
    worker.watch.look()
    approve(worker.approved, bundles[1])
    worker.watch.look()
    put(worker.approved, before)
    worker.watch.look()
    assert worker.serves == bundles[0]
    assert [swap["modell"] for swap in swaps(place)] == ["liten-1", "liten-2", "liten-1"]


def test_an_approval_that_changes_while_it_is_tried_is_looked_at_again(
    worker: Worker, bundles: tuple[str, str], place: Path
) -> None:
    approve(worker.approved, bundles[0])
    worker.while_trying = lambda: approve(worker.approved, bundles[1])
    worker.watch.look()
    assert (worker.serves, swaps(place)) == ("", [])
    worker.while_trying = lambda: None
    worker.watch.look()
    assert worker.serves == bundles[1] and len(swaps(place)) == 1


# A bad one


def damage(worker: Worker, digest: str) -> Path:
    path = folder_of(worker.artefacts, digest) / "calibration.json"
    path.write_bytes(path.read_bytes() + b" ")
    return path


def test_a_bad_bundle_leaves_the_old_one_serving_and_is_told_once(
    worker: Worker, bundles: tuple[str, str], place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    approve(worker.approved, bundles[0])
    worker.watch.look()
    damage(worker, bundles[1])
    approve(worker.approved, bundles[1])
    caplog.clear()
    with caplog.at_level(logging.INFO, "serving"):
        for _ in range(3):
            worker.watch.look()
    assert [record.getMessage() for record in caplog.records] == ["model_refused"]
    assert worker.tried == list(bundles) and worker.serves == bundles[0] and len(swaps(place)) == 1
    assert worker.ready.splitlines() == [
        "HEALTHY",
        "ny modell avvist: calibration.json of the bundle is damaged: its digest is not the manifest's",
    ]
    assert worker.service.post(a_request()).json()["versjoner"]["modell"] == "liten-1"


def test_a_bundle_that_is_mended_begins_to_answer(worker: Worker, bundles: tuple[str, str]) -> None:
    path = damage(worker, bundles[0])
    approve(worker.approved, bundles[0])
    worker.watch.look()
    assert worker.ready.startswith("UNHEALTHY: calibration.json of the bundle is damaged")
    path.write_bytes(path.read_bytes()[:-1])
    worker.watch.look()
    assert worker.ready == "HEALTHY" and worker.serves == bundles[0]


@pytest.mark.parametrize("text", ["", "[[godkjenning]]\nbundle = 1", "half a fi", "# nothing approved yet"])
def test_an_approvals_file_that_says_nothing_changes_nothing(
    worker: Worker, bundles: tuple[str, str], place: Path, text: str
) -> None:
    approve(worker.approved, bundles[0])
    good = worker.approved.read_text("utf-8")
    worker.watch.look()
    put(worker.approved, text)
    worker.watch.look()
    assert worker.serves == bundles[0] and "ny modell avvist: " in worker.ready
    put(worker.approved, good)
    worker.watch.look()
    assert worker.ready == "HEALTHY" and len(swaps(place)) == 1


# What must be recorded first


def test_a_model_the_journal_cannot_take_waits_and_is_not_tried_again(
    worker: Worker, bundles: tuple[str, str], place: Path
) -> None:
    approve(worker.approved, bundles[0])
    worker.watch.look()
    approve(worker.approved, bundles[1])
    with opened(place, timeout_seconds=0.1) as closed:
        other = Worker(worker.approved.parent, closed)
        closed.close()
        for _ in range(2):
            with pytest.raises(JournalUnavailableError):
                other.watch.look()
        assert other.tried == [bundles[1]] and other.serves == ""
        assert other.watch.notice() == "ny modell venter på arkiv og journal"
    worker.watch.look()
    assert worker.serves == bundles[1]


def test_a_model_the_archive_cannot_take_waits(worker: Worker, bundles: tuple[str, str], place: Path) -> None:
    approve(worker.approved, bundles[0])
    worker.fault = SetupError("the archive is full")
    with pytest.raises(SetupError, match="the archive is full"):
        worker.watch.look()
    assert (worker.serves, swaps(place)) == ("", [])
    worker.fault = None
    worker.watch.look()
    assert worker.serves == bundles[0] and worker.tried == [bundles[0]]


# One value per answer


class Flickering(Standing):
    """Holds another model at every look: the hastiest swapping there can be."""

    def __init__(self, models: Sequence[Approved]) -> None:
        super().__init__(models[0])
        self._turns = cycle(models)

    @property
    def approved(self) -> Approved | NotApproved:
        return next(self._turns)


def two_models(worker: Worker, bundles: tuple[str, str]) -> list[Approved]:
    models = []
    for digest in bundles:
        approve(worker.approved, digest)
        models.append(load_approved(worker.approved, worker.artefacts))
    return models


def looks_twice(parts: Parts) -> bytes:
    """The content of an answer by a service that looks at the holder more than once: what must be found."""
    forespoersel = forespoersel_of(a_request())
    registrering = registrering_of(forespoersel)
    first = parts.standing.approved
    assert isinstance(first, Approved)
    profilering = assess(registrering, first.basis, stanset=False)
    second = parts.standing.approved
    assert isinstance(second, Approved)
    facts = facts_of(forespoersel)
    case = Case(parts.sources.new_id(), NOW, forespoersel, registrering, profilering, facts)
    answers = answers_of(case, second, follows=False)
    return content_of(case, answers, second, caller=LOCAL, stanset=False, code_digest="", duration_ms=1.0)


def test_an_answer_stands_on_one_model_however_fast_they_change(
    worker: Worker, bundles: tuple[str, str], place: Path
) -> None:
    models = two_models(worker, bundles)
    marks = [mark_of(model) for model in models]
    parts = replace(worker.parts, standing=Flickering(models))
    for office in range(4):
        profile(body_of(a_request(enhet=f"{office:04}")), None, LOCAL, parts)
    contents = [json.loads(content) for (content,) in rows(place, "SELECT bytes FROM innhold")]
    assert [is_mixed(content, marks) for content in contents] == [False] * 4
    assert {content["digester"]["bundle"] for content in contents} == set(bundles)
    assert is_mixed(json.loads(looks_twice(parts)), marks)


def test_three_swaps_under_load_fail_no_request_and_mix_no_answer(
    worker: Worker, bundles: tuple[str, str], place: Path
) -> None:
    marks = [mark_of(model) for model in two_models(worker, bundles)]
    worker.watch.look()
    over = Event()
    requests = iter(range(10_000))

    def ask(_: int) -> list[Any]:
        answers = []
        while not over.is_set():
            answers.append(worker.service.post(a_request(enhet=f"{next(requests):04}")))
        return answers

    with ThreadPoolExecutor(3) as threads:
        asking = threads.map(ask, range(3))
        try:
            for swap in range(3):
                approve(worker.approved, bundles[swap % 2], why=f"bytte {swap}")
                worker.watch.look()
        finally:
            over.set()
        answers = [answer for several in asking for answer in several]
    assert {answer.status_code for answer in answers} == {201} and len(answers) >= 6
    assert len(swaps(place)) == 4
    _all_stand_on_one(answers, marks, place)


def _all_stand_on_one(answers: Sequence[Any], marks: Sequence[Mark], place: Path) -> None:
    query = "SELECT nummer, bytes FROM innfoersel JOIN innhold USING (nummer) WHERE slag = 'profilering'"
    contents = {number: json.loads(content) for number, content in rows(place, query)}
    versions = {mark.bundle: mark.version for mark in marks}
    for answer in answers:
        content = contents.pop(answer.json()["journal"]["nummer"])
        assert not is_mixed(content, marks)
        assert answer.json()["versjoner"]["modell"] == versions[content["digester"]["bundle"]]
    assert contents == {}


# The child process


def program(code: str) -> Sequence[str]:
    return (sys.executable, "-S", "-c", code)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os; os.abort()", "ended its process with SIGABRT"),
        ("import os; os.kill(os.getpid(), 11)", "ended its process with SIGSEGV"),
        ("import time; time.sleep(60)", "not loaded within 0.5 s"),
        ("import sys; sys.exit('first line\\nmodel.txt is damaged')", "^model.txt is damaged$"),
        ("import sys; sys.exit(3)", "was tried and not loaded"),
        ("", "was tried and not loaded"),
        ("print('sha256:other')", "was tried and not loaded"),
    ],
)
def test_whatever_a_bundle_does_to_the_child_it_is_refused_here(
    tmp_path: Path, code: str, reason: str
) -> None:
    with pytest.raises(SetupError, match=reason):
        try_in_child(tmp_path, "sha256:1", timeout_seconds=0.5, program=program(code))


def test_a_library_that_talks_first_is_no_hindrance(tmp_path: Path) -> None:
    try_in_child(tmp_path, "sha256:1", program=program("print('[Warning] …'); print('sha256:1')"))
