"""Reading a register extract: nothing goes on that breaks its contract.

Layout: `<register>/extract/<table>/*.parquet`, `<register>/register.json` with `extract_date`. What
each table must hold stands in `training.contract`.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from profilering.errors import DataError
from training.contract import TABLES, Fault, dtypes, faults_of, orphans

UNREADABLE = (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What a damaged Parquet file raises; inside a page polars panics, which is not even an Exception."""


class ExtractError(DataError):
    """An extract that breaks its contract; `faults` says where."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


@dataclass(frozen=True, slots=True)
class Extract:
    """A checked extract: one frame per table of `TABLES`, and the day it was drawn."""

    name: str
    extract_date: date
    synthetic: bool
    registreringer: pl.DataFrame
    arbeidsforhold: pl.DataFrame
    ytelser: pl.DataFrame
    perioder: pl.DataFrame
    tiltak: pl.DataFrame
    arbeidsmarked: pl.DataFrame


def read_extract(register: Path) -> Extract:
    """Read and check a whole extract. Raises ExtractError with every fault found."""
    faults: list[Fault] = []
    about = _read_about(register, faults)
    frames = {name: _read_table(register / "extract" / name, name, faults) for name in TABLES}
    for name, frame in frames.items():
        if frame is not None:
            faults.extend(faults_of(name, frame))
    if not faults:
        faults.extend(orphans(frames))
    if faults:
        raise ExtractError(tuple(faults))
    whole = {name: frame.cast(dtypes(name)) for name, frame in frames.items() if frame is not None}
    return Extract(
        name=str(about["name"]),
        extract_date=date.fromisoformat(str(about["extract_date"])),
        synthetic=about.get("synthetic") is True,
        **whole,
    )


def _read_about(register: Path, faults: list[Fault]) -> dict[str, object]:
    path = register / "register.json"
    try:
        about = json.loads(path.read_text("utf-8"))
        date.fromisoformat(about["extract_date"])
        str(about["name"])
    except (OSError, ValueError, KeyError, TypeError):
        remedy = "write name and extract_date (YYYY-MM-DD) in it"
        faults.append(Fault("register.json", "extract_date", "cannot be read", 0, None, remedy))
        return {}
    return dict(about)


def _read_table(folder: Path, name: str, faults: list[Fault]) -> pl.DataFrame | None:
    """All parts of one table, or a fault and None."""
    parts = sorted(folder.glob("*.parquet"))
    if not parts:
        faults.append(Fault(f"{name}/*.parquet", "all", "no file", 0, None, "deliver the table"))
    frames = []
    for part in parts:
        try:
            frames.append(pl.read_parquet(part, glob=False))
        except UNREADABLE:
            fault = Fault(
                f"{name}/{part.name}", "all", "cannot be read as Parquet", 0, None, "deliver it again"
            )
            faults.append(fault)
    if not frames or len(frames) < len(parts):
        return None
    try:
        return pl.concat(frames)
    except pl.exceptions.PolarsError:
        remedy = "write all parts with the same columns and types"
        faults.append(Fault(f"{name}/*.parquet", "all", "parts differ in columns", 0, None, remedy))
        return None
