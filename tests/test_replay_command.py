"""`python -m serving replay`: what an auditor runs over one profilering, or over all of them."""

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import typer

from profilering.errors import CallerError, SetupError
from serving.commands.replay import replay
from serving.journal import EntryKind, ErasedEntry, JournalUnavailableError
from serving.journal.erasing import Moment, Why, erase
from serving.journal.places import open_store
from serving.replaying.run import Means, Status, Summary, Verdict, verdicts
from serving.replaying.selection import journal_to_read, one_profilering, profileringer
from tests.journals import CREATED, an_entry, appended, opened
from tests.replays import Answered, altered, answer_some, write_over


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    """Read only: a test that damages something takes a copy."""
    return answer_some(tmp_path_factory.mktemp("answered"))


@pytest.fixture
def copied(answered: Answered, tmp_path: Path) -> Answered:
    """The same journal, to be damaged."""
    return replace(answered, journal=Path(shutil.copy(answered.journal, tmp_path)))


@dataclass(frozen=True, slots=True)
class Ended:
    """How the command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process."""

    def ended(answered: Answered, **flags: Any) -> Ended:
        code = 0
        try:
            replay(journal=str(answered.journal), arkiv=str(answered.arkiv), processes=1, **flags)
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        except typer.Exit as stopped:
            code = stopped.exit_code
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return ended


def nudge_estimate(content: dict[str, Any]) -> None:
    estimate = content["anslag"][0]
    estimate["sannsynlighet"] = math.nextafter(estimate["sannsynlighet"], 1)


# The command


def test_a_journal_that_comes_out_the_same_is_told_in_numbers(answered: Answered, run: Run) -> None:
    ended, count = run(answered, every=True), len(answered.entries)
    assert ended.code == 0
    assert ended.out.splitlines() == [
        f"{count} replayed: {count} equal, 0 different; 0 erased, 0 not replayable",
        f"models: {answered.approved.model_version}: {count}; made by other code than today's: 0",
    ]
    assert ended.err == f"{count} done\n"


def test_one_is_made_again_by_its_id(answered: Answered, run: Run) -> None:
    ended = run(answered, case_id=answered.entry.case_id)
    assert ended.code == 0
    assert ended.out.startswith("1 replayed: 1 equal")


def test_a_changed_digit_is_told_by_number_and_pointer_and_never_by_value(copied: Answered, run: Run) -> None:
    entry = copied.entry
    changed = altered(entry, nudge_estimate)
    write_over(copied.journal, {entry.receipt.number: changed.content})
    ended = run(copied, every=True)
    assert ended.code == 1
    assert f"entry {entry.receipt.number} is different: /anslag/0/sannsynlighet" in ended.out.splitlines()
    for content in (entry.content, changed.content):
        assert repr(json.loads(content)["anslag"][0]["sannsynlighet"]) not in ended.out + ended.err


def test_what_cannot_be_made_again_is_told_and_fails_the_command(copied: Answered, run: Run) -> None:
    write_over(copied.journal, {2: b"{}"})
    ended = run(copied, every=True)
    assert ended.code == 1
    assert "0 different; 0 erased, 1 not replayable" in ended.out
    assert "entry 2 is not replayable: the content is not that of a profilering" in ended.out


def test_an_archive_without_the_bundle_fails_every_entry_and_says_what_is_missing(
    answered: Answered, tmp_path: Path, run: Run
) -> None:
    ended = run(replace(answered, arkiv=tmp_path / "nowhere"), every=True)
    assert ended.code == 1
    assert ended.out.startswith("0 replayed")
    assert "the archive has no policies/" in ended.out


def test_erased_ones_are_counted_and_only_the_one_that_was_asked_for_fails(
    copied: Answered, run: Run
) -> None:
    entry = copied.entries[0]
    store = open_store(str(copied.journal), timeout_seconds=10)
    erase(
        store, [entry.receipt.number], Why("prøve", "ingen", "Z990001"), Moment(CREATED, uuid4(), bytes(32))
    )
    store.engine.dispose()
    ended = run(copied, every=True)
    assert (ended.code, "1 erased" in ended.out) == (0, True)
    ended = run(copied, case_id=entry.case_id)
    assert (ended.code, "1 erased" in ended.out) == (1, True)


