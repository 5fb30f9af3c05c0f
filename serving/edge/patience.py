"""What one request may cost the others: how many at once, and how long each may hold its place."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import OVERLOADED, response_of

AT_ONCE = 64
"""Requests under way in one worker. At some 25 ms each the last one waits as long as the journal's own
patience; whoever comes after is better served by another worker."""
PAUSE_SECONDS = 15.0
"""How long the other end may neither send nor take anything."""
PLATFORM = "/internal/"

T = TypeVar("T")


class Shedding:
    """Turns away at once what would only wait, so that what is under way is answered in time."""

    def __init__(self, app: ASGIApp, at_once: int = AT_ONCE) -> None:
        self.app = app
        self._at_once = at_once
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if there is room; the platform's own questions always are."""
        if scope["type"] != "http" or scope["path"].startswith(PLATFORM):
            await self.app(scope, receive, send)
            return
        if self._under_way >= self._at_once:
            await response_of(OVERLOADED)(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._under_way -= 1


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

        async def receive_in_time() -> Message:
            nonlocal whole
            if whole:
                return await receive()  # waits for the end of the connection, as long as it lives
            message = await self._in_time(receive())
            whole = not message.get("more_body", False)
            return message

        async def send_in_time(message: Message) -> None:
            await self._in_time(send(message))

        await self.app(scope, receive_in_time, send_in_time)

    async def _in_time(self, step: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._pause_seconds):
                return await step
        except TimeoutError:
            raise ClientDisconnect from None
