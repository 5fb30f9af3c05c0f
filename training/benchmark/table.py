"""Read a benchmark's table and say, column by column, what is wrong with it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from profilering.errors import CallerError, DataError
from training.benchmark.spec import Kind, Spec, label_of, nearest
from training.fairness.groups import GroupValue

Floats = NDArray[np.float64]

WORDS_FOR_MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", ".")
"""What other programs write in a number column for a missing value."""

MOST_GROUPS = 100
"""A protected column with more values than this is an identifier or a measurement, not a grouping."""


@dataclass(frozen=True, slots=True)
class BenchmarkTable:
    """The checked table, n rows, one per unit of the register."""

    outcome: Floats  # 0 or 1
    weights: Floats | None
    time_labels: tuple[str, ...] | None  # one per row, where the spec splits by time
    features: pl.DataFrame  # Float64 for numbers, String for categories; null is missing
    protected: Mapping[str, tuple[GroupValue, ...]]
    identical: int = 0  # rows that repeat an earlier one in every column


def read_table(spec: Spec, data_dir: Path) -> BenchmarkTable:
    """Read the columns a spec names and check them all before giving up.

    Raises CallerError if the file or a column is not there, DataError with one line per fault
    otherwise: file, column, number of rows, an example row (1 is the first below the header),
    never a value.
    """
    frame = _read_columns(spec, data_dir / spec.file)
    checker = _Checker(spec.file, [])
    if frame.is_empty():
        raise DataError(f"{spec.file}: has no rows; give a table with some")
    table = BenchmarkTable(
        outcome=checker.outcome(frame[spec.outcome]),
        weights=checker.weights(frame[spec.weights]) if spec.weights else None,
        time_labels=checker.time_labels(frame[spec.time]) if spec.time and spec.split else None,
        features=pl.DataFrame([checker.feature(frame[column.name], column.kind) for column in spec.features]),
        protected={name: checker.protected(frame[name]) for name in spec.protected},
        identical=frame.height - frame.n_unique(),
    )
    if checker.faults:
        raise DataError("\n".join(checker.faults))
    return table


def _read_columns(spec: Spec, path: Path) -> pl.DataFrame:
    """Read the named columns only; categories of a CSV as text, so that 01 stays 01."""
    named = [spec.outcome, *(feature.name for feature in spec.features), *spec.protected]
    named += [column for column in (spec.weights, spec.time) if column]
    wanted = list(dict.fromkeys(named))
    texts = [feature.name for feature in spec.features if feature.kind is Kind.CATEGORY]
    if path.suffix not in {".csv", ".parquet"}:
        raise CallerError(f"file {spec.file} is neither .csv nor .parquet; convert it to one of them")
    if not path.is_file():
        raise CallerError(
            f"file {spec.file} is not in {path.parent}; check file in the spec and the data folder"
        )
    try:
        scan = (
            pl.scan_parquet(path) if path.suffix == ".parquet" else pl.scan_csv(path, infer_schema_length=0)
        )
        known = scan.collect_schema().names()
        for column in wanted:
            if column not in known:
                hint = nearest(column, known)
                raise CallerError(f"{spec.file}: column {column} is missing{hint or '; correct the spec'}")
        if path.suffix == ".parquet":
            return scan.select(wanted).collect()
        overrides = dict.fromkeys(texts, pl.String)
        return pl.read_csv(path, columns=wanted, infer_schema_length=None, schema_overrides=overrides)
    except pl.exceptions.PolarsError as fault:
        raise DataError(f"{spec.file}: cannot be read as {path.suffix}; check that it is whole") from fault


@dataclass(frozen=True, slots=True)
class _Checker:
    """Turns raw columns into checked ones and keeps a line for each fault."""

    file: str
    faults: list[str]

    def outcome(self, column: pl.Series) -> Floats:
        values = self._numbers(column)
        self._note(
            column.name, ~np.isin(values, (0.0, 1.0)), "are not 0 or 1; code the outcome so, drop the unknown"
        )
        if np.unique(values[np.isin(values, (0.0, 1.0))]).size == 1:
            self._note_column(column.name, "has one class only; both 0 and 1 are needed")
        return values

    def weights(self, column: pl.Series) -> Floats:
        values = self._numbers(column)
        self._note(
            column.name, ~(np.isfinite(values) & (values >= 0)), "are missing, negative or infinite weights"
        )
        if not np.nansum(values) > 0:
            self._note_column(column.name, "gives nobody any weight; correct it or leave weights out")
        return values

    def time_labels(self, column: pl.Series) -> tuple[str, ...]:
        self._note(column.name, column.is_null().to_numpy(), "have no time; fill it in or drop them")
        return tuple(label_of(value) for value in column.to_list())

    def feature(self, column: pl.Series, kind: Kind) -> pl.Series:
        if kind is Kind.CATEGORY:
            labels = [None if value is None else label_of(value) for value in column.to_list()]
            return pl.Series(column.name, labels, pl.String)
        values = self._numbers(column)
        self._note(column.name, np.isinf(values), "are infinite; make them missing")
        return pl.Series(column.name, values, pl.Float64, nan_to_null=True)

    def protected(self, column: pl.Series) -> tuple[GroupValue, ...]:
        values = tuple(_group_value(value) for value in column.to_list())
        if len(set(values)) > MOST_GROUPS:
            self._note_column(
                column.name, f"has more than {MOST_GROUPS} values; make it coarser or leave it out"
            )
        return values

    def _numbers(self, column: pl.Series) -> Floats:
        """Read a column as numbers, NaN where missing."""
        if column.dtype == pl.String:
            stripped = column.str.strip_chars()
            said = stripped.is_not_null() & ~stripped.is_in(list(WORDS_FOR_MISSING))
            read = stripped.cast(pl.Float64, strict=False)
            self._note(column.name, (said & read.is_null()).to_numpy(), "are not numbers; correct them")
            return _with_nan(read)
        if not (column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
            self._note_column(column.name, f"is {column.dtype}, not a number; convert it, dates to days")
            return np.full(len(column), math.nan)
        return _with_nan(column.cast(pl.Float64))

    def _note(self, column: str, wrong: NDArray[np.bool_], fault: str) -> None:
        if wrong.any():
            rows, first = int(wrong.sum()), int(np.argmax(wrong)) + 1
            self.faults.append(f"{self.file}: column {column}: {rows} rows (such as row {first}) {fault}")

    def _note_column(self, column: str, fault: str) -> None:
        self.faults.append(f"{self.file}: column {column}: {fault}")


def _with_nan(numbers: pl.Series) -> Floats:
    """Give a Float64 column as numpy, with NaN for null."""
    return np.ascontiguousarray(numbers.fill_null(math.nan).to_numpy(), dtype=np.float64)


def _group_value(value: object) -> GroupValue:
    """Keep a protected value as it stands: 1.0 as 1, NaN as missing, a date as text."""
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return int(value) if value.is_integer() else value
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)
