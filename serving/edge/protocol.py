"""The server's protocol with an end to its patience: uvicorn waits for ever, and keeps whatever comes."""

from asyncio import AbstractEventLoop, TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
"""For a request line and its headers: ample on the worst line, too short for a byte at a time."""
HEAD_BYTES = 32 * 1024
"""A token of 8 KiB and what proxies add, several times over."""
PAUSE_SECONDS = 15.0
"""How long the other end may neither send what it has begun nor take what it asked for."""


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection that comes to a stop or has too large a head, and answers one request at a time.

    A request that is sent before the last one has its answer (pipelining) is not read: the connection
    ends with that answer, and the sender asks again (RFC 9112, 9.3.2). Nor are trailers.
    """

    head_seconds = HEAD_SECONDS
    pause_seconds = PAUSE_SECONDS

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._unused_bytes = 0  # came since anything was made of what came
        self._head_bytes = 0
        self._in_head = False
        self._deaf = False
        self._head_timer: TimerHandle | None = None
        self._body_due = False
        self._heard = 0.0  # when the last bytes came of a body that is due
        self._body_timer: TimerHandle | None = None
        self._taking_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Begin to wait for the first head."""
        super().connection_made(InOneGo(transport, self.loop))  # type: ignore[arg-type]  # all of one that is used
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
        if self._body_due:
            self._await_body()

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
        self._body_due = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._unused_bytes = 0
        if not self._deaf:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of the body."""
        self._unused_bytes, self._body_due = 0, False
        if not self._deaf:
            super().on_message_complete()

    def pause_writing(self) -> None:
        """Begin to wait for the other end to take what is written."""
        if self._taking_timer is None:
            self._taking_timer = self.loop.call_later(self.pause_seconds, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        """Write on."""
        if self._taking_timer is not None:
            self._taking_timer.cancel()
            self._taking_timer = None
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_waiting()
        self._body_due = False
        for timer in (self._body_timer, self._taking_timer):
            if timer is not None:
                timer.cancel()
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

    def _await_body(self) -> None:
        """The body did not come with its head: nearly every one does, and needs no clock."""
        self._heard = self.loop.time()
        if self._body_timer is None:
            self._body_timer = self.loop.call_later(self.pause_seconds, self._look)

    def _look(self) -> None:
        """Close the connection where nothing of a body has come for too long, though it was waited for."""
        self._body_timer = None
        if not self._body_due:
            return
        if self.flow.read_paused:  # they may send, and we do not take
            self._heard = self.loop.time()
        left = self._heard + self.pause_seconds - self.loop.time()
        if left > 0:
            self._body_timer = self.loop.call_later(left, self._look)
        else:
            self.transport.close()


class InOneGo:
    """A transport on which head and body of an answer leave together: one call of the system, one packet.

    What is written waits for what comes next, and no longer than to the end of this step of the loop.
    """

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting = b""

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's own."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write what waits with this behind it, or let this wait."""
        if self._waiting:
            self._transport.write(self._waiting + data)
            self._waiting = b""
        elif data:
            self._waiting = data
            self._loop.call_soon(self._write_what_waits)

    def close(self) -> None:
        """Write what waits, then close."""
        self._write_what_waits()
        self._transport.close()

    def _write_what_waits(self) -> None:
        if self._waiting:
            self._transport.write(self._waiting)
            self._waiting = b""
