"""The design matrix: what every fit, baseline and score in this room is handed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profilering.errors import DataError

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

LARGEST_CODE = 2**31 - 1
"""LightGBM keeps category codes as 32-bit integers."""


@dataclass(frozen=True, slots=True)
class Design:
    """Features as numbers: n rows, one per person or registrering, and k named columns.

    NaN is missing. A categorical column holds whole codes from 0 and up. `monotone` says which
    way a column may move the estimate: 1 never lowers, -1 never raises, 0 is free.

    Raises DataError if the parts do not fit together.
    """

    names: tuple[str, ...]
    categorical: tuple[bool, ...]
    monotone: tuple[int, ...]
    values: Floats  # n rows, k columns, C order

    def __post_init__(self) -> None:
        self._check_shape()
        self._check_columns()

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Rows) -> "Design":
        """Give the same columns for the rows with these indices."""
        return Design(self.names, self.categorical, self.monotone, self.values[rows])

    def _check_shape(self) -> None:
        if self.values.ndim != 2 or self.values.dtype != np.float64 or not self.values.flags.c_contiguous:
            raise DataError(
                f"design values are {self.values.ndim}-dimensional {self.values.dtype}; "
                "give a two-dimensional float64 array in C order"
            )
        columns = self.values.shape[1]
        lengths = (len(self.names), len(self.categorical), len(self.monotone))
        if lengths != (columns, columns, columns):
            raise DataError(
                f"design has {columns} columns of values but {lengths[0]} names, "
                f"{lengths[1]} categorical flags and {lengths[2]} monotone directions; "
                "give one of each per column"
            )
        repeated = sorted({name for name in self.names if self.names.count(name) > 1})
        if repeated or "" in self.names:
            raise DataError(
                f"design columns must have different names; repeated or empty: {repeated or ['']}"
            )

    def _check_columns(self) -> None:
        for column, name in enumerate(self.names):
            if self.monotone[column] not in (-1, 0, 1):
                raise DataError(f"column {name}: monotone is {self.monotone[column]}; use -1, 0 or 1")
            if not self.categorical[column]:
                continue
            if self.monotone[column] != 0:
                raise DataError(f"column {name}: categories have no order, so monotone must be 0")
            codes = self.values[:, column]
            known = codes[~np.isnan(codes)]
            if np.any((known < 0) | (known > LARGEST_CODE) | (known != np.floor(known))):
                raise DataError(
                    f"column {name}: category codes must be whole, from 0 to {LARGEST_CODE}, or missing"
                )
