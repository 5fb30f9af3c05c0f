"""Requests as they come, some at a time: read, answered together, and told apart again."""

from collections.abc import Sequence
from dataclasses import dataclass

from serving.answering import Answer, Step, profiled, stored
from serving.identity.caller import Caller
from serving.journal import IdempotencyKey, Journal, JournalUnavailableError
from serving.parts import Parts
from serving.understanding import Sent, understand


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came: its body, who sends it, and under which key of their own."""

    body: bytes
    caller: Caller
    key: str | None = None


def answer_each(asked: Sequence[Asked], parts: Parts, step: Step) -> Sequence[Answer | Exception]:
    """Answer n requests in one go and one transaction, each as if it were alone.

    A request that came before under its caller's key gets the stored answer. What is wrong with one
    (`problem_of`) stands in its place, and nothing of an estimate leaves by way of it. For a thread that
    others wait for only so long: the journal may keep it (`Journal.append_here`).
    """
    started = parts.sources.timer()
    read = [_read(one, parts.journal) for one in asked]
    sent = [one for one in read if isinstance(one, Sent)]
    answers = iter(_each_answered(sent, parts, step, started=started))
    return [next(answers) if isinstance(one, Sent) else one for one in read]


def _read(one: Asked, journal: Journal) -> Sent | Answer | Exception:
    keys = () if one.key is None else (_key_of(one, one.key),)
    try:
        before = journal.find_here(keys) if keys else None
        return Sent(understand(one.body), one.caller, keys) if before is None else stored(before, journal)
    except Exception as error:  # one request's fault must not be the others'
        return error


def _key_of(one: Asked, key: str) -> IdempotencyKey:
    return IdempotencyKey.of(caller=one.caller.system, key=key, request=one.body)


def _each_answered(
    sent: Sequence[Sent], parts: Parts, step: Step, *, started: float
) -> Sequence[Answer | Exception]:
    try:
        return profiled(sent, parts, parts.journal.append_here, step, started=started)
    except Exception as error:  # one request's fault must not be the others'
        if len(sent) == 1 or isinstance(error, JournalUnavailableError):  # the journal is everybody's
            return [error] * len(sent)
        return [_each_answered([one], parts, step, started=started)[0] for one in sent]
