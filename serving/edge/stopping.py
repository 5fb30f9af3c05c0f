"""How a worker stops without a failed request: first it says so, then it listens no more, then it ends.

The platform goes on sending requests for a while after it has asked a worker to stop, until word of
it has reached every proxy. So the worker answers on for that while, and asks each caller not to come
back on the same connection.
"""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DRAIN_SECONDS = 9
"""For what is under way once nothing new is listened to; with the longest wait before it, under 15 s."""
LONGEST_WAIT_SECONDS = 5.0


class Stopping:
    """Whether this worker has been asked to stop."""

    def __init__(self) -> None:
        self.begun = False

    def notice(self) -> str | None:
        """Why the worker is not ready; None while it goes on."""
        return "the service is stopping" if self.begun else None

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """Let a SIGTERM take effect some seconds after it came; enter it in the main thread's loop."""
        loop = asyncio.get_running_loop()
        server = signal.getsignal(signal.SIGTERM)  # what the server means to do

        def begin(number: int, frame: FrameType | None) -> None:
            self.begun = True
            if callable(server):
                # A signal's handler runs between two steps of the loop, which has to be woken.
                loop.call_soon_threadsafe(loop.call_later, seconds, server, number, frame)

        signal.signal(signal.SIGTERM, begin)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, server)


class Farewell:
    """Ends connections with their next answer once the worker is stopping."""

    def __init__(self, app: ASGIApp, stopping: Stopping) -> None:
        self.app = app
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def send_last(message: Message) -> None:
            if message["type"] == "http.response.start" and self._stopping.begun:
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        await self.app(scope, receive, send_last)
