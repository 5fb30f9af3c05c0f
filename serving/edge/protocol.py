"""The server's protocol with an end to its patience: uvicorn waits for ever, and keeps whatever comes."""

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
"""For a request line and its headers: ample on the worst line, too short for a byte at a time."""
HEAD_BYTES = 32 * 1024
"""A token of 8 KiB and what proxies add, several times over."""


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose head comes too slowly or is too large, and answers one request at a time.

    A request that is sent before the last one has its answer (pipelining) is not read: the connection
    ends with that answer, and the sender asks again (RFC 9112, 9.3.2). Nor are trailers.
    """

    head_seconds = HEAD_SECONDS

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._unused_bytes = 0  # came since anything was made of what came
        self._head_bytes = 0
        self._in_head = False
        self._deaf = False
        self._head_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Read on, as long as what is read may still become something."""
        if self._deaf:
            return
        if self.cycle is None or self.cycle.response_complete:
            # Between requests. uvicorn stops its own clock at the first byte, whatever it is.
            self._await_head()
        self._unused_bytes += len(data)
        super().data_received(data)
        if self._unused_bytes > HEAD_BYTES:
            self.transport.close()

    def on_message_begin(self) -> None:
        """Begin to count a head."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, unless it comes after the body."""
        if not self._in_head:
            raise ValueError("a trailer")
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer, unless the last request is not answered yet."""
        self._stop_waiting()
        self._in_head, self._unused_bytes = False, 0
        if self.cycle is not None and not self.cycle.response_complete:
            self._deaf = True
            self.cycle.keep_alive = False
            self.flow.pause_reading()
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._unused_bytes = 0
        if not self._deaf:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of the body."""
        self._unused_bytes = 0
        if not self._deaf:
            super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _count(self, more: int) -> None:
        """Make the parser answer 400 where a head is too large; it does so for any error in here."""
        self._head_bytes += more
        if self._head_bytes > HEAD_BYTES:
            raise ValueError("the head is too large")

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
