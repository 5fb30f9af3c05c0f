"""Reading an export: strict, and silent about whom it tells of."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from profilering.errors import DataError
from profilering.features import NAMES
from profilering.policy import RegelKode
from serving.journal.export import export_journal
from tests.builders import a_request, a_service
from tests.exports import (
    BUNDLE,
    Line,
    a_line,
    a_profilering,
    a_vurdering,
    without_forslag,
    write_export,
    write_lines,
)
from training.monitoring.fields import ExportError
from training.monitoring.journal import ESTIMATES, read_journal

SECRET = "HEMMELIG-VERDI"


def test_what_is_watched_is_read_and_the_rest_is_counted(tmp_path: Path) -> None:
    lines = [
        a_profilering(1),
        without_forslag(2, RegelKode.UTENFOR_MODELLEN),
        a_vurdering(1, "TRENGER_VEILEDNING", enhet=None),
        a_line("profilering", None, 3),
        a_line("innsyn", {"hva": "som helst"}, 1),
    ]
    journal = read_journal(write_export(tmp_path / "e.jsonl", lines), BUNDLE)
    assert journal.profileringer["regel"].to_list() == ["INGEN_FORHOEYET_ANSLAG", "UTENFOR_MODELLEN"]
    assert journal.profileringer["alder"].to_list() == [20, 20]
    assert journal.profileringer.select(ESTIMATES).row(0) == (0.1, 0.1)
    assert journal.vurderinger.select("innsatsgruppe", "enhet").row(0) == ("TRENGER_VEILEDNING", None)
    assert (journal.erased, journal.others) == (1, 1)


def test_what_the_service_itself_journals_can_be_read(tmp_path: Path) -> None:
    path, out = tmp_path / "journal.sqlite", tmp_path / "export"
    with a_service(path) as service:
        for office in range(2):
            assert service.post(a_request(enhet=f"{office:04}")).status_code == 201
    export_journal(str(path), out, checkpoints=None, public_keys=())
    journal = read_journal(out, "sha256:" + 64 * "1")
    assert journal.profileringer["egen"].to_list() == [True, True]
    assert journal.profileringer["periode_id"].unique().to_list() == [a_request()["periodeId"]]
    assert journal.profileringer[ESTIMATES[0]].is_between(0, 1).all()
    assert read_journal(out / "journal.jsonl", "sha256:" + 64 * "1").profileringer.equals(
        journal.profileringer
    )


def test_another_bundle_may_have_had_other_opplysninger(tmp_path: Path) -> None:
    other = a_profilering(1, digester={"bundle": "sha256:" + 64 * "b"}, opplysninger={"noe_annet": 1})
    journal = read_journal(write_export(tmp_path / "e.jsonl", [other]), BUNDLE)
    assert journal.profileringer.select("egen", "alder").row(0) == (False, None)


def within(*path: str | int, value: Any) -> Callable[[Line], None]:
    """Put a value at a place of a line."""

    def change(line: Any) -> None:
        for step in path[:-1]:
            line = line[step]
        line[path[-1]] = value

    return change


FAULTS: dict[str, tuple[Callable[[Line], None], str]] = {
    "unknown field": (within(SECRET, value=1), "field : holds 1 unknown"),
    "no such kind": (within("slag", value=SECRET), "field slag:"),
    "no case": (within("sak", value=SECRET), "field sak:"),
    "no zone": (within("opprettet", value="2026-01-05T08:00:00"), "field opprettet:"),
    "no instant": (within("opprettet", value="2026-13-05T08:00:00Z"), "field opprettet:"),
    "no digest": (within("digest", value=SECRET), "field digest:"),
    "not rising": (within("nummer", value=1), "field nummer:"),
    "no object": (within("innhold", value=[SECRET]), "field innhold: is no object"),
    "no periode": (within("innhold", "forespoersel", value={}), "innhold.forespoersel.periodeId: is missing"),
    "free text": (within("innhold", "forespoersel", "periodeId", value=f"{SECRET} x"), "periodeId"),
    "no day": (within("innhold", "registrert", value="2026-02-30"), "field innhold.registrert: is no day"),
    "a fraction": (within("innhold", "opplysninger", "alder", value=1.5), "innhold.opplysninger.alder"),
    "a truth": (within("innhold", "opplysninger", "alder", value=True), "innhold.opplysninger.alder"),
    "a code too high": (within("innhold", "opplysninger", "yrke", value=10), "innhold.opplysninger.yrke"),
    "another feature": (within("innhold", "opplysninger", SECRET, value=1), "field innhold.opplysninger:"),
    "over one": (within("innhold", "anslag", 0, "sannsynlighet", value=1.01), "anslag[0].sannsynlighet"),
    "not a number": (within("innhold", "anslag", 0, "sannsynlighet", value="1"), "anslag[0].sannsynlighet"),
    "NaN": (within("innhold", "anslag", 0, "sannsynlighet", value=float("nan")), "anslag[0].sannsynlighet"),
    "a text for a number": (within("innhold", "opplysninger", "alder", value=SECRET), "opplysninger.alder"),
    "a text for a share": (within("innhold", "anslag", 0, "sannsynlighet", value=SECRET), "sannsynlighet"),
    "no list": (within("innhold", "anslag", value=SECRET), "field innhold.anslag: is no list"),
    "no outcome": (within("innhold", "anslag", 1, "utfall", value=SECRET), "innhold.anslag[1].utfall"),
    "outcome twice": (
        within("innhold", "anslag", 1, "utfall", value="LANGVARIG_STOENAD"),
        "field innhold.anslag[1].utfall: stands twice",
    ),
    "a vedtak": (within("innhold", "forslag", "kode", value="VARIG_TILPASSET_INNSATS"), "forslag.kode"),
    "no rule": (within("innhold", "forslag", "regel", value=SECRET), "innhold.forslag.regel"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_line_and_field_and_no_value(tmp_path: Path, name: str) -> None:
    change, where = FAULTS[name]
    lines = [a_profilering(1) | {"nummer": 1}, a_profilering(2) | {"nummer": 2}]
    change(lines[1])
    path = write_lines(tmp_path / "e.jsonl", lines)
    with pytest.raises(ExportError) as fault:
        read_journal(path, BUNDLE)
    assert str(fault.value).startswith("line 2, ")
    assert where in str(fault.value)
    assert SECRET not in str(fault.value)
    # Nor does an error of a library hang on with the value in it.
    assert fault.value.__context__ is None


@pytest.mark.parametrize(
    ("innhold", "problem"),
    [({"a": SECRET}, "is no text"), (SECRET, "is no JSON"), ("[" * 100_000, "is no JSON")],
)
def test_content_is_a_text_that_is_json(tmp_path: Path, innhold: object, problem: str) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text(json.dumps(a_profilering(1) | {"nummer": 1, "innhold": innhold}), "utf-8")
    with pytest.raises(ExportError, match=f"line 1, field innhold: {problem}") as fault:
        read_journal(path, BUNDLE)
    assert SECRET not in str(fault.value)
    assert fault.value.__context__ is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("innsatsgruppe", "STANDARD_INNSATS"),
        ("enhet", "315"),
        ("grunn", "fri tekst om noen"),
        ("grunn", {"kode": "ANNET", "tekst": 7}),
        ("grunn", {"kode": "ENIG", "tekst": "x"}),
        ("grunn", {"kode": "ANNET", "tekst": "x", "noe": "mer"}),
        ("foer_forslaget", 1),
        ("forslag", "GODE_MULIGHETER"),
        ("veileder", "Z123456"),
    ],
)
def test_a_vurdering_holds_what_it_may_and_no_more(tmp_path: Path, field: str, value: object) -> None:
    line = a_vurdering(1)
    line["innhold"][field] = value
    with pytest.raises(ExportError) as fault:
        read_journal(write_export(tmp_path / "e.jsonl", [line]), BUNDLE)
    assert not isinstance(value, str) or value not in str(fault.value)


def test_who_wrote_a_vurdering_and_in_which_words_is_not_taken_along(tmp_path: Path) -> None:
    line = a_vurdering(1, grunn={"kode": "ANNET", "tekst": SECRET}, navident="Z123456", innsender="modia")
    journal = read_journal(write_export(tmp_path / "e.jsonl", [line]), BUNDLE)
    (row,) = journal.vurderinger.rows(named=True)
    assert row["grunn"] == "ANNET"
    assert not {SECRET, "Z123456", "modia"} & {str(value) for value in row.values()}


def test_the_same_words_have_one_fingerprint_and_another_key_gives_another(tmp_path: Path) -> None:
    words = ("Har fått jobb.", " har  FÅTT\njobb. ", "Har fått jobb!", "\ud800")
    lines = [a_vurdering(sak, grunn={"kode": "ANNET", "tekst": tekst}) for sak, tekst in enumerate(words)]
    path = write_export(tmp_path / "e.jsonl", lines)
    one, same, other, _ = read_journal(path, BUNDLE, key=b"1").vurderinger["ordlyd"]
    assert (one == same, one == other, len(one)) == (True, False, 8)
    assert one not in set(read_journal(path, BUNDLE, key=b"2").vurderinger["ordlyd"])
    assert one not in set(read_journal(path, BUNDLE).vurderinger["ordlyd"])


@pytest.mark.parametrize("text", ["{", '{"a":' * 100_000, "\xff", "", "null", "[1]"])
def test_a_line_that_is_no_entry_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "e.jsonl"
    path.write_bytes(text.encode("latin-1") + b"\n")
    with pytest.raises(ExportError, match="line 1"):
        read_journal(path, BUNDLE)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.jsonl cannot be read"):
        read_journal(tmp_path / "none.jsonl", BUNDLE)


def test_an_empty_journal_is_read(tmp_path: Path) -> None:
    journal = read_journal(write_export(tmp_path / "e.jsonl", []), BUNDLE)
    assert journal.profileringer.columns[-len(NAMES) :] == list(NAMES)
    assert journal.profileringer.is_empty()
