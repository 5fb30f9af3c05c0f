"""The technical documentation of a model, as the AI Act asks for it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from models.approved import APPROVED, ARTEFACTS
from models.risikoregister import RISIKOREGISTER
from models.signature import SIGNERS
from profilering.errors import GateError
from training.commands.options import OUT, Artefacts, Out
from training.commands.release import DAY, Approved, Named, digest_meant
from training.monitoring.limits import DEFAULT as LIMITS
from training.release.limits import DEFAULT as GATES
from training.technical_file.answers import DEFAULT as ANSWERS
from training.technical_file.assemble import Lack, assemble
from training.technical_file.document import clear, write_document
from training.technical_file.sources import FilePlaces, read_sources

TO = Path("var/technical-file")


def technical_file(  # noqa: PLR0913, PLR0917 - a command line names each of its options
    bundle: Named,
    artefacts: Artefacts = ARTEFACTS,
    approved: Approved = APPROVED,
    out: Out = OUT,
    signers: Annotated[Path, typer.Option(help="Whose signatures are trusted.")] = SIGNERS,
    gates: Annotated[Path, typer.Option(help="The limits a model must keep.")] = GATES,
    limits: Annotated[Path, typer.Option(help="When monitoring raises an alarm.")] = LIMITS,
    risks: Annotated[Path, typer.Option(help="The register of risks.")] = RISIKOREGISTER,
    answers: Annotated[Path, typer.Option(help="What only people can answer.")] = ANSWERS,
    export: Annotated[
        Path | None, typer.Option(help="What `python -m serving journal export` wrote.")
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option(help="Public key of its checkpoints, got elsewhere; may be repeated.")
    ] = None,
    monitoring: Annotated[Path | None, typer.Option(help="Folder that `monitor` wrote.")] = None,
    to: Annotated[Path, typer.Option(help="Folder for the document.")] = TO,
    dated: Annotated[datetime | None, typer.Option(formats=DAY, help="Its day; default: today.")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Write it although points are empty.")] = False,  # noqa: FBT002
) -> None:
    """Put together the technical documentation of a model (AI Act, Annex IV); an empty point fails."""
    places = FilePlaces(
        artefacts, out, approved, signers, gates, limits,
        answers=answers, risks=risks, export=export, keys=tuple(key or ()), monitoring=monitoring,
    )  # fmt: skip
    made = assemble(read_sources(digest_meant(bundle, approved, out), places))
    day = (dated or datetime.now(UTC)).date()
    if not made.lacks:
        typer.echo(f"document {write_document(made, to, day)}")
        return
    clear(to)
    if draft:
        typer.echo(f"draft    {write_document(made, to, day)}")
    typer.echo(_lines(made.lacks), err=True)
    count = len({lack.point.number for lack in made.lacks})
    raise GateError(f"{count} points of Annex IV lack evidence; nothing finished is written")


def _lines(lacks: Sequence[Lack]) -> str:
    return "\n".join(f"{lack.point.number:<4} {lack.need.name}: {lack.why}" for lack in lacks)