@pytest.mark.parametrize(
    ("flags", "code", "told"),
    [
        ({"case_id": UUID(int=1)}, 1, "no profilering with this id"),
        ({"since": "i går"}, 1, "no day like"),
        ({"since": "2026-05-12T08:14"}, 1, "no time zone"),
        ({"since": "2999-01-01"}, 0, ""),
    ],
)
def test_what_cannot_be_meant_is_said(
    answered: Answered, run: Run, flags: dict[str, Any], code: int, told: str
) -> None:
    ended = run(answered, **flags)
    assert ended.code == code
    assert told in ended.err


@pytest.mark.parametrize(
    "flags", [{}, {"every": True, "since": "2026-05-12"}, {"every": True, "case_id": uuid4()}]
)
def test_exactly_one_choice_is_wanted(answered: Answered, run: Run, flags: dict[str, Any]) -> None:
    with pytest.raises(typer.BadParameter, match="exactly one"):
        run(answered, **flags)


def test_a_journal_that_is_not_there_is_not_made(answered: Answered, tmp_path: Path, run: Run) -> None:
    missing = replace(answered, journal=tmp_path / "journal.db")
    assert run(missing, every=True).code == 2
    assert not missing.journal.exists()


# Many


def test_a_whole_journal_is_told_by_number_and_pointer(answered: Answered) -> None:
    entries = answered.entries
    entries[3] = altered(entries[3], nudge_estimate)
    entries[7] = replace(entries[7], content=b"")
    summary = Summary("sha256:another")
    for batch in verdicts(entries, Means(answered.arkiv, threads=1, processes=1, batch=5)):
        assert len(batch) <= 5
        for verdict in batch:
            summary.add(verdict)
    assert not summary.all_equal
    assert summary.replayed == len(entries) - 1
    assert summary.models == {answered.approved.model_version: len(entries) - 1}
    assert summary.under_other_code == len(entries) - 1
    different, unreadable = summary.named
    assert (different.number, different.pekere) == (entries[3].receipt.number, ("/anslag/0/sannsynlighet",))
    assert (unreadable.number, unreadable.status) == (entries[7].receipt.number, Status.KAN_IKKE)


def test_fresh_processes_with_more_threads_say_what_one_says_in_the_same_order(answered: Answered) -> None:
    entries = answered.entries
    entries[3] = altered(entries[3], nudge_estimate)
    one, two = (
        [
            verdict
            for batch in verdicts(entries, Means(answered.arkiv, threads=n, processes=n, batch=8))
            for verdict in batch
        ]
        for n in (1, 2)
    )
    assert one == two
    assert [verdict.number for verdict in one] == [entry.receipt.number for entry in entries]


def test_only_the_first_few_are_named() -> None:
    summary = Summary("sha256:test")
    for number in range(1, 30):
        summary.add(Verdict(number, Status.ULIKT))
    assert [verdict.number for verdict in summary.named] == list(range(1, 11))


# Which ones


def test_those_since_an_instant_are_chosen_whatever_their_order(place: str) -> None:
    hours = (0, 2, 1, 3)
    with opened(place) as journal:
        for number, hour in enumerate(hours):
            profilering = replace(an_entry(UUID(int=number)), created=CREATED + timedelta(hours=hour))
            appended(journal, profilering)
            appended(journal, replace(profilering, kind=EntryKind.VURDERING))
    with journal_to_read(place) as store:
        since = CREATED + timedelta(hours=2)
        assert [entry.case_id.int for entry in profileringer(store, since=since)] == [1, 3]
        assert [entry.case_id.int for entry in profileringer(store)] == [0, 1, 2, 3]
        assert list(profileringer(store, since=datetime(2999, 1, 1, tzinfo=UTC))) == []
        assert one_profilering(store, UUID(int=2)).receipt.number == 5
        with pytest.raises(CallerError):
            one_profilering(store, UUID(int=9))


def test_an_erased_one_is_found_as_erased(place: str) -> None:
    with opened(place) as journal:
        appended(journal, an_entry())
    with journal_to_read(place) as store:
        erase(store, [1], Why("prøve", "ingen", "Z990001"), Moment(CREATED, uuid4(), bytes(32)))
        assert isinstance(one_profilering(store, an_entry().case_id), ErasedEntry)
        assert [type(entry) for entry in profileringer(store)] == [ErasedEntry]


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("ikke en journal", "utf-8")
    with pytest.raises((SetupError, JournalUnavailableError)), journal_to_read(str(tmp_path / "text")):
        pass
