"""The data scientist's commands: `python -m training …`.

Exit codes: 0 ok, 1 error, 2 usage, 3 gates failed, 4 data check failed.
"""

import os

# Before LightGBM loads: its threads would otherwise spin beside another busy process and train
# many times slower (performance.md, *Traps*).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import getpass
import json
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from models.approved import APPROVED, ARTEFACTS
from profilering.errors import CallerError, DataError, GateError, ProfileringError
from training.approve import Decision
from training.approve import approve as approve_bundle
from training.benchmark import BenchmarkResult, benchmark_report, read_spec, run_benchmark
from training.extract import read_extract
from training.gates import DEFAULT as GATES
from training.gates import GateResult, read_gates
from training.nav_config import DEFAULT as CONFIG
from training.nav_config import read_nav_config
from training.pipeline import GatesFailedError, Places, Run, retrain
from training.registry import CHALLENGER, challenger_bundle
from training.report import write_report
from training.show import Shown, gate_table, metrics_table
from training.synthetic.register import read_config, write_register

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

BENCHMARK_LIMITS = "Tallene gjelder denne tabellen og ingen andre. De sier ingenting om Norge."

OUT = Path("var/training")

Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON on standard output.")]
Register = Annotated[Path, typer.Argument(help="Folder of a register extract.")]
Settings = Annotated[list[str] | None, typer.Option("--set", help="Override one setting: a.b=1.")]


@app.command()
def synthetic(
    out: Annotated[Path, typer.Argument(help="Folder to write; must not exist.")],
    persons: Annotated[int, typer.Option(min=1, help="How many invented people.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Same seed and version, same bytes.")] = 7,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    settings: Settings = None,
) -> None:
    """Write a synthetic register: no real person, known true risks."""
    with Shown("syntetisk register") as shown:
        write_register(
            out,
            persons=persons,
            seed=seed,
            workers=workers,
            progress=lambda done, total: shown("skriver blokker", done, total),
            config=read_config(overrides=_overrides(settings)),
        )


@app.command()
def check(register: Register) -> None:
    """Check that an extract keeps its contract; say where it does not."""
    extract = read_extract(register)
    typer.echo(
        f"{register}: ok, {extract.registreringer.height} registreringer, drawn {extract.extract_date}"
    )


@app.command()
def train(  # noqa: PLR0913, PLR0917 - a command line names each of its options
    register: Register,
    config: Annotated[Path, typer.Option(help="What to count, split and fit.")] = CONFIG,
    gates: Annotated[Path, typer.Option(help="The limits a model must keep.")] = GATES,
    out: Annotated[Path, typer.Option(help="Reports and the MLflow store.")] = OUT,
    artefacts: Annotated[Path, typer.Option(help="Bundles.")] = ARTEFACTS,
    trainer: Annotated[str | None, typer.Option(help="Who trains; default: the user's name.")] = None,
    settings: Settings = None,
    as_json: Json = False,  # noqa: FBT002 - a flag is how a command line says it
) -> None:
    """Fit, calibrate, measure and, when every gate holds, publish both outcomes as a challenger."""
    resolved = read_nav_config(config, _overrides(settings))
    with Shown("trening") as shown:
        run = retrain(
            register,
            Places(out, artefacts),
            resolved,
            read_gates(gates),
            trainer=trainer or getpass.getuser(),
            progress=shown,
        )
    _say_run(run, as_json=as_json)


@app.command()
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


@app.command()
def approve(
    bundle: Annotated[str, typer.Argument(help="sha256:… of a published bundle, or `challenger`.")],
    approver: Annotated[str, typer.Option(help="Who approves; not who trained.")],
    why: Annotated[str, typer.Option(help="On what evidence.")],
    policy: Annotated[str, typer.Option(help="Policy version.")] = "2026-1",
    artefacts: Annotated[Path, typer.Option(help="Bundles.")] = ARTEFACTS,
    approved: Annotated[Path, typer.Option(help="The file of approvals.")] = APPROVED,
    out: Annotated[Path, typer.Option(help="Where `train` wrote; to look the challenger up.")] = OUT,
) -> None:
    """Let a published bundle answer: a line in the file of approvals."""
    if bundle == CHALLENGER:
        bundle = challenger_bundle(out / "mlflow")
    today = datetime.now(UTC).date()
    approve_bundle(Decision(bundle, policy, approver, today, why), artefacts, approved)
    typer.echo(f"{bundle} approved by {approver} in {approved}")


def _benchmark_lines(result: BenchmarkResult) -> str:
    lines = [f"{result.name}: n {result.n}, base {result.base:.3f}"]
    for model in result.models:
        m = model.metrics
        lines.append(
            f"  {model.model:<10} AUC {m.auc:.3f} ({m.auc_low:.3f}-{m.auc_high:.3f})  ECE {m.ece:.3f}"
        )
    return "\n".join(lines)


def _say_run(run: Run, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_run_json(run), ensure_ascii=False, indent=2, default=str))
        return
    typer.echo(metrics_table(run.measured))
    typer.echo(gate_table(run.gates))
    typer.echo(f"report   {run.report / 'report.html'}")
    typer.echo(f"mlflow   run {run.registered.run_id}, version {run.registered.version}, alias challenger")
    typer.echo(f"bundle   {run.bundle}")


def _run_json(run: Run) -> dict[str, Any]:
    return {
        "version": run.version,
        "bundle": run.bundle,
        "report": str(run.report / "report.html"),
        "mlflow_run": run.registered.run_id,
        "counts": run.counts,
        "gates": [_gate_json(gate) for gate in run.gates],
        "models": {
            outcome: {"held_out": _figures(m.held_out), "test": _figures(m.test)}
            for outcome, m in run.measured.items()
        },
    }


def _gate_json(gate: GateResult) -> dict[str, Any]:
    return {name: getattr(gate, name) for name in gate.__slots__}


def _figures(models: dict[str, Any]) -> dict[str, Any]:
    return {name: {f: getattr(m, f) for f in m.__slots__} for name, m in models.items()}


def _overrides(settings: list[str] | None) -> dict[str, Any]:
    """`a.b=1` as a path and a TOML value. Raises CallerError when it is not of that form."""
    values: dict[str, Any] = {}
    for setting in settings or ():
        path, _, text = setting.partition("=")
        try:
            values[path] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            raise CallerError(f"--set {setting}: write it as path=value, texts in quotes") from None
    return values


def main() -> None:
    """Run one command and end with its exit code; an error is one message, not a trace."""
    try:
        app()
    except ProfileringError as problem:
        if isinstance(problem, GatesFailedError):
            typer.echo(gate_table(problem.gates), err=True)
        typer.echo(f"error: {problem}", err=True)
        codes = ((CallerError, 2), (GateError, 3), (DataError, 4))
        sys.exit(next((code for kind, code in codes if isinstance(problem, kind)), 1))


if __name__ == "__main__":
    main()
