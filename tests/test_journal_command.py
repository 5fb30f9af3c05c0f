"""`python -m serving journal verify`: what an auditor runs."""

import sqlite3
from pathlib import Path

from typer.testing import CliRunner

from serving.__main__ import cli
from tests.builders import a_request, a_service


def test_an_auditor_verifies_a_journal_and_is_told_of_the_first_bad_entry(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with a_service(path) as service:
        for office in range(3):
            assert service.post(a_request(enhet=f"{office:04}")).status_code == 201
    command = ["journal", "verify", "--journal", str(path)]
    sound = CliRunner().invoke(cli, command)
    assert sound.exit_code == 0
    assert sound.output.startswith("3 innføringer er i orden")
    assert "Sjekkpunkter er ikke kontrollert" in sound.output
    with sqlite3.connect(path) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE innhold SET bytes = CAST(bytes || ' ' AS BLOB) WHERE nummer = 2")
    database.close()
    broken = CliRunner().invoke(cli, command)
    assert broken.exit_code == 1
    assert broken.output.startswith("FEIL i innføring 2: ")
