"""Registers written once for all tests, also when pytest-xdist runs them in several processes.

Nothing of training is imported here before it is asked for: pytest-xdist's own process reads this
file too, and the others wait for it.
"""

import gc
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.candidates import Trained
    from tests.postgres import Postgres

# As in `training/__main__.py`, and whatever a test imports first: before LightGBM and shap load.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")

PATIENCE_SECONDS = 600

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")  # two test processes share two cores: an example may take long

TREESHAP = Path(__file__).parents[1] / "models" / "treeshap"


def pytest_configure(config: pytest.Config) -> None:
    """Compile the contribution kernel where it is not there or older than its source, as `make` does.

    Without a compiler the tests that need it say so.
    """
    library = TREESHAP / "libtreeshap.so"
    newest = max(path.stat().st_mtime for path in (*TREESHAP.glob("*.[ch]"), TREESHAP / "build.py"))
    if "PYTEST_XDIST_WORKER" not in os.environ and (not library.exists() or library.stat().st_mtime < newest):
        subprocess.run([sys.executable, "-m", "models.treeshap.build"], check=True, cwd=TREESHAP.parents[1])


def pytest_collection(session: pytest.Session) -> None:
    """Half a million objects are made that stay: nothing of theirs is garbage to look for."""
    gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """From here on garbage is looked for, but never again among what the collection made."""
    gc.freeze()
    gc.enable()


def written_once(factory: pytest.TempPathFactory, name: str, *, persons: int, seed: int) -> Path:
    """The folder of a register: the first test process writes it, the others wait for it."""
    from training.synthetic.register import read_config, write_register

    base = factory.getbasetemp()
    # Under xdist each worker has its own folder below the one of the run.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, claim = shared / name, shared / f"{name}.claimed"
    try:
        claim.mkdir()
    except FileExistsError:
        return _wait_for(folder, claim)
    try:
        write_register(
            folder,
            persons=persons,
            seed=seed,
            workers=2,
            progress=lambda _done, _all: None,
            config=read_config(),
        )
    except BaseException:
        (claim / "failed").touch()
        raise
    return folder


def _wait_for(folder: Path, claim: Path) -> Path:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not folder.exists():
        assert not (claim / "failed").exists(), f"another test process failed to write {folder.name}"
        assert time.monotonic() < deadline, f"{folder.name} was not written in {PATIENCE_SECONDS} s"
        time.sleep(0.2)
    return folder


@pytest.fixture(scope="session")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100,000 persons, seed 7, truth included. Synthetic: it proves machinery, not accuracy in Norway."""
    return written_once(tmp_path_factory, "register-100k", persons=100_000, seed=7)


@pytest.fixture(scope="session")
def small_register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One block of 20,000 persons, seed 11."""
    return written_once(tmp_path_factory, "register-20k", persons=20_000, seed=11)


@pytest.fixture(scope="session")
def trained(small_register: Path, tmp_path_factory: pytest.TempPathFactory) -> "Trained":
    """The small register trained, published and approved by the real commands, once for all tests."""
    from tests.candidates import Trained, train_small

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, claim = shared / "trained-20k", shared / "trained-20k.claimed"
    done = claim / "done"
    try:
        claim.mkdir()
    except FileExistsError:
        _wait_for(done, claim)
        return Trained(folder)
    try:
        folder.mkdir()
        train_small(small_register, folder)
    except BaseException:
        (claim / "failed").touch()
        raise
    done.touch()
    return Trained(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator["Postgres"]:
    """A PostgreSQL server of this test process; whoever stops it starts it again."""
    from tests.postgres import a_server

    with a_server("fsync = off", "wal_recycle = off") as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a journal may lie: a path without a file yet, or the address of an empty journal."""
    if request.param == "sqlite":
        return str(tmp_path / "journal.db")
    server: Postgres = request.getfixturevalue("postgres")
    return server.a_journal()


@pytest.fixture
def as_in_the_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that a test starts find neither pandas nor scikit-learn: the image has none.

    LightGBM imports both where they are, and every process of the service waits two seconds for it.
    """
    without = tmp_path / "without"
    without.mkdir()
    for name in ("pandas", "sklearn"):
        (without / f"{name}.py").write_text(f'raise ImportError("{name} is not in the image")\n', "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(without))
