"""What a register extract promises, as data (`TABLES`), and where it does not keep it.

Each fault says file, column, how many rows, the number of one such row, and what to do; never a
value, because a value may identify somebody.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from profilering.errors import DataError
from profilering.registrering import Beskrivelse, JaNeiVetIkke, Livsoppholdsytelse

ANSWERS = tuple(a.value for a in JaNeiVetIkke)
BESKRIVELSER = tuple(b.value for b in Beskrivelse)
YTELSER = tuple(y.value for y in Livsoppholdsytelse)
LONG_NUMBER = r"\d{11}"
"""Eleven digits in a row are taken for a fødselsnummer wherever they stand."""


@dataclass(frozen=True, slots=True)
class Column:
    """What one column of an extract must hold."""

    dtype: pl.DataType
    nullable: bool = False
    codes: tuple[str, ...] | None = None
    pattern: str | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class TableContract:
    """Columns by name, the columns that make a row unique, and the (from, to) pair that must be in order."""

    columns: dict[str, Column]
    key: tuple[str, ...] = ()
    interval: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken promise of an extract."""

    file: str
    column: str
    problem: str
    rows: int
    example_row: int | None  # counted from 0 within the table
    remedy: str

    def __str__(self) -> str:
        row = f", for example row {self.example_row}" if self.example_row is not None else ""
        count = f" in {self.rows} rows{row}" if self.rows else ""
        return f"{self.file}, column {self.column}: {self.problem}{count}; {self.remedy}"


