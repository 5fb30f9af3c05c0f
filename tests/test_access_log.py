"""Each view by a person is one entry and one line, in this order; nobody else's leaves a trace."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from profilering.errors import SetupError
from serving.access.access_log import AccessLog, Hendelse, View, line_of, sender_to
from serving.access.cef import cef_line, read_cef
from serving.identity.caller import LOCAL, Caller
from serving.journal import EntryKind, Journal, JournalUnavailableError, StoredEntry
from serving.journal.places import open_store
from serving.journal.reading import read_entries
from tests.journals import CASE, SALT, intact, opened

NOW = datetime(2026, 5, 12, 8, 14, 1, 250_000, tzinfo=UTC)
VEILEDER = Caller("modia", "Z990001")
SEEN = View(Hendelse.ACCESS, CASE, "kall-1", "GET", "/api/v1/profileringer/{id}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with opened(path) as journal:
        yield journal


def entries_of(path: Path) -> list[StoredEntry]:
    store = open_store(str(path), timeout_seconds=5)
    found = [entry for entry in read_entries(store, EntryKind.INNSYN) if isinstance(entry, StoredEntry)]
    store.engine.dispose()
    return found


def test_a_view_by_a_person_is_one_entry_and_one_line(path: Path, journal: Journal) -> None:
    lines: list[str] = []
    AccessLog(journal, lines.append).record(SEEN, VEILEDER, now=NOW, salt=SALT)
    (entry,) = entries_of(path)
    assert json.loads(entry.content) == {
        "hendelse": "audit:access",
        "navident": "Z990001",
        "system": "modia",
        "kall": "kall-1",
        "metode": "GET",
        "rute": "/api/v1/profileringer/{id}",
        "uten_forslag": False,
    }
    assert lines == [line_of(entry)]
    assert lines == [
        "CEF:0|Profilering|AuditLogger|1.0|audit:access|Sporingslogg|INFO|suid=Z990001 end=1778573641250 "
        "msg=En ansatt i Nav har sett et forslag om en arbeidssøker sproc=kall-1 "
        "request=/api/v1/profileringer/{id} requestMethod=GET "
        f"flexString1={CASE} flexString1Label=profilering flexString2=1 flexString2Label=journalnummer"
    ]
    assert re.fullmatch(r"\d{13}", read_cef(lines[0])[1]["end"])


def test_a_view_without_the_forslag_is_told_apart_and_older_entries_keep_their_line(
    path: Path, journal: Journal
) -> None:
    lines: list[str] = []
    unseen = replace(SEEN, uten_forslag=True)
    AccessLog(journal, lines.append).record(unseen, VEILEDER, now=NOW, salt=SALT)
    (entry,) = entries_of(path)
    said = "En ansatt i Nav har sett en sak om en arbeidssøker; forslaget ble ikke vist"
    assert read_cef(lines[0])[1]["msg"] == said
    content = json.loads(entry.content)
    del content["uten_forslag"]
    older = replace(entry, content=json.dumps(content).encode())
    assert read_cef(line_of(older))[1]["msg"] == "En ansatt i Nav har sett et forslag om en arbeidssøker"


def test_a_machine_leaves_neither_entry_nor_line(path: Path, journal: Journal) -> None:
    lines: list[str] = []
    for machine in (LOCAL, Caller("modia")):
        AccessLog(journal, lines.append).record(SEEN, machine, now=NOW, salt=SALT)
    assert (lines, entries_of(path)) == ([], [])


def test_without_an_entry_there_is_no_line(path: Path) -> None:
    lines: list[str] = []
    with opened(path, timeout_seconds=0.2) as journal:
        path.unlink()
        with pytest.raises(JournalUnavailableError):
            AccessLog(journal, lines.append).record(SEEN, VEILEDER, now=NOW, salt=SALT)
    assert lines == []


def test_a_line_that_cannot_be_sent_is_logged_and_can_be_made_again(
    path: Path, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    send = sender_to("tcp://127.0.0.1:1")
    AccessLog(journal, send).record(SEEN, VEILEDER, now=NOW, salt=SALT)
    (record,) = caplog.records
    assert record.getMessage() == "audit_line_not_sent"
    assert getattr(record, "fields") == {"journal_number": 1}  # noqa: B009  set by us, unknown to its type
    assert [entry.receipt.number for entry in entries_of(path)] == [1]
    assert intact(path) == 1


def test_lines_arrive_whole_over_tcp_and_in_a_file(tmp_path: Path, journal: Journal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        received: list[bytes] = []

        def receive() -> None:
            connection, _ = listener.accept()
            with connection:
                received.append(connection.makefile("rb").read())

        thread = threading.Thread(target=receive)
        thread.start()
        AccessLog(journal, sender_to(f"tcp://127.0.0.1:{listener.getsockname()[1]}")).record(
            SEEN, VEILEDER, now=NOW, salt=SALT
        )
        thread.join(5)
    file = tmp_path / "audit.log"
    for _ in range(2):
        AccessLog(journal, sender_to(str(file))).record(SEEN, VEILEDER, now=NOW, salt=SALT)
    (over_tcp,) = received
    assert over_tcp.decode().splitlines()[0].startswith("CEF:0|Profilering|")
    assert len(file.read_text().splitlines()) == 2
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("target", ["tcp://", "tcp://host", "tcp://:6514", "tcp://host:x"])
def test_a_target_that_cannot_be_meant_is_refused(target: str) -> None:
    with pytest.raises(SetupError, match="audit_log"):
        sender_to(target)


@pytest.mark.parametrize("ident", ["", "z990001", "Z99000", "Z9900011", "Z990001\n", "Ola Nordmann"])
def test_a_name_that_is_no_nav_ident_is_no_caller(ident: str) -> None:
    with pytest.raises(ValueError, match="NAV-ident"):
        Caller("modia", ident)


ANYTHING = st.text(st.characters(codec="utf-8"), max_size=40)


@example("\\", {"a": "\\"})
@example("a\\|b", {"a": " b=c", "c": "\\u0041\\n"})
@given(ANYTHING, st.dictionaries(st.from_regex(r"[A-Za-z0-9]{1,12}", fullmatch=True), ANYTHING, min_size=1))
def test_whatever_a_value_holds_a_line_is_one_line_and_reads_back(event: str, fields: dict[str, str]) -> None:
    line = cef_line(event, fields)
    assert len(line.splitlines()) == 1
    assert "\n" not in line
    assert read_cef(line) == (event, fields)


@given(ANYTHING)
def test_no_value_can_pass_for_a_key(value: str) -> None:
    forged = value + " suid=Z000000"
    assert read_cef(cef_line("audit:access", {"suid": "Z990001", "msg": forged}))[1]["suid"] == "Z990001"


def test_another_line_is_not_read() -> None:
    with pytest.raises(ValueError, match="Common Event Format"):
        read_cef("noe annet")


def test_the_case_of_a_line_is_the_entrys(journal: Journal, path: Path) -> None:
    other = View(Hendelse.CREATE, UUID(int=7), "kall-2", "POST", "/api/v1/profileringer")
    AccessLog(journal, sender_to("")).record(other, VEILEDER, now=NOW, salt=SALT)
    (entry,) = entries_of(path)
    event, fields = read_cef(line_of(entry))
    assert (event, fields["flexString1"]) == ("audit:create", str(UUID(int=7)))
