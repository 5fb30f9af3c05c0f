"""One request from bytes to a journaled answer: read, assess, append, and only then answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.requests import Request

from models.approved import Approved
from models.canonical import canonical_json
from profilering.assess import assess
from serving.access_log import AccessLog
from serving.caller import Caller
from serving.journal import AlreadyAppended, EntryKind, IdempotencyKey, Journal, NewEntry, StoredEntry
from serving.problems import NO_MODEL, FieldFault, RefusedError, invalid
from serving.record import answer_of, content_of, with_journal
from serving.schemas import KNOWN_NAMES, ProfileringForespoersel
from serving.standing import NotApproved, Standing
from serving.stop import StopSwitch
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
class Parts:
    """Everything the service is made of."""

    standing: Standing
    stop: StopSwitch
    journal: Journal
    access: AccessLog
    approved_of: Callable[[Mapping[str, str]], Approved]  # from the archive, by digests
    caller_of: Callable[[Request], Caller]
    sources: Sources
    code_digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A journaled answer; `digest` is its entry's and so stands for every byte of it."""

    id: UUID
    digest: str
    body: bytes


def profile(body: bytes, key: str | None, caller: Caller, parts: Parts) -> Answer:
    """Answer one request, or give the stored answer where the same request came before.

    Raises BodyError, RefusedError, KeyReusedError and JournalUnavailableError; nothing of an
    estimate leaves by way of an error.
    """
    keys = (IdempotencyKey.of(caller=caller.system, key=key, request=body),) if key else ()
    if keys:
        before = parts.journal.find_by_keys(keys)
        if before is not None:
            return _stored(before)
    return _new_answer(body, keys, caller, parts)


def find_answer(case_id: UUID, journal: Journal) -> Answer | None:
    """The stored answer, byte for byte as it left."""
    entry = journal.find(case_id, EntryKind.PROFILERING)
    return None if entry is None else _stored(entry)


def _new_answer(body: bytes, keys: tuple[IdempotencyKey, ...], caller: Caller, parts: Parts) -> Answer:
    started = parts.sources.timer()
    forespoersel = forespoersel_of(read_json(body, known_names=KNOWN_NAMES))
    registrering = registrering_of(forespoersel)
    _refuse_unknown_predecessor(forespoersel.erstatter, parts.journal)
    approved = parts.standing.approved  # once: it may be another one at the next look
    if isinstance(approved, NotApproved):
        raise RefusedError(NO_MODEL)
    stanset = parts.stop.state().stanset
    profilering = assess(registrering, approved.basis, stanset=stanset)
    created = parts.sources.clock()
    case = Case(parts.sources.new_id(), created, forespoersel, registrering, profilering)
    svar = svar_of(case, approved).model_dump_json(by_alias=True)
    duration_ms = round((parts.sources.timer() - started) * 1000, 3)
    content = content_of(
        case,
        svar,
        approved,
        caller=caller,
        stanset=stanset,
        code_digest=parts.code_digest,
        duration_ms=duration_ms,
    )
    keys = (*keys, _natural_key(forespoersel, caller, approved, stanset=stanset))
    entry = NewEntry(EntryKind.PROFILERING, case.id, created, content, keys)
    result = parts.journal.append(entry, salt=parts.sources.new_salt())
    if isinstance(result, AlreadyAppended):
        return _stored(result.entry)
    return Answer(case.id, result.digest, with_journal(svar, result))


def _natural_key(
    forespoersel: ProfileringForespoersel, caller: Caller, approved: Approved, *, stanset: bool
) -> IdempotencyKey:
    """The same facts get the same answer as long as model, policy and stop switch are the same."""
    facts = canonical_json(forespoersel.model_dump(mode="json", by_alias=True))
    bases = (approved.digests[name].encode() for name in ("bundle", "policy"))
    return IdempotencyKey.natural(caller.system.encode(), facts, *bases, b"stanset" if stanset else b"")


def _refuse_unknown_predecessor(erstatter: UUID | None, journal: Journal) -> None:
    if erstatter is not None and journal.find(erstatter, EntryKind.PROFILERING) is None:
        raise RefusedError(
            invalid([FieldFault("/erstatter", "Det finnes ingen profilering med denne id-en.")])
        )


def _stored(entry: StoredEntry) -> Answer:
    return Answer(entry.case_id, entry.receipt.digest, answer_of(entry.content, entry.receipt))
