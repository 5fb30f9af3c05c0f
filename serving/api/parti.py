"""Many requests as one stream of lines (NDJSON): each line an answer or a problem, in the same order.

Nothing is held but a group of lines, the piece of the stream it was cut from, and its answers: the
next piece is asked for once these are written.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from logging import ERROR

from serving.answering import Answer, problem_of, profiled
from serving.api.routes import MAX_BODY
from serving.identity.caller import Caller
from serving.journal import JournalUnavailableError
from serving.parts import Parts
from serving.telemetry.log import failure_fields, log_event
from serving.understanding import Sent, Understood, understand
from serving.wire.problems import JOURNAL_DOWN, OUR_FAULT, TOO_LARGE, Problem, response_of

GROUP = 64
"""Lines answered together: enough that they share a commit, few enough that the first of them has its
answer within a second and what is held stays under 10 MiB."""

LINE_NOT_JOURNALED = replace(
    JOURNAL_DOWN, detail="Svaret kunne ikke journalføres. Da vises det ikke. Send linjen på nytt om litt."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a stream, numbered from 1; `body` is None where it was longer than a line may be."""

    number: int
    body: bytes | None


Result = Answer | Problem
"""What a line gets."""


class LineCutter:
    """Cuts pieces of a stream into lines. Of a line that is too long it keeps no more than the count."""

    def __init__(self, longest: int = MAX_BODY) -> None:
        self._longest = longest
        self._begun = bytearray()
        self._too_long = False
        self._number = 0
        self._blank: Line | None = None  # held back: the last line of a stream may be blank

    def lines(self, piece: bytes) -> Iterator[Line]:
        """Lines that end in this piece; exhaust it before the next one."""
        start = 0
        while (end := piece.find(b"\n", start)) >= 0:
            self._keep(piece, start, end)
            yield from self._ended()
            start = end + 1
        self._keep(piece, start, len(piece))

    def rest(self) -> Iterator[Line]:
        """The last line of the stream, where no line end came after it."""
        if self._begun or self._too_long:
            yield from self._ended()

    def _keep(self, piece: bytes, start: int, end: int) -> None:
        self._too_long = self._too_long or len(self._begun) + end - start > self._longest
        if self._too_long:
            self._begun.clear()
        else:
            self._begun += piece[start:end]

    def _ended(self) -> Iterator[Line]:
        self._number += 1
        line = Line(self._number, None if self._too_long else bytes(self._begun))
        self._begun.clear()
        self._too_long = False
        if self._blank is not None:
            yield self._blank
        self._blank = line if line.body is not None and not line.body.strip() else None
        if self._blank is None:
            yield line


async def answer_stream(
    pieces: AsyncIterator[bytes], answer: Callable[[Sequence[Line]], Awaitable[bytes]]
) -> AsyncGenerator[bytes, None]:
    """Answer a stream group by group; what has come is answered before more is waited for."""
    cutter = LineCutter()
    async for piece in pieces:
        for group in _groups(cutter.lines(piece)):
            yield await answer(group)
    for group in _groups(cutter.rest()):
        yield await answer(group)


def _groups(lines: Iterator[Line]) -> Iterator[Sequence[Line]]:
    return iter(lambda: tuple(islice(lines, GROUP)), ())


def answer_lines(lines: Sequence[Line], caller: Caller, parts: Parts) -> list[Result]:
    """Answer the lines of one group together. What is wrong with one of them is its own affair."""
    started = parts.sources.timer()
    read = [_read(line) for line in lines]
    asked = [one for one in read if isinstance(one, Understood)]
    answers = iter(_answered(asked, caller, parts, started=started))
    return [next(answers) if isinstance(one, Understood) else one for one in read]


def written(line: Line, result: Result) -> bytes:
    """One line of the answer; `svar` and `problem` are to the byte what a single request gets."""
    if isinstance(result, Answer):
        return b'{"linje":%d,"status":201,"svar":%b}\n' % (line.number, result.body)
    body = bytes(response_of(result).body)
    return b'{"linje":%d,"status":%d,"problem":%b}\n' % (line.number, result.status, body)


def _read(line: Line) -> Understood | Problem:
    if line.body is None:
        return TOO_LARGE
    try:
        return understand(line.body)
    except Exception as error:  # one line's fault must not be the others'
        return problem_of(error) or logged_fault(error)


def _answered(asked: Sequence[Understood], caller: Caller, parts: Parts, *, started: float) -> list[Result]:
    try:
        sent = [Sent(one, caller) for one in asked]
        results = profiled(sent, parts, parts.journal.append_each, parts.traces.step, started=started)
    except JournalUnavailableError:
        return [LINE_NOT_JOURNALED] * len(asked)
    except Exception as error:  # one line's fault must not be the others'
        if len(asked) == 1:
            return [problem_of(error) or logged_fault(error)]
        return [result for one in asked for result in _answered([one], caller, parts, started=started)]
    return [_told(one) for one in results]


def _told(result: Answer | Exception) -> Result:
    if isinstance(result, Answer):
        return result
    if isinstance(result, JournalUnavailableError):
        return LINE_NOT_JOURNALED
    return problem_of(result) or logged_fault(result)


def logged_fault(error: Exception) -> Problem:
    """The problem of a fault of ours, once the log has its type and places."""
    log_event("line_failed", level=ERROR, **failure_fields(error))
    return OUR_FAULT
