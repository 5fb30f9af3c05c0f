"""Where the network ends: over a real connection, with clients that are slow, greedy or gone."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread

import httpx
import pytest
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.routes import MAX_BODY, read_body
from serving.edge.protocol import HEAD_BYTES, BoundedProtocol, InOneGo
from serving.edge.shedding import Shedding
from serving.edge.stopping import Farewell, Stopping
from serving.identity.caller import Caller as SomeCaller
from serving.wire.problems import TOO_SLOW, RefusedError

HELLO = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Hasty(BoundedProtocol):
    """The same with less patience, so that the tests need little."""

    head_seconds = pause_seconds = 0.4


WAIT = b"GET /wait HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


POST = b"POST /body HTTP/1.1\r\nHost: 127.0.0.1\r\n"
SECONDS = {"/wait": 0.3, "/long": 1.0, "/late": 1.0}
"""How long an address waits before it reads or answers."""
LARGE = 30_000_000
ENDED: SimpleQueue[str] = SimpleQueue()
"""How the requests ended that one cannot see from outside."""


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    path = scope["path"]
    await asyncio.sleep(SECONDS.get(path, 0))
    if path in {"/body", "/late"}:
        try:
            ENDED.put(f"{len(await Request(scope, receive).body())} bytes")
        except ClientDisconnect:
            ENDED.put("ClientDisconnect")
            return
    if path in {"/much", "/large"}:
        await StreamingResponse(chunks(LARGE if path == "/large" else None))(scope, receive, send)
        return
    await PlainTextResponse("hei")(scope, receive, send)


async def chunks(most: int | None) -> AsyncIterator[bytes]:
    """So many bytes, or no end of them, until nobody takes any more."""
    sent = 0
    try:
        while most is None or sent < most:
            yield bytes(100_000)
            sent += 100_000
            await asyncio.sleep(0)  # as ours do, which come from a thread
    finally:
        if most is None:
            ENDED.put(str(sent))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            hello, http=Hasty, ws="none", lifespan="off", log_config=None, timeout_keep_alive=1
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(10)


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        yield connection


def closed_after(connection: socket.socket, drip: bytes) -> float:
    """Send a byte now and then until the other end hangs up; seconds it took."""
    began = time.monotonic()
    connection.settimeout(0.05)
    for byte in drip:
        try:
            connection.sendall(bytes([byte]))
            if connection.recv(4096) == b"":
                break
        except TimeoutError:
            continue
        except ConnectionError:
            break
    return time.monotonic() - began


@pytest.mark.parametrize(
    "drip",
    [b"GET / HTTP/1.1\r\nX-Slow: " + b"a" * 200, b"\r\n" * 100, b"G" * 1 + b"E" * 200],
    ids=["headers", "blank lines", "no method"],
)
def test_a_head_that_does_not_end_in_time_ends_the_connection(port: int, drip: bytes) -> None:
    with connected(port) as connection:
        assert closed_after(connection, drip) < 3


def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    with connected(port) as connection:
        assert connection.recv(1) == b""


def test_blank_lines_after_an_answer_keep_no_connection_open(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(HELLO)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        assert closed_after(connection, b"\r\n" * 100) < 3


def test_a_connection_serves_one_request_after_another(port: int) -> None:
    with connected(port) as connection:
        for _ in range(3):
            connection.sendall(HELLO[:20])
            time.sleep(0.2)  # slower than the patience in all, not for any one head
            connection.sendall(HELLO[20:])
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_a_head_that_is_too_large_is_refused_whole_or_unended(port: int) -> None:
    header = b"GET / HTTP/1.1\r\nHost: a\r\nX-Large: " + b"a" * (HEAD_BYTES + 1)
    with connected(port) as connection:
        connection.sendall(header + b"\r\n\r\n")
        assert connection.recv(4096)[:12] in {b"HTTP/1.1 400", b""}
    with connected(port) as connection:
        connection.sendall(header)
        assert connection.recv(4096) == b""


@pytest.mark.parametrize("after", [HELLO, b"GET /x HTTP/1.1\r\n", b""])
def test_a_second_request_is_not_read_before_the_first_has_its_answer(port: int, after: bytes) -> None:
    with connected(port) as connection:
        connection.sendall(WAIT + after)
        connection.settimeout(5)
        answers = everything(connection)
    assert answers.count(b"HTTP/1.1 200") == 1


@pytest.mark.parametrize(
    "begin",
    [
        WAIT + b"GET /x HTTP/1.1\r\nHost: a\r\n",
        WAIT + b"GET /x HTTP/1.1\r\nX-A: ",
        b"POST /wait HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        b"POST /wait HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: ",
        b"POST /wait HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=",
    ],
    ids=["head behind a request", "header behind a request", "trailers", "trailer", "chunk extension"],
)
def test_what_never_ends_is_not_kept(port: int, begin: bytes) -> None:
    sent = 0
    with connected(port) as connection:
        connection.settimeout(0.5)
        try:
            connection.sendall(begin)
            for _ in range(1000):
                sent += connection.send(
                    b"X-A: " + b"a" * 16_000 + (b"\r\n" if begin.endswith(b"\n") else b"")
                )
        except (TimeoutError, ConnectionError):
            pass
    # What is not read waits in the two ends' own buffers, some megabytes at most; nothing of it is kept.
    assert sent < 12_000_000


def everything(connection: socket.socket) -> bytes:
    """Whatever is said until the other end hangs up."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


