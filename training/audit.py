"""The audit step: the only place of training that opens the truth and the protected columns.

They measure a finished candidate and never reach a fit (REQ-55); `tests/test_rooms.py` holds the
other files to that.
"""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from profilering.risk import Outcome

Floats = NDArray[np.float64]

PROTECTED = ("kjoenn", "landbakgrunn")


def true_probability(register: Path, periode_ids: pl.Series, outcome: Outcome) -> Floats | None:
    """The probability each registrering really had, or None for a register that has no truth.

    Only the synthetic register knows; it is an upper bound that no model can reach.
    """
    folder = register / "truth" / "registreringer"
    if not folder.is_dir():
        return None
    truth = pl.read_parquet(folder / "*.parquet", columns=["periode_id", f"p_{outcome.value.lower()}"])
    joined = periode_ids.to_frame("periode_id").join(
        truth, on="periode_id", how="left", maintain_order="left"
    )
    return joined.to_series(1).cast(pl.Float64).to_numpy()


def protected_columns(register: Path, person_ids: pl.Series) -> dict[str, list[str | None]]:
    """Protected values per row, for the group table only; empty when the register brings none."""
    folder = register / "vernede"
    if not folder.is_dir():
        return {}
    protected = pl.read_parquet(folder / "*.parquet", columns=["person_id", *PROTECTED])
    joined = person_ids.to_frame("person_id").join(
        protected, on="person_id", how="left", maintain_order="left"
    )
    return {column: joined[column].to_list() for column in PROTECTED}
