"""The service on this machine."""

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
from fastapi import FastAPI

from models.archive import Archive
from models.code import code_digest
from models.signature import read_signing_key
from serving.access_log import AccessLog, sender_to
from serving.answering import Parts, Sources
from serving.app import create_app
from serving.caller import LOCAL
from serving.commands.options import ArkivOption, CheckpointsOption, JournalOption, said_clearly, settings_of
from serving.health import Notice
from serving.journal import Journal
from serving.journal.chain import SALT_BYTES
from serving.journal.checkpoints import Checkpoints
from serving.keeper import Task, keeping
from serving.log import log_event, to_stdout
from serving.settings import Settings
from serving.standing import NotApproved, Standing
from serving.stop import StopSwitch
from serving.swap import ModelWatch
from serving.trial import try_in_child

NOT_YET = NotApproved("the approved model has not begun to answer yet; the log says what it waits for")


def serve(  # noqa: PLR0913, PLR0917  one flag per setting
    host: Annotated[str | None, typer.Option(help="Loopback address to listen on.")] = None,
    port: Annotated[str | None, typer.Option(help="Port to listen on.")] = None,
    approved: Annotated[str | None, typer.Option(help="File with the approvals.")] = None,
    artefacts: Annotated[str | None, typer.Option(help="Folder with the bundles.")] = None,
    journal: JournalOption = None,
    arkiv: ArkivOption = None,
    checkpoints: CheckpointsOption = None,
    checkpoint_key: Annotated[str | None, typer.Option(help="Key that signs the checkpoints.")] = None,
    audit_log: Annotated[str | None, typer.Option(help="File or tcp://host:port for CEF lines.")] = None,
    journal_timeout_seconds: Annotated[str | None, typer.Option(help="Longest wait for the journal.")] = None,
) -> None:
    """Answer registreringer on this machine. Each flag has a variable PROFILERING_<FLAG>."""
    with said_clearly("the service does not start"):
        settings = settings_of(
            host=host,
            port=port,
            approved=approved,
            artefacts=artefacts,
            journal=journal,
            arkiv=arkiv,
            checkpoints=checkpoints,
            checkpoint_key=checkpoint_key,
            audit_log=audit_log,
            journal_timeout_seconds=journal_timeout_seconds,
        )
        _serve(settings)


def _serve(settings: Settings) -> None:
    key = None if settings.checkpoint_key is None else read_signing_key(settings.checkpoint_key)
    journal = _journal(settings)
    try:
        to_stdout()
        signal.signal(signal.SIGTERM, _stop_in_order)
        sources = real_sources()
        stop = StopSwitch(journal, sources.timer)
        archive = Archive(settings.arkiv)
        parts = Parts(
            standing=Standing(NOT_YET),
            stop=stop,
            journal=journal,
            access=AccessLog(journal, sender_to(settings.audit_log)),
            approved_of=archive.approved,
            caller_of=lambda _request: LOCAL,
            sources=sources,
            code_digest=code_digest(),
        )
        watch = _watch(settings, archive, parts)
        tasks: dict[str, Task] = {"read_stop": stop.read, "watch_model": watch.look}
        notices: list[Notice] = [watch.notice]
        if settings.checkpoints is not None and key is not None:
            checkpoints = Checkpoints(
                settings.checkpoints, key, journal, clock=sources.clock, timer=sources.timer
            )
            tasks["write_checkpoint"] = checkpoints.write_if_due
            notices.append(checkpoints.notice)
        else:
            log_event("journal_has_no_checkpoints", level=WARNING)
        with keeping(tasks):
            _listen(create_app(parts, notices), settings)
    finally:
        journal.close()
        log_event("service_stopped")


def _listen(app: FastAPI, settings: Settings) -> None:
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


def _journal(settings: Settings) -> Journal:
    if "://" not in settings.journal:
        Path(settings.journal).parent.mkdir(parents=True, exist_ok=True)
    return Journal.open(settings.journal, timeout_seconds=settings.journal_timeout_seconds)


def _watch(settings: Settings, archive: Archive, parts: Parts) -> ModelWatch:
    return ModelWatch(
        settings.approved,
        settings.artefacts,
        parts,
        try_bundle=try_in_child,
        keep=lambda approved: archive.keep(approved, settings.artefacts),
    )


def _stop_in_order(_signal: int, _frame: object) -> None:
    """Take the signal uvicorn passes on once it has answered its last request."""
    raise SystemExit(0)


def real_sources() -> Sources:
    """The machine's own clock, timer and chance."""
    return Sources(
        clock=lambda: datetime.now(UTC),
        timer=time.perf_counter,
        new_id=uuid4,
        new_salt=lambda: secrets.token_bytes(SALT_BYTES),
    )
