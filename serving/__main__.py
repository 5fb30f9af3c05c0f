"""The operator's commands: `python -m serving …`."""

import os
import secrets
import signal
import time
from datetime import UTC, datetime
from logging import WARNING
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
import uvicorn

from models.approved import Approved, load_approved
from models.code import code_digest
from profilering.errors import SetupError
from serving.answering import NotApproved, Parts, Sources
from serving.app import create_app
from serving.journal import Journal, JournalUnavailableError
from serving.journal.chain import SALT_BYTES
from serving.journal.export import export_journal
from serving.journal.verify import verify_sqlite
from serving.log import log_event, to_stdout
from serving.settings import Settings, read_settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


journal_cli = typer.Typer(no_args_is_help=True, help="Read and check a journal.")
cli.add_typer(journal_cli, name="journal")


@cli.callback()
def commands() -> None:
    """Profilering: an explained suggestion of innsatsgruppe, journaled."""


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Loopback address to listen on.")] = None,
    port: Annotated[str | None, typer.Option(help="Port to listen on.")] = None,
    approved: Annotated[str | None, typer.Option(help="File with the approvals.")] = None,
    artefacts: Annotated[str | None, typer.Option(help="Folder with the bundles.")] = None,
    journal: Annotated[str | None, typer.Option(help="SQLite file; made where there is none.")] = None,
    busy_timeout_seconds: Annotated[str | None, typer.Option(help="Longest wait for the journal.")] = None,
) -> None:
    """Answer registreringer on this machine. Each flag has a variable PROFILERING_<FLAG>."""
    flags = {
        "host": host,
        "port": port,
        "approved": approved,
        "artefacts": artefacts,
        "journal": journal,
        "busy_timeout_seconds": busy_timeout_seconds,
    }
    try:
        _serve(read_settings(os.environ, flags))
    except (SetupError, JournalUnavailableError) as error:
        typer.echo(f"the service does not start: {error}", err=True)
        raise typer.Exit(2) from None


@journal_cli.command()
def verify(
    journal: Annotated[Path, typer.Option(help="SQLite file of the journal.")],
) -> None:
    """Check every entry of a journal with code the writer does not share; name the first bad one."""
    result = verify_sqlite(journal)
    if result.fault is not None:
        typer.echo(f"entry {result.fault.number}: {result.fault.reason}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{result.entries} entries, all in order")


@journal_cli.command()
def export(
    out: Annotated[Path, typer.Argument(help="File to write: one JSON object per entry and line.")],
    journal: Annotated[Path, typer.Option(help="SQLite file of the journal.")],
    busy_timeout_seconds: Annotated[float, typer.Option(help="Longest wait for the journal.")] = 10.0,
) -> None:
    """Write every entry with its content to a file. It holds what was said of people: keep it safe."""
    try:
        count = export_journal(journal, out, busy_timeout_seconds=busy_timeout_seconds)
    except (SetupError, JournalUnavailableError) as error:
        typer.echo(f"nothing is exported: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{count} entries in {out}")


def _serve(settings: Settings) -> None:
    settings.journal.parent.mkdir(parents=True, exist_ok=True)
    journal = Journal.open(settings.journal, busy_timeout_seconds=settings.busy_timeout_seconds)
    try:
        to_stdout()
        signal.signal(signal.SIGTERM, _stop_in_order)
        approved = _approved(settings)
        app = create_app(Parts(approved, journal, _real_sources(), code_digest()))
        log_event("local_mode_started_without_token_check", level=WARNING, port=settings.port)
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
        )
    finally:
        journal.close()
        log_event("service_stopped")


def _stop_in_order(_signal: int, _frame: object) -> None:
    """Take the signal uvicorn passes on once it has answered its last request."""
    raise SystemExit(0)


def _approved(settings: Settings) -> Approved | NotApproved:
    """Load what is approved; without it the service runs, says why, and gives no forslag."""
    try:
        approved = load_approved(settings.approved, settings.artefacts)
    except SetupError as error:
        log_event("model_refused", level=WARNING, reason=str(error))
        return NotApproved(str(error))
    log_event("model_loaded", model=approved.model_version, synthetic=approved.synthetic)
    return approved


def _real_sources() -> Sources:
    return Sources(
        clock=lambda: datetime.now(UTC),
        timer=time.perf_counter,
        new_id=uuid4,
        new_salt=lambda: secrets.token_bytes(SALT_BYTES),
    )


def main() -> None:
    """Entry point of `profilering-serving`."""
    cli()


if __name__ == "__main__":
    main()
