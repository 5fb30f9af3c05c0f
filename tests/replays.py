"""What the tests of replay stand on: a journal the service wrote, and the archive behind its answers."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.approved import Approved, load_approved
from models.archive import Archive
from models.canonical import canonical_json
from serving.journal import EntryKind, StoredEntry
from serving.journal.places import open_store
from serving.journal.reading import read_entries
from tests.builders import a_request, with_answers, with_history, with_situations
from tests.bundles import a_bundle, approve
from tests.journals import opened
from tests.proof.replay import journal_answers

ROOT = Path(__file__).parents[1]
PERSONAS = [
    json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "serving/personas").glob("P*.json"))
]
ODD: list[dict[str, Any]] = [
    with_situations("ANNET", stilling_styrk08="x", prosent="50", ukjent="y"),
    with_situations("ALDRI_HATT_JOBB", "KONKURS"),
    with_answers(sendtInnAv={"tidspunkt": "2026-05-12T23:30:00.123456789+02:00"}, utdanning=None, annet=None),
    with_answers(utdanning={"nus": "fagbrev", "bestaatt": "UKJENT_VERDI"}),
    with_history(
        arbeidsforhold=[
            {"startdato": "2020-01-01", "stillingsprosent": 79.5},
            {"startdato": "2021-01-01", "sluttdato": "9999-12-31", "stillingsprosent": 120},
        ],
        tiltak=None,
    ),
    a_request(egenvurdering="ANTATT_GODE_MULIGHETER", person={"foedselsaar": None, "fylke": None}),
]
"""What contradicts itself, cannot be read, was not given or comes in a spelling that is not kept."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Some answers of the service, and where they can be made again from."""

    journal: Path
    arkiv: Path
    artefacts: Path
    approved: Approved

    @property
    def entries(self) -> list[StoredEntry]:
        """The profileringer as they stand in the journal."""
        return entries_of(self.journal)

    @property
    def entry(self) -> StoredEntry:
        """One of them that shows numbers."""
        return next(entry for entry in self.entries if json.loads(entry.content)["bidrag"])


def answer_some(folder: Path) -> Answered:
    """Have the service answer every persona and odd request with a small bundle; one in twenty stopped."""
    approvals, artefacts = folder / "approved.toml", folder / "artefacts"
    approve(approvals, a_bundle(artefacts))
    approved = load_approved(approvals, artefacts)
    Archive(folder / "arkiv").keep(approved, artefacts)
    with opened(folder / "journal.db") as journal:
        journal_answers([*PERSONAS, *ODD], approved, journal)
    return Answered(folder / "journal.db", folder / "arkiv", artefacts, approved)


def entries_of(journal: Path) -> list[StoredEntry]:
    store = open_store(str(journal), timeout_seconds=10)
    found = [e for e in read_entries(store, EntryKind.PROFILERING) if isinstance(e, StoredEntry)]
    store.engine.dispose()
    return found


def altered(entry: StoredEntry, change: Callable[[dict[str, Any]], object]) -> StoredEntry:
    """The entry with another content, spelled as the writer spells it."""
    content = json.loads(entry.content)
    change(content)
    return replace(entry, content=canonical_json(content))


def write_over(journal: Path, contents: Mapping[int, bytes]) -> None:
    """Change contents as somebody with the file and without scruples would: triggers off."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for number, content in contents.items():
            database.execute("UPDATE innhold SET bytes = ? WHERE nummer = ?", (content, number))
