"""One page opened once, with all that happened on the way."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, ViewportSize
from starlette.types import ASGIApp

from tests.browser.pages import BUNDLE, CASE, ID, Listed

LOOKS = (Path(__file__).parent / "looks.js").read_text("utf-8")
DESK = ViewportSize(width=1280, height=800)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the service answers, the path of one stored answer, and a bundle that was approved."""

    origin: str
    case: str
    bundle: str

    def address(self, listed: Listed) -> str:
        named = {CASE: self.case, ID: self.case.rpartition("/")[2], BUNDLE: self.bundle}
        address = listed.address
        for name, value in named.items():
            address = address.replace(name, value)
        return self.origin + address


@dataclass(frozen=True, slots=True)
class Tabs:
    """A tab for each language, with scripts and without: a new one for each page takes six times as long.

    They share nothing with each other. What one page could leave for the next is a cookie, and a test
    says that there is none.
    """

    browser: Browser
    _open: dict[tuple[str, bool], Page] = field(default_factory=dict)

    def tab(self, spraak: str, *, scripts: bool = True) -> Page:
        if (spraak, scripts) not in self._open:
            context = self.browser.new_context(locale=spraak, viewport=DESK, java_script_enabled=scripts)
            self._open[spraak, scripts] = context.new_page()
        return self._open[spraak, scripts]


@dataclass(frozen=True, slots=True)
class Visit:
    """An open page; `asked` and `complaints` go on growing as long as it is open."""

    page: Page
    listed: Listed
    response: Response
    weight: int  # bytes of all that was loaded
    asked: list[str]  # every address
    complaints: list[str]  # what the browser wrote on its console

    def faults(self, look: str, *args: object) -> list[str]:
        """What one of the looks in `looks.js` finds wrong with the page as it now stands."""
        found: list[str] = self.page.evaluate(f"(args) => looks.{look}(...args)", list(args))
        return found

    def at_the_desk(self) -> None:
        """The page as it first stood: wide, on a screen, in ordinary letters, nothing chosen."""
        self.page.evaluate("looks.restore()")
        self.page.emulate_media(
            media="screen", forced_colors="none", color_scheme="light", reduced_motion="no-preference"
        )
        self.page.set_viewport_size(DESK)


@contextmanager
def on_loopback(app: ASGIApp) -> Iterator[str]:
    """A service that answers there until the block ends; gives its origin."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, ws="none", log_config=None))
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@contextmanager
def visiting(page: Page, site: Site, listed: Listed) -> Iterator[Visit]:
    """Open the page in this tab, and hear all that it asks for and complains of until the block ends."""
    asked: list[str] = []
    loaded: list[Response] = []
    complaints: list[str] = []

    def hear_request(request: Request) -> None:
        asked.append(request.url)

    def hear_response(response: Response) -> None:
        loaded.append(response)

    def hear_console(message: ConsoleMessage) -> None:
        # Every page with an error's status brings this line.
        if listed.status < 400 or f"status of {listed.status}" not in message.text:
            complaints.append(message.text)

    page.on("request", hear_request)
    page.on("response", hear_response)
    page.on("console", hear_console)
    try:
        response = page.goto(site.address(listed))
        assert response is not None
        page.evaluate(LOOKS)
        weight = sum(len(part.body()) for part in loaded)
        yield Visit(page, listed, response, weight, asked, complaints)
    finally:
        page.remove_listener("request", hear_request)
        page.remove_listener("response", hear_response)
        page.remove_listener("console", hear_console)
