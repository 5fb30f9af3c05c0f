"""One page opened once, with all that happened on the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Response

from tests.browser.pages import CASE, Listed

LOOKS = (Path(__file__).parent / "looks.js").read_text("utf-8")
DESK = {"width": 1280, "height": 800}


@dataclass(frozen=True, slots=True)
class Site:
    """Where the service answers, and the path of one stored answer."""

    origin: str
    case: str

    def address(self, listed: Listed) -> str:
        return self.origin + listed.address.replace(CASE, self.case)


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

    def afresh(self) -> Page:
        """The page loaded anew: nothing in it has been touched."""
        self.page.reload()
        self.page.evaluate(LOOKS)
        return self.page

    def at_the_desk(self) -> Page:
        """The page as it first stood: wide, on a screen, with letters of the ordinary size."""
        self.page.evaluate("() => document.documentElement.removeAttribute('style')")
        self.page.emulate_media(media="screen", forced_colors="none", reduced_motion="no-preference")
        self.page.set_viewport_size(DESK)  # type: ignore[arg-type]  # a TypedDict with these two keys
        return self.page


@contextmanager
def visiting(browser: Browser, site: Site, listed: Listed, **context: Any) -> Iterator[Visit]:
    """Open the page in a fresh context, and close it all."""
    fresh = browser.new_context(locale=listed.spraak, viewport=DESK, **context)  # type: ignore[arg-type]
    try:
        page = fresh.new_page()
        asked: list[str] = []
        loaded: list[Response] = []
        complaints: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", lambda part: loaded.append(part))
        page.on("console", lambda message: complaints.extend(_complaint(message, listed)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        response = page.goto(site.address(listed))
        assert response is not None
        page.evaluate(LOOKS)
        weight = sum(len(part.body()) for part in loaded)
        yield Visit(page, listed, response, weight, asked, complaints)
    finally:
        fresh.close()


def _complaint(message: ConsoleMessage, listed: Listed) -> list[str]:
    """What is said on the console, but for the one line every page with an error's status brings."""
    expected = listed.status >= 400 and f"status of {listed.status}" in message.text
    return [] if expected else [message.text]
