"""Asks the service: one method for each thing to ask, and patience only where asking twice is as once."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Self, TypeAlias
from uuid import UUID, uuid4

import httpx

from serving.client.answers import (
    EtterproevingSvar,
    InnsigelseSvar,
    ProfileringSvar,
    StansSvar,
    VurderingerSvar,
    VurderingSvar,
)
from serving.client.failures import ProfileringProblem, UnreachableError, read_answer
from serving.client.texts import BegrunnelseSvar, EndringSvar, InnsynSvar
from serving.wire.innsigelse_schemas import InnsigelseForespoersel
from serving.wire.scalars import Wire
from serving.wire.schemas import ProfileringForespoersel
from serving.wire.vurdering_schemas import VurderingForespoersel

Spraak: TypeAlias = Literal["nb", "nn", "en"]
PROFILERINGER = "/api/v1/profileringer"
STANS = "/api/v1/drift/stans"
TRY_AGAIN = frozenset({429, 503})
"""The service did nothing, or it is not known whether it did; the others stay the same when asked again."""
TIMEOUT_SECONDS = 10.0
"""For each step of one attempt: the service itself gives its journal up after two."""
JSON: Mapping[str, str] = MappingProxyType({"Content-Type": "application/json"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to ask, and how long to wait in between.

    Waits double from the first. A service that asks for a longer wait (`Retry-After`) gets it, up to
    `longest_wait_seconds`; what is beyond is the caller's to decide.
    """

    attempts: int = 4
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 10.0

    def waits(self) -> Iterator[float]:
        """Seconds before the second attempt, the third and so on."""
        return (self.first_wait_seconds * 2**n for n in range(self.attempts - 1))


PATIENT = Patience()
"""Waits of some four seconds in all, 30 where the service asks for it: what a veileder can sit through."""


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    path: str
    call_id: str | None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    repeatable: bool = False  # asked twice, it is as if asked once


def _once(path: str, body: Wire, key: str | None, call_id: str | None) -> _Question:
    """Something to be said once, however often it has to be asked."""
    headers = {**JSON, "Idempotency-Key": key or str(uuid4())}
    content = body.model_dump_json(by_alias=True).encode()
    return _Question("POST", path, call_id, headers, content, repeatable=True)


def _in_words(id: UUID, what: str, spraak: Spraak, call_id: str | None) -> _Question:
    headers = {"Accept": "application/json", "Accept-Language": spraak}
    return _Question("GET", f"{PROFILERINGER}/{id}/{what}", call_id, headers, repeatable=True)


