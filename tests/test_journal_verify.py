"""The verifier names the first entry that is not as it was written."""

import ast
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from serving.journal import verify
from serving.journal.chain import Link, commitment_to, digest_of
from serving.journal.verify import Fault, VerifyResult, verify_sqlite
from tests.journals import SALT, an_entry, appended, opened

ENTRIES = 5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    with opened(path) as journal:
        for number in range(1, ENTRIES + 1):
            appended(journal, an_entry(content=f'{{"svar":{number}}}'.encode(), key=str(number)))
    return path


@contextmanager
def attacker(path: Path) -> Iterator[sqlite3.Connection]:
    """Write as somebody who owns the file: no triggers, no foreign keys."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        yield database


def first_fault(path: Path) -> Fault:
    fault = verify_sqlite(path).fault
    assert fault is not None
    return fault


def test_an_untouched_journal_holds(path: Path) -> None:
    assert verify_sqlite(path) == VerifyResult(entries=ENTRIES, fault=None)


def test_an_empty_journal_holds(tmp_path: Path) -> None:
    with opened(tmp_path / "empty.db"):
        assert verify_sqlite(tmp_path / "empty.db") == VerifyResult(entries=0, fault=None)


def test_a_journal_can_be_verified_while_it_is_written(path: Path) -> None:
    with opened(path) as journal:
        appended(journal, an_entry())
        assert verify_sqlite(path) == VerifyResult(entries=ENTRIES + 1, fault=None)


SWAP = "UPDATE {table} SET nummer = CASE nummer WHEN 2 THEN -4 ELSE -2 END WHERE nummer IN (2, 4)"
UNSWAP = "UPDATE {table} SET nummer = -nummer WHERE nummer < 0"

CLOSE_THE_GAP = (
    "UPDATE innfoersel SET forrige = (SELECT digest FROM innfoersel WHERE nummer = 2) WHERE nummer = 4"
)
FORGE_A_SIXTH = """
    INSERT INTO innfoersel SELECT 6, slag, sak_id, opprettet, 'x', forpliktelse, 'y' FROM innfoersel
    WHERE nummer = 5
