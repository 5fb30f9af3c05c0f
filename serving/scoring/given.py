"""The files to be scored: checked before the first row, read a slice at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import polars as pl

from profilering.errors import CallerError
from serving.scoring.scored import SCHEMA

TEXT = "forespoersel"
"""The column with the request's body."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows in a row of one file."""

    file: Path
    first: int
    rows: int

    def read(self, keep: Sequence[str]) -> pl.DataFrame:
        """The text and the columns to keep. Raises CallerError for a row without text, or that is gone."""
        columns = list(dict.fromkeys((TEXT, *keep)))
        lazy = pl.scan_parquet(self.file, glob=False).select(columns).slice(self.first, self.rows)
        try:
            frame = lazy.collect(engine="streaming")
        except (pl.exceptions.PolarsError, OSError):
            raise _changed(self.file) from None
        if len(frame) != self.rows:
            raise _changed(self.file)
        if frame[TEXT].null_count():
            row = self.first + (frame[TEXT].is_null().arg_max() or 0) + 1
            raise CallerError(f"row {row} of {self.file.name} has no {TEXT}; leave the row out")
        return frame


@dataclass(frozen=True, slots=True)
class Given:
    """The files in the order of their names, with their rows, and the columns that are carried through."""

    files: Mapping[Path, int]
    keep: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(self.files.values())

    def slices(self, rows: int) -> Iterator[Slice]:
        """All rows in order, at most so many at a time; no slice goes over the end of a file."""
        for file, of in self.files.items():
            for first in range(0, of, rows):
                yield Slice(file, first, min(rows, of - first))

    def described(self) -> list[dict[str, object]]:
        """What tells these files from others: name, rows and digest of every byte."""
        return [
            {"fil": file.name, "rader": rows, "digest": _digest_of(file)} for file, rows in self.files.items()
        ]

    def refuse_changed(self, described: Sequence[Mapping[str, object]]) -> None:
        """Raises CallerError where a file is no longer what was described."""
        for file, before, now in zip(self.files, described, self.described(), strict=True):
            if before != now:
                raise _changed(file)


def given_at(place: Path, keep: Sequence[str]) -> Given:
    """Look at one Parquet file, or at all in a folder. Raises CallerError for what cannot be scored."""
    found = (file for file in place.glob("*.parquet") if file.is_file())
    files = sorted(found) if place.is_dir() else [place]
    if not files:
        raise CallerError(f"{place} holds no *.parquet")
    if taken := sorted(set(keep) & set(SCHEMA)):
        raise CallerError(f"--keep {taken[0]} is a column of the result; rename yours")
    schemas = [_schema_of(file, keep) for file in files]
    for file, schema in zip(files, schemas, strict=True):
        if schema != schemas[0]:
            raise CallerError(f"{file.name} has other types than {files[0].name}: {schema}, {schemas[0]}")
    return Given({file: _rows_of(file) for file in files}, tuple(dict.fromkeys(keep)))


def _schema_of(file: Path, keep: Sequence[str]) -> dict[str, pl.DataType]:
    try:
        schema = pl.scan_parquet(file, glob=False).collect_schema()
    except (pl.exceptions.PolarsError, OSError):
        raise CallerError(f"{file} cannot be read as Parquet") from None
    for name in (TEXT, *keep):
        if name not in schema:
            raise CallerError(f"{file.name} has no column {name}; it has {', '.join(schema)}")
    if schema[TEXT] != pl.String:
        raise CallerError(f"{TEXT} in {file.name} is {schema[TEXT]}; it must be text, the body as JSON")
    return {name: schema[name] for name in (TEXT, *keep)}


def _rows_of(file: Path) -> int:
    return int(pl.scan_parquet(file, glob=False).select(pl.len()).collect().item())


def _digest_of(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return "sha256:" + file_digest(content, "sha256").hexdigest()
    except OSError:
        raise _changed(file) from None


def _changed(file: Path) -> CallerError:
    return CallerError(f"{file.name} changed while it was scored; leave it alone and begin in another folder")
