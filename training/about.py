"""What a run was made of, so that it can be made again: data, code, lock, settings, who."""

import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from models.canonical import digest_of
from models.code import code_digest
from training.digests import EXTRACT
from training.extract import Extract
from training.nav_config import NavConfig

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements-training.lock"
LIBRARIES = ("lightgbm", "numpy", "polars", "scikit-learn", "scipy")
"""What a figure could depend on."""
NO_CHECKOUT = "ukjent: ikke et git-arkiv"


@dataclass(frozen=True, slots=True)
class About:
    """The origin of a run, as it stands in the bundle and on the card."""

    register: str
    extract_date: str  # day
    synthetic: bool
    data: Mapping[str, str]  # file of the extract → digest, found right
    config: Mapping[str, Any]
    trainer: str
    commit: str
    uncommitted: bool  # the working tree held changes: the commit alone does not give the code
    code: str  # digest of models and profilering
    lock: str
    libraries: Mapping[str, str]
    python: str

    def as_json(self) -> dict[str, Any]:
        """As plain values for run.json."""
        return asdict(self)


def about_run(extract: Extract, config: NavConfig, trainer: str) -> About:
    """Read what there is to know of this machine, this checkout and this extract."""
    commit = _git("rev-parse", "HEAD")
    return About(
        register=extract.name,
        extract_date=extract.extract_date.isoformat(),
        synthetic=extract.synthetic,
        data={f"{EXTRACT}/{file}": digest for file, digest in extract.files.items()},
        config=config.resolved(),
        trainer=trainer,
        commit=commit or NO_CHECKOUT,
        uncommitted=bool(_git("status", "--porcelain")),
        code=code_digest(),
        lock=digest_of(LOCK.read_bytes()) if LOCK.exists() else "",
        libraries={name: version(name) for name in LIBRARIES},
        python=platform.python_version(),
    )


def _git(*arguments: str) -> str | None:
    """What git says of the working tree; None outside a checkout or without git."""
    try:
        asked = subprocess.run(  # noqa: S603 - words of our own
            ["git", *arguments],  # noqa: S607 - the git of the data scientist's own path
            cwd=ROOT, capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.strip()
