"""The list of cases: what an auditor filters, sorts and counts. Drawn from the journal, and no evidence.

It is a file of its own that may be deleted at any time, for it is made again from the journal. What it
holds of a case are codes, counts and times; no fact of anybody, no text. Each entry is held against the one
before it as it is read, with the auditors' own script.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from profilering.errors import SetupError
from serving.journal.etterproev import START, Fault, FaultError
from serving.revisjon.ledd import before, fault_of, gone_over, links
from serving.revisjon.utdrag import take_in

VERSION = 4
"""Of the tables below; a file of another version is made anew."""
AT_A_TIME = 1_000
"""Entries read in one transaction: some ten megabytes."""
BUSY_SECONDS = 5.0
LEST = "SELECT * FROM lest"
Row = tuple[Any, ...]
NOTHING: Mapping[str, object] = MappingProxyType({})

# `venter`: nobody may read the forslag yet. The index holds all that is filtered by, so that to count a
# million cases is to read it from end to end.
TABLES = """
CREATE TABLE sak (
    nummer INTEGER PRIMARY KEY,
    sak_id TEXT NOT NULL UNIQUE,
    opprettet TEXT NOT NULL,
    slettet INTEGER NOT NULL DEFAULT 0,
    enhet TEXT,
    forslag TEXT,
    regel TEXT,
    grensetilfelle INTEGER,
    helse_foerst INTEGER,
    modell TEXT,
    policy TEXT,
    tekster TEXT,
    erstatter TEXT,
    venter INTEGER NOT NULL DEFAULT 0,
    vist TEXT GENERATED ALWAYS AS (CASE WHEN venter THEN 'VENTER' ELSE coalesce(forslag, 'SLETTET') END),
    status TEXT NOT NULL DEFAULT 'UVURDERT',
    vurdert TEXT,
    sekunder REAL,
    gruppe TEXT,
    grunn TEXT,
    innsigelser INTEGER NOT NULL DEFAULT 0,
    sett INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX sak_modell ON sak (modell);
CREATE INDEX sak_policy ON sak (policy);
CREATE INDEX sak_erstatter ON sak (erstatter) WHERE erstatter IS NOT NULL;
CREATE INDEX sak_ventet ON sak (coalesce(sekunder, -1), nummer);
CREATE INDEX sak_sett ON sak (sett, nummer);
CREATE TABLE vurdering (
    nummer INTEGER PRIMARY KEY,
    sak INTEGER NOT NULL REFERENCES sak,
    opprettet TEXT NOT NULL,
    gruppe TEXT NOT NULL,
    grunn TEXT NOT NULL,
    fulgt TEXT NOT NULL,
    foer_forslaget INTEGER NOT NULL
) STRICT;
CREATE INDEX vurdering_sak ON vurdering (sak);
CREATE INDEX sak_telling ON sak (
    vist, status, opprettet, enhet, regel, grensetilfelle, helse_foerst, modell, policy, grunn, slettet,
    venter
);
CREATE TABLE hendelse (nummer INTEGER PRIMARY KEY, slag TEXT NOT NULL, opprettet TEXT NOT NULL) STRICT;
CREATE TABLE lest (nummer INTEGER NOT NULL, digest BLOB NOT NULL, feil_nummer INTEGER, feil TEXT) STRICT;
CREATE TABLE sett_over (nummer INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Lest:
    """How far the journal was read, and the first entry that was not as it was written."""

    nummer: int
    digest: bytes
    fault: Fault | None


class Saksliste:
    """The list in a file; threads and processes may share it.

    Every method raises SetupError where file or journal cannot be read.
    """

    def __init__(self, path: Path, journal: str) -> None:
        self._path = path
        self._journal = journal

    def read_on(self, *, most: int = AT_A_TIME) -> int:
        """Take in what the journal has by now, up to `most` entries; give how many they were.

        Nothing behind a fault is taken in: from there on nobody knows what was written.
        """
        try:
            with self._open() as list_, self._writing(list_) as lest:
                return 0 if lest.fault else _take(list_, lest, self._journal, most)
        except sqlite3.Error as error:
            problem = self._problem(error)
        raise problem

    def look_over(self, *, most: int = AT_A_TIME) -> None:
        """Hold the next entries that were read before against each other again, round and round.

        What is changed after it was read is found so, without anybody asking: once all has been seen, the
        last must be the very entry that was last then.
        """
        try:
            with self._open() as list_, self._writing(list_) as lest:
                if not lest.fault:
                    _look_over(list_, lest, self._journal, most)
                return
        except sqlite3.Error as error:
            problem = self._problem(error)
        raise problem

    def look_at(self, numbers: Iterable[int]) -> None:
        """Hold these entries against their neighbours again; a fault stands on every page from then on."""
        fault = fault_of(numbers, self._journal)
        if fault:
            self.checked(fault)

    def before(self, number: int) -> str:
        """Give the digest of the entry that this one says it follows."""
        return before(number, self._journal)

    def checked(self, fault: Fault | None) -> None:
        """Keep what a check of the whole journal found, for every page to say; None lets reading go on."""
        try:
            with self._open() as list_:
                list_.execute("UPDATE lest SET feil_nummer = ?, feil = ?", fault or (None, None))
                return
        except sqlite3.Error as error:
            problem = self._problem(error)
        raise problem

    def lest(self) -> Lest:
        """Tell how far it was read."""
        return _lest(self.ask(LEST))

    def ask(self, query: str, values: Mapping[str, object] = NOTHING) -> list[Row]:
        """Give the rows of a question."""
        try:
            with self._open() as list_:
                return list_.execute(query, dict(values)).fetchall()
        except sqlite3.Error as error:
            problem = self._problem(error)
        raise problem

    @contextmanager
    def at_once(self) -> Iterator[tuple[Lest, Callable[[str, Mapping[str, object]], Iterable[Row]]]]:
        """The list at one instant, however long it takes to read: how far it was, and a way to ask it."""
        with self._open() as list_:
            try:
                list_.execute("BEGIN")
                lest = _lest(list_.execute(LEST))
            except sqlite3.Error as error:
                problem = self._problem(error)
            else:
                yield lest, lambda query, values: list_.execute(query, dict(values))
                return
        raise problem

    def _problem(self, error: sqlite3.Error) -> SetupError:
        """Say what is wrong with the file, without the values of a row."""
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        return SetupError(f"{self._path} cannot be used: {name}; delete it, and it is made again")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        # What is streamed is read by one thread after the other.
        opened = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        with closing(opened) as list_:
            # What is erased leaves no copy in the file's empty pages.
            list_.execute("PRAGMA secure_delete = ON")
            ((version,),) = list_.execute("PRAGMA user_version")
            if version != VERSION:
                _begin_anew(list_, self._path)
            yield list_

    @contextmanager
    def _writing(self, list_: sqlite3.Connection) -> Iterator[Lest]:
        list_.execute("BEGIN IMMEDIATE")
        try:
            yield _lest(list_.execute(LEST))
            list_.execute("COMMIT")
        finally:
            if list_.in_transaction:
                list_.execute("ROLLBACK")


def _lest(rows: Iterable[Row]) -> Lest:
    ((nummer, digest, feil_nummer, feil),) = rows
    return Lest(nummer, digest, None if feil is None else Fault(feil_nummer, feil))


def _begin_anew(list_: sqlite3.Connection, path: Path) -> None:
    """Lay out the tables in a file that has none, or others; of several who come at once, one does it."""
    path.chmod(0o600)
    list_.execute("PRAGMA journal_mode = WAL")
    list_.execute("BEGIN EXCLUSIVE")
    ((version,),) = list_.execute("PRAGMA user_version")
    if version != VERSION:
        if list_.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
            raise SetupError(f"{path} is no list of cases of this version; delete it, and it is made again")
        for statement in TABLES.split(";\n"):
            list_.execute(statement)
        for table in ("lest", "sett_over"):
            list_.execute(f"INSERT INTO {table} (nummer, digest) VALUES (0, ?)", (START,))  # noqa: S608
        list_.execute(f"PRAGMA user_version = {VERSION}")
    list_.execute("COMMIT")


def _take(list_: sqlite3.Connection, lest: Lest, journal: str, most: int) -> int:
    number, digest, fault = lest.nummer, lest.digest, None
    try:
        for link in links(journal, number, digest, most):
            take_in(link, list_)
            number, digest = link.number, link.digest
    except FaultError as error:
        fault = Fault(number + 1 if error.number is None else error.number, error.reason)
    list_.execute(
        "UPDATE lest SET nummer = ?, digest = ?, feil_nummer = ?, feil = ?",
        (number, digest, *(fault or (None, None))),
    )
    return number - lest.nummer


def _look_over(list_: sqlite3.Connection, lest: Lest, journal: str, most: int) -> None:
    number, digest = list_.execute("SELECT * FROM sett_over").fetchone()
    if number >= lest.nummer:
        number, digest = 0, START
    number, digest, fault = gone_over(journal, (number, digest), (lest.nummer, lest.digest), most)
    list_.execute("UPDATE sett_over SET nummer = ?, digest = ?", (number, digest))
    if fault:
        list_.execute("UPDATE lest SET feil_nummer = ?, feil = ?", fault)
