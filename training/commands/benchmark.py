"""Any table of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from training.benchmark import BenchmarkResult, ModelResult, benchmark_report, read_spec, run_benchmark
from training.commands.options import Json
from training.fairness.group_figures import GroupFigures
from training.fairness.groupings import told
from training.fairness.groups import DIFFERENCE_SHOWN
from training.fit import THREADS
from training.reporting.numbers import interval_text, number_text, signed_text
from training.reporting.report import write_report
from training.show import Shown, auc_and_ece

BENCHMARK_LIMITS = "Tallene gjelder denne tabellen og ingen andre. De sier ingenting om Norge."


def benchmark(
    spec: Annotated[Path, typer.Argument(help="TOML that says what the table holds.")],
    data_dir: Annotated[Path, typer.Option(help="Folder the file of the spec lies in.")],
    seed: Annotated[int, typer.Option(help="Same seed, same figures.")] = 7,
    report: Annotated[Path | None, typer.Option(help="Also write report.html and report.json here.")] = None,
    as_json: Json = False,  # noqa: FBT002 - a flag is how a command line says it
) -> None:
    """Fit, calibrate, evaluate and report on any table: nothing here knows of NAV."""
    with Shown("benchmark") as shown:
        result = run_benchmark(read_spec(spec), data_dir, seed=seed, threads=THREADS, progress=shown)
    if report is not None:
        write_report(benchmark_report(result, BENCHMARK_LIMITS), report)
    typer.echo(result.to_json() if as_json else _benchmark_lines(result))


def _benchmark_lines(result: BenchmarkResult) -> str:
    lines = [f"{result.name}: n {result.n}, base {number_text(result.base)}"]
    for model in result.models:
        m = model.metrics
        lines.append(f"  {model.model:<10} {auc_and_ece(m)}")
        if model.before is not None:
            part = model.before.metrics
            lines.append(
                f"  {'':<10} kalibreringsdelen: ECE {number_text(part.ece)}, anslag minus skjedde "
                f"{signed_text(part.mean_estimate - part.base)}; senere: "
                f"{signed_text(m.mean_estimate - m.base)}"
            )
    for model in result.models:
        lines += _group_lines(model)
    return "\n".join([*lines, *(f"merk: {note.text()}" for note in result.notes)])


def _group_lines(model: ModelResult) -> list[str]:
    """Every group, and the crossings in which a difference is shown; dashes for too few."""
    fairness = model.fairness
    different = [group for group in fairness.crossings if group.verdict == DIFFERENCE_SHOWN]
    if not fairness.groups:
        return []
    header = ("gruppe", "antall", "skjedde", "anslag", "AUC", "overses", "feilaktig høyt", "dom")
    rows = [header, *(_group_cells(group) for group in (*fairness.groups, *different))]
    widths = [max(len(row[place]) for row in rows) for place in range(len(header))]
    heading = (
        f"{model.model}: høyt anslag er {number_text(fairness.threshold)} eller mer; kryssede grupper: "
        f"{len(different)} av {len(fairness.crossings)} har en påvist forskjell"
    )
    table = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows)
    return ["", heading, *(f"  {line}".rstrip() for line in table)]


def _group_cells(group: GroupFigures) -> tuple[str, ...]:
    figures = (group.base, group.mean_estimate, group.auc, group.fnr, group.fpr)
    return (
        f"{group.column}: {told(group.value)}",
        "–" if group.n is None else str(group.n),
        *(interval_text(figure, decimals=2) or "–" for figure in figures),
        _verdict(group),
    )


def _verdict(group: GroupFigures) -> str:
    """Say which figures a shown difference is in."""
    named = zip(("nivå", "overses", "feilaktig høyt"), group.gaps, strict=True)
    different = [name for name, gap in named if gap.verdict == DIFFERENCE_SHOWN]
    return f"{group.verdict}: {', '.join(different)}" if different else group.verdict
