"""What the client raises: what went wrong and what to do, and never a word of what was sent.

The libraries' own errors hold the request, body and token; none of them hangs on these.
"""

import re
from typing import TypeVar

import httpx
from pydantic import ValidationError

from profilering.errors import ProfileringError
from serving.client.answers import Answer

MEDIA_TYPE = "application/problem+json"
URN = "urn:profilering:feil:"
UNKNOWN = "ukjent"
"""Code of a refusal that somebody else wrote, a proxy perhaps."""

Read = TypeVar("Read", bound=Answer)


class Feltfeil(Answer):
    """One field to mend: where it is (RFC 6901) and what is wrong with it, in Norwegian."""

    peker: str
    feil: str


class _Problem(Answer):
    """A refusal on the wire (RFC 9457)."""

    type: str
    detail: str
    felter: tuple[Feltfeil, ...]


class ProfileringProblem(ProfileringError):  # noqa: N818 - RFC 9457's own word for it
    """The service refused. `code` is what to act on; the contract lists the codes of each route."""

    def __init__(self, response: httpx.Response) -> None:
        problem = _problem_in(response)
        self.status = response.status_code
        self.code = problem.type.removeprefix(URN) if problem else UNKNOWN
        self.detail = problem.detail if problem else ""
        self.felter = problem.felter if problem else ()
        seconds = response.headers.get("retry-after", "")
        self.retry_after_seconds = int(seconds) if re.fullmatch("[0-9]{1,9}", seconds) else None
        fields = "".join(f" {fault.peker}: {fault.feil}" for fault in self.felter)
        super().__init__(f"{self.status} {self.code}. {self.detail}{fields}".strip())


class UnreachableError(ProfileringError):
    """No answer came. What was asked may have been done: ask again with the same Idempotency-Key."""


class UnreadableAnswerError(ProfileringError):
    """An answer came that this client cannot read: it is older than the contract, or a proxy answered."""


def _problem_in(response: httpx.Response) -> _Problem | None:
    if response.headers.get("content-type", "").partition(";")[0] != MEDIA_TYPE:
        return None
    try:
        problem = _Problem.model_validate_json(response.content)
    except ValidationError:
        return None
    return problem if problem.type.startswith(URN) else None


def read_answer(response: httpx.Response, kind: type[Read]) -> Read:
    """The answer in its type. Raises UnreadableAnswerError, with the places and no value."""
    try:
        return kind.model_validate_json(response.content)
    except ValidationError as error:
        places = sorted({".".join(map(str, fault["loc"])) for fault in error.errors(include_input=False)})
    raise UnreadableAnswerError(f"a {kind.__name__} cannot be read at: {', '.join(places) or 'all of it'}")
