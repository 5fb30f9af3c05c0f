"""Any table of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from training.benchmark import BenchmarkResult, benchmark_report, read_spec, run_benchmark
from training.commands.options import Json
from training.reporting.report import write_report
from training.show import Shown

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
        result = run_benchmark(read_spec(spec), data_dir, seed=seed, threads=2, progress=shown)
    if report is not None:
        write_report(benchmark_report(result, BENCHMARK_LIMITS), report)
    typer.echo(result.to_json() if as_json else _benchmark_lines(result))


def _benchmark_lines(result: BenchmarkResult) -> str:
    lines = [f"{result.name}: n {result.n}, base {result.base:.3f}"]
    for model in result.models:
        m = model.metrics
        lines.append(
            f"  {model.model:<10} AUC {m.auc:.3f} ({m.auc_low:.3f}-{m.auc_high:.3f})  ECE {m.ece:.3f}"
        )
    return "\n".join(lines)
