"""Licences of what is delivered, and its bill of materials (CycloneDX) held against the lock."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from tests.image import Image

ROOT = Path(__file__).parents[1]
CYCLONEDX = Path(sys.executable).with_name("cyclonedx-py")
_JOINED = re.compile(r" AND | OR |[()]")


@dataclass(frozen=True, slots=True)
class Licences:
    """The list a jurist reads: what is allowed, and what we read where a package does not say it well."""

    allowed: frozenset[str]  # SPDX ids
    read: Mapping[str, tuple[str, str]]  # by package: SPDX expression, file it was read in


def read_licences(path: Path = ROOT / "docs" / "licences.toml") -> Licences:
    """Read the list."""
    listed = tomllib.loads(path.read_text("utf-8"))
    return Licences(
        frozenset(entry["spdx"] for entry in listed["lisens"]),
        {entry["navn"]: (entry["spdx"], entry["lest"]) for entry in listed["pakke"]},
    )


def stated_licence(package: str) -> str:
    """What an installed package says of itself; empty where it says nothing on one line."""
    about = distribution(package).metadata
    stated = [about[field] for field in ("License-Expression", "License") if field in about]
    return stated[0] if stated and "\n" not in stated[0] else ""


def not_allowed(package: str, licences: Licences) -> set[str]:
    """The licences of a package that the list does not hold; each one named counts, whatever joins them."""
    expression, _ = licences.read.get(package, (stated_licence(package), ""))
    named = {name.strip() for name in _JOINED.split(expression)} - {""}
    return (named or {"none stated"}) - licences.allowed


def bill_of_materials(image: Image) -> dict[str, str]:
    """Package → version of all that is installed in an image, as CycloneDX's own tool finds it."""
    python = str(image.app / "venv" / "bin" / "python")
    command = [
        str(CYCLONEDX),
        "environment",
        "--no-validate",
        "--output-reproducible",
        "--of",
        "JSON",
        python,
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {_plain(part["name"]): part["version"] for part in json.loads(said)["components"]}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
