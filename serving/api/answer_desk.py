"""One thread that answers: whoever comes while it works is answered together next, in one transaction.

So an answer alone waits for nobody, and of many each pays a small part of a commit. The event loop
hands requests in and goes on.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass

from serving.answering import Answer
from serving.api.counting import code_of
from serving.asking import Asked, answer_each
from serving.journal.desk import Desk
from serving.parts import Parts
from serving.telemetry.metrics import Kanal
from serving.telemetry.tracing import OFF

TOGETHER = 16
"""Requests answered together: the commit weighs little by then, and of many that come at once the first
have their answers while the last still wait, all within the journal's own patience."""


@dataclass(frozen=True, slots=True)
class _Job:
    asked: Asked
    begin: Callable[[], None]  # measures how long it waited
    context: Context  # of its request: its steps are told of there


class AnswerDesk:
    """Answers the requests of one worker, each of them counted."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._desk: Desk[_Job, Answer] = Desk(self._answer, name="answers", threads=1, at_most=TOGETHER)

    async def answer(self, asked: Asked) -> Answer:
        """Answer one request, or say in time that there is no answer. Raises what `answer_each` gives."""
        metrics = self._parts.metrics
        metrics.registered(Kanal.ENKELT)
        try:
            job = _Job(asked, metrics.queued(_nothing), copy_context())
            answer = await self._desk.asked(job, timeout_seconds=self._parts.journal.timeout_seconds)
        except BaseException as error:
            metrics.failed(Kanal.ENKELT, code_of(error))
            raise
        metrics.answered(Kanal.ENKELT, answer.body)
        return answer

    def close(self) -> None:
        """Answer what waits and end the thread, which ends with the process anyway."""
        self._desk.close()

    def _answer(self, jobs: Sequence[_Job]) -> Sequence[Answer | Exception]:
        for job in jobs:
            job.begin()
        traces = self._parts.traces

        @contextmanager
        def step_of_each(name: str) -> Iterator[None]:
            with ExitStack() as steps:
                for job in jobs:
                    step = traces.step(name)
                    job.context.run(step.__enter__)
                    steps.callback(job.context.run, step.__exit__, None, None, None)
                yield

        step = traces.step if traces is OFF else step_of_each
        return answer_each([job.asked for job in jobs], self._parts, step)


def _nothing() -> None:
    """What a job does when it begins: to measure is all."""