class ExtractError(DataError):
    """An extract that breaks its contract; `faults` says where."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


PERSON = Column(pl.String(), pattern=r"^[A-Za-z0-9-]{1,36}$")
DAY, MAYBE_DAY = Column(pl.Date()), Column(pl.Date(), nullable=True)
ANSWER = Column(pl.String(), nullable=True, codes=ANSWERS)
STYRK08 = Column(pl.String(), nullable=True, pattern=r"^\d{1,4}$")
FYLKE = Column(pl.String(), pattern=r"^\d{2}$")
TILTAKSTYPE = Column(pl.String(), pattern=r"^[A-ZÆØÅ0-9_]{1,40}$")  # a code, never free text

TABLES: dict[str, TableContract] = {
    "registreringer": TableContract(
        {
            "periode_id": PERSON,
            "person_id": PERSON,
            "registrert": DAY,
            "nus": Column(pl.String(), nullable=True, pattern=r"^\d$"),
            "bestaatt": ANSWER,
            "godkjent": ANSWER,
            "helsetilstand_hindrer_arbeid": ANSWER,
            "andre_forhold_hindrer_arbeid": ANSWER,
            "jobbsituasjon": Column(pl.List(pl.String()), nullable=True, codes=BESKRIVELSER),
            "styrk08": STYRK08,
            "foedselsaar": Column(pl.Int64(), low=1900, high=2100),
            "fylke": FYLKE,
        },
        key=("periode_id",),
    ),
    "arbeidsforhold": TableContract(
        {
            "person_id": PERSON,
            "startet": DAY,
            "sluttet": MAYBE_DAY,
            "stillingsprosent": Column(pl.Int64(), nullable=True, low=0, high=100),
            "styrk08": STYRK08,
            "startet_kjent": DAY,
            "sluttet_kjent": MAYBE_DAY,
        },
        interval=("startet", "sluttet"),
    ),
    "ytelser": TableContract(
        {
            "person_id": PERSON,
            "ytelse": Column(pl.String(), codes=YTELSER),
            "fom": DAY,
            "tom": MAYBE_DAY,
            "kjent_fra": DAY,
        },
        interval=("fom", "tom"),
    ),
    "perioder": TableContract(
        {"person_id": PERSON, "periode_id": PERSON, "startet": DAY, "avsluttet": MAYBE_DAY},
        key=("periode_id",),
        interval=("startet", "avsluttet"),
    ),
    "tiltak": TableContract(
        {"person_id": PERSON, "type": TILTAKSTYPE, "fom": DAY, "tom": MAYBE_DAY},
        interval=("fom", "tom"),
    ),
    "arbeidsmarked": TableContract(
        {
            "maaned": DAY,
            "fylke": FYLKE,
            "styrk1": Column(pl.String(), pattern=r"^\d$"),
            "ledighet": Column(pl.Float64(), low=0, high=100),
            "ledige_stillinger_per_ledig": Column(pl.Float64(), low=0, high=1000),
            "kjent_fra": DAY,
        },
        key=("maaned", "fylke", "styrk1"),
    ),
}

REFERENCES = (("registreringer", "perioder", ("periode_id", "person_id")),)
"""(table, table that must hold it, columns): a registrering is the opening of a period of that person."""


def faults_of(name: str, frame: pl.DataFrame) -> Iterator[Fault]:
    """Every broken promise of one table."""
    contract = TABLES[name]
    file = f"{name}/*.parquet"
    if frame.is_empty():
        yield Fault(file, "all", "no rows", 0, None, "deliver the rows; an empty table is not a small one")
    for column, wanted in contract.columns.items():
        if column not in frame.columns:
            yield Fault(file, column, "the column is missing", frame.height, None, "deliver it")
        elif not _same_kind(frame.schema[column], wanted.dtype):
            remedy = f"write it as {wanted.dtype}"
            yield Fault(file, column, f"type {frame.schema[column]}", frame.height, None, remedy)
        else:
            yield from _value_faults(file, column, wanted, frame)
    for column in sorted(set(frame.columns) - set(contract.columns)):
        yield Fault(file, column, "the column is not in the contract", frame.height, None, "leave it out")
    yield from _row_faults(file, contract, frame)


def _same_kind(found: pl.DataType, wanted: pl.DataType) -> bool:
    return found == wanted or (found.is_integer() and wanted.is_integer())


def _value_faults(file: str, name: str, wanted: Column, frame: pl.DataFrame) -> Iterator[Fault]:
    values = frame.lazy().select(name)
    for problem, bad, remedy in _value_checks(pl.col(name), wanted):
        rows = values.select(bad.fill_null(value=False)).collect().to_series().arg_true()
        if len(rows):
            yield Fault(file, name, problem, len(rows), rows[0], remedy)


def _value_checks(column: pl.Expr, wanted: Column) -> Iterator[tuple[str, pl.Expr, str]]:
    """What can be wrong with a value, an expression that is true where it is, and the remedy."""
    listed = isinstance(wanted.dtype, pl.List)

    def where(test: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
        return column.list.eval(test(pl.element())).list.any() if listed else test(column)

    if not wanted.nullable:
        yield "no value", column.is_null(), "fill it in or leave the row out"
    if listed:
        hollow = (column.list.len() == 0) | where(pl.Expr.is_null)
        yield "a list without values", hollow, "write null where nothing was stated"
    if wanted.codes is not None:
        codes = list(wanted.codes)
        yield "an unknown code", where(lambda value: ~value.is_in(codes)), f"use {', '.join(codes)}"
    if (pattern := wanted.pattern) is not None:
        yield "another form", where(lambda value: ~value.str.contains(pattern)), f"write it as {pattern}"
    if wanted.low is not None and wanted.high is not None:
        allowed = f"{wanted.low} to {wanted.high} is allowed"
        yield "a value out of range", ~column.is_between(wanted.low, wanted.high), allowed
    if wanted.dtype in (pl.String, pl.List(pl.String)):
        digits = where(lambda value: value.str.contains(LONG_NUMBER))
        yield "eleven digits in a row", digits, "take identifiers out of the extract"


def _row_faults(file: str, contract: TableContract, frame: pl.DataFrame) -> Iterator[Fault]:
    if contract.key and set(contract.key) <= set(frame.columns):
        repeated = frame.select(contract.key).is_duplicated()
        if repeated.any():
            remedy = "deliver each once"
            columns = ", ".join(contract.key)
            yield Fault(file, columns, "repeated key", int(repeated.sum()), repeated.arg_max(), remedy)
    if contract.interval and all(frame.schema.get(c) == pl.Date for c in contract.interval):
        first, last = contract.interval
        backwards = (frame[last] < frame[first]).fill_null(value=False)
        if backwards.any():
            remedy = f"{last} must not be before {first}"
            yield Fault(file, last, "interval backwards", int(backwards.sum()), backwards.arg_max(), remedy)


def orphans(frames: Mapping[str, pl.DataFrame | None]) -> Iterator[Fault]:
    """Rows that point at a row nobody delivered; asked only of tables without other faults."""
    for child, parent, columns in REFERENCES:
        children, parents = frames[child], frames[parent]
        if children is None or parents is None:
            continue
        rows = children.with_row_index("row").join(parents, on=columns, how="anti")["row"].sort()
        if len(rows):
            problem, remedy = f"no such row in {parent}", f"deliver its row in {parent}"
            yield Fault(f"{child}/*.parquet", ", ".join(columns), problem, len(rows), rows[0], remedy)


def dtypes(name: str) -> pl.Schema:
    """The columns of one table, in the types the rest of the project reads."""
    return pl.Schema({column: wanted.dtype for column, wanted in TABLES[name].columns.items()})
