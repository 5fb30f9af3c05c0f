"""From a challenger to a model that answers."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from models.approved import APPROVED, ARTEFACTS
from training.commands.options import OUT
from training.release.approve import Decision
from training.release.approve import approve as approve_bundle
from training.release.registry import CHALLENGER, challenger_bundle


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