# One request among others


async def asked(app: ASGIApp, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a") as client:
        return await client.get(path)


def as_client(app: ASGIApp) -> ASGIApp:
    """The gate in front: who asks stands in the path; whoever asks for the open route is nobody."""

    async def gated(scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"].split("/")[1]
        state = {} if name == "open" else {"caller": SomeCaller(name)}
        path = scope["path"].removeprefix(f"/{name}") or "/"
        await app({**scope, "path": path, "state": state}, receive, send)

    return gated


def test_what_would_only_wait_is_turned_away_but_never_the_stop_switch() -> None:
    async def scenario() -> None:
        go_on = asyncio.Event()

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/slow":
                await go_on.wait()
            if scope["path"] == "/fails":
                raise RuntimeError
            await hello(scope, receive, send)

        app = as_client(Shedding(slow, at_once=3, by_one_client=2))
        greedy = [asyncio.create_task(asked(app, "/a/slow")) for _ in range(2)]
        await asyncio.sleep(0.01)
        refused = await asked(app, "/a/")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert (await asked(app, "/b/")).status_code == 200  # others have room
        last = asyncio.create_task(asked(app, "/b/slow"))
        await asyncio.sleep(0.01)
        assert (await asked(app, "/c/")).status_code == 503
        assert (await asked(app, "/a/api/v1/drift/stans")).status_code == 200
        assert (await asked(app, "/open/")).status_code == 200
        go_on.set()
        assert [answer.status_code for answer in await asyncio.gather(*greedy, last)] == [200] * 3
        for _ in range(3):  # a failure gives its place back too
            with pytest.raises(RuntimeError):
                await asked(app, "/a/fails")
        assert (await asked(app, "/a/")).status_code == 200

    asyncio.run(scenario())


SCOPE: Scope = {"type": "http", "path": "/", "headers": []}


async def taken(_message: Message) -> None:
    """A client that takes what is sent."""


def test_a_body_that_stops_coming_ends_the_request(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(POST + b"Content-Length: 10\r\n\r\n{")
        began = time.monotonic()
        assert everything(connection) == b""
        assert 0.3 < time.monotonic() - began < 2
    assert ENDED.get(timeout=2) == "ClientDisconnect"


def test_a_body_with_pauses_is_taken(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(POST + b"Content-Length: 6\r\n\r\n")
        for byte in b'{"a":':
            time.sleep(0.2)  # longer than the patience in all, not at any one time
            connection.sendall(bytes([byte]))
        connection.sendall(b"1")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    assert ENDED.get(timeout=2) == "6 bytes"


def test_a_sender_that_waits_for_leave_to_send_gets_it(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    assert ENDED.get(timeout=2) == "2 bytes"


def test_a_service_that_reads_late_does_not_blame_the_sender(port: int) -> None:
    body = bytes(20_000_000)  # more than all buffers between the two hold
    with connected(port) as connection:
        connection.sendall(POST.replace(b"/body", b"/late") + f"Content-Length: {len(body)}\r\n\r\n".encode())
        connection.sendall(body)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    assert ENDED.get(timeout=2) == "20000000 bytes"


def test_a_client_that_takes_nothing_ends_the_request(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"GET /much HTTP/1.1\r\nHost: a\r\n\r\n")
        sent = ENDED.get(timeout=4)
        assert 0 < int(sent) < 2_000_000_000  # the answer had no end of its own
        connection.settimeout(5)
        assert len(everything(connection)) < 100_000_000


def test_a_client_that_takes_slowly_gets_everything(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        taken = 0
        while taken < LARGE:
            time.sleep(0.1)
            part = connection.recv(2_000_000)
            assert part, f"cut off after {taken} bytes"
            taken += len(part)


def test_an_answer_may_take_its_time(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")


# Head and body


class Paper(asyncio.Transport):
    """A transport that writes down what is asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.did: list[bytes | str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.did.append(bytes(data))

    def close(self) -> None:
        self.did.append("closed")


def written(*steps: tuple[bytes, ...], close: bool = False) -> list[bytes | str]:
    """What leaves, where each step of a loop writes so many times."""

    async def scenario() -> list[bytes | str]:
        transport = InOneGo(paper := Paper(), asyncio.get_running_loop())
        for step in steps:
            for data in step:
                transport.write(data)
            if not close:
                await asyncio.sleep(0)
        if close:
            transport.close()
        return paper.did

    return asyncio.run(scenario())


def test_head_and_body_leave_in_one_go_and_nothing_waits_longer_than_a_step() -> None:
    assert written((b"head", b"body")) == [b"headbody"]
    assert written((b"head",), (b"body",)) == [b"head", b"body"]
    assert written((b"head", b"1", b"2"), (b"3",)) == [b"head1", b"2", b"3"]
    assert written((b"head", b"")) == [b"head"]
    assert written((b"head", b"1", b"2"), close=True) == [b"head1", b"2", "closed"]


def test_a_body_that_comes_a_byte_at_a_time_is_too_slow() -> None:
    async def drip() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    scope = {**SCOPE, "headers": [(b"content-type", b"application/json")]}
    with pytest.raises(RefusedError) as refused:
        asyncio.run(read_body(Request(scope, drip), seconds=0.1))
    assert refused.value.problem == TOO_SLOW


def test_a_body_in_chunks_is_counted_as_it_comes() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 4096
            yield bytes(4096)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with pytest.raises(RefusedError):
            await read_body(Request(scope, receive))
        await hello(scope, receive, send)

    parts = endless()

    async def receive() -> Message:
        return {"type": "http.request", "body": await anext(parts), "more_body": True}

    scope = {**SCOPE, "headers": [(b"content-type", b"application/json")]}
    asyncio.run(app(scope, receive, taken))
    assert sent <= MAX_BODY + 4096


def test_a_worker_that_stops_says_goodbye_on_every_connection() -> None:
    stopping = Stopping()
    app = Farewell(hello, stopping)
    assert "connection" not in asyncio.run(asked(app, "/")).headers
    assert stopping.notice() is None
    stopping.begun = True
    assert asyncio.run(asked(app, "/")).headers["connection"] == "close"
    assert stopping.notice() == "the service is stopping"
