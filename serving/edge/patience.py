"""What one request may cost the others: how many at once, and how long each may hold its place."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.wire.problems import OVERLOADED, response_of

AT_ONCE = 64
"""Requests under way in one worker. Were each as large as a request may be (some 20 ms), the last one would
wait as long as the journal's own patience; whoever comes after is better served by another worker."""
PAUSE_SECONDS = 15.0
"""How long the other end may neither send nor take anything."""
BY_ONE_CLIENT = 32
"""Of these, so that one client in trouble leaves room for the others."""
ALWAYS = frozenset({"/api/v1/drift/stans"})
"""The stop switch is for when there is too much of something."""

T = TypeVar("T")


class Shedding:
    """Turns away at once what would only wait, so that what is under way is answered in time.

    Stands behind the gate: what nobody needs a token for is not counted, and takes nobody's place.
    """

    def __init__(self, app: ASGIApp, at_once: int = AT_ONCE, by_one_client: int = BY_ONE_CLIENT) -> None:
        self.app = app
        self._at_once = at_once
        self._by_one_client = by_one_client
        self._under_way: Counter[str] = Counter()  # by client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if there is room."""
        caller = scope["state"].get("caller") if scope["type"] == "http" else None
        if caller is None or scope["path"] in ALWAYS:
            await self.app(scope, receive, send)
            return
        client = caller.system
        if not self._has_room_for(client):
            scope["state"]["refused_for"] = "FOR_MANGE_SAMTIDIG"
            await response_of(OVERLOADED)(scope, receive, send)
            return
        self._under_way[client] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._under_way[client] -= 1

    def _has_room_for(self, client: str) -> bool:
        return self._under_way.total() < self._at_once and self._under_way[client] < self._by_one_client


class Patience:
    """Ends a request whose other end has stopped in the middle of sending or taking."""

    def __init__(self, app: ASGIApp, pause_seconds: float = PAUSE_SECONDS) -> None:
        self.app = app
        self._pause_seconds = pause_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with clocks on both of its ends; the app meets a ClientDisconnect."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        whole = False
        pause = _Pause(self._pause_seconds)

        async def receive_in_time() -> Message:
            nonlocal whole
            if whole:
                return await receive()  # waits for the end of the connection, as long as it lives
            message = await pause.over(receive())
            whole = not message.get("more_body", False)
            return message

        async def send_in_time(message: Message) -> None:
            await pause.over(send(message))

        try:
            await self.app(scope, receive_in_time, send_in_time)
        finally:
            pause.close()


class _Pause:
    """One clock for all the steps of a request: to start one for each costs more than most steps do."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[object] | None = None  # that waits for the other end
        self._since = 0.0
        self._ended = False
        self._timer = self._loop.call_later(seconds, self._look)

    async def over(self, step: Awaitable[T]) -> T:
        """Wait for the other end. Raises ClientDisconnect where it takes too long."""
        self._task, self._since = asyncio.current_task(), self._loop.time()
        try:
            return await step
        except asyncio.CancelledError:
            if self._ended and self._task is not None and self._task.uncancel() == 0:
                self._ended, self._timer = False, self._loop.call_later(self._seconds, self._look)
                raise ClientDisconnect from None
            raise
        finally:
            self._task = None

    def close(self) -> None:
        """Wait for nothing more."""
        self._timer.cancel()

    def _look(self) -> None:
        left = self._seconds
        if self._task is not None:
            left = self._since + self._seconds - self._loop.time()
            if left <= 0:
                self._ended = True
                self._task.cancel()
                return
        self._timer = self._loop.call_later(left, self._look)
