"""A run killed at any moment leaves no half-published model: whole under its digest, or not there."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from models.bundle import MANIFEST, folder_of, read_bundle
from profilering.errors import SetupError
from tests.candidates import ROOT, SMALL, SMALL_GATES, Trained
from training.release.publish import MAKING
from training.release.registry import DATABASE, challenger_bundle

PATIENCE_SECONDS = 60

PUBLISHES = """
import json, os, sys
from itertools import count
from pathlib import Path
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
import mlflow.store.tracking.sqlalchemy_store
from training.release.publish import write_bundle
from training.release.registry import register_run

source, folder = Path(sys.argv[1]), Path(sys.argv[2])
manifest = json.loads((source / "manifest.json").read_bytes())
files = {name: (source / name).read_bytes() for name in manifest.pop("files")}
del manifest["format"]

def publish_on_and_on():
    for number in count():
        files["run.json"] = json.dumps({"number": number, "process": os.getpid()}).encode()
        digest = write_bundle(files, manifest, folder / "artefacts")
        place = folder / "artefacts" / digest.removeprefix("sha256:")
        tags = {"bundle": digest}
        register_run(folder / "mlflow", params={}, metrics={}, tags=tags, files=source, bundle=place)
        print("published", flush=True)

for _ in sys.stdin:
    process = os.fork()  # a new run, without the seconds of its imports
    if process == 0:
        publish_on_and_on()
    print(process, flush=True)
    print("ended by", os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
"""


def whole_bundles(artefacts: Path) -> set[str]:
    """Digests of the bundles that are there; each is verified and tried as at a load."""
    digests = {f"sha256:{f.name}" for f in artefacts.iterdir() if not f.name.startswith(MAKING)}
    for digest in digests:
        read_bundle(folder_of(artefacts, digest), digest)
    return digests


def test_publishing_killed_at_any_moment_leaves_whole_bundles_only(trained: Trained, tmp_path: Path) -> None:
    """Once while the store is made, once in the midst of later publications."""
    seen: set[str] = set()
    with subprocess.Popen(
        [sys.executable, "-c", PUBLISHES, str(trained.bundle), str(tmp_path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as runs:  # fmt: skip
        for publications in (0, 2):
            run = begun(runs)
            for _ in range(publications):
                assert said(runs) == "published"
            wait_until_making(tmp_path / "mlflow") if publications == 0 else time.sleep(0.15)
            os.kill(run, signal.SIGKILL)
            assert "ended by -9" in iter(lambda: said(runs), "")
            seen |= whole_bundles(tmp_path / "artefacts")
    assert len(seen) >= 3  # one was published whole before each kill, and one more
    assert challenger_bundle(tmp_path / "mlflow") in seen
    leftovers = [f for f in (tmp_path / "artefacts").iterdir() if f.name.startswith(MAKING)]
    assert len(leftovers) <= 1  # the next writer cleared away what the others left


def begun(runs: "subprocess.Popen[str]") -> int:
    """Ask for a run that publishes; its process."""
    assert runs.stdin is not None
    runs.stdin.write("\n")
    runs.stdin.flush()
    return int(said(runs))


def said(runs: "subprocess.Popen[str]") -> str:
    assert runs.stdout is not None
    return runs.stdout.readline().strip()


def wait_until_making(store: Path) -> None:
    """Until a run has begun to make the tables of its store, and no longer."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not list(store.glob(".making-*.db")):
        assert time.monotonic() < end
        time.sleep(0.01)
    assert not (store / DATABASE).exists()


def test_a_training_killed_while_it_measures_publishes_nothing(small_register: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training", "train", str(small_register), "--gates", str(SMALL_GATES)]
    places = ["--out", str(tmp_path / "out"), "--artefacts", str(tmp_path / "artefacts"), *SMALL]
    child = subprocess.Popen(
        [*command, *places], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert child.stderr is not None
    assert any("mål" in line for line in iter(child.stderr.readline, ""))
    child.send_signal(signal.SIGKILL)
    assert child.wait(timeout=20) == -signal.SIGKILL
    child.stderr.close()
    assert not (tmp_path / "artefacts").exists()
    assert not (tmp_path / "out" / "mlflow").exists()


def test_a_file_cut_short_is_not_taken_for_a_bundle(trained: Trained, tmp_path: Path) -> None:
    """What the rename guards against: the same check finds a bundle that is only half there."""
    half = tmp_path / trained.bundle.name
    half.mkdir()
    for path in trained.bundle.iterdir():
        (half / path.name).write_bytes(path.read_bytes()[: 1 if path.name == "calibration.json" else None])
    with pytest.raises(SetupError, match=r"calibration\.json of the bundle is damaged"):
        whole_bundles(tmp_path)


def test_the_registry_names_only_what_is_there(trained: Trained) -> None:
    with sqlite3.connect(trained.out / "mlflow" / "mlflow.db") as store:
        sources = [row[0] for row in store.execute("SELECT source FROM model_versions")]
    assert [Path(source.removeprefix("file://")).name for source in sources] == [trained.bundle.name]
    manifest = json.loads((trained.bundle / MANIFEST).read_bytes())
    assert manifest["version"] == trained.result["version"]
