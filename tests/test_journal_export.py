"""`journal export`: everything an auditor needs in one folder, the whole of it or nothing."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from models.canonical import canonical_json
from models.signature import new_key
from profilering.errors import SetupError
from serving.journal import EntryKind, etterproev
from serving.journal.chain import START
from serving.journal.etterproev import check_folder
from serving.journal.export import export_journal
from tests.builders import a_request, a_service
from tests.grounds import an_honest_journal
from tests.journals import CASE, CREATED, SALT, an_entry, appended, opened, rows


def exported(place: str | Path, out: Path) -> int:
    return export_journal(str(place), out, checkpoints=None, public_keys=())


def lines(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "journal.jsonl").read_bytes().splitlines()]


def test_every_entry_stands_on_its_line_with_all_that_was_hashed(place: str, tmp_path: Path) -> None:
    with opened(place) as journal:
        first = appended(journal, an_entry())
        second = appended(journal, replace(an_entry(content=b'{"enhet":"0315"}'), kind=EntryKind.VURDERING))
        # Also while the service has the journal open.
        assert exported(place, tmp_path / "ut") == 2
    assert CREATED.isoformat() == "2026-05-12T08:14:01.000250+00:00"
    ((one,), (other,)) = rows(place, "SELECT forpliktelse FROM innfoersel ORDER BY nummer")
    shared = {"sak": str(CASE), "opprettet": "2026-05-12T08:14:01.000250Z", "salt": SALT.hex()}
    assert lines(tmp_path / "ut") == [
        shared
        | {"nummer": 1, "slag": "profilering", "forrige": START, "forpliktelse": one}
        | {"digest": first.digest, "innhold": '{"svar":1}'},
        shared
        | {"nummer": 2, "slag": "vurdering", "forrige": first.digest, "forpliktelse": other}
        | {"digest": second.digest, "innhold": '{"enhet":"0315"}'},
    ]


def test_lines_are_canonical_and_hold_the_very_bytes_of_a_profilering(tmp_path: Path) -> None:
    path, out = tmp_path / "journal.sqlite", tmp_path / "ut"
    with a_service(path) as service:
        assert service.post(a_request()).status_code == 201
    exported(path, out)
    (entry,) = lines(out)
    ((stored,),) = rows(path, "SELECT bytes FROM innhold")
    assert str(entry["innhold"]).encode() == stored
    assert (out / "journal.jsonl").read_bytes() == canonical_json(entry) + b"\n"


@pytest.mark.parametrize("content", ["", "no JSON", '{ "b":1,\n"a":1}', '\u2028\0\x85 æøå \U0001f600 \\ "'])
def test_any_text_is_carried_as_it_is(tmp_path: Path, content: str) -> None:
    path, out = tmp_path / "journal.sqlite", tmp_path / "ut"
    with opened(path) as journal:
        appended(journal, an_entry(content=content.encode()))
    exported(path, out)
    assert lines(out)[0]["innhold"] == content
    assert check_folder(out, []).fault is None


def test_the_folder_is_whole_and_verifies_with_what_is_in_it(place: str, tmp_path: Path) -> None:
    (tmp_path / "her").mkdir()
    ground = an_honest_journal(place, tmp_path / "her")
    (ground.checkpoints / ".000000000013.json.x").write_text("half a")
    (ground.checkpoints / "lesmeg.txt").write_text("not a checkpoint")
    out, key = tmp_path / "ut", ground.key.public_key
    assert export_journal(place, out, checkpoints=ground.checkpoints, public_keys=[key, key]) == 12
    assert {file.name for file in out.iterdir()} == {
        *("journal.jsonl", "sjekkpunkter", "noekkel.txt", "etterproev.py")
    }
    assert {file.name: file.read_bytes() for file in (out / "sjekkpunkter").iterdir()} == ground.files
    assert (out / "noekkel.txt").read_text() == f"{key}\n{key}\n"
    assert (out / "etterproev.py").read_bytes() == Path(etterproev.__file__).read_bytes()
    assert [line["nummer"] for line in lines(out) if line["innhold"] is None and line["salt"] is None] == [
        1,
        6,
    ]
    result = check_folder(out, [key])
    assert (result.fault, result.entries, result.uncovered) == (None, 12, 0)


def test_only_its_owner_may_read_any_of_it(tmp_path: Path) -> None:
    (tmp_path / "her").mkdir()
    ground = an_honest_journal(str(tmp_path / "journal.db"), tmp_path / "her")
    keys = [ground.key.public_key]
    export_journal(ground.place, tmp_path / "ut", checkpoints=ground.checkpoints, public_keys=keys)
    made = [tmp_path / "ut", *(tmp_path / "ut").rglob("*")]
    assert len(made) == 8
    assert [file for file in made if file.stat().st_mode & 0o077] == []


def test_content_that_is_no_text_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    path, out = tmp_path / "journal.sqlite", tmp_path / "her" / "ut"
    out.parent.mkdir()
    with opened(path) as journal:
        appended(journal, an_entry())
        appended(journal, an_entry(content=b"hemmelig \xff"))
    with pytest.raises(SetupError, match="entry 2 holds something that is no UTF-8 text") as error:
        exported(path, out)
    # The library's own error has the content in it.
    assert error.value.__context__ is None
    assert list(out.parent.iterdir()) == []


def test_no_export_is_written_over(tmp_path: Path) -> None:
    path, out = tmp_path / "journal.sqlite", tmp_path / "ut"
    with opened(path) as journal:
        appended(journal, an_entry())
    out.mkdir()
    (out / "journal.jsonl").write_text("of yesterday")
    with pytest.raises(SetupError, match="no export is written over"):
        exported(path, out)
    assert (out / "journal.jsonl").read_text() == "of yesterday"


def test_what_is_no_journal_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    other, damaged, out = tmp_path / "other.sqlite", tmp_path / "damaged.sqlite", tmp_path / "ut"
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE t (x)")
    damaged.write_bytes(b"x" * 5000)
    before = {other, damaged}
    for place, reason in (
        (other, "ikke en journal"),
        (damaged, "skadet"),
        (tmp_path / "none", "no journal at"),
    ):
        with pytest.raises(SetupError, match=reason):
            exported(place, out)
    assert set(tmp_path.iterdir()) == before


def test_what_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with opened(path) as journal:
        appended(journal, an_entry())
    with pytest.raises(SetupError, match="nothing is exported"):
        exported(path, tmp_path / "none" / "ut")
    key, none = new_key(tmp_path / "key.pem"), tmp_path / "none"
    with pytest.raises(SetupError, match="none cannot be read or written"):
        export_journal(str(path), tmp_path / "ut", checkpoints=none, public_keys=[key])
    with pytest.raises(SetupError, match="public key"):
        export_journal(str(path), tmp_path / "ut", checkpoints=tmp_path, public_keys=())
    with pytest.raises(SetupError, match="32 bytes"):
        export_journal(str(path), tmp_path / "ut", checkpoints=None, public_keys=["x"])
    assert not (tmp_path / "ut").exists()
