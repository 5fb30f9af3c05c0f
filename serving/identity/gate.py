"""The gate: nobody passes but by a rule, and every request that passes knows who asks."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from math import ceil

from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.identity.caller import LOCAL, Caller
from serving.identity.keys import KeysUnavailableError
from serving.identity.rate import Rate
from serving.identity.roles import LEVEL, Found, Rolle, RouteTable
from serving.identity.tilgang import Tilgang
from serving.identity.token import Bearer, TokenChecker, TokenRefusedError
from serving.wire.problems import (
    FORBIDDEN,
    KEYS_UNAVAILABLE,
    NO_TOKEN,
    NOT_FOUND,
    Problem,
    RefusedError,
    response_of,
    too_many,
    wrong_method,
)

Admission = Callable[[Sequence[bytes], frozenset[Rolle]], Awaitable[Caller]]
"""Tells who asks, by the raw values of the header Authorization, or raises RefusedError where they have
none of the roles."""


async def let_in_locally(_authorization: Sequence[bytes], _roles: frozenset[Rolle]) -> Caller:
    """Everybody on this machine, for everything; a service that does so listens on loopback alone."""
    return LOCAL


@dataclass(frozen=True, slots=True)
class TokenAdmission:
    """Asks for a token, and lets in whom the file of access lets in."""

    checker: TokenChecker
    tilgang: Tilgang
    rate: Rate

    async def __call__(self, authorization: Sequence[bytes], roles: frozenset[Rolle]) -> Caller:
        """Tell who asks. Raises RefusedError: 401 without a valid token, 403 without the role, 429, 503."""
        admitted = self.tilgang.caller(await self._bearer(authorization))
        if admitted is None:
            raise RefusedError(FORBIDDEN, "UKJENT_KLIENT")
        caller, held = admitted
        if not held & roles:
            raise RefusedError(FORBIDDEN, "MANGLER_ROLLE")
        seconds = self.rate.wait(caller.system)
        if seconds:
            raise RefusedError(too_many(ceil(seconds)), "FOR_MANGE_KALL")
        return caller

    async def _bearer(self, authorization: Sequence[bytes]) -> Bearer:
        problem, why = NO_TOKEN, ""
        try:
            return await self.checker.check(authorization)
        except TokenRefusedError as error:
            why = error.fault.value
        except KeysUnavailableError:
            problem, why = KEYS_UNAVAILABLE, "NOEKLER_MANGLER"
        raise RefusedError(problem, why)


class Gate:
    """Answers for every request that no rule lets through; the rest know their `caller`."""

    def __init__(self, app: ASGIApp, admission: Admission, table: RouteTable) -> None:
        self.app = app
        self._admission = admission
        self._table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here. What is no HTTP (lifespan apart) gets nothing."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            problem = await self._problem(scope)
            answer = self.app if problem is None else response_of(problem)
            await answer(scope, receive, send)

    async def _problem(self, scope: Scope) -> Problem | None:
        # No address of ours has anything to escape: one written in another way is another address.
        path = "" if b"%" in scope.get("raw_path", b"") else scope["path"]
        # The route reads its query in the same way, so what is asked for here is what is answered there.
        query = scope.get("query_string", b"")
        levels = QueryParams(query).getlist(LEVEL) if query else ()
        found = self._table.find(scope["method"], path, levels)
        if not isinstance(found, Found):
            return wrong_method(found) if found else NOT_FOUND
        state = scope.setdefault("state", {})
        state["route"] = found.path
        if found.roles is None:
            return None
        authorization = [value for name, value in scope["headers"] if name == b"authorization"]
        try:
            state["caller"] = await self._admission(authorization, found.roles)
        except RefusedError as error:
            state["refused_for"] = error.why
            return error.problem
        return None
