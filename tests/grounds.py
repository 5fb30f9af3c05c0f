"""An honest journal to tamper with, and a console for somebody who owns its database."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from models.canonical import canonical_json
from models.signature import SigningKey, new_key, read_signing_key
from serving.journal import EntryKind, IdempotencyKey, NewEntry, Receipt
from serving.journal.checkpoints import write_checkpoint
from serving.journal.erasing import Moment, Why, erase
from serving.journal.places import POSTGRES, open_store
from tests.journals import CASE, CREATED, SALT, appended, connected, opened

ENTRIES = 12
WITH_CHECKPOINT = (5, 9, 12)
KINDS = {3: EntryKind.STANS, 5: EntryKind.VURDERING}
TABLES = {
    "hode": ("id", "nummer", "digest"),
    "innfoersel": ("nummer", "slag", "sak_id", "opprettet", "forrige", "forpliktelse", "digest"),
    "innhold": ("nummer", "salt", "bytes"),
    "noekkel": ("noekkel", "forespoersel", "nummer"),
    "sletting": ("nummer", "ved"),
}
OF_AN_ENTRY = ("innfoersel", "innhold", "noekkel")
Copy = Mapping[str, list[tuple[Any, ...]]]
"""The rows of every table."""


class Database:
    """A console on a journal; values are marked `?` for either database. Names of tables are ours."""

    def __init__(self, connection: Any, mark: str) -> None:
        self._connection, self._mark = connection, mark

    def run(self, statement: str, *values: object) -> None:
        self._connection.execute(statement.replace("?", self._mark), values)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return list(self._connection.execute(query.replace("?", self._mark), values).fetchall())

    def get(self, table: str, number: int, *columns: str) -> tuple[Any, ...]:
        (row,) = self.rows(f"SELECT {', '.join(columns)} FROM {table} WHERE nummer = ?", number)  # noqa: S608
        return row

    def put(self, table: str, number: int, **columns: object) -> None:
        for column, value in columns.items():
            self.run(f"UPDATE {table} SET {column} = ? WHERE nummer = ?", value, number)  # noqa: S608

    def add(self, table: str, *rows: tuple[object, ...]) -> None:
        columns = TABLES[table]
        marks = ", ".join(f"({', '.join('?' for _ in columns)})" for _ in rows)
        values = (value for row in rows for value in row)
        self.run(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {marks}", *values)  # noqa: S608

    def remove(self, number: int, *tables: str) -> None:
        for table in tables:
            self.run(f"DELETE FROM {table} WHERE nummer = ?", number)  # noqa: S608

    def move(self, numbers: Mapping[int, int], *tables: str) -> None:
        """Renumber rows, by way of negative numbers so that none meets another."""
        for table in tables:
            for old, new in numbers.items():
                self.put(table, old, nummer=-new)
            for new in numbers.values():
                self.put(table, -new, nummer=new)

    def copy(self) -> Copy:
        return {
            table: self.rows(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608
            for table, columns in TABLES.items()
        }

    def put_back(self, copy: Copy) -> None:
        for table in reversed(TABLES):
            self.run(f"DELETE FROM {table}")  # noqa: S608
        for table, rows in copy.items():
            if rows:
                self.add(table, *rows)


@contextmanager
def as_owner(place: str) -> Iterator[Database]:
    """Write, in one transaction, where nothing of the journal's own defences holds."""
    with connected(place) as connection:
        if place.startswith(POSTGRES):
            connection.execute("SET session_replication_role = replica")
            database = Database(connection, "%s")
        else:
            connection.execute("PRAGMA synchronous = OFF")
            database = Database(connection, "?")
            for (name,) in database.rows("SELECT name FROM sqlite_schema WHERE type = 'trigger'"):
                database.run(f"DROP TRIGGER {name}")
        database.run("BEGIN")
        yield database
        database.run("COMMIT")


@dataclass(frozen=True, slots=True)
class Ground:
    """An honest journal to tamper with, again and again."""

    place: str
    checkpoints: Path
    key: SigningKey
    old: Copy  # when entry 7 was the last one
    now: Copy
    files: Mapping[str, bytes]  # of the checkpoints

    def restore(self) -> None:
        """Make it honest again."""
        with as_owner(self.place) as database:
            database.put_back(self.now)
        for file in self.checkpoints.iterdir():
            file.unlink()
        for name, content in self.files.items():
            (self.checkpoints / name).write_bytes(content)


def an_honest_journal(place: str, folder: Path) -> Ground:
    """Write twelve entries with the program itself, where there is none yet.

    They stand four minutes apart; 8 erases 1 and 6, and 5, 9 and 12 have a checkpoint.
    """
    checkpoints = folder / "sjekkpunkter"
    checkpoints.mkdir()
    new_key(folder / "noekkel.pem")
    key = read_signing_key(folder / "noekkel.pem")
    with opened(place) as journal:
        for number in range(1, 8):
            _sign(checkpoints, appended(journal, _entry(number)), key)
        old = _copy_of(place)
        _erase(place, [1, 6])
        for number in range(9, ENTRIES + 1):
            _sign(checkpoints, appended(journal, _entry(number)), key)
    files = {file.name: file.read_bytes() for file in checkpoints.iterdir()}
    return Ground(place, checkpoints, key, old, _copy_of(place), files)


def _entry(number: int) -> NewEntry:
    content = canonical_json({"svar": f"om innføring {number}"})
    key = IdempotencyKey.of(caller="a", key=str(number), request=content)
    kind = KINDS.get(number, EntryKind.PROFILERING)
    return NewEntry(kind, UUID(int=number), CREATED + timedelta(minutes=4 * number), content, (key,))


def _erase(place: str, numbers: list[int]) -> None:
    store = open_store(place, timeout_seconds=5)
    why = Why("personen ba om det", "personvernforordningen art. 17", "Nav")
    erase(store, numbers, why, Moment(CREATED + timedelta(minutes=32), CASE, SALT))
    store.engine.dispose()


def _sign(folder: Path, receipt: Receipt, key: SigningKey) -> None:
    if receipt.number in WITH_CHECKPOINT:
        write_checkpoint(folder, receipt, CREATED + timedelta(minutes=4 * receipt.number, seconds=9), key)


def _copy_of(place: str) -> Copy:
    with as_owner(place) as database:
        return database.copy()
