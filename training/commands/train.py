"""From an extract to a published challenger."""

import getpass
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from models.approved import APPROVED, ARTEFACTS, last_approval
from models.lightgbm_model import LightgbmModel
from models.signature import Signing
from training.commands.options import OUT, Artefacts, Json, Out, Register, Settings, overrides
from training.evaluation.comparison import Comparison
from training.nav_config import DEFAULT as CONFIG
from training.nav_config import read_nav_config
from training.pipeline import GatesFailedError, Places, Run, retrain
from training.release.contender import read_contender
from training.release.limits import DEFAULT as GATES
from training.release.limits import read_gates
from training.show import Shown, gate_table, metrics_table, stability_lines


def train(  # noqa: PLR0913, PLR0917 - a command line names each of its options
    register: Register,
    config: Annotated[Path, typer.Option(help="What to count, split and fit.")] = CONFIG,
    gates: Annotated[Path, typer.Option(help="The limits a model must keep.")] = GATES,
    out: Out = OUT,
    artefacts: Artefacts = ARTEFACTS,
    trainer: Annotated[str | None, typer.Option(help="Who trains; default: the user's name.")] = None,
    key: Annotated[Path | None, typer.Option(help="Signs the bundle; else nobody can approve it.")] = None,
    signer: Annotated[str | None, typer.Option(help="Whose key it is; default: the trainer's.")] = None,
    approved: Annotated[Path, typer.Option(help="What answers today, to be measured beside.")] = APPROVED,
    tune: Annotated[int, typer.Option(min=0, help="Try so many settings first, on training rows only.")] = 0,
    settings: Settings = None,
    as_json: Json = False,  # noqa: FBT002 - a flag is how a command line says it
) -> None:
    """Fit, calibrate, measure and, when every gate holds, publish both outcomes as a challenger."""
    resolved = read_nav_config(config, overrides(settings))
    who = trainer or getpass.getuser()
    try:
        with Shown("trening") as shown:
            run = retrain(
                register,
                Places(out, artefacts),
                resolved,
                read_gates(gates),
                trainer=who,
                signing=None if key is None else Signing(key, signer or who),
                approved=_approved_model(approved, artefacts),
                tuning_trials=tune,
                progress=shown,
            )
    except GatesFailedError as problem:
        if as_json:
            typer.echo(_json({"gates": [asdict(gate) for gate in problem.gates], "published": False}))
        raise
    _say_run(run, as_json=as_json)


def _approved_model(approved: Path, artefacts: Path) -> LightgbmModel | None:
    """The model that answers today. Raises SetupError when there is one and it cannot be read."""
    approval = last_approval(approved) if approved.exists() else None
    return None if approval is None else read_contender(approval.bundle, artefacts).model


def _say_run(run: Run, *, as_json: bool) -> None:
    if as_json:
        typer.echo(_json(_run_json(run)))
        return
    typer.echo(metrics_table(run.findings.measured))
    if run.findings.examination is not None:
        typer.echo(stability_lines(run.findings.examination.stability))
    typer.echo(gate_table(run.gates))
    typer.echo(f"report   {run.report / 'report.html'}")
    typer.echo(f"card     {run.report / 'card.html'}")
    typer.echo(f"mlflow   run {run.registered.run_id}, version {run.registered.version}, alias challenger")
    typer.echo(f"bundle   {run.bundle}")


def _run_json(run: Run) -> dict[str, Any]:
    measured = run.findings.measured
    return {
        "version": run.findings.version,
        "bundle": run.bundle,
        "report": str(run.report / "report.html"),
        "mlflow_run": run.registered.run_id,
        "counts": run.findings.subject.prepared.counts,
        "gates": [asdict(gate) for gate in run.gates],
        "models": {
            outcome: {"held_out": _figures(m.held_out), "test": _figures(m.test)}
            for outcome, m in measured.items()
        },
        "published": True,
    }


def _figures(comparison: Comparison) -> Mapping[str, Any]:
    return {name: asdict(model.metrics) for name, model in comparison.models.items()}


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)
