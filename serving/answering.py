"""Requests from bytes to journaled answers: read, assess, append, and only then answer."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from models.approved import Approved
from models.canonical import canonical_json
from profilering.assess import Profilering, assess_all
from profilering.registrering import Registrering
from serving.access.access_log import AccessLog
from serving.identity.caller import Caller
from serving.journal import (
    AlreadyAppended,
    EntryKind,
    ErasedError,
    IdempotencyKey,
    Journal,
    JournalUnavailableError,
    KeyReusedError,
    NewEntry,
    Receipt,
    StoredEntry,
)
from serving.journal.appending import Appended
from serving.record import answer_of, content_of, with_journal
from serving.telemetry.metrics import Metrics
from serving.telemetry.tracing import OFF, Traces
from serving.upkeep.standing import NotApproved, Standing
from serving.upkeep.stop import StopSwitch
from serving.wire.problems import (
    ERASED,
    JOURNAL_DOWN,
    KEY_REUSED,
    NO_MODEL,
    FieldFault,
    Problem,
    RefusedError,
    invalid,
    unreadable,
)
from serving.wire.reading import forespoersel_of, registrering_of
from serving.wire.schemas import KNOWN_NAMES, ProfileringForespoersel
from serving.wire.strict_json import BodyError, read_json
from serving.wire.writing import Case, facts_of
from serving.withheld import Answers, answers_of, withheld

CLOCKS_DIFFER = timedelta(minutes=10)
"""Two clocks may; a registrering from further in the future is a slip, such as a time zone left out."""
SENT_AT = "/opplysningerOmArbeidssoeker/sendtInnAv/tidspunkt"


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
    sources: Sources
    code_digest: str
    metrics: Metrics = field(default_factory=Metrics)
    traces: Traces = OFF


@dataclass(frozen=True, slots=True)
class Answer:
    """A journaled answer; `digest` is its entry's and so stands for every byte of the whole one."""

    id: UUID
    digest: str
    body: bytes
    stored: bool = False  # it was made before this request
    withheld: bool = False  # the suggestion is not shown yet

    @property
    def etag(self) -> str:
        """A strong tag; the two answers of two-step mode have one each."""
        return f'"{self.digest}{".totrinn" if self.withheld else ""}"'


@dataclass(frozen=True, slots=True)
class Understood:
    """A request that can be answered: as it stood on the wire, and what it says was known."""

    forespoersel: ProfileringForespoersel
    registrering: Registrering


class Append(Protocol):
    """One of the journal's ways to append each of some entries."""

    def __call__(self, entries: Sequence[NewEntry], *, salts: Sequence[bytes]) -> Sequence[Appended]:
        """Give one result per entry."""


Step = Callable[[str], AbstractContextManager[object]]
"""Tells of a step of the work by its name (`Traces.step`)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that can be answered, and what it is known by."""

    understood: Understood
    caller: Caller
    keys: tuple[IdempotencyKey, ...] = ()


def understand(body: bytes) -> Understood:
    """Read one request. Raises BodyError and RefusedError."""
    forespoersel = forespoersel_of(read_json(body, known_names=KNOWN_NAMES))
    return Understood(forespoersel, registrering_of(forespoersel))


def find_answer(case_id: UUID, journal: Journal) -> Answer | None:
    """The stored answer, byte for byte as it left, or as it may be read by now."""
    entry = journal.find(case_id, EntryKind.PROFILERING)
    return None if entry is None else stored(entry, journal)


def problem_of(error: Exception) -> Problem | None:
    """What a caller reads where answering raised; None for a fault of ours that nobody foresaw."""
    match error:
        case RefusedError():
            return error.problem
        case BodyError():
            return unreadable(error.detail, error.pointer)
        case KeyReusedError():
            return KEY_REUSED
        case ErasedError():
            return ERASED
        case JournalUnavailableError():
            return JOURNAL_DOWN
        case _:
            return None


@dataclass(frozen=True, slots=True)
class _Draft:
    """An answer before it is journaled."""

    answers: Answers
    entry: NewEntry

    def answer(self, receipt: Receipt) -> Answer:
        """The answer, once it is journaled."""
        body = with_journal(self.answers.shown, receipt)
        held_back = self.answers.first is not None
        return Answer(self.entry.case_id, receipt.digest, body, withheld=held_back)


def profiled(
    sent: Sequence[Sent], parts: Parts, append: Append, step: Step, *, started: float
) -> list[Answer | Exception]:
    """Answer n requests in one go and one transaction, each as if it were alone.

    Each has its own refusal in its place. All stand on the same model and the same state of the stop
    switch. What comes again, be it among the n, gets the stored answer. Raises JournalUnavailableError, and
    whatever is wrong with one that nobody foresaw. Once the entries are made nothing is raised: what goes
    wrong then is one's own.
    """
    now = parts.sources.clock()
    refusals = [_refusal(one.understood.forespoersel, now, parts.journal) for one in sent]
    accepted = [one for one, refusal in zip(sent, refusals, strict=True) if refusal is None]
    answers = iter(_new_answers(accepted, parts, append, step, started=started))
    return [refusal or next(answers) for refusal in refusals]


