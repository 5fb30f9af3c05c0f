"""One life of the service in its image: begun without a model, given one, asked, and stopped."""

import os
import signal
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.builders import API, JSON, a_request, body_of
from tests.bundles import a_bundle, approve
from tests.image import Image, replay
from tests.licences import bill_of_materials
from tests.proof.table import Line
from tests.test_locks import pinned
from tests.test_serve import a_free_port, is_alive, wait_until

OMP = "libgomp.so.1"
COMPILERS = frozenset({"cc", "gcc", "g++", "c++", "clang", "ld", "as", "make"})


@dataclass(frozen=True, slots=True)
class Life:
    """What was seen of the service from its start to its end."""

    not_ready: str  # what it said while no model was approved
    refused: int  # status of a registrering then
    answered: int  # status of a registrering once a model was approved
    healthy: tuple[int, int]  # how the image's own health check ended: while it lived, and afterwards
    openmp: frozenset[str]  # files of the OpenMP library in the process
    uid: int
    stopping_seconds: float
    ended: int  # exit code
    said: str  # on standard error
    written: frozenset[str]  # of the image's files: changed, new or gone


def live(image: Image, data: Path, **settings: str) -> Life:
    """Let the image's service live once, with all it may write in `data`."""
    environ = image.environ(**_given(image, data), **settings)
    before = image.tree()
    with ExitStack() as stack:
        service = stack.enter_context(image.start([*image.stage.entrypoint, *image.stage.cmd], environ))
        stack.callback(service.kill)  # whatever happens: nothing to an ended one
        client = stack.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{environ['PROFILERING_PORT']}", timeout=30)
        )
        wait_until("its start", lambda: is_alive(client), service)
        not_ready = client.get("/internal/isReady").text
        refused = client.post(API, content=body_of(a_request()), headers=JSON).status_code
        approve(data / "approved.toml", a_bundle(data / "artefacts"))
        wait_until("its beginning", lambda: client.get("/internal/isReady").status_code == 200, service)
        answered = client.post(API, content=body_of(a_request()), headers=JSON).status_code
        status = Path(f"/proc/{service.pid}/status").read_text("utf-8")
        openmp = frozenset(
            line.split()[-1]
            for line in Path(f"/proc/{service.pid}/maps").read_text("utf-8").splitlines()
            if "libgomp" in line
        )
        healthy = _health(image, environ)
        began = time.monotonic()
        service.send_signal(signal.SIGTERM)
        _, said = service.communicate(timeout=60)
        seconds = time.monotonic() - began
    return Life(
        not_ready=not_ready,
        refused=refused,
        answered=answered,
        healthy=(healthy, _health(image, environ)),
        openmp=openmp,
        uid=int(status.partition("Uid:")[2].split()[0]),
        stopping_seconds=seconds,
        ended=service.returncode,
        said=said,
        written=frozenset(name for name, _ in before.items() ^ image.tree().items()),
    )


def _given(image: Image, data: Path) -> dict[str, str]:
    """What the platform gives: loopback instead of the image's open address, and places to write."""
    (data / "approved.toml").write_text("")
    (data / "var").mkdir()
    if os.geteuid() == 0:
        os.chown(data / "var", *map(int, image.stage.user.split(":")))
    return {
        "PROFILERING_HOST": "127.0.0.1",
        "PROFILERING_PORT": str(a_free_port()),
        "PROFILERING_APPROVED": str(data / "approved.toml"),
        "PROFILERING_ARTEFACTS": str(data / "artefacts"),
        "PROFILERING_JOURNAL": str(data / "var" / "journal.sqlite"),
        "PROFILERING_ARKIV": str(data / "var" / "arkiv"),
    }


def _health(image: Image, environ: Mapping[str, str]) -> int:
    with image.start(image.stage.health, environ) as check:
        check.communicate(timeout=30)
    return check.returncode


def prove_image(folder: Path) -> list[Line]:
    """Replay the Dockerfile with packages from the index, and let the service live once. A minute or two."""
    (folder / "image").mkdir()
    (folder / "data").mkdir()
    image = replay(folder / "image")
    installed, locked = bill_of_materials(image), pinned(image.app / "requirements-serving.lock")
    life = live(image, folder / "data")
    lived = (life.refused, life.answered, life.healthy, life.ended) == (503, 201, (0, 1), 0)
    seconds = f"{life.stopping_seconds:.1f} s"
    compilers = COMPILERS & {Path(name).name for name in image.tree()}
    return [
        Line("no compiler is in it", f"{len(COMPILERS)} names", f"{len(compilers)}", not compilers),
        Line("the image holds the lock", f"{len(locked)} packages", f"{len(installed)}", installed == locked),
        Line("it serves from a read-only tree", "one life", f"{len(life.written)} files written", lived),
        Line(
            "nothing is written in it", f"{len(image.tree())} files", f"{len(life.written)}", not life.written
        ),
        Line("SIGTERM ends it in order", "at most 15 s", seconds, life.stopping_seconds <= 15),
    ]
