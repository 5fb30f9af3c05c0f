"""Callers get an answer in time, whatever the work does; what waits together is done together."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from serving.journal import JournalUnavailableError
from serving.journal.desk import Desk


class Slow:
    """Work that waits at a gate, and remembers in which groups it was given."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.groups: list[list[int]] = []

    def __call__(self, jobs: Sequence[int]) -> list[int | Exception]:
        self.gate.wait(10)
        self.groups.append(list(jobs))
        return [ValueError(f"job {job}") if job == 13 else job * 2 for job in jobs]


@pytest.fixture
def work() -> Iterator[Slow]:
    work = Slow()
    yield work
    work.gate.set()


def a_desk(work: Slow, *, at_most: int = 64) -> "closing[Desk[int, int]]":
    return closing(Desk(work, name="test", threads=1, at_most=at_most))


def test_a_job_gets_its_own_result_or_its_own_error(work: Slow) -> None:
    work.gate.set()
    with a_desk(work) as desk:
        assert desk.ask(1, timeout_seconds=5) == 2
        with pytest.raises(ValueError, match="job 13"):
            desk.ask(13, timeout_seconds=5)
        assert desk.ask(2, timeout_seconds=5) == 4


def test_what_waits_while_the_first_is_done_is_done_together(work: Slow) -> None:
    with a_desk(work, at_most=3) as desk, ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(desk.ask, 0, timeout_seconds=5)]
        time.sleep(0.1)
        answers += [threads.submit(desk.ask, job, timeout_seconds=5) for job in range(1, 6)]
        time.sleep(0.1)
        work.gate.set()
        assert [answer.result() for answer in answers] == [0, 2, 4, 6, 8, 10]
    assert [len(group) for group in work.groups] == [1, 3, 2]


def test_a_caller_leaves_in_time_and_what_was_not_begun_is_never_done(work: Slow) -> None:
    with a_desk(work) as desk, ThreadPoolExecutor(2) as threads:
        begun = threads.submit(desk.ask, 1, timeout_seconds=5)
        time.sleep(0.1)
        started = time.monotonic()
        with pytest.raises(JournalUnavailableError, match=r"within 0\.2 s"):
            desk.ask(2, timeout_seconds=0.2)
        assert time.monotonic() - started < 1
        work.gate.set()
        assert begun.result() == 2
        assert desk.ask(3, timeout_seconds=5) == 6
    assert work.groups == [[1], [3]]


def test_an_error_of_the_work_itself_reaches_everybody_and_the_desk_goes_on() -> None:
    def broken(jobs: Sequence[int]) -> list[int]:
        if 0 in jobs:
            raise OSError("gone")
        return list(jobs)

    with closing(Desk(broken, name="test", threads=1, at_most=4)) as desk:
        with pytest.raises(OSError, match="gone"):
            desk.ask(0, timeout_seconds=5)
        assert desk.ask(1, timeout_seconds=5) == 1


def test_closing_finishes_what_waits(work: Slow) -> None:
    with ThreadPoolExecutor(2) as threads:
        with a_desk(work) as desk:
            answers = [threads.submit(desk.ask, job, timeout_seconds=5) for job in (1, 2)]
            time.sleep(0.1)
            work.gate.set()
        assert [answer.result() for answer in answers] == [2, 4]


def test_an_event_loop_asks_too_and_leaves_in_time(work: Slow) -> None:
    async def leaves_the_second(desk: Desk[int, int]) -> int:
        begun = asyncio.create_task(desk.asked(1, timeout_seconds=5))
        await asyncio.sleep(0.1)
        with pytest.raises(JournalUnavailableError, match=r"within 0\.2 s"):
            await desk.asked(2, timeout_seconds=0.2)
        work.gate.set()
        return await begun

    with a_desk(work) as desk:
        assert asyncio.run(leaves_the_second(desk)) == 2
        assert desk.ask(3, timeout_seconds=5) == 6
    assert work.groups == [[1], [3]]


def test_what_comes_after_a_caller_has_left_disturbs_nobody(work: Slow) -> None:
    complaints: list[object] = []

    async def leaves_while_it_is_done(desk: Desk[int, int]) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
        with pytest.raises(JournalUnavailableError):
            await desk.asked(1, timeout_seconds=0.2)
        work.gate.set()
        assert await desk.asked(2, timeout_seconds=5) == 4  # so the first is done too

    with a_desk(work) as desk:
        asyncio.run(leaves_while_it_is_done(desk))
    assert work.groups == [[1], [2]]
    assert complaints == []


def test_a_loop_that_has_ended_stops_no_desk(work: Slow) -> None:
    async def is_cut_off(desk: Desk[int, int]) -> None:
        asyncio.create_task(desk.asked(1, timeout_seconds=5))  # noqa: RUF006  nobody is to wait for it
        await asyncio.sleep(0.1)

    with a_desk(work) as desk:
        asyncio.run(is_cut_off(desk))
        work.gate.set()
        assert desk.ask(2, timeout_seconds=5) == 4
    assert work.groups == [[1], [2]]


class Panic(BaseException):
    """As a library written in Rust raises it: no Exception."""


def test_a_panic_is_told_to_who_asked_and_the_next_job_is_done() -> None:
    def work(jobs: Sequence[int]) -> list[int | Exception]:
        if 13 in jobs:
            raise Panic("hemmelig")
        return list(jobs)

    with closing(Desk(work, name="test", threads=1, at_most=1)) as desk:
        with pytest.raises(RuntimeError, match="ended with Panic") as told:
            desk.ask(13, timeout_seconds=5)
        assert "hemmelig" not in str(told.value)
        assert desk.ask(2, timeout_seconds=5) == 2
