"""The pictures README shows, taken in headless Chromium (Debian's) of the real service and a real run."""

import subprocess
import tempfile
from pathlib import Path

from profilering.errors import CallerError
from tests.bench.answers import served

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PAGES = {"persona": ("/personer/P08", "1100,1560"), "personer": ("/", "1100,900")}
"""File name → page of the service and window; the window is as high as the part worth showing."""
RUN_FILES = {"report": ("report.html", "1000,1400"), "card": ("card.html", "1000,1400")}
"""File name → file of a run and window: the top of each page."""


def take_pictures(approved: Path, artefacts: Path, runs: Path, out: Path) -> list[Path]:
    """Take each page's picture, from a service of our own on loopback and from the newest run's files."""
    run = newest_run(runs)
    out.mkdir(parents=True, exist_ok=True)
    taken = []
    with tempfile.TemporaryDirectory() as folder, served(approved, artefacts, Path(folder)) as port:
        places = {
            name: (f"http://127.0.0.1:{port}{page}", window) for name, (page, window) in PAGES.items()
        } | {name: ((run / file).as_uri(), window) for name, (file, window) in RUN_FILES.items()}
        for name, (address, window) in places.items():
            picture = (out / f"{name}.png").resolve()
            profile = f"--user-data-dir={folder}/chromium-{name}"
            command = ["chromium", *FLAGS, profile, f"--window-size={window}", f"--screenshot={picture}"]
            subprocess.run([*command, address], check=True, capture_output=True, timeout=120)
            taken.append(picture)
    return taken


def newest_run(runs: Path) -> Path:
    """Find the folder of the run whose report was written last. Raises CallerError when there is none."""
    reports = [path for path in runs.glob("*/report.html") if (path.parent / "card.html").exists()]
    if not reports:
        raise CallerError(f"{runs}: no run with report.html and card.html in it; `make run` makes one")
    return max(reports, key=lambda path: path.stat().st_mtime).parent.resolve()
