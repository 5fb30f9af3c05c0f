"""The audit step: the only place of training that opens the truth and the protected columns.

They measure a finished candidate and never reach a fit (REQ-55); `tests/test_rooms.py` holds the
other files to that. As with the extract, no file is parsed before its digest is found right.
"""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from profilering.risk import Outcome
from training.contract import ExtractError, Fault
from training.digests import faults_of_files, listed_files, read_description
from training.extract import UNREADABLE

Floats = NDArray[np.float64]

PROTECTED = ("kjoenn", "landbakgrunn")
PROTECTED_FOLDER, TRUTH_FOLDER = "vernede", "truth"


def true_probability(register: Path, periode_ids: pl.Series, outcome: Outcome) -> Floats | None:
    """The probability each registrering really had, or None for a register that has no truth.

    Only the synthetic register knows; it is an upper bound that no model can reach. Raises
    ExtractError when its files are not the ones that were listed.
    """
    truth = _read(register, TRUTH_FOLDER, "registreringer/", ("periode_id", f"p_{outcome.value.lower()}"))
    if truth is None:
        return None
    joined = periode_ids.to_frame("periode_id").join(
        truth, on="periode_id", how="left", maintain_order="left"
    )
    return joined.to_series(1).cast(pl.Float64).to_numpy()


def protected_columns(register: Path, person_ids: pl.Series) -> pl.DataFrame:
    """Protected values, one row per id, for the group tables only; no column when the register brings none.

    Raises ExtractError when their files are not the ones that were listed.
    """
    protected = _read(register, PROTECTED_FOLDER, "", ("person_id", *PROTECTED))
    if protected is None:
        return pl.DataFrame()
    joined = person_ids.to_frame("person_id").join(
        protected, on="person_id", how="left", maintain_order="left"
    )
    return joined.select(PROTECTED)


def refuse_damaged(register: Path) -> None:
    """Raise ExtractError when a file of these folders is not the one that was listed; parses none."""
    about = read_description(register)
    folders = (PROTECTED_FOLDER, TRUTH_FOLDER)
    if damaged := [fault for folder in folders for fault in faults_of_files(register, about, folder)]:
        raise ExtractError(tuple(damaged))


def _read(register: Path, folder: str, table: str, columns: tuple[str, ...]) -> pl.DataFrame | None:
    """All parts of a table, or None where the register brings none."""
    about = read_description(register)
    if damaged := tuple(faults_of_files(register, about, folder)):
        raise ExtractError(damaged)
    parts = [register / folder / name for name in listed_files(about, folder) if name.startswith(table)]
    if not parts:
        return None
    try:
        return pl.read_parquet(parts, columns=list(columns), glob=False)
    except UNREADABLE:
        remedy = "deliver it as Parquet with these columns"
        fault = Fault(f"{folder}/{table}*.parquet", ", ".join(columns), "cannot be read", 0, None, remedy)
        raise ExtractError((fault,)) from None
