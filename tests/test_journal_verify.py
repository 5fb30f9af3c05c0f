"""The verifier on a database: what is sound holds, what is damaged is a fault, what is not there an error.

Tampering is in `test_tamper_matrix.py`.
"""

import ast
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from models.signature import new_key
from profilering.errors import SetupError
from serving.journal import etterproev, reading_rows, verify
from serving.journal.etterproev import START, Fault, FaultError, VerifyResult
from serving.journal.verify import verify_journal
from tests.grounds import as_owner
from tests.journals import an_entry, appended, opened

ENTRIES = 5


@pytest.fixture
def journal(place: str) -> str:
    """The place of a journal of some entries; on both databases."""
    with opened(place) as writing:
        for number in range(1, ENTRIES + 1):
            appended(writing, an_entry(content=f'{{"svar":{number}}}'.encode(), key=str(number)))
    return place


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A journal in a file that nobody has open."""
    path = tmp_path / "journal.db"
    with opened(path) as writing:
        for number in range(1, ENTRIES + 1):
            appended(writing, an_entry(content=f'{{"svar":{number}}}'.encode()))
    return path


def verified(place: str | Path) -> VerifyResult:
    return verify_journal(str(place), checkpoints=None, trusted_keys=())


def test_an_untouched_journal_holds(journal: str) -> None:
    result = verified(journal)
    with opened(journal) as reading:
        head = reading.head()
    assert head is not None
    assert result == VerifyResult(
        head.number, head.digest, erased=0, covered=None, uncovered=None, fault=None
    )


def test_an_empty_journal_holds(place: str) -> None:
    with opened(place):
        result = verified(place)
    assert (result.entries, result.digest, result.fault) == (0, START.decode(), None)


def test_a_journal_can_be_verified_while_it_is_written(journal: str) -> None:
    with opened(journal) as writing:
        appended(writing, an_entry())
        assert verified(journal).entries == ENTRIES + 1


def test_entries_that_come_while_it_is_read_are_left_for_the_next_time(journal: str) -> None:
    with opened(journal) as writing, reading_rows.rows_of(journal) as read:
        appended(writing, an_entry())
        assert [number for (number,) in read("SELECT max(nummer) FROM innfoersel")] == [ENTRIES]
        assert [number for (number,) in read("SELECT nummer FROM hode")] == [ENTRIES]
    assert verified(journal).entries == ENTRIES + 1


def test_nothing_can_be_written_through_it(journal: str) -> None:
    with (
        reading_rows.rows_of(journal) as read,
        pytest.raises((FaultError, SetupError), match=r"(?i)readonly"),
    ):
        list(read("DELETE FROM hode"))
    assert verified(journal).fault is None


def test_any_single_bit_of_content_counts(file: Path) -> None:
    content = b'{"svar":2}'
    with as_owner(str(file)) as database:
        for bit in range(len(content) * 8):
            flipped = bytearray(content)
            flipped[bit // 8] ^= 1 << bit % 8
            database.put("innhold", 2, bytes=bytes(flipped))
            database.run("COMMIT")
            fault = verified(file).fault
            assert fault is not None
            assert fault.number == 2
            database.run("BEGIN")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE alembic_version SET version_num = '0001'",
        "DELETE FROM alembic_version",
        "DROP TABLE alembic_version",
        "DROP TABLE sletting",
        "ALTER TABLE innhold RENAME COLUMN salt TO pepper",
    ],
)
def test_tables_of_another_form_are_a_fault_of_the_whole(journal: str, statement: str) -> None:
    with as_owner(journal) as database:
        database.run(statement)
    fault = verified(journal).fault
    assert fault is not None
    assert fault.number in (0, 1)
    assert "ikke en journal" in fault.reason


def test_another_sqlite_file_is_no_journal(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA application_id = 1")
    assert verified(file).fault == Fault(0, "filen er ikke en journal")


def test_a_text_that_is_no_longer_utf8_is_a_fault(file: Path) -> None:
    with as_owner(str(file)) as database:
        database.run("UPDATE innfoersel SET slag = CAST(x'ff' AS TEXT) WHERE nummer = 3")
    fault = verified(file).fault
    assert fault is not None
    assert fault.number == 3


def test_a_damaged_file_is_a_fault_and_not_a_crash(file: Path) -> None:
    whole = file.read_bytes()
    for start in range(4096, len(whole), 4096):
        file.write_bytes(whole[:start] + bytes(4096) + whole[start + 4096 :])
        assert verified(file).entries <= ENTRIES
    file.write_bytes(whole[: len(whole) // 2])
    assert verified(file).fault is not None
    file.write_bytes(b"not a database" * 500)
    assert verified(file).fault == Fault(0, "filen er skadet eller ikke en journal (SQLITE_NOTADB)")


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no journal at"):
        verified(tmp_path / "missing.db")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_opened_is_an_error_and_no_fault(file: Path) -> None:
    file.with_name("journal.db-wal").mkdir()
    with pytest.raises(SetupError, match="SQLITE_CANTOPEN") as error:
        verified(file)
    assert error.value.__context__ is None


def test_a_server_that_is_not_there_is_an_error_that_tells_no_address() -> None:
    with pytest.raises(SetupError, match="OperationalError") as error:
        verified("postgresql://someone:hemmelig@127.0.0.1:1/journal")
    assert "hemmelig" not in str(error.value)
    assert error.value.__context__ is None


def test_checkpoints_need_their_folder_and_a_key(file: Path, tmp_path: Path) -> None:
    key = new_key(tmp_path / "key.pem")
    for folder, keys, reason in (
        (tmp_path, [], "public key"),
        (tmp_path, [key, "AAAA"], "32 bytes"),
        (tmp_path / "none", [key], "No such file"),
    ):
        with pytest.raises(SetupError, match=reason):
            verify_journal(str(file), checkpoints=folder, trusted_keys=keys)
    assert verify_journal(str(file), checkpoints=tmp_path, trusted_keys=[key]).uncovered == ENTRIES


@pytest.mark.parametrize("module", [etterproev, reading_rows, verify])
def test_the_verifier_shares_no_code_with_the_writer(module: object) -> None:
    source = Path(str(vars(module)["__file__"])).read_text("utf-8")
    nodes = [*ast.walk(ast.parse(source))]
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}
    own = {"serving.journal.etterproev", "serving.journal.reading_rows", "profilering.errors"}
    driver = {"psycopg", "psycopg.types.string"}
    assert {
        name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names
    } <= own | driver
