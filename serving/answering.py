"""One request from bytes to a journaled answer: read, assess, append, and only then answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.approved import Approved
from profilering.assess import assess
from serving.journal import AlreadyAppended, EntryKind, IdempotencyKey, Journal, NewEntry, StoredEntry
from serving.problems import NO_MODEL, FieldFault, RefusedError, invalid
from serving.record import LOCAL_CALLER, answer_of, content_of, with_journal
from serving.schemas import KNOWN_NAMES
from serving.strict_json import read_json
from serving.wire_in import forespoersel_of, registrering_of
from serving.wire_out import Case, svar_of


@dataclass(frozen=True, slots=True)
class Sources:
    """What differs from one call to the next: time, names and salt, handed in so that tests can choose."""

    clock: Callable[[], datetime]  # aware
    timer: Callable[[], float]  # seconds, monotonic
    new_id: Callable[[], UUID]
    new_salt: Callable[[], bytes]  # 32 random bytes


@dataclass(frozen=True, slots=True)
class NotApproved:
    """Why there is no model to answer with, in words for whoever runs the service."""

    reason: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the service is made of."""

    approved: Approved | NotApproved
    journal: Journal
    sources: Sources
    code_digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A journaled answer; `digest` is its entry's and so stands for every byte of it."""

    id: UUID
    digest: str
    body: bytes


def profile(body: bytes, key: str | None, parts: Parts) -> Answer:
    """Answer one request, or give the stored answer where the same request came before.

    Raises BodyError, RefusedError, KeyReusedError and JournalUnavailableError; nothing of an
    estimate leaves by way of an error.
    """
    idempotency = IdempotencyKey.of(caller=LOCAL_CALLER, key=key, request=body) if key else None
    if idempotency is not None:
        before = parts.journal.find_by_key(idempotency)
        if before is not None:
            return _stored(before)
    return _new_answer(body, idempotency, parts)


def find_answer(case_id: UUID, journal: Journal) -> Answer | None:
    """The stored answer, byte for byte as it left."""
    entry = journal.find(case_id, EntryKind.PROFILERING)
    return None if entry is None else _stored(entry)


def _new_answer(body: bytes, idempotency: IdempotencyKey | None, parts: Parts) -> Answer:
    started = parts.sources.timer()
    forespoersel = forespoersel_of(read_json(body, known_names=KNOWN_NAMES))
    registrering = registrering_of(forespoersel)
    _refuse_unknown_predecessor(forespoersel.erstatter, parts.journal)
    if isinstance(parts.approved, NotApproved):
        raise RefusedError(NO_MODEL)
    profilering = assess(registrering, parts.approved.basis, stanset=False)
    created = parts.sources.clock()
    case = Case(parts.sources.new_id(), created, forespoersel, registrering, profilering)
    svar = svar_of(case, parts.approved).model_dump_json(by_alias=True)
    duration_ms = round((parts.sources.timer() - started) * 1000, 3)
    content = content_of(case, svar, parts.approved, code_digest=parts.code_digest, duration_ms=duration_ms)
    entry = NewEntry(EntryKind.PROFILERING, case.id, created, content, idempotency)
    result = parts.journal.append(entry, salt=parts.sources.new_salt())
    if isinstance(result, AlreadyAppended):
        return _stored(result.entry)
    return Answer(case.id, result.digest, with_journal(svar, result))


def _refuse_unknown_predecessor(erstatter: UUID | None, journal: Journal) -> None:
    if erstatter is not None and journal.find(erstatter, EntryKind.PROFILERING) is None:
        raise RefusedError(
            invalid([FieldFault("/erstatter", "Det finnes ingen profilering med denne id-en.")])
        )


def _stored(entry: StoredEntry) -> Answer:
    return Answer(entry.case_id, entry.receipt.digest, answer_of(entry.content, entry.receipt))
