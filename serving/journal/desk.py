"""Threads that talk to the database for callers who wait only so long.

A database that hangs keeps its own threads waiting, never a caller: an answer comes in time, if
only to say that there is none. What waits together may be done together (group commit).
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

from serving.journal.entry import JournalUnavailableError

Job = TypeVar("Job")
Result = TypeVar("Result")

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
        self._waiting: SimpleQueue[tuple[Job, Future[Result]] | None] = SimpleQueue()
        self._threads = [Thread(target=self._serve, name=name, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def ask(self, job: Job, *, timeout_seconds: float) -> Result:
        """Have one job done. Raises what the work raises, and JournalUnavailableError when time is up.

        A job that was not begun by then is never done; one that was may still come about.
        """
        future = self._hand_in(job)
        try:
            return future.result(timeout_seconds)
        except TimeoutError:
            future.cancel()
        raise _no_answer(timeout_seconds)

    async def asked(self, job: Job, *, timeout_seconds: float) -> Result:
        """As `ask`, for an event loop, which goes on meanwhile."""
        future = self._hand_in(job)
        try:
            async with asyncio.timeout(timeout_seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            future.cancel()
        raise _no_answer(timeout_seconds)

    def _hand_in(self, job: Job) -> "Future[Result]":
        future: Future[Result] = Future()
        self._waiting.put((job, future))
        return future

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
            begun = [(job, future) for job, future in taken if future.set_running_or_notify_cancel()]
            if begun:
                self._do(begun)

    def _take(self) -> tuple[list[tuple[Job, Future[Result]]], bool]:
        """Wait for a job and take what waits behind it; true says that no more is to come."""
        taken: list[tuple[Job, Future[Result]]] = []
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

    def _do(self, begun: Sequence[tuple[Job, Future[Result]]]) -> None:
        try:
            results: Sequence[Result | Exception] = self._work([job for job, _ in begun])
        except Exception as error:  # whatever went wrong, every caller must hear of it
            results = [error] * len(begun)
        except BaseException as error:  # a library's panic would end this thread, and nobody be served again
            results = [RuntimeError(f"the work ended with {type(error).__name__}")] * len(begun)
        for (_, future), result in zip(begun, results, strict=True):
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)


def _no_answer(seconds: float) -> JournalUnavailableError:
    return JournalUnavailableError(f"the journal did not answer within {seconds} s; try again")
