"""What `compare` and `shadow` found, as a page, as lines and as JSON: the same words and figures in all."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from profilering.innsatsgruppe import ForslagKode
from profilering.tekster import Tekster
from training.release.changes import Changes, GroupCount
from training.release.compare import FIRST, SECOND, BundleComparison, FigurePair, OutcomeComparison
from training.release.contender import ModelName
from training.release.shadow import LEVEL, Shadow
from training.reporting.numbers import interval_text, of_100_text
from training.reporting.report import Cell, Report, Section, Table

SYNTHETIC = (
    "Registeret eller en av modellene er syntetisk. Tallene viser at maskineriet virker. "
    "De sier ingenting om personer i Norge."
)
REAL = "Tallene gjelder dette uttrekket og ingen andre."
NOT_RIGHTER = "En endring i forslag sier ikke hvilken modell som har rett."
HIDDEN = "– betyr at færre enn ti personer står bak tallet, eller at det ville røpet et slikt tall."

FIGURE_NAMES = {
    "auc": "AUC (høyere er bedre)",
    "brier": "Brier (lavere er bedre)",
    "log_loss": "Logaritmisk tap (lavere er bedre)",
    "ece": "Kalibreringsfeil, ECE (lavere er bedre)",
    "mean_estimate": "Gjennomsnittlig anslag",
}
COLUMN_NAMES = {"alder": "Alder", "fylke": "Fylke"}


def comparison_report(found: BundleComparison, tekster: Tekster) -> Report:
    """Say which of two models is better on the same people, and what would change."""
    models = _models(found.first, found.second)
    period = f"Registreringer fra {found.fra} og før {found.til}, med kjent utfall."
    sections = [Section("Modellene", (period, *found.notes), (models,))]
    sections += [
        Section(_sentence(tekster.utfall[outcome]["fikk"]), (_people(one),), (_figures(one.figures),))
        for outcome, one in found.outcomes.items()
    ]
    sections.append(_forslag(found.forslag, tekster))
    return Report(
        "To modeller målt på de samme personene", _limits(synthetic=found.synthetic), tuple(sections)
    )


def shadow_report(found: Shadow, tekster: Tekster) -> Report:
    """Say who would get another forslag from the second model, and why."""
    models = _models(found.first, found.second)
    period = f"Alle registreringer fra {found.fra} og før {found.til}. Utfallet er ikke kjent for alle."
    return Report(
        "Skyggekjøring: to modeller på de samme registreringene",
        _limits(synthetic=found.synthetic),
        (
            Section("Modellene", (period,), (models,)),
            _forslag(found.forslag, tekster),
            Section("Hvem får et annet forslag?", (HIDDEN,), _groups(found.groups)),
            _reasons(found.reasons),
        ),
    )


def report_lines(report: Report) -> str:
    """Write a report for a terminal."""
    lines = [report.title, report.limits]
    for section in report.sections:
        lines += ["", section.heading, *section.text]
        for table in section.tables:
            lines += ["", table.caption, *_table_lines(table)]
    return "\n".join(lines)


def result_json(found: BundleComparison | Shadow) -> str:
    """Write a result for machines; null where a figure does not exist or cannot be shown."""
    return json.dumps(_plain(asdict(found)), ensure_ascii=False, allow_nan=False, indent=2, default=str)


def _limits(*, synthetic: bool) -> str:
    return f"{SYNTHETIC if synthetic else REAL} {NOT_RIGHTER}"


def _models(first: ModelName, second: ModelName) -> Table:
    rows = tuple((name, model.version, model.digest) for name, model in ((FIRST, first), (SECOND, second)))
    return Table("Modellene som er sammenlignet", ("Navn", "Versjon", "Digest"), rows)


def _people(one: OutcomeComparison) -> str:
    return f"{one.n} registreringer av {one.persons} personer. {of_100_text(one.base)} av 100 hadde utfallet."


def _figures(figures: Mapping[str, FigurePair]) -> Table:
    rows = tuple(
        (
            FIGURE_NAMES[name],
            *(interval_text(i, decimals=4) for i in (pair.first, pair.second, pair.difference)),
        )
        for name, pair in figures.items()
    )
    return Table("Tall med 95 %-intervall", ("Mål", "A", "B", "B minus A"), rows)


def _forslag(changes: Changes, tekster: Tekster) -> Section:
    told = {(count.fra, count.til): count.n for count in changes.counts}
    names = {kode.value: tekster.get("forslag", kode.value) for kode in ForslagKode}
    rows = tuple((name, *(told[fra, til] for til in names)) for fra, name in names.items())
    changed = "færre enn ti, eller nesten alle" if changes.changed is None else changes.changed
    text = (f"{changes.n} registreringer. Annet forslag fra B enn fra A: {changed}.", HIDDEN)
    table = Table("Forslag fra A (ned) og fra B (bort)", ("Fra A", *names.values()), rows)
    return Section("Hvor mange får et annet forslag?", text, (table,))


def _groups(groups: Sequence[GroupCount]) -> tuple[Table, ...]:
    columns = dict.fromkeys(group.column for group in groups)
    return tuple(
        Table(
            COLUMN_NAMES.get(column, column),
            ("Gruppe", "Registreringer", "Annet forslag"),
            tuple((group.value, group.n, group.changed) for group in groups if group.column == column),
        )
        for column in columns
    )


def _reasons(reasons: Mapping[str, int | None]) -> Section:
    text = (
        "For hver som får et annet forslag: temaet som flyttet det avgjørende anslaget mest. "
        f"{LEVEL} er nivået til modellen, likt for alle. "
        "UTENFOR_MODELLEN: bare den ene modellen har lært av noen på samme alder.",
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(reasons.items())
    return Section("Hvorfor?", text, (Table("Grunn til endringen", ("Grunn", "Registreringer"), rows),))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _table_lines(table: Table) -> list[str]:
    rows = [table.header, *(tuple("–" if cell is None else str(cell) for cell in row) for row in table.rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.header))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _plain(value: Any) -> Any:
    """Enum keys as text, and null for what does not exist."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
