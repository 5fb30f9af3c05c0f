"""The register of risks as a technical file needs it: every field of every risk, or why there is none."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from profilering.errors import SetupError
from training.about import ROOT
from training.technical_file.evidence import Shown
from training.typed_toml import ConfigError, build

RISIKOREGISTER = ROOT / "models" / "risikoregister.toml"


@dataclass(frozen=True, slots=True)
class Risiko:
    """What may go wrong for whom, what was done, what shows it, and what is left."""

    id: str
    hva: str
    hvem: str
    alvor: str
    krav: tuple[str, ...]  # REQ-…
    tiltak: str
    tester: tuple[str, ...]  # tests/test_x.py::test_name
    gjenstaar: str
    eier: str


def risks_in(file: Shown) -> tuple[Risiko, ...]:
    """Read the risks. Raises SetupError when the file is no register."""
    try:
        return tuple(_risks(tomllib.loads(file.text), file.evidence.name))
    except (tomllib.TOMLDecodeError, ConfigError) as problem:
        raise SetupError(f"{file.evidence.name} is no register of risks: {problem}") from None


def _risks(table: dict[str, Any], name: str) -> Iterator[Risiko]:
    for number, one in enumerate(table.get("risiko", ())):
        yield build(Risiko, one, f"{name}: risiko[{number}]")


def is_there(test: str, root: Path) -> bool:
    """Whether a test named `tests/test_x.py::test_name` is a function in that file."""
    file, _, name = test.partition("::")
    path = root / file
    return path.is_file() and f"def {name}(" in path.read_text("utf-8")
