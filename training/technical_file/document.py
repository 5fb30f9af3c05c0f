"""The technical file as a document: Markdown for the archive, a page for people, the same words in both."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from profilering.errors import CallerError
from training.reporting.numbers import number_text
from training.reporting.report import Cell, Report, Section, Table, report_html
from training.reporting.words import SYNTHETIC, limits_of
from training.technical_file.annex import ANNEX
from training.technical_file.assemble import TechnicalFile
from training.technical_file.evidence import Evidence, Statement

NAME = "teknisk-dokumentasjon"
DRAFT = "UFULLSTENDIG"
INVENTED = "oppdiktede personer"
ABOUT = (
    "Teknisk dokumentasjon etter AI-forordningen, forordning (EU) 2024/1689, artikkel 11 og vedlegg IV. "
    "Numrene er vedleggets.",
    "Svar som er gitt av noen, er ord: filene er grunnlaget for dem, og ingen maskin har prøvd om ordene "
    "stemmer. Resten er lest ut av filene.",
    "Hvert utsagn sier hvilke filer som viser det. Tallet i klammer er filens nummer i grunnlaget bakerst, "
    "der digesten står (SHA-256 av filens byte). «pakken» er mappen med modellen, navngitt etter sin digest; "
    "«rapporten», «eksport» og «overvaaking» er mappene fra train, journal export og monitor; andre navn er "
    "filer i kodearkivet, eller filen som ble gitt.",
)
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
LEADING = re.compile(r"^(\d*)([-+=.)])")
"""What would begin a list or underline a heading where it begins a line."""


def report_of(made: TechnicalFile, dated: date) -> Report:
    """The document as a report: first what lacks, then a section for each need, last the evidence."""
    numbers = {one: number for number, one in enumerate(_evidence(made), start=1)}
    title = f"Teknisk dokumentasjon: {made.version}"
    about = Section("Om dokumentet", (*ABOUT, f"Laget {dated.isoformat()} for pakken {made.bundle}."))
    lacks = _lacks(made)
    return Report(
        f"{DRAFT} UTKAST. {title}" if made.lacks else title,
        limits_of(synthetic=made.synthetic),
        (*lacks, about, *_sections(made, numbers), _grounds(numbers)),
    )


def write_document(made: TechnicalFile, folder: Path, dated: date) -> Path:
    """Write the Markdown and the page, a draft under a name that says so, and give the Markdown's path.

    What an earlier run left under either name is taken away: no finished file outlives its reasons.
    Raises CallerError when the folder cannot be written.
    """
    report = report_of(made, dated)
    name = f"{DRAFT}-{NAME}" if made.lacks else NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        clear(folder)
        (folder / f"{name}.html").write_text(report_html(report), encoding="utf-8", newline="\n")
        (folder / f"{name}.md").write_text(markdown(report), encoding="utf-8", newline="\n")
    except OSError as problem:
        raise CallerError(f"{folder} cannot be written: {problem.strerror}; give another --to") from None
    return folder / f"{name}.md"


def clear(folder: Path) -> None:
    """Take away what an earlier run wrote. Raises CallerError when it cannot be."""
    try:
        for name in (NAME, f"{DRAFT}-{NAME}"):
            for kind in ("md", "html"):
                (folder / f"{name}.{kind}").unlink(missing_ok=True)
    except OSError as problem:
        raise CallerError(f"{folder} cannot be written: {problem.strerror}; give another --to") from None


def markdown(report: Report) -> str:
    """A report as Markdown in which no text can be anything but text."""
    lines = [f"# {_plain(report.title)}", "", f"**Begrensninger.** {_plain(report.limits)}", ""]
    for section in report.sections:
        lines += [f"## {_plain(section.heading)}", ""]
        for paragraph in section.text:
            lines += [LEADING.sub(r"\1\\\2", _plain(paragraph)), ""]
        for table in section.tables:
            lines += [*_table(table), ""]
    return "\n".join(lines)


def _evidence(made: TechnicalFile) -> list[Evidence]:
    """Every file once, in the order it is first named."""
    return list(
        dict.fromkeys(one for point in ANNEX for need in point.needs for one in _shows(made, need.name))
    )


def _shows(made: TechnicalFile, name: str) -> tuple[Evidence, ...]:
    statement = made.statements[name]
    return () if statement.fault else statement.evidence


def _lacks(made: TechnicalFile) -> tuple[Section, ...]:
    if not made.lacks:
        return ()
    rows = tuple((lack.point.number, lack.need.title, lack.why, lack.need.giver) for lack in made.lacks)
    header = ("Punkt", "Hva", "Hvorfor", "Kan gis av")
    told = ("Dokumentet er ikke ferdig. Dette mangler:",)
    return (Section(f"{DRAFT}: hva som mangler", told, (Table("Mangler", header, rows),)),)


def _sections(made: TechnicalFile, numbers: Mapping[Evidence, int]) -> Iterator[Section]:
    for point in ANNEX:
        for need in point.needs:
            heading = f"{point.number}. {point.title}: {need.title}"
            statement = made.statements[need.name]
            if statement.fault:
                yield Section(heading, (f"{DRAFT}: {statement.fault}.",))
            else:
                yield _section(heading, _marked(statement, synthetic=made.synthetic), numbers)


def _section(heading: str, statement: Statement, numbers: Mapping[Evidence, int]) -> Section:
    shows = ", ".join(f"{one.name} [{numbers[one]}]" for one in dict.fromkeys(statement.evidence))
    return Section(heading, (*statement.text, f"Vist av: {shows}."), statement.tables)


def _marked(statement: Statement, *, synthetic: bool) -> Statement:
    """Figures of invented people say so, before them and in the name of each table."""
    if not (statement.figures and synthetic):
        return statement
    tables = tuple(replace(table, caption=f"{table.caption} ({INVENTED})") for table in statement.tables)
    text = (SYNTHETIC, *(paragraph for paragraph in statement.text if paragraph != SYNTHETIC))
    return replace(statement, text=text, tables=tables)


def _grounds(numbers: Mapping[Evidence, int]) -> Section:
    rows = tuple((f"[{number}]", one.name, one.digest) for one, number in numbers.items())
    told = ("Digesten regnes ut igjen med sha256sum av filen.",)
    return Section("Grunnlag", told, (Table("Filene som viser utsagnene", ("Nr", "Fil", "Digest"), rows),))


def _plain(text: str) -> str:
    """One line in which every sign stands for itself."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _table(table: Table) -> list[str]:
    return [
        f"**{_plain(table.caption)}**",
        "",
        f"| {' | '.join(map(_plain, table.header))} |",
        "|" + "---|" * len(table.header),
        *(f"| {' | '.join(map(_cell, row))} |" for row in table.rows),
    ]


def _cell(cell: Cell) -> str:
    if cell is None:
        return "–"
    return _plain(number_text(cell) if isinstance(cell, float) else str(cell))
