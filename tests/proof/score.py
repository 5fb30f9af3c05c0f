"""Many registreringer scored from Parquet, explanations included: time, and the memory of all processes."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from models.approved import load_approved
from profilering.errors import SetupError
from tests.bench.material import Material, material_of
from tests.bench.served import peak_mib
from tests.proof.replay import Practice

ROWS = 1_000_000
PEOPLE = 5_000
"""Different ones; each comes again under other ids."""
AT_A_TIME = 20_000
WATCH_SECONDS = 0.5
MOST_MIB = 2_048
"""All processes together; none may grow with the number of rows."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What one run of `python -m serving score` took."""

    rows: int
    answered: int
    seconds: float
    peak_mib: float  # of all its processes, the largest each had

    @property
    def holds(self) -> bool:
        return self.answered == self.rows and self.peak_mib <= MOST_MIB


def score_many(practice: Practice, folder: Path, *, rows: int) -> Scored:
    """Write so many requests, and have the command score them. Raises SetupError where it fails."""
    market = load_approved(practice.approved, practice.artefacts).basis.arbeidsmarked
    given, out = folder / "inn", folder / "ut"
    _write(material_of(practice.register, market, people=PEOPLE, rows=PEOPLE), given, rows)
    command = [sys.executable, "-m", "serving", "score", str(given), str(out)]
    command += ["--approved", str(practice.approved), "--artefacts", str(practice.artefacts)]
    began, peak = time.perf_counter(), 0.0
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        while process.poll() is None:
            peak = max(peak, peak_mib(process.pid))
            time.sleep(WATCH_SECONDS)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SetupError(f"score ended with {process.returncode}: {(folder / 'log').read_text()[-500:]}")
    answered = pl.scan_parquet(out / "del-*.parquet").filter(pl.col("status") == 201).select(pl.len())
    return Scored(rows, int(answered.collect().item()), seconds, peak)


def processors() -> int:
    """How many the command has by default."""
    return os.cpu_count() or 1


def _write(material: Material, folder: Path, rows: int) -> None:
    folder.mkdir()
    for number, begun in enumerate(range(0, rows, AT_A_TIME)):
        bodies = [body.decode() for body in material.bodies(min(AT_A_TIME, rows - begun))]
        pl.DataFrame({"forespoersel": bodies}).write_parquet(folder / f"{number:05}.parquet")
