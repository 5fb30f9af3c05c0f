"""Reading a register extract: nothing goes on that breaks its contract.

Layout: `<register>/extract/<table>/*.parquet`, and `<register>/register.json` with `name`,
`extract_date` and the digest of every file (`training.digests`). What each table must hold stands in
`training.contract`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from training.contract import TABLES, ExtractError, Fault, dtypes, faults_of, orphans
from training.digests import DESCRIPTION, EXTRACT, faults_of_files, listed_files, read_description

UNREADABLE = (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What a file that is no Parquet raises; inside a page polars panics, which is not even an Exception."""


@dataclass(frozen=True, slots=True)
class Extract:
    """A checked extract: one frame per table of `TABLES`, and the day it was drawn."""

    name: str
    extract_date: date
    synthetic: bool
    files: Mapping[str, str]  # path below extract/ → digest
    registreringer: pl.DataFrame
    arbeidsforhold: pl.DataFrame
    ytelser: pl.DataFrame
    perioder: pl.DataFrame
    tiltak: pl.DataFrame
    arbeidsmarked: pl.DataFrame


def read_extract(register: Path) -> Extract:
    """Read and check a whole extract. Raises ExtractError with every fault found.

    Bytes first: while one file is not the one that was listed, none is parsed.
    """
    about = read_description(register)
    faults = list(_faults_of_description(about))
    if damaged := tuple(faults_of_files(register, about)):
        raise ExtractError((*faults, *damaged))
    files = listed_files(about)
    frames = {name: _read_table(register / EXTRACT, name, files, faults) for name in TABLES}
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
        files=files,
        **whole,
    )


def _faults_of_description(about: Mapping[str, Any]) -> Iterator[Fault]:
    try:
        date.fromisoformat(about["extract_date"])
        str(about["name"])
    except (ValueError, KeyError, TypeError):
        remedy = "write name and extract_date (YYYY-MM-DD) in it"
        yield Fault(DESCRIPTION, "extract_date", "cannot be read", 0, None, remedy)


def _read_table(
    folder: Path, name: str, files: Mapping[str, str], faults: list[Fault]
) -> pl.DataFrame | None:
    """All listed parts of one table, or a fault and None."""
    parts = sorted(file for file in files if PurePosixPath(file).parent.name == name)
    if not parts:
        faults.append(Fault(f"{name}/*.parquet", "all", "no file", 0, None, "deliver the table"))
    frames = []
    for part in parts:
        try:
            frames.append(pl.read_parquet(folder / part, glob=False))
        except UNREADABLE:
            faults.append(Fault(part, "all", "cannot be read as Parquet", 0, None, "deliver it again"))
    if not frames or len(frames) < len(parts):
        return None
    try:
        return pl.concat(frames)
    except pl.exceptions.PolarsError:
        remedy = "write all parts with the same columns and types"
        faults.append(Fault(f"{name}/*.parquet", "all", "parts differ in columns", 0, None, remedy))
        return None
