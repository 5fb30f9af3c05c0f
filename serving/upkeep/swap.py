"""A newly approved model begins to answer: tried in a child process, archived, journaled, swapped in.

Whatever is wrong with it, the one that answers goes on answering.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from logging import WARNING
from pathlib import Path

from models.approved import Approval, Approved, load_approved, read_approval
from models.bundle import folder_of
from models.canonical import canonical_json, digest_of
from profilering.errors import SetupError
from serving.journal import EntryKind, IdempotencyKey, NewEntry
from serving.parts import Parts
from serving.telemetry.log import log_event
from serving.upkeep.standing import NotApproved

TryBundle = Callable[[Path, str], None]
"""Tries the bundle in a folder, under its digest. Raises SetupError where it must not be served."""
Keep = Callable[[Approved], None]
"""Archives what answers will stand on, before the first of them. Raises SetupError."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What lies on disk, as a glance shows it: enough to notice that something is new."""

    approvals: str  # digest of the file with the approvals; empty where it cannot be read
    files: tuple[tuple[str, int, int], ...]  # of the approved bundle: name, bytes, changed (ns)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that was tried and loaded, and begins to answer once it is archived and journaled."""

    approvals: str
    approval: Approval
    approved: Approved


class ModelWatch:
    """Watches the approvals for one worker, and lets it stand on the last one that is good.

    `approved` is the file with the approvals, `artefacts` the folder with the bundles.
    """

    def __init__(
        self, approved: Path, artefacts: Path, parts: Parts, *, try_bundle: TryBundle, keep: Keep
    ) -> None:
        self._approved = approved
        self._artefacts = artefacts
        self._parts = parts
        self._try_bundle = try_bundle
        self._keep = keep
        self._serving: str | None = None  # digest of the approvals the worker stands on
        self._candidate: Candidate | None = None
        self._refused: tuple[Sight, str] | None = None  # what was refused and why

    def look(self) -> None:
        """Begin to answer with what is approved now, where that is new; what was refused must change first.

        Raises SetupError and JournalUnavailableError where archive or journal cannot take it; the
        next look goes on from there.
        """
        seen = self._glance()
        if seen.approvals == self._serving:
            self._candidate = self._refused = None
            return
        if self._candidate is None or self._candidate.approvals != seen.approvals:
            self._candidate = self._load(seen)
        if self._candidate is not None:
            self._begin(self._candidate)

    def notice(self) -> str | None:
        """Tell of a new approval that does not answer, and why."""
        if self._refused is not None:
            return f"ny modell avvist: {self._refused[1]}"
        return None if self._candidate is None else "ny modell venter på arkiv og journal"

    def _load(self, seen: Sight) -> Candidate | None:
        if self._refused is not None and self._refused[0] == seen:
            return None
        try:
            approval = read_approval(self._approved)
            self._try_bundle(folder_of(self._artefacts, approval.bundle), approval.bundle)
            approved = load_approved(self._approved, self._artefacts)
        except SetupError as error:
            self._refuse(seen, str(error))
            return None
        if self._glance() != seen:
            return None  # changed while it was loaded: the next look sees it whole
        self._refused = None
        return Candidate(seen.approvals, approval, approved)

    def _refuse(self, seen: Sight, reason: str) -> None:
        self._parts.metrics.model_refused()
        log_event("model_refused", level=WARNING, reason=reason)
        self._refused = (seen, reason)
        if isinstance(self._parts.standing.approved, NotApproved):
            self._parts.standing.swap(NotApproved(reason))

    def _begin(self, candidate: Candidate) -> None:
        self._keep(candidate.approved)
        _journal_swap(candidate, self._parts)
        self._parts.standing.swap(candidate.approved)
        self._parts.metrics.model_swapped()
        self._serving, self._candidate = candidate.approvals, None
        approved = candidate.approved
        log_event(
            "model_loaded",
            model=approved.model_version,
            bundle=approved.digests["bundle"],
            synthetic=approved.synthetic,
        )

    def _glance(self) -> Sight:
        try:
            approvals = digest_of(self._approved.read_bytes())
        except OSError:
            return Sight("", ())
        if approvals == self._serving:
            return Sight(approvals, ())
        try:
            folder = folder_of(self._artefacts, read_approval(self._approved).bundle)
            files = sorted((f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in folder.iterdir())
        except (SetupError, OSError):
            files = []
        return Sight(approvals, tuple(files))


def _journal_swap(candidate: Candidate, parts: Parts) -> None:
    """Tell the journal, once over all workers. Raises JournalUnavailableError.

    Workers that see the same change follow the same entry, so their keys are the same; a file put
    back as it was follows another one.
    """
    before = parts.journal.latest(EntryKind.MODELLBYTTE)
    last = {} if before is None else json.loads(before.content)
    if last.get("godkjenninger") == candidate.approvals:
        return
    approval, approved = candidate.approval, candidate.approved
    content = canonical_json(
        {
            "fra": last.get("til"),
            "til": dict(approved.digests),
            "modell": approved.model_version,
            "godkjent_av": approval.godkjent_av,
            "godkjent": approval.godkjent,
            "godkjenninger": candidate.approvals,
            "kode": parts.code_digest,
        }
    )
    number = 0 if before is None else before.receipt.number
    key = IdempotencyKey.natural(b"modellbytte", candidate.approvals.encode(), str(number).encode())
    sources = parts.sources
    entry = NewEntry(EntryKind.MODELLBYTTE, sources.new_id(), sources.clock(), content, (key,))
    parts.journal.append(entry, salt=sources.new_salt())
