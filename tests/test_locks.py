"""The locks: every package by hash, from no named index, and the service without training's tools."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = sorted(ROOT.glob("requirements*.lock"))
TRAINING_ONLY = {"mlflow", "mlflow-skinny", "shap", "matplotlib", "scikit-learn", "numba", "pandas"}


def pinned(lock: Path) -> dict[str, str]:
    """Package name → version of every pin in a lock."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==(\S+)", lock.read_text("utf-8"), re.M))


def named(requirement: str) -> str:
    return re.split(r"[\[<>=!~ ]", requirement)[0].lower()


def test_there_is_a_lock_for_each_use() -> None:
    assert [lock.stem for lock in LOCKS] == [
        "requirements-dev",
        "requirements-peers",
        "requirements-serving",
        "requirements-training",
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_pin_has_a_hash(lock: Path) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", lock.read_text("utf-8"), flags=re.M)[1:]
    assert len(blocks) == len(pinned(lock)) > 10
    assert [b.split("==")[0] for b in blocks if "--hash=sha256:" not in b] == []


@pytest.mark.parametrize(
    "path", [*LOCKS, ROOT / "pyproject.toml", ROOT / "Makefile"], ids=lambda path: path.name
)
def test_no_index_or_download_is_named(path: Path) -> None:
    assert re.search(r"https?://|--index-url|--find-links|git\+", path.read_text("utf-8")) is None


def test_the_service_is_installed_without_the_tools_of_training() -> None:
    assert set(pinned(ROOT / "requirements-serving.lock")) & TRAINING_ONLY == set()


def test_the_locks_agree_and_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    serving, training, dev = (
        pinned(ROOT / f"requirements-{use}.lock") for use in ("serving", "training", "dev")
    )
    assert serving.items() <= training.items() <= dev.items()
    assert {named(r) for r in project["dependencies"]} <= set(serving)
    assert {named(r) for r in project["optional-dependencies"]["training"]} <= set(training)
    assert {named(r) for r in project["optional-dependencies"]["dev"]} <= set(dev)
