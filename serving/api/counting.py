"""Every registrering that is read gets one answer or one problem, and both sides are counted here.

A request that comes again is counted again, by the answer it gets: the equation is about what was
asked and what was said. How many entries were made is the journal's own number.
"""

from collections.abc import Callable

from serving.answering import Answer, problem_of
from serving.telemetry.metrics import Kanal, Metrics
from serving.wire.problems import OUR_FAULT, Problem


def counted_lines(
    answer: Callable[[], list[Answer | Problem]], number: int, metrics: Metrics
) -> Callable[[], list[Answer | Problem]]:
    """Give the work of a group of `number` lines, for a thread, each of them counted."""

    def work() -> list[Answer | Problem]:
        metrics.registered(Kanal.PARTI, number)
        try:
            results = answer()
        except BaseException as error:
            metrics.failed(Kanal.PARTI, code_of(error), number)
            raise
        for result in results:
            if isinstance(result, Answer):
                metrics.answered(Kanal.PARTI, result.body)
            else:
                metrics.failed(Kanal.PARTI, result.code)
        return results

    return metrics.queued(work)


def code_of(error: BaseException) -> str:
    """The code of the problem that an error becomes."""
    problem = problem_of(error) if isinstance(error, Exception) else None
    return (problem or OUR_FAULT).code
