"""The pictures README shows, taken of the real service in headless Chromium (Debian's)."""

import subprocess
import tempfile
from pathlib import Path

from tests.bench.answers import served

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PAGES = {"persona": ("/personer/P08", "1100,1560"), "personer": ("/", "1100,900")}
"""File name → page and window; the window is as high as the part worth showing."""


def take_pictures(approved: Path, artefacts: Path, out: Path) -> list[Path]:
    """Take each page's picture from a service of our own on loopback."""
    out.mkdir(parents=True, exist_ok=True)
    taken = []
    with tempfile.TemporaryDirectory() as folder, served(approved, artefacts, Path(folder)) as port:
        for name, (page, window) in PAGES.items():
            picture = (out / f"{name}.png").resolve()
            profile = f"--user-data-dir={folder}/chromium-{name}"
            address = f"http://127.0.0.1:{port}{page}"
            command = ["chromium", *FLAGS, profile, f"--window-size={window}", f"--screenshot={picture}"]
            subprocess.run([*command, address], check=True, capture_output=True, timeout=120)
            taken.append(picture)
    return taken