"""


@pytest.mark.parametrize(
    ("number", "reason", "statements"),
    [
        (3, "committed to", ["UPDATE innhold SET bytes = CAST('{\"svar\":4}' AS BLOB) WHERE nummer = 3"]),
        (3, "committed to", ["UPDATE innhold SET salt = randomblob(32) WHERE nummer = 3"]),
        (3, "content is missing", ["DELETE FROM innhold WHERE nummer = 3"]),
        (3, "give its digest", ["UPDATE innfoersel SET slag = 'vurdering' WHERE nummer = 3"]),
        (3, "give its digest", ["UPDATE innfoersel SET sak_id = 'x' WHERE nummer = 3"]),
        (3, "give its digest", ["UPDATE innfoersel SET opprettet = 'x' WHERE nummer = 3"]),
        (3, "give its digest", ["UPDATE innfoersel SET forpliktelse = 'x' WHERE nummer = 3"]),
        (3, "give its digest", ["UPDATE innfoersel SET digest = 'x' WHERE nummer = 3"]),
        (3, "does not follow", ["UPDATE innfoersel SET forrige = 'x' WHERE nummer = 3"]),
        (3, "give its digest", ["UPDATE innfoersel SET slag = CAST(x'ff' AS TEXT) WHERE nummer = 3"]),
        (1, "missing", ["DELETE FROM innfoersel WHERE nummer = 1"]),
        (3, "missing", ["DELETE FROM innfoersel WHERE nummer = 3"]),
        (5, "head says 5", ["DELETE FROM innfoersel WHERE nummer = 5"]),
        (3, "head says 5", ["DELETE FROM innfoersel WHERE nummer > 2"]),
        (1, "head says 5", ["DELETE FROM innfoersel", "DELETE FROM innhold", "DELETE FROM noekkel"]),
        (2, "committed to", [SWAP.format(table="innhold"), UNSWAP.format(table="innhold")]),
        (2, "does not follow", [SWAP.format(table="innfoersel"), UNSWAP.format(table="innfoersel")]),
        (3, "missing", ["DELETE FROM innfoersel WHERE nummer = 3", CLOSE_THE_GAP]),
        (1, "missing", ["UPDATE innfoersel SET nummer = -nummer"]),
        (6, "does not follow", [FORGE_A_SIXTH]),
        (1, "missing", ["INSERT INTO innfoersel VALUES (0, 'a', 'b', 'c', 'd', 'e', 'f')"]),
        (9, "entry is not", ["INSERT INTO innhold VALUES (9, randomblob(32), x'00')"]),
        (9, "entry is not", ["INSERT INTO noekkel VALUES ('a', 'b', 9)"]),
        (5, "another digest", ["UPDATE hode SET digest = 'x'"]),
        (4, "head says 3", ["UPDATE hode SET nummer = 3"]),
        (6, "0 head rows", ["DELETE FROM hode"]),
        (0, "not a known journal", ["PRAGMA user_version = 2"]),
    ],
)
def test_every_tampering_is_found_at_its_first_entry(
    path: Path, number: int, reason: str, statements: list[str]
) -> None:
    with attacker(path) as database:
        for statement in statements:
            database.execute(statement)
    fault = first_fault(path)
    assert (fault.number, reason in fault.reason) == (number, True), fault


def test_any_single_bit_of_content_counts(path: Path) -> None:
    content = b'{"svar":2}'
    for bit in range(len(content) * 8):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        with attacker(path) as database:
            database.execute("UPDATE innhold SET bytes = ? WHERE nummer = 2", (bytes(flipped),))
        assert first_fault(path).number == 2


def test_an_entry_rewritten_with_its_own_hashes_made_anew_breaks_the_next_one(path: Path) -> None:
    with attacker(path) as database:
        rehash(database, 3, b'{"svar":"pyntet"}')
    assert first_fault(path) == Fault(4, "does not follow the entry before it")


def test_a_whole_rewrite_is_not_found_without_checkpoints(path: Path) -> None:
    """The known limit of a chain alone: only a digest kept elsewhere can show this."""
    with attacker(path) as database:
        for number in range(3, ENTRIES + 1):
            rehash(database, number, b'{"svar":"pyntet"}')
        database.execute("UPDATE hode SET digest = (SELECT digest FROM innfoersel WHERE nummer = 5)")
    assert verify_sqlite(path) == VerifyResult(entries=ENTRIES, fault=None)


def test_a_tail_cut_off_together_with_the_head_is_not_found_without_checkpoints(path: Path) -> None:
    """The same limit: an old backup put back is a valid, shorter journal."""
    with attacker(path) as database:
        database.execute("DELETE FROM innfoersel WHERE nummer > 3")
        database.execute("DELETE FROM innhold WHERE nummer > 3")
        database.execute("DELETE FROM noekkel WHERE nummer > 3")
        database.execute(
            "UPDATE hode SET (nummer, digest) = (SELECT 3, digest FROM innfoersel WHERE nummer = 3)"
        )
    assert verify_sqlite(path) == VerifyResult(entries=3, fault=None)


def rehash(database: sqlite3.Connection, number: int, content: bytes) -> None:
    """Rewrite one entry so that it is valid in itself and follows the one before."""
    kind, case_id, created = database.execute(
        "SELECT slag, sak_id, opprettet FROM innfoersel WHERE nummer = ?", (number,)
    ).fetchone()
    (previous,) = database.execute("SELECT digest FROM innfoersel WHERE nummer = ?", (number - 1,)).fetchone()
    commitment = commitment_to(content, SALT)
    link = Link(number, kind, case_id, created, previous, commitment)
    database.execute("UPDATE innhold SET bytes = ? WHERE nummer = ?", (content, number))
    database.execute(
        "UPDATE innfoersel SET forrige = ?, forpliktelse = ?, digest = ? WHERE nummer = ?",
        (previous, commitment, digest_of(link), number),
    )


def test_a_damaged_file_is_a_fault_and_not_a_crash(path: Path) -> None:
    size = path.stat().st_size
    whole = path.read_bytes()
    for start in range(4096, size, 4096):
        path.write_bytes(whole[:start] + bytes(4096) + whole[start + 4096 :])
        assert verify_sqlite(path).entries <= ENTRIES
    path.write_bytes(whole[: size // 2])
    assert first_fault(path).number <= ENTRIES + 1
    path.write_bytes(b"not a database" * 500)
    assert first_fault(path).number == 1


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no journal at"):
        verify_sqlite(tmp_path / "missing.db")
    assert list(tmp_path.iterdir()) == []


def test_the_verifier_shares_no_code_with_the_writer() -> None:
    tree = ast.parse(Path(verify.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
