"""Debian's Chromium, started so that it can reach nothing but this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from profilering.errors import SetupError

FLAGS = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@contextmanager
def a_browser() -> Iterator[Browser]:
    """A browser that ends with the block. Raises SetupError where none is installed.

    As long as it runs, playwright's event loop counts as running in this thread: nothing else may call
    `asyncio.run` here meanwhile.
    """
    program = shutil.which("chromium")
    if program is None:
        raise SetupError("chromium is not installed; `make test` does it, or `apt-get install chromium`")
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *as_root])
        try:
            yield browser
        finally:
            browser.close()
