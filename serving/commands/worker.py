"""One worker: everything it holds open, from its start to its end."""

import asyncio
import gc
import os
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from logging import WARNING
from pathlib import Path
from uuid import uuid4

from fastapi import FastAPI

from models.archive import Archive
from models.code import code_digest
from models.signature import SigningKey, read_signing_key
from profilering.errors import SetupError
from serving.access.access_log import AccessLog, sender_to
from serving.api.health import Notice
from serving.api.metrics_route import Ages
from serving.app import create_app
from serving.edge.stopping import Stopping
from serving.identity.gate import Admission, TokenAdmission, let_in_locally
from serving.identity.keys import FRESH_SECONDS, LONGEST_AGE_SECONDS, KeyRing
from serving.identity.rate import Rate
from serving.identity.tilgang import read_tilgang
from serving.identity.token import TokenChecker
from serving.journal import Journal
from serving.journal.chain import SALT_BYTES
from serving.journal.checkpoints import Checkpoints
from serving.journal.verify import verify_journal
from serving.parts import Parts, Sources
from serving.revisjon.bevis import Sjekkpunkter
from serving.revisjon.kilder import Hyller, Revisjonskilder
from serving.revisjon.saksliste import Saksliste
from serving.settings import Settings
from serving.telemetry.log import log_event, to_stdout
from serving.telemetry.metrics import SHARED_COUNTS, Metrics
from serving.telemetry.tracing import OFF, traces_to_platform
from serving.upkeep.keeper import Task, keeping
from serving.upkeep.standing import NotApproved, Standing
from serving.upkeep.stop import StopSwitch
from serving.upkeep.swap import ModelWatch
from serving.upkeep.trial import try_in_child

NOT_YET = NotApproved("the approved model has not begun to answer yet; the log says what it waits for")


def worker_app(settings: Settings) -> FastAPI:
    """Put one worker together; its lifespan closes what is opened here.

    Raises SetupError and JournalUnavailableError.
    """
    key = None if settings.checkpoint_key is None else read_signing_key(settings.checkpoint_key)
    sources = real_sources()
    rings = [KeyRing(issuer, timer=sources.timer) for issuer in settings.issuers]
    admission = _admission(settings, rings, sources)
    archive = Archive(settings.arkiv)
    journal = _journal(settings)
    to_stdout()
    if not settings.issuers:
        log_event("local_mode_started_without_token_check", level=WARNING, port=settings.port)
    parts = Parts(
        standing=Standing(NOT_YET),
        stop=StopSwitch(journal, sources.timer),
        journal=journal,
        access=AccessLog(journal, sender_to(settings.audit_log)),
        approved_of=archive.approved,
        sources=sources,
        code_digest=code_digest(),
        revisjon=_revisjon(settings, key),
        metrics=Metrics(shared=_shared_by_workers(os.environ)),
        traces=traces_to_platform(os.environ) if settings.traces else OFF,
    )
    watch = _watch(settings, archive, parts)
    tasks: dict[str, Task] = {"read_stop": parts.stop.read, "watch_model": watch.look}
    notices: list[Notice] = [watch.notice, *(ring.notice for ring in rings)]
    ages = partial(_ages, None, rings)
    if settings.checkpoints is not None and key is not None:
        checkpoints = Checkpoints(
            settings.checkpoints, key, journal, clock=sources.clock, timer=sources.timer
        )
        tasks["write_checkpoint"] = checkpoints.write_if_due
        notices.append(checkpoints.notice)
        ages = partial(_ages, checkpoints, rings)
    else:
        log_event("journal_has_no_checkpoints", level=WARNING)
    stopping = Stopping()
    return create_app(
        parts,
        notices,
        obstacles=[partial(_no_keys, rings)],
        admission=admission,
        stopping=stopping,
        lifespan=partial(_living, parts, tasks, rings, stopping, settings.stop_seconds),
        ages=ages,
    )


def _ages(checkpoints: Checkpoints | None, rings: Sequence[KeyRing]) -> Ages:
    keys = {ring.issuer.kind.value: ring.age_seconds() for ring in rings}
    if checkpoints is None:
        return Ages(keys=keys)
    return Ages(checkpoints.age_seconds(), checkpoints.waiting_seconds(), keys)


def _shared_by_workers(environ: Mapping[str, str]) -> Path | None:
    folder = environ.get(SHARED_COUNTS)
    return Path(folder) if folder else None


@asynccontextmanager
async def _living(
    parts: Parts,
    tasks: Mapping[str, Task],
    rings: Sequence[KeyRing],
    stopping: Stopping,
    stop_seconds: float,
    _app: FastAPI,
) -> AsyncIterator[None]:
    """From the first look at the model to the last request."""
    fetching = asyncio.create_task(_keep_fetching(rings))
    try:
        with keeping(tasks), stopping.waiting(stop_seconds):
            gc.collect()
            gc.freeze()  # what stands as long as the worker does need not be looked through again and again
            yield
    finally:
        fetching.cancel()
        parts.journal.close()
        parts.traces.close()
        log_event("service_stopped")


def _no_keys(rings: Sequence[KeyRing]) -> str | None:
    """Why nobody can be let in; None as soon as one issuer's tokens can be checked."""
    if not rings or any(ring.age_seconds() <= LONGEST_AGE_SECONDS for ring in rings):
        return None
    return next(ring.notice() for ring in rings)


async def _keep_fetching(rings: Sequence[KeyRing]) -> None:
    """Have the issuers' keys at hand before somebody waits for them; where it fails, readiness says so."""
    while True:
        for ring in rings:
            await ring.refresh()
        await asyncio.sleep(FRESH_SECONDS / 2)


def _admission(settings: Settings, rings: Sequence[KeyRing], sources: Sources) -> Admission:
    if not rings:
        return let_in_locally
    tilgang = read_tilgang(settings.tilgang)
    checker = TokenChecker(rings, clock=sources.clock, longest_life=tilgang.longest_life)
    return TokenAdmission(checker, tilgang, Rate(tilgang.calls_per_minute, sources.timer))


def _revisjon(settings: Settings, key: SigningKey | None) -> Revisjonskilder:
    trusted = [] if key is None else [key.public_key]
    return Revisjonskilder(
        saksliste=Saksliste(settings.saksliste, settings.journal),
        kontroll=partial(
            verify_journal, settings.journal, checkpoints=settings.checkpoints, trusted_keys=trusted
        ),
        sjekkpunkter=Sjekkpunkter(settings.checkpoints, trusted),
        overvaaking=settings.overvaaking,
        hyller=Hyller(settings.approved, settings.artefacts, settings.arkiv),
    )


def _journal(settings: Settings) -> Journal:
    if "://" not in settings.journal:
        folder = Path(settings.journal).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise SetupError(
                f"the journal's folder {folder} cannot be made: {problem.strerror}; choose another place"
            ) from None
    return Journal.open(settings.journal, timeout_seconds=settings.journal_timeout_seconds)


def _watch(settings: Settings, archive: Archive, parts: Parts) -> ModelWatch:
    return ModelWatch(
        settings.approved,
        settings.artefacts,
        parts,
        try_bundle=try_in_child,
        keep=lambda approved: archive.keep(approved, settings.artefacts),
    )


def real_sources() -> Sources:
    """The machine's own clock, timer and chance."""
    return Sources(
        clock=lambda: datetime.now(UTC),
        timer=time.perf_counter,
        new_id=uuid4,
        new_salt=lambda: secrets.token_bytes(SALT_BYTES),
    )
