"""The service, in one process or several."""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE

from profilering.errors import SetupError
from serving.commands.options import ArkivOption, CheckpointsOption, JournalOption, said_clearly, settings_of
from serving.commands.worker import worker_app
from serving.edge.protocol import BoundedProtocol
from serving.edge.stopping import DRAIN_SECONDS
from serving.edge.workers import Workers
from serving.journal import JournalUnavailableError
from serving.settings import Settings
from serving.telemetry.log import to_stdout
from serving.telemetry.metrics import SHARED_COUNTS

CONNECTIONS = 1_000
"""Open at once, idle ones too; more than any platform keeps, fewer than a process may have files."""


def serve(  # noqa: PLR0913, PLR0917  one flag per setting
    host: Annotated[str | None, typer.Option(help="Loopback address to listen on.")] = None,
    port: Annotated[str | None, typer.Option(help="Port to listen on.")] = None,
    approved: Annotated[str | None, typer.Option(help="File with the approvals.")] = None,
    artefacts: Annotated[str | None, typer.Option(help="Folder with the bundles.")] = None,
    journal: JournalOption = None,
    saksliste: Annotated[str | None, typer.Option(help="File of the auditors' list of cases.")] = None,
    overvaaking: Annotated[str | None, typer.Option(help="report.json of the newest monitoring.")] = None,
    arkiv: ArkivOption = None,
    checkpoints: CheckpointsOption = None,
    checkpoint_key: Annotated[str | None, typer.Option(help="Key that signs the checkpoints.")] = None,
    audit_log: Annotated[str | None, typer.Option(help="File or tcp://host:port for CEF lines.")] = None,
    journal_timeout_seconds: Annotated[str | None, typer.Option(help="Longest wait for the journal.")] = None,
    tilgang: Annotated[str | None, typer.Option(help="File that says who may ask, and what for.")] = None,
    workers: Annotated[str | None, typer.Option(help="Processes that answer.")] = None,
    stop_seconds: Annotated[str | None, typer.Option(help="How long to answer on after SIGTERM.")] = None,
    traces: Annotated[str | None, typer.Option(help="on, or off: no traces.")] = None,
) -> None:
    """Answer registreringer. Each flag has a variable PROFILERING_<FLAG>."""
    with said_clearly("the service does not start"):
        settings = settings_of(
            host=host,
            port=port,
            approved=approved,
            artefacts=artefacts,
            journal=journal,
            saksliste=saksliste,
            overvaaking=overvaaking,
            arkiv=arkiv,
            checkpoints=checkpoints,
            checkpoint_key=checkpoint_key,
            audit_log=audit_log,
            journal_timeout_seconds=journal_timeout_seconds,
            tilgang=tilgang,
            workers=workers,
            stop_seconds=stop_seconds,
            traces=traces,
        )
        _serve(settings)


def _serve(settings: Settings) -> None:
    if settings.workers == 1:
        # Before uvicorn sets its own handler, which passes the signal on to this one at the end.
        signal.signal(signal.SIGTERM, _end_in_order)
        uvicorn.Server(_config(worker_app(settings), settings)).run()
        return
    config = _config(partial(worker_or_none, settings), settings)
    workers = Workers(config, [config.bind_socket()])
    to_stdout()
    with TemporaryDirectory(prefix="profilering-metrics-") as shared:
        os.environ[SHARED_COUNTS] = shared  # read by the metrics' library as a worker starts
        workers.run()
    if any(process.exitcode == STARTUP_FAILURE for process in workers.processes):
        raise SetupError("a worker could not start; the line above says why")


def _end_in_order(_signal: int, _frame: object) -> None:
    """Take the signal uvicorn passes on once it has answered its last request."""
    raise SystemExit(0)


def worker_or_none(settings: Settings) -> FastAPI:
    """One of several workers, in a process of its own; where it cannot start, none of them goes on."""
    try:
        return worker_app(settings)
    except (SetupError, JournalUnavailableError) as error:
        typer.echo(f"a worker does not start: {error}", err=True)
        sys.exit(STARTUP_FAILURE)


def _config(app: FastAPI | Callable[[], FastAPI], settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=not isinstance(app, FastAPI),
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        http=BoundedProtocol,
        ws="none",
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