def _new_answers(
    sent: Sequence[Sent], parts: Parts, append: Append, step: Step, *, started: float
) -> list[Answer | Exception]:
    if not sent:
        return []
    approved = parts.standing.approved  # once: it may be another one at the next look
    if isinstance(approved, NotApproved):
        return [RefusedError(NO_MODEL)] * len(sent)
    stanset = parts.stop.state().stanset
    with step("assess"):
        profileringer = assess_all(
            [one.understood.registrering for one in sent], approved.basis, stanset=[stanset] * len(sent)
        )
    write = _Writer(parts, approved, stanset, started, len(sent))
    drafts = [write.draft(one, made) for one, made in zip(sent, profileringer, strict=True)]
    with parts.metrics.appending(), step("append"):
        results = append([draft.entry for draft in drafts], salts=[parts.sources.new_salt() for _ in drafts])
    return [_outcome(draft, result, parts.journal) for draft, result in zip(drafts, results, strict=True)]


def _outcome(draft: _Draft, result: Appended, journal: Journal) -> Answer | Exception:
    match result:
        case Receipt():
            return draft.answer(result)
        case AlreadyAppended():
            try:
                return stored(result.entry, journal)
            except Exception as error:  # the others of the group have their entries by now
                return error
        case _:
            return result


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the drafts of requests that are answered together."""

    parts: Parts
    approved: Approved
    stanset: bool
    started: float
    together: int
    held_back: set[IdempotencyKey] = field(default_factory=set)  # marks of the drafts so far

    def draft(self, sent: Sent, profilering: Profilering) -> _Draft:
        """Write one answer and its entry; how long it took is an even share of the time so far."""
        sources, one = self.parts.sources, sent.understood
        created = sources.clock()
        facts = facts_of(one.forespoersel)
        case = Case(sources.new_id(), created, one.forespoersel, one.registrering, profilering, facts)
        follows = _follows_held_back(one.forespoersel, self.approved, self.parts.journal, self.held_back)
        answers = answers_of(case, self.approved, follows=follows)
        content = content_of(
            case,
            answers,
            self.approved,
            caller=sent.caller,
            stanset=self.stanset,
            code_digest=self.parts.code_digest,
            duration_ms=round((sources.timer() - self.started) * 1000 / self.together, 3),
        )
        natural = _natural_key(facts, sent.caller, self.approved, stanset=self.stanset)
        marks = () if answers.first is None else (_same_facts(one.forespoersel, self.approved),)
        self.held_back.update(marks)
        return _Draft(
            answers, NewEntry(EntryKind.PROFILERING, case.id, created, content, (*sent.keys, natural), marks)
        )


def _natural_key(facts: str, caller: Caller, approved: Approved, *, stanset: bool) -> IdempotencyKey:
    """The same facts get the same answer as long as model, policy and stop switch are the same."""
    bases = (approved.digests[name].encode() for name in ("bundle", "policy"))
    return IdempotencyKey.natural(
        caller.system.encode(), facts.encode(), *bases, b"stanset" if stanset else b""
    )


def _same_facts(forespoersel: ProfileringForespoersel, approved: Approved) -> IdempotencyKey:
    """A mark of a case that is held back: its facts, whoever sends them, from which office and for what."""
    facts = forespoersel.model_dump(mode="json", by_alias=True, exclude={"enhet", "erstatter"})
    return IdempotencyKey.natural(b"totrinn", canonical_json(facts), approved.digests["policy"].encode())


def _follows_held_back(
    forespoersel: ProfileringForespoersel,
    approved: Approved,
    journal: Journal,
    held_back: AbstractSet[IdempotencyKey],
) -> bool:
    """Whether a case from an office without two-step mode would show what another one holds back.

    That is the one it replaces, or the first that was held back with the same facts, be it a moment ago:
    `held_back` are the marks of those not journaled yet.
    """
    totrinn = approved.basis.policy.totrinn
    if totrinn.gjelder(forespoersel.enhet):
        return False
    earlier: list[StoredEntry | None] = []
    if forespoersel.erstatter:
        earlier.append(journal.find(forespoersel.erstatter, EntryKind.PROFILERING))
    if totrinn.enheter or totrinn.uten_enhet:
        mark = _same_facts(forespoersel, approved)
        if mark in held_back:
            return True
        earlier.append(journal.find_by_keys([mark]))
    return any(entry is not None and withheld(entry, journal) for entry in earlier)


def _refusal(
    forespoersel: ProfileringForespoersel, now: datetime, journal: Journal
) -> RefusedError | ErasedError | None:
    """What only clock and journal can tell is wrong with a request."""
    try:
        return _fault(forespoersel, now, journal)
    except ErasedError as error:  # its predecessor's affair, and not the others'
        return error


def _fault(forespoersel: ProfileringForespoersel, now: datetime, journal: Journal) -> RefusedError | None:
    fault = None
    if forespoersel.opplysninger_om_arbeidssoeker.sendt_inn_av.tidspunkt > now + CLOCKS_DIFFER:
        fault = FieldFault(SENT_AT, "Tidspunktet har ikke vært ennå.")
    elif forespoersel.erstatter and journal.find(forespoersel.erstatter, EntryKind.PROFILERING) is None:
        fault = FieldFault("/erstatter", "Det finnes ingen profilering med denne id-en.")
    return None if fault is None else RefusedError(invalid([fault]))


def stored(entry: StoredEntry, journal: Journal) -> Answer:
    """The answer of an entry, as it may be read by now."""
    held_back = withheld(entry, journal)
    body = answer_of(entry.content, entry.receipt, withheld=held_back)
    return Answer(entry.case_id, entry.receipt.digest, body, stored=True, withheld=held_back)
