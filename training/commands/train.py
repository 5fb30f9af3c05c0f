"""From an extract to a published challenger."""

import getpass
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from models.approved import ARTEFACTS
from training.commands.options import OUT, Artefacts, Json, Out, Register, Settings, overrides
from training.nav_config import DEFAULT as CONFIG
from training.nav_config import read_nav_config
from training.pipeline import Places, Run, retrain
from training.release.gates import DEFAULT as GATES
from training.release.gates import GateResult, read_gates
from training.show import Shown, gate_table, metrics_table


def train(  # noqa: PLR0913, PLR0917 - a command line names each of its options
    register: Register,
    config: Annotated[Path, typer.Option(help="What to count, split and fit.")] = CONFIG,
    gates: Annotated[Path, typer.Option(help="The limits a model must keep.")] = GATES,
    out: Out = OUT,
    artefacts: Artefacts = ARTEFACTS,
    trainer: Annotated[str | None, typer.Option(help="Who trains; default: the user's name.")] = None,
    settings: Settings = None,
    as_json: Json = False,  # noqa: FBT002 - a flag is how a command line says it
) -> None:
    """Fit, calibrate, measure and, when every gate holds, publish both outcomes as a challenger."""
    resolved = read_nav_config(config, overrides(settings))
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
