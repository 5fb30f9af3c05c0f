"""An auditor's check of a journal, written apart from the program that writes it.

Nothing of that program is imported: the rules are those in the text of `chain.py`, redone
with the standard library, so that one mistake cannot hide in both. What it cannot see is a
journal rewritten or cut short with all hashes and the head made anew: that takes a
checkpoint kept elsewhere.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_HEADER = (0x50524F46, 1)
_FIRST_FORRIGE = b"sha256:" + b"0" * 64
_ENTRIES = """
    SELECT nummer, slag, sak_id, opprettet, forrige, forpliktelse, digest, salt, bytes
    FROM innfoersel LEFT JOIN innhold USING (nummer) ORDER BY nummer
"""
_ORPHANS = """
    SELECT min(nummer) FROM (SELECT nummer FROM innhold UNION ALL SELECT nummer FROM noekkel)
    WHERE nummer NOT IN (SELECT nummer FROM innfoersel)
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first entry that is not as it was written; 0 stands for the file as a whole."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """How many entries hold, and where it stops if it does."""

    entries: int
    fault: Fault | None


def verify_sqlite(path: Path) -> VerifyResult:
    """Check every entry of a journal file in order, also while others append to it.

    Raises FileNotFoundError where there is no file; a damaged file is a fault, not an error.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no journal at {path}; give the path of the file")
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        # Bytes as they lie in the file: a text that is no longer UTF-8 is a fault to report.
        database.text_factory = bytes
        database.isolation_level = None
        return _verify(database)


def _verify(database: sqlite3.Connection) -> VerifyResult:
    good, previous = 0, _FIRST_FORRIGE
    try:
        database.execute("BEGIN")  # one snapshot, whoever appends meanwhile
        header = tuple(_value(database, f"PRAGMA {name}") for name in ("application_id", "user_version"))
        if header != _HEADER:
            return VerifyResult(0, Fault(0, f"not a known journal: application_id, user_version = {header}"))
        for nummer, *texts, salt, content in database.execute(_ENTRIES):
            reason = _fault_in_chain(good + 1, previous, nummer, texts) or _fault_in_content(
                texts[4], salt, content
            )
            if reason is not None:
                return VerifyResult(good, Fault(good + 1, reason))
            good, previous = nummer, texts[5]
        return VerifyResult(good, _fault_around(database, good))
    except sqlite3.DatabaseError as error:
        return VerifyResult(good, Fault(good + 1, f"the file cannot be read here: {error}"))


def _fault_in_chain(expected: int, previous: bytes, nummer: object, texts: list[bytes]) -> str | None:
    if nummer != expected:
        return f"missing: the next entry that is there has number {nummer}"
    if not all(isinstance(text, bytes) for text in texts):
        return "a field is not text"
    *fields, digest = texts
    if fields[3] != previous:
        return "does not follow the entry before it"
    if digest != _sha256(b"profilering/journal/1/innfoersel", str(nummer).encode(), *fields):
        return "its fields do not give its digest"
    return None


def _fault_in_content(forpliktelse: bytes, salt: object, content: object) -> str | None:
    if not isinstance(salt, bytes) or not isinstance(content, bytes):
        return "its content is missing"
    if forpliktelse != _sha256(b"profilering/journal/1/innhold", salt, content):
        return "its content is not what was committed to"
    return None


def _fault_around(database: sqlite3.Connection, entries: int) -> Fault | None:
    heads = database.execute(
        "SELECT h.nummer, h.digest, i.digest FROM hode h LEFT JOIN innfoersel i USING (nummer)"
    ).fetchall()
    if len(heads) != 1:
        return Fault(entries + 1, f"there are {len(heads)} head rows, not one")
    nummer, digest, found = heads[0]
    if nummer != entries:
        last = nummer if isinstance(nummer, int) and nummer < entries else entries
        return Fault(last + 1, f"the head says {nummer} entries, {entries} are there")
    if digest != (found if entries else _FIRST_FORRIGE):
        return Fault(entries, "the head has another digest than the last entry")
    orphan = _value(database, _ORPHANS)
    if orphan is not None:
        return Fault(orphan, "content or a key is there, the entry is not")
    return None


def _value(database: sqlite3.Connection, query: str) -> int | None:
    value: int | None = database.execute(query).fetchone()[0]
    return value


def _sha256(*fields: bytes) -> bytes:
    framed = sha256()
    for field in fields:
        framed.update(len(field).to_bytes(8, "big"))
        framed.update(field)
    return b"sha256:" + framed.hexdigest().encode()
