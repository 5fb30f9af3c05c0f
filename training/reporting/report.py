"""The report of a training run or a benchmark: one page for people, one file for machines.

Build `Section`s out of texts, `Table`s and `Figure`s, put them in a `Report`, and call
`write_report(report, folder)`. `metrics_table` and `figures.calibration_figure` make the
usual parts from plain results. The page has no script and needs no other file; the
same report gives the same bytes.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from training.evaluation.evaluate import Metrics
from training.reporting.figures import Figure
from training.reporting.numbers import number_text

Cell = str | int | float | None  # None: too few people behind the figure, or it does not exist

MEASURES = (
    ("n", "Personer målt på"),
    ("base", "Andel med utfallet"),
    ("mean_estimate", "Gjennomsnittlig anslag"),
    ("auc", "AUC"),
    ("auc_low", "AUC, nedre grense (95 %)"),
    ("auc_high", "AUC, øvre grense (95 %)"),
    ("average_precision", "Gjennomsnittlig presisjon"),
    ("brier", "Brier"),
    ("skill", "Gevinst mot å si grunnandelen til alle"),
    ("log_loss", "Logaritmisk tap"),
    ("ece", "Kalibreringsfeil (ECE, ti grupper)"),
    ("slope", "Kalibrering, helning (1 er riktig)"),
    ("intercept", "Kalibrering, konstantledd (0 er riktig)"),
    ("precision_at_10", "Presisjon blant de 10 % høyeste anslagene"),
    ("precision_at_25", "Presisjon blant de 25 % høyeste anslagene"),
    ("recall_at_10", "Andel funnet blant de 10 % høyeste anslagene"),
    ("recall_at_25", "Andel funnet blant de 25 % høyeste anslagene"),
)

MANY_SECTIONS = 10
"""From so many sections on, a page gets a list of contents."""

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
.limits { border: 2px solid #8a5a00; padding: .5rem 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; font-weight: bold; padding-bottom: .3rem; }
th, td { border-bottom: 1px solid #767676; padding: .2rem .7rem; }
th, td { text-align: right; vertical-align: top; font-variant-numeric: tabular-nums; }
.told, tbody th, thead th:first-child { text-align: left; }
tbody th { font-weight: normal; }
td.told { min-width: 7rem; }
nav ol { columns: 20rem; }
.wide { overflow-x: auto; }
figure { margin: 1rem 0; }
svg { max-width: 100%; height: auto; }
@media print {
  body { margin: 0; max-width: none; font-size: 9pt; }
  .wide { overflow: visible; }
  thead { display: table-header-group; }
  tr, figure, .limits { break-inside: avoid; }
  h2 { break-after: avoid; }
  nav { display: none; }
}
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading; the first cell of each row names the row."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report, in the order text, tables, figures."""

    heading: str
    text: tuple[str, ...] = ()  # paragraphs, plain text
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What is shown. `limits` says what the figures may not be used for, and stands first."""

    title: str
    limits: str
    sections: tuple[Section, ...]


def write_report(report: Report, folder: Path) -> None:
    """Write report.html, report.json and one SVG and CSV per figure into the folder, making it if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.html").write_text(report_html(report), encoding="utf-8", newline="\n")
    (folder / "report.json").write_text(report_json(report), encoding="utf-8", newline="\n")
    for section in report.sections:
        for figure in section.figures:
            (folder / f"{figure.name}.svg").write_text(figure.svg, encoding="utf-8", newline="\n")
            (folder / f"{figure.name}.csv").write_text(figure.csv, encoding="utf-8", newline="\n")


def metrics_table(caption: str, models: Mapping[str, Metrics]) -> Table:
    """Put the figures of several models, named in Norwegian, side by side."""
    rows = ((text, *(getattr(metrics, measure) for metrics in models.values())) for measure, text in MEASURES)
    return Table(caption=caption, header=("Mål", *models), rows=tuple(rows))


def report_html(report: Report) -> str:
    """Write the page."""
    sections = "\n".join(_section_html(number, s) for number, s in enumerate(report.sections, start=1))
    return f"""<!DOCTYPE html>
<html lang="nb">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(report.title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{escape(report.title)}</h1>
<p class="limits"><strong>Begrensninger.</strong> {escape(report.limits)}</p>
{_contents_html(report)}{sections}
<p>– betyr at færre enn ti personer står bak tallet, eller at tallet ikke finnes.</p>
</main>
</body>
</html>
"""


def report_json(report: Report) -> str:
    """Write the same content for machines: numbers as numbers, null where the page has a dash."""
    content = asdict(report)
    for section in content["sections"]:
        for table in section["tables"]:
            table["rows"] = [[_or_null(cell) for cell in row] for row in table["rows"]]
        for figure in section["figures"]:
            del figure["svg"]
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _contents_html(report: Report) -> str:
    """Links to the sections, for a page too long to be seen at once."""
    if len(report.sections) < MANY_SECTIONS:
        return ""
    links = "\n".join(
        f'<li><a href="#del-{number}">{escape(section.heading)}</a></li>'
        for number, section in enumerate(report.sections, start=1)
    )
    return f'<nav aria-label="Innhold">\n<ol>\n{links}\n</ol>\n</nav>\n'


def _section_html(number: int, section: Section) -> str:
    parts = [f'<section id="del-{number}">\n<h2>{escape(section.heading)}</h2>']
    parts += [f"<p>{escape(paragraph)}</p>" for paragraph in section.text]
    parts += [_table_html(table) for table in section.tables]
    parts += [_figure_html(figure) for figure in section.figures]
    return "\n".join([*parts, "</section>"])


def _table_html(table: Table) -> str:
    told = [_is_told([row[place] for row in table.rows]) for place in range(len(table.header))]
    kind = [' class="told"' if column else "" for column in told]
    head = "".join(
        f'<th scope="col"{k}>{escape(cell)}</th>' for k, cell in zip(kind, table.header, strict=True)
    )
    body = "\n".join(
        f'<tr><th scope="row">{escape(_text(row[0]))}</th>'
        + "".join(f"<td{k}>{escape(_text(cell))}</td>" for k, cell in zip(kind[1:], row[1:], strict=True))
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="wide"><table>\n<caption>{escape(table.caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _is_told(column: list[Cell]) -> bool:
    """Whether a column holds words, which are read from the left; numbers stand under each other."""
    words = [cell for cell in column if isinstance(cell, str) and cell]
    return any(word[0].isalpha() for word in words)


def _figure_html(figure: Figure) -> str:
    files = f"Punktene står i {figure.name}.csv."
    return (
        f"<figure>\n{figure.svg}\n"
        f"<figcaption>{escape(figure.title)}. {escape(figure.description)} {files}</figcaption>\n</figure>"
    )


def _or_null(cell: Cell) -> Cell:
    return None if isinstance(cell, float) and math.isnan(cell) else cell


def _text(cell: Cell) -> str:
    """Write a cell as people read it: comma for decimals, a dash for what is not shown."""
    known = _or_null(cell)
    if known is None:
        return "–"
    return number_text(known) if isinstance(known, float) else str(known)
