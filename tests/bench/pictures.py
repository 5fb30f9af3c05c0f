"""The pictures README shows, taken in headless Chromium (Debian's) of the real service and a real run."""

import http.client
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from models.approved import load_approved
from profilering.begrunnelse import Avsnitt
from profilering.errors import CallerError
from profilering.policy import Totrinn
from serving.pages.tekst import as_html
from tests.bench.house_pictures import house_pages
from tests.bench.served import served
from tests.builders import API, JSON, a_service

ROOT = Path(__file__).parents[2]
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--accept-lang=nb"),
)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: what it is of, and a window as high as the part worth showing."""

    of: str
    window: str
    scale: float = 1.0


PAGES: Mapping[str, Shot] = {
    "persona": Shot("/personer/P08", "1100,1440"),
    "personer": Shot("/", "1100,960"),
    "opplaering-1": Shot("/opplaering/3", "1100,1340"),
    "opplaering-3": Shot("/opplaering/9?gruppe=TRENGER_VEILEDNING&vekt=UTDANNING&steg=3", "1100,1480"),
}
"""By file name: pages of the service."""
VIEWS: Mapping[str, Shot] = {
    "kort": Shot("begrunnelse?nivaa=kort", "820,1340"),
    "full": Shot("begrunnelse?nivaa=full", "960,2400", scale=0.75),
}
"""By file name: what is asked of the stored answer to `ASKED`."""
HOUSE: Mapping[str, Shot] = {
    "revisjon-saker": Shot("", "1100,1300"),
    "revisjon-sak": Shot("", "1100,2600", scale=0.75),
    "revisjon-moenstre": Shot("", "1240,1000"),
}
"""By file name: pages of the auditors' house over invented cases."""
RUN_FILES: Mapping[str, Shot] = {
    "report": Shot("report.html", "1000,1400"),
    "card": Shot("card.html", "1000,1400"),
}
"""By file name: the top of a run's pages."""
ASKED = ROOT / "serving" / "personas" / "P06.json"
"""Whose answer is shown: a number decides, and there is something of every section."""


def take_pictures(approved: Path, artefacts: Path, runs: Path, out: Path) -> list[Path]:
    """Take each page's picture, from a service of our own on loopback and from the newest run's files."""
    run = newest_run(runs)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, served(approved, artefacts, Path(name)) as server:
        folder, service = Path(name), f"http://127.0.0.1:{server.port}"
        case = f"{service}{_stored_answer(server.port)}"
        waiting = _waiting_page(approved, artefacts, folder)
        pages = house_pages(approved, artefacts, folder)
        house = {name: _as_a_file(html, folder / f"{name}.html") for name, html in pages.items()}
        shots = {
            **{name: replace(shot, of=f"{service}{shot.of}") for name, shot in PAGES.items()},
            **{name: replace(shot, of=f"{case}/{shot.of}") for name, shot in VIEWS.items()},
            **{name: replace(shot, of=(run / shot.of).as_uri()) for name, shot in RUN_FILES.items()},
            **{name: replace(shot, of=house[name].as_uri()) for name, shot in HOUSE.items()},
            "totrinn": Shot(waiting.as_uri(), "820,480"),
        }
        return [
            _picture(shot, (out / f"{name}.png").resolve(), folder / f"chromium-{name}")
            for name, shot in shots.items()
        ]


def _picture(shot: Shot, picture: Path, profile: Path) -> Path:
    command = ["chromium", *FLAGS, f"--user-data-dir={profile}", f"--window-size={shot.window}"]
    command += [f"--force-device-scale-factor={shot.scale}", f"--screenshot={picture}", shot.of]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return picture


def _stored_answer(port: int) -> str:
    """Have one registrering answered; gives the address of its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", API, ASKED.read_bytes(), JSON)
    location = connection.getresponse().headers["Location"]
    connection.close()
    if location is None:
        raise CallerError(f"{ASKED.name} was not answered; try it with `make run` first")
    return location


def _waiting_page(approved: Path, artefacts: Path, folder: Path) -> Path:
    """What a veileder reads in an office in two steps, before there is an own vurdering.

    No policy names such an office yet, so one is made here; the words are those of the answer.
    """
    whole = load_approved(approved, artefacts)
    policy = replace(whole.basis.policy, totrinn=Totrinn(uten_enhet=True))
    in_two_steps = replace(whole, basis=replace(whole.basis, policy=policy))
    with a_service(folder / "totrinn.db", in_two_steps) as service:
        answer = service.post(ASKED.read_bytes()).json()
    avsnitt = [Avsnitt(each["overskrift"], each["tekst"]) for each in answer["begrunnelse"]["avsnitt"]]
    return _as_a_file(as_html(avsnitt, "nb").decode(), folder / "totrinn.html")


def _as_a_file(html: str, page: Path) -> Path:
    """Write a page that finds its stylesheet without a service."""
    stylesheet = (ROOT / "serving" / "pages" / "stil.css").as_uri()
    page.write_text(html.replace("/stil.css", stylesheet), "utf-8")
    return page


def newest_run(runs: Path) -> Path:
    """Find the folder of the run whose report was written last. Raises CallerError when there is none."""
    reports = [path for path in runs.glob("*/report.html") if (path.parent / "card.html").exists()]
    if not reports:
        raise CallerError(f"{runs}: no run with report.html and card.html in it; `make run` makes one")
    return max(reports, key=lambda path: path.stat().st_mtime).parent.resolve()