class ProfileringClient:
    """Asks one service; close it, or use it in a `with`. Threads may share it.

    `token` is called before each attempt and gives a valid access token for the service; None for a
    service on this machine that wants none. Redirects are not followed and the environment's proxies
    not used: both would show a registrering to somebody else. Whoever needs a proxy or other roots of
    trust hands in a `transport`. `call_id` goes along as `Nav-Call-Id`.

    Every method raises ProfileringProblem where the service refuses, UnreachableError where no answer
    comes, and UnreadableAnswerError where it cannot be read.
    """

    def __init__(
        self,
        base_url: str,
        token: Callable[[], str] | None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        patience: Patience = PATIENT,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._token = token
        self._patience = patience
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=base_url,
            timeout=timeout_seconds,
            transport=transport,
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def profiler(
        self,
        forespoersel: ProfileringForespoersel,
        *,
        idempotency_key: str | None = None,
        call_id: str | None = None,
    ) -> ProfileringSvar:
        """Profile one registrering; exactly one profilering is made, however often it had to be asked.

        Give a key of your own where you mean to go on after an error; else one is made.
        """
        question = _once(PROFILERINGER, forespoersel, idempotency_key, call_id)
        return read_answer(self._ask(question), ProfileringSvar)

    def hent(self, id: UUID, *, call_id: str | None = None) -> ProfileringSvar:
        """Read a stored profilering; it never changes, but may have been erased (410)."""
        question = _Question("GET", f"{PROFILERINGER}/{id}", call_id, repeatable=True)
        return read_answer(self._ask(question), ProfileringSvar)

    def begrunnelse(self, id: UUID, *, spraak: Spraak = "nb", call_id: str | None = None) -> BegrunnelseSvar:
        """Read the explanation; `spraak` of this and all texts is what was given: bokmål where it must be."""
        return read_answer(self._ask(_in_words(id, "begrunnelse", spraak, call_id)), BegrunnelseSvar)

    def innsyn(self, id: UUID, *, spraak: Spraak = "nb", call_id: str | None = None) -> InnsynSvar:
        """Read what the person can be told; needs the veileder's own token."""
        return read_answer(self._ask(_in_words(id, "innsyn", spraak, call_id)), InnsynSvar)

    def endring(self, id: UUID, *, spraak: Spraak = "nb", call_id: str | None = None) -> EndringSvar:
        """Read what changed from the profilering that this one replaces."""
        return read_answer(self._ask(_in_words(id, "endring", spraak, call_id)), EndringSvar)

    def etterproev(self, id: UUID, *, call_id: str | None = None) -> EtterproevingSvar:
        """Have a profilering made again. Each try is journaled, so it is asked once only."""
        question = _Question("POST", f"{PROFILERINGER}/{id}/etterproeving", call_id)
        return read_answer(self._ask(question), EtterproevingSvar)

    def vurder(
        self,
        id: UUID,
        vurdering: VurderingForespoersel,
        *,
        idempotency_key: str | None = None,
        call_id: str | None = None,
    ) -> VurderingSvar:
        """Write down what a veileder concludes of a profilering, once; needs the veileder's own token."""
        question = _once(f"{PROFILERINGER}/{id}/vurdering", vurdering, idempotency_key, call_id)
        return read_answer(self._ask(question), VurderingSvar)

    def vurderinger(self, id: UUID, *, call_id: str | None = None) -> VurderingerSvar:
        """Read what has been concluded of a profilering, in order; the last one stands."""
        question = _Question("GET", f"{PROFILERINGER}/{id}/vurdering", call_id, repeatable=True)
        return read_answer(self._ask(question), VurderingerSvar)

    def innsigelse(
        self,
        id: UUID,
        innsigelse: InnsigelseForespoersel,
        *,
        idempotency_key: str | None = None,
        call_id: str | None = None,
    ) -> InnsigelseSvar:
        """Write down an objection, once. Mended facts come as a new profilering with `erstatter`."""
        question = _once(f"{PROFILERINGER}/{id}/innsigelse", innsigelse, idempotency_key, call_id)
        return read_answer(self._ask(question), InnsigelseSvar)

    def stans(self, *, call_id: str | None = None) -> StansSvar:
        """Tell whether the service is stopped, since when and why."""
        return read_answer(self._ask(_Question("GET", STANS, call_id, repeatable=True)), StansSvar)

    def sett_stans(self, *, stanset: bool, grunn: str, call_id: str | None = None) -> StansSvar:
        """Stop every forslag, or let the service go on.

        Asked once only: a second asking could undo what somebody else set meanwhile.
        """
        body = json.dumps({"stanset": stanset, "grunn": grunn}).encode()
        return read_answer(self._ask(_Question("PUT", STANS, call_id, JSON, body)), StansSvar)

    def _ask(self, question: _Question) -> httpx.Response:
        waits = self._patience.waits() if question.repeatable else iter(())
        while not isinstance(outcome := self._attempt(question), httpx.Response):
            seconds = self._wait(outcome, next(waits, None))
            if seconds is None:
                raise outcome
            self._sleep(seconds)
        return outcome

    def _wait(self, failure: ProfileringProblem | UnreachableError, planned: float | None) -> float | None:
        """Seconds until it is worth asking again; None where it is not."""
        if planned is None or isinstance(failure, UnreachableError):
            return planned
        if failure.status not in TRY_AGAIN:
            return None
        seconds = max(planned, failure.retry_after_seconds or 0)
        return seconds if seconds <= self._patience.longest_wait_seconds else None

    def _attempt(self, question: _Question) -> httpx.Response | ProfileringProblem | UnreachableError:
        headers = dict(question.headers)
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token()}"
        if question.call_id is not None:
            headers["Nav-Call-Id"] = question.call_id
        if not all(value.isascii() for value in headers.values()):
            # Said here, without the words: the library's own error would carry them along.
            raise UnreachableError("the token, the key or the call id has a letter no header can hold")
        try:
            response = self._http.request(
                question.method, question.path, content=question.content, headers=headers
            )
        except httpx.RequestError as error:
            why = type(error).__name__  # its message and its request may hold what was sent
        else:
            return response if response.is_success else ProfileringProblem(response)
        return UnreachableError(f"no answer from the service: {why}")
