"""The technical file of the AI Act: whole with every figure shown, or every empty point named."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from models.canonical import digest_of
from profilering.errors import CallerError, SetupError
from tests.candidates import ROOT, Trained, command_here
from tests.technical_files import DECLARATION, GIVER, an_export, whole_places, write_risks
from training.reporting.card import report_md
from training.reporting.report import Report, Section, Table, write_report
from training.technical_file.annex import ANNEX, NEEDS, Giver
from training.technical_file.answers import Answer, Answers, read_answers, stated
from training.technical_file.assemble import TechnicalFile, assemble
from training.technical_file.card_parts import card_parts
from training.technical_file.document import DRAFT, INVENTED, NAME, markdown, report_of, write_document
from training.technical_file.evidence import Statement
from training.technical_file.journal_proof import journal_statement
from training.technical_file.sources import FilePlaces, Sources, read_sources

DAY = date(2026, 11, 23)
ONLY_PEOPLE = {name for name, need in NEEDS.items() if need.giver in {Giver.PEOPLE, Giver.APPROVER}}
WORDS = sorted(name for name, need in NEEDS.items() if need.giver in {Giver.PEOPLE, Giver.PROJECT})
Change = Callable[[Sources], Sources]


@pytest.fixture(scope="module")
def places(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> FilePlaces:
    return whole_places(trained, tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def whole(trained: Trained, places: FilePlaces) -> Sources:
    return read_sources(trained.digest, places)


@pytest.fixture(scope="module")
def made(whole: Sources) -> TechnicalFile:
    return assemble(whole)


def lacking(found: Sources) -> set[str]:
    return {lack.need.name for lack in assemble(found).lacks}


def with_answer(found: Sources, name: str, **changes: object) -> Sources:
    """The same sources with one answer changed; without changes, with none."""
    answers = dict(found.answers.svar)
    old = answers.pop(name)
    if changes:
        answers[name] = replace(old, **changes)  # type: ignore[arg-type]  # each test changes what is there
    return replace(found, answers=replace(found.answers, svar=answers))


def test_the_annex_has_its_nine_points_and_every_letter() -> None:
    letters = [f"1 {letter}" for letter in "abcdefgh"] + [f"2 {letter}" for letter in "abcdefgh"]
    assert [point.number for point in ANNEX] == [*letters, *"3456789"]
    assert len(NEEDS) == sum(len(point.needs) for point in ANNEX)


def test_a_whole_file_lacks_nothing_and_says_so_in_its_name(made: TechnicalFile, tmp_path: Path) -> None:
    assert made.lacks == ()
    written = write_document(made, tmp_path, DAY)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{NAME}.html", f"{NAME}.md"]
    assert all(DRAFT not in path.read_text("utf-8") for path in tmp_path.iterdir())
    for point in ANNEX:
        assert f"\n## {point.number}. {point.title}" in written.read_text("utf-8")


def test_every_digest_of_the_grounds_is_that_of_the_file_as_it_lies_there(made: TechnicalFile) -> None:
    evidence = {one for statement in made.statements.values() for one in statement.evidence}
    grounds = report_of(made, DAY).sections[-1].tables[0].rows
    told = {(name, digest) for _, name, digest in grounds}
    assert told == {(one.name, digest_of(one.path.read_bytes())) for one in evidence}
    assert len(grounds) == len(told) > 40


def test_every_statement_names_its_files_by_name_and_number(made: TechnicalFile) -> None:
    report = report_of(made, DAY)
    listed = {f"{name} {number}" for number, name, _ in report.sections[-1].tables[0].rows}
    for section in report.sections[1:-1]:
        last = section.text[-1]
        assert last.startswith("Vist av: ")
        assert set(last.removeprefix("Vist av: ").removesuffix(".").split(", ")) <= listed


@pytest.mark.parametrize("name", sorted(NEEDS))
def test_a_need_without_a_statement_is_named(made: TechnicalFile, name: str) -> None:
    empty = replace(made, statements={**made.statements, name: Statement()})
    assert [lack.need.name for lack in empty.lacks] == [name]
    unshown = replace(made.statements[name], evidence=())
    assert [n for n, s in {**made.statements, name: unshown}.items() if s.fault] == [name]


@pytest.mark.parametrize("name", WORDS)
def test_an_answer_nobody_gave_is_named(whole: Sources, name: str) -> None:
    for changes in ({}, {"tekst": "\n "}, {"tekst": " … – "}, {"gitt_av": " "}, {"gitt": ""}):
        found = with_answer(whole, name, **changes)
        assert stated(name, found.answers, found.root, found.answers_file.evidence).fault


def test_every_answer_that_is_gone_is_named_at_once(whole: Sources) -> None:
    assert lacking(replace(whole, answers=Answers({}))) == set(WORDS)


def without_card(*headings: str) -> Change:
    return lambda found: replace(found, card={k: v for k, v in found.card.items() if k not in headings})


def a_failed_gate(found: Sources) -> Sources:
    gates = [dict(gate) for gate in found.run["gates"]]
    gates[0]["bestaatt"] = False
    return replace(found, run={**found.run, "gates": gates})


def another_report(found: Sources) -> Sources:
    return replace(found, report=found.gates)


REMOVED: Mapping[str, tuple[Change, set[str]]] = {
    "the purpose on the card": (without_card("Formål"), {"formaal"}),
    "the groups on the card": (without_card("For hvem er modellen dårligere?"), {"grupper"}),
    "the limitations on the card": (without_card("Begrensninger"), {"begrensninger"}),
    "the figures on the card": (without_card("Hvor god er modellen?"), {"maal"}),
    "the data on the card": (without_card("Data"), {"datasett"}),
    "the gates": (lambda found: replace(found, run={**found.run, "gates": []}), {"grenser"}),
    "one gate's passing": (a_failed_gate, {"grenser"}),
    "the report": (lambda found: replace(found, report=None), {"rapport"}),
    "the report that was approved": (another_report, {"rapport"}),
    "the approvals": (lambda found: replace(found, approvals=()), {"rapport", "signert", "godkjenninger"}),
    "the signature": (lambda found: replace(found, signed=Statement(missing="usignert")), {"signert"}),
    "the journal": (lambda found: replace(found, journal=Statement(missing="borte")), {"journalbevis"}),
}


@pytest.mark.parametrize("what", REMOVED)
def test_what_is_taken_from_the_files_is_missed_in_its_point(whole: Sources, what: str) -> None:
    change, missed = REMOVED[what]
    assert lacking(change(whole)) == missed


def test_who_trained_cannot_be_who_approved(whole: Sources) -> None:
    own = replace(whole.approvals[-1], godkjent_av=whole.trainer.upper())
    assert "signert" in lacking(replace(whole, approvals=(*whole.approvals, own)))


def test_a_file_that_nobody_approved_is_missed(trained: Trained, places: FilePlaces, tmp_path: Path) -> None:
    risks = write_risks(tmp_path / "risikoregister.toml")
    config = ROOT / "training" / "config"
    own = FilePlaces(*(trained.artefacts, trained.out, trained.approved, trained.signers),
        config / "gates.toml", config / "monitor.toml", answers=places.answers,
        risks=risks, export=places.export, keys=places.keys)  # fmt: skip
    approvers = {name for name, need in NEEDS.items() if need.giver is Giver.APPROVER}
    assert lacking(read_sources(trained.digest, own)) == approvers


def test_only_people_can_give_what_only_people_know(whole: Sources) -> None:
    assert lacking(with_answer(whole, "tilbyder", gitt_av="Prosjektet")) == {"tilbyder"}


@pytest.mark.parametrize("link", ["docs/borte.md", "../../etc/passwd", "/etc/passwd", "docs", ""])
def test_a_link_that_leads_nowhere_or_out_of_the_checkout_fails(whole: Sources, link: str) -> None:
    assert lacking(with_answer(whole, "arkitektur", grunnlag=(link,))) == {"arkitektur"}


def test_words_alone_are_no_declaration_of_conformity(whole: Sources) -> None:
    assert lacking(with_answer(whole, "samsvarserklaering", grunnlag=())) == {"samsvarserklaering"}
    assert lacking(with_answer(whole, "samsvarserklaering", grunnlag=(DECLARATION,))) == set()


def test_a_risk_whose_test_is_gone_fails(trained: Trained, places: FilePlaces, tmp_path: Path) -> None:
    text = places.risks.read_text("utf-8")
    (tmp_path / "risikoregister.toml").write_text(text.replace("::test_", "::test_borte_", 1), "utf-8")
    changed = replace(places, risks=tmp_path / "risikoregister.toml")
    assert lacking(read_sources(trained.digest, changed)) == {"risikoregister"}
    gone = read_sources(trained.digest, replace(places, risks=tmp_path / "borte.toml"))
    assert lacking(gone) == {"utilsiktet", "risikoregister", "risikoregister_godkjent"}
    (tmp_path / "risikoregister.toml").write_text(text.replace("hvem", "hvemm"), "utf-8")
    with pytest.raises(SetupError, match="hvemm"):
        assemble(read_sources(trained.digest, changed))


def test_a_journal_that_was_changed_or_not_signed_proves_nothing(
    whole: Sources, trained: Trained, places: FilePlaces, tmp_path: Path
) -> None:
    assert places.export is not None
    shutil.copytree(places.export, tmp_path / "ut")
    lines = (tmp_path / "ut" / "journal.jsonl").read_text("utf-8")
    (tmp_path / "ut" / "journal.jsonl").write_text(lines.replace("om innføring 4", "om innføring 5"), "utf-8")
    for export, keys in (
        (tmp_path / "ut", places.keys),
        (places.export, ()),
        (places.export, ("A" * 43 + "=",)),
        (None, places.keys),
    ):
        proof = journal_statement(export, keys, trained.digest, ROOT)
        assert proof.fault
        assert lacking(replace(whole, journal=proof)) == {"journalbevis"}
    with pytest.raises(CallerError, match="--key"):
        journal_statement(places.export, ("ingen nøkkel",), trained.digest, ROOT)


def test_the_journals_head_stands_in_the_file(made: TechnicalFile, places: FilePlaces) -> None:
    assert places.export is not None
    newest = max((places.export / "sjekkpunkter").iterdir(), key=lambda path: path.name)
    head = json.loads(newest.read_bytes())
    cells = {cell for row in made.statements["journalbevis"].tables[0].rows for cell in row}
    assert {head["digest"], head["noekkel"], f"nummer {head['nummer']}, {head['tidspunkt']}"} <= cells


def test_the_last_report_of_monitoring_stands_beside_its_plan(
    trained: Trained, places: FilePlaces, tmp_path: Path
) -> None:
    write_report(Report("Overvåking", "Bare en prøve.", (Section("Varsler", ("Ingen varsler.",)),)), tmp_path)
    found = read_sources(trained.digest, replace(places, monitoring=tmp_path))
    statement = assemble(found).statements["overvaakingsplan"]
    assert {"Bare en prøve.", "Ingen varsler."} <= set(statement.text)
    assert "overvaaking/report.json" in {one.name for one in statement.evidence}
    with pytest.raises(SetupError, match=r"overvaaking/report\.json"):
        read_sources(trained.digest, replace(places, monitoring=tmp_path / "borte"))


def test_figures_of_invented_people_say_so_wherever_they_stand(made: TechnicalFile) -> None:
    tables = {
        table.caption
        for statement in made.statements.values()
        if statement.figures
        for table in statement.tables
    }
    page = markdown(report_of(made, DAY))
    assert made.synthetic
    assert len(tables) > 10
    for caption in tables:
        assert f"{caption} ({INVENTED})" in page.replace("\\", "")
    assert INVENTED not in markdown(report_of(replace(made, synthetic=False), DAY)).split("## Om")[0]


def test_the_same_inputs_give_the_same_bytes(
    whole: Sources, trained: Trained, places: FilePlaces, tmp_path: Path
) -> None:
    again = assemble(read_sources(trained.digest, places))
    one, other = tmp_path / "en", tmp_path / "to"
    write_document(assemble(whole), one, DAY)
    write_document(again, other, DAY)
    for path in one.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes()
    assert str(tmp_path) not in (one / f"{NAME}.md").read_text("utf-8")
    assert str(trained.folder) not in (one / f"{NAME}.md").read_text("utf-8")


HOSTILE = (
    "# Ny overskrift\n\n1. liste\n\n- punkt\n\n=====\n\n| a | b |\n|---|---|\n| c | d |\n\n"
    "<script>alert(1)</script> [lenke](http://a.b) ![bilde](x) `kode` **fet** $x$ &amp; \\# \\"
)


def test_no_text_becomes_anything_but_text(whole: Sources) -> None:
    hostile = assemble(with_answer(whole, "tilbyder", tekst=HOSTILE, gitt_av="<b>|*Kari*|</b>"))
    ordinary, changed = report_of(assemble(whole), DAY), report_of(hostile, DAY)
    parser = MarkdownIt("commonmark").enable("table")
    kinds = {token.type for token in parser.parse(markdown(changed))}
    assert kinds == {token.type for token in parser.parse(markdown(ordinary))}
    inline = {child.type for token in parser.parse(markdown(changed)) for child in token.children or ()}
    assert inline <= {"text", "text_special", "strong_open", "strong_close"}
    rendered = parser.render(markdown(changed))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; [lenke](http://a.b) ![bilde](x) `kode` **fet**" in rendered
    assert rendered.count("<h2>") == len(changed.sections)


def test_signs_that_nobody_sees_and_unknown_answers_are_refused(places: FilePlaces, tmp_path: Path) -> None:
    text = places.answers.read_text("utf-8")
    file = tmp_path / "technical_file.toml"
    for spoilt, told in (
        (text.replace("Et oppdiktet svar.", "snudd \u202e svar", 1), r"U\+202E"),
        (text.replace("[svar.tilbyder]", "[svar.tilbydr]"), "tilbydr"),
        (text.replace('gitt = "2026-11-23"', 'gitt = "i går"', 1), "gitt is written as a day"),
        (text.replace("\nventer_paa", "\nventar_paa", 1), "ventar_paa"),
    ):
        file.write_text(spoilt, "utf-8")
        with pytest.raises(CallerError, match=told):
            read_answers(file)


def test_a_card_reads_back_as_it_was_written() -> None:
    table = Table("Hva | hvem", ("A", "B"), (("x < y", "1 | 2"), ("&", "–")))
    sections = (Section("Ett", ("Tekst <a>.", "Mer.")), Section("To", (), (table, table)))
    parts = card_parts(report_md(Report("Kort", "Ingen", sections)))
    assert tuple(parts.values()) == (
        sections[0],
        replace(sections[1], tables=(replace(table, caption="Hva | hvem"),) * 2),
    )


def test_an_unknown_model_is_an_error_and_no_file(places: FilePlaces) -> None:
    with pytest.raises(SetupError, match="is not there"):
        read_sources(f"sha256:{64 * '0'}", places)


def test_the_command_stops_at_exactly_what_only_people_can_give(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    export, key = an_export(tmp_path / "journal")
    to = tmp_path / "dokument"
    to.mkdir()
    (to / f"{NAME}.md").write_text("fra i går", "utf-8")
    asked = ["technical-file", "champion", "--approved", str(trained.approved), "--dated", "2026-11-23"]
    lies = [
        "--artefacts",
        str(trained.artefacts),
        "--out",
        str(trained.out),
        "--signers",
        str(trained.signers),
    ]
    risks = write_risks(tmp_path / "risikoregister.toml")
    given = ["--export", str(export), "--key", key, "--to", str(to), "--risks", str(risks)]
    ended = command_here(monkeypatch, capsys, *asked, *lies, *given)
    named = {line.split(": ")[0].split()[-1] for line in ended.err.splitlines()[:-1]}
    assert (ended.code, ended.out, named) == (3, "", ONLY_PEOPLE)
    assert list(to.iterdir()) == []
    draft = command_here(monkeypatch, capsys, *asked, *lies, *given, "--draft")
    assert draft.code == 3
    assert sorted(path.name for path in to.iterdir()) == [f"{DRAFT}-{NAME}.html", f"{DRAFT}-{NAME}.md"]
    page = (to / f"{DRAFT}-{NAME}.md").read_text("utf-8")
    assert page.startswith(f"# {DRAFT} UTKAST")
    assert GIVER not in page
    assert read_answers().svar["tilbyder"] == Answer(
        "", "", "", (), read_answers().svar["tilbyder"].venter_paa
    )
