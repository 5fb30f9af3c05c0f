"""`python -m serving journal export`: every entry on a line, the whole file or none."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.canonical import canonical_json
from profilering.errors import SetupError
from serving.__main__ import cli
from serving.journal import EntryKind
from serving.journal.export import export_journal
from tests.builders import a_request, a_service
from tests.journals import CASE, CREATED, an_entry, appended, opened, rows


def exported(journal: Path, out: Path) -> list[dict[str, object]]:
    export_journal(journal, out, busy_timeout_seconds=1.0)
    return [json.loads(line) for line in out.read_bytes().splitlines()]


def test_every_entry_stands_on_its_line_in_the_order_of_the_chain(tmp_path: Path) -> None:
    path, out = tmp_path / "journal.sqlite", tmp_path / "out.jsonl"
    with opened(path) as journal:
        first = appended(journal, an_entry())
        vurdering = replace(an_entry(content=b'{"enhet":"0315"}'), kind=EntryKind.VURDERING)
        second = appended(journal, vurdering)
        # Also while the service has the journal open.
        entries = exported(path, out)
    tid = "2026-05-12T08:14:01.000250Z"
    assert CREATED.isoformat() == "2026-05-12T08:14:01.000250+00:00"
    assert entries == [
        {
            "nummer": 1,
            "slag": "profilering",
            "sak": str(CASE),
            "tid": tid,
            "digest": first.digest,
            "innhold": {"svar": 1},
        },
        {
            "nummer": 2,
            "slag": "vurdering",
            "sak": str(CASE),
            "tid": tid,
            "digest": second.digest,
            "innhold": {"enhet": "0315"},
        },
    ]


def test_lines_are_canonical_and_hold_the_very_bytes_of_a_profilering(tmp_path: Path) -> None:
    path, out = tmp_path / "journal.sqlite", tmp_path / "out.jsonl"
    with a_service(path) as service:
        assert service.post(a_request()).status_code == 201
    (entry,) = exported(path, out)
    ((stored,),) = rows(path, "SELECT bytes FROM innhold")
    assert canonical_json(entry["innhold"]) == stored
    assert out.read_bytes() == canonical_json(entry) + b"\n"


def test_erased_content_is_null(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with opened(path) as journal:
        appended(journal, an_entry())
        appended(journal, an_entry())
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TRIGGER innhold_no_delete")
        database.execute("DELETE FROM innhold WHERE nummer = 1")
    assert [entry["innhold"] for entry in exported(path, tmp_path / "out.jsonl")] == [None, {"svar": 1}]


def test_a_file_that_is_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path, out = tmp_path / "journal.sqlite", tmp_path / "out" / "out.jsonl"
    out.parent.mkdir()
    out.write_text("of yesterday")
    with opened(path) as journal:
        appended(journal, an_entry())
        appended(journal, an_entry(content=b"no JSON"))
    with pytest.raises(SetupError, match="entry 2") as fault:
        export_journal(path, out, busy_timeout_seconds=1.0)
    # The library's own error has the content in it.
    assert fault.value.__context__ is None
    assert out.read_text() == "of yesterday"
    assert list(out.parent.iterdir()) == [out]


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    path, out = tmp_path / "journal.sqlite", tmp_path / "out.jsonl"
    with opened(path) as journal:
        appended(journal, an_entry())
    exported(path, out)
    assert out.stat().st_mode & 0o077 == 0


def test_the_command_says_how_many_and_refuses_what_is_no_journal(tmp_path: Path) -> None:
    path, out, other = tmp_path / "journal.sqlite", tmp_path / "out.jsonl", tmp_path / "other.sqlite"
    with opened(path) as journal:
        appended(journal, an_entry())
    command = ["journal", "export", str(out), "--journal"]
    sound = CliRunner().invoke(cli, [*command, str(path)])
    assert (sound.exit_code, sound.output) == (0, f"1 entries in {out}\n")
    out.unlink()
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE t (x)")
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"x" * 5000)
    for wrong in (other, damaged, tmp_path / "none.sqlite"):
        refused = CliRunner().invoke(cli, [*command, str(wrong)])
        assert refused.exit_code == 1
        assert refused.output.startswith("nothing is exported: ")
    assert not out.exists()
    assert not (tmp_path / "none.sqlite").exists()
    nowhere = CliRunner().invoke(
        cli, ["journal", "export", str(tmp_path / "no" / "f"), "--journal", str(path)]
    )
    assert nowhere.exit_code == 1
    assert "cannot be written" in nowhere.output
