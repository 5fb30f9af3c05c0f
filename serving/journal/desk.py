"""Threads that talk to the database for callers who wait only so long.

A database that hangs keeps its own threads waiting, never a caller: an answer comes in time, if
only to say that there is none. What waits together may be done together (group commit).
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, Protocol, TypeVar

from serving.journal.entry import JournalUnavailableError

Job = TypeVar("Job")
Result = TypeVar("Result")
Result_contra = TypeVar("Result_contra", contravariant=True)

CLOSING_SECONDS = 5
"""How long a shutdown waits for a database that hangs; the threads end with the process anyway."""


class Desk(Generic[Job, Result]):
    """Does jobs in threads of its own, in the order they came, up to `at_most` at a time.

    `work` gets jobs and gives one result or error for each; an error it raises is everybody's.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Job]], Sequence[Result | Exception]],
        *,
        name: str,
        threads: int,
        at_most: int,
    ) -> None:
        self._work = work
        self._at_most = at_most
        self._waiting: SimpleQueue[tuple[Job, _Waiter[Result]] | None] = SimpleQueue()
        self._threads = [Thread(target=self._serve, name=name, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def ask(self, job: Job, *, timeout_seconds: float) -> Result:
        """Have one job done. Raises what the work raises, and JournalUnavailableError when time is up.

        A job that was not begun by then is never done; one that was may still come about.
        """
        future: Future[Result] = Future()
        self._waiting.put((job, _ThreadWaiter(future)))
        try:
            return future.result(timeout_seconds)
        except TimeoutError:
            future.cancel()
        raise _no_answer(timeout_seconds)

    async def asked(self, job: Job, *, timeout_seconds: float) -> Result:
        """As `ask`, for an event loop, which goes on meanwhile."""
        loop = asyncio.get_running_loop()
        waiter: _LoopWaiter[Result] = _LoopWaiter(loop)
        clock = loop.call_later(timeout_seconds, waiter.hear, _no_answer(timeout_seconds))
        # Last: the thread that wakes up could do nothing while this one goes on.
        self._waiting.put((job, waiter))
        try:
            return await waiter.future
        finally:
            clock.cancel()

    def close(self) -> None:
        """Finish what waits, then end the threads."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(CLOSING_SECONDS)

    def _serve(self) -> None:
        last = False
        while not last:
            taken, last = self._take()
            begun = [(job, waiter) for job, waiter in taken if waiter.is_there()]
            if begun:
                self._do(begun)

    def _take(self) -> "tuple[list[tuple[Job, _Waiter[Result]]], bool]":
        """Wait for a job and take what waits behind it; true says that no more is to come."""
        taken: list[tuple[Job, _Waiter[Result]]] = []
        item = self._waiting.get()
        while item is not None:
            taken.append(item)
            if len(taken) == self._at_most:
                return taken, False
            try:
                item = self._waiting.get_nowait()
            except Empty:
                return taken, False
        return taken, True

    def _do(self, begun: "Sequence[tuple[Job, _Waiter[Result]]]") -> None:
        try:
            results: Sequence[Result | Exception] = self._work([job for job, _ in begun])
        except Exception as error:  # whatever went wrong, every caller must hear of it
            results = [error] * len(begun)
        except BaseException as error:  # a library's panic would end this thread, and nobody be served again
            results = [RuntimeError(f"the work ended with {type(error).__name__}")] * len(begun)
        for (_, waiter), result in zip(begun, results, strict=True):
            waiter.tell(result)


class _Waiter(Protocol[Result_contra]):
    """Whoever waits for a job, as the thread that does it knows them."""

    def is_there(self) -> bool:
        """Whether they still wait, now that the job is about to begin."""

    def tell(self, result: Result_contra | Exception) -> None:
        """Let them have what came of it."""


@dataclass(frozen=True, slots=True)
class _ThreadWaiter(Generic[Result]):
    """A thread that waits."""

    future: "Future[Result]"

    def is_there(self) -> bool:
        return self.future.set_running_or_notify_cancel()

    def tell(self, result: Result | Exception) -> None:
        _settle(self.future, result)


class _LoopWaiter(Generic[Result]):
    """A task of an event loop that waits."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.future: asyncio.Future[Result] = loop.create_future()
        self._loop = loop

    def is_there(self) -> bool:
        return not self.future.done()

    def tell(self, result: Result | Exception) -> None:
        with suppress(RuntimeError):  # the loop has ended, and the task with it
            self._loop.call_soon_threadsafe(self.hear, result)

    def hear(self, result: Result | Exception) -> None:
        """Go on with this, unless something else was heard before; for the loop's own thread."""
        if not self.future.done():
            _settle(self.future, result)


def _settle(future: "Future[Result] | asyncio.Future[Result]", result: Result | Exception) -> None:
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)


def _no_answer(seconds: float) -> JournalUnavailableError:
    return JournalUnavailableError(f"the journal did not answer within {seconds} s; try again")
