"""A run killed at any moment leaves no half-published model: whole under its digest, or not there."""

import json
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
from training.release.registry import challenger_bundle

MOMENTS = ((0, 4.0), (2, 0.15))
"""Kills: after so many whole publications, so many seconds later; the first while the store is made."""

PUBLISHES = """
import json, sys
from itertools import count
from pathlib import Path
from training.release.publish import write_bundle
from training.release.registry import register_run

source, folder, first = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
manifest = json.loads((source / "manifest.json").read_bytes())
files = {name: (source / name).read_bytes() for name in manifest.pop("files")}
del manifest["format"]
print("begins", flush=True)
for number in count(first):
    files["run.json"] = json.dumps({"number": number}).encode()
    digest = write_bundle(files, manifest, folder / "artefacts")
    place = folder / "artefacts" / digest.removeprefix("sha256:")
    tags = {"bundle": digest}
    register_run(folder / "mlflow", params={}, metrics={}, tags=tags, files=source, bundle=place)
    print("published", flush=True)
"""


def whole_bundles(artefacts: Path) -> set[str]:
    """Digests of the bundles that are there; each is verified and tried as at a load."""
    digests = {f"sha256:{f.name}" for f in artefacts.iterdir() if not f.name.startswith(MAKING)}
    for digest in digests:
        read_bundle(folder_of(artefacts, digest), digest)
    return digests


def test_publishing_killed_at_any_moment_leaves_whole_bundles_only(trained: Trained, tmp_path: Path) -> None:
    seen: set[str] = set()
    for kill, (publications, seconds) in enumerate(MOMENTS):
        child = subprocess.Popen(
            [sys.executable, "-c", PUBLISHES, str(trained.bundle), str(tmp_path), str(kill * 1000)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == b"begins\n"
        for _ in range(publications):
            assert child.stdout.readline() == b"published\n"
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        assert child.wait(timeout=20) == -signal.SIGKILL
        child.stdout.close()
        seen |= whole_bundles(tmp_path / "artefacts") if (tmp_path / "artefacts").exists() else set()
    assert len(seen) >= 2  # some were published whole before the kill
    assert challenger_bundle(tmp_path / "mlflow") in seen
    leftovers = [f for f in (tmp_path / "artefacts").iterdir() if f.name.startswith(MAKING)]
    assert len(leftovers) <= 1  # the next writer cleared away what the others left


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
