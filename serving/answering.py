"""Requests from bytes to journaled answers: read, assess, append, and only then answer."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from profilering.assess import assess_all
from serving.drafting import Draft, Writer
from serving.journal import (
    AlreadyAppended,
    EntryKind,
    ErasedError,
    Journal,
    JournalUnavailableError,
    KeyReusedError,
    NewEntry,
    Receipt,
    StoredEntry,
)
from serving.journal.appending import Appended
from serving.parts import Parts
from serving.record import answer_of, with_journal
from serving.understanding import Sent
from serving.upkeep.standing import NotApproved
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
from serving.wire.schemas import ProfileringForespoersel
from serving.wire.strict_json import BodyError
from serving.withheld import withheld

CLOCKS_DIFFER = timedelta(minutes=10)
"""Two clocks may; a registrering from further in the future is a slip, such as a time zone left out."""
SENT_AT = "/opplysningerOmArbeidssoeker/sendtInnAv/tidspunkt"


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


class Append(Protocol):
    """One of the journal's ways to append each of some entries."""

    def __call__(self, entries: Sequence[NewEntry], *, salts: Sequence[bytes]) -> Sequence[Appended]:
        """Give one result per entry."""


Step = Callable[[str], AbstractContextManager[object]]
"""Tells of a step of the work by its name (`Traces.step`)."""


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
    refusals = [refusal_of(one.understood.forespoersel, now, parts.journal) for one in sent]
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
    write = Writer(parts, approved, stanset, started, len(sent))
    drafts = [write.draft(one, made) for one, made in zip(sent, profileringer, strict=True)]
    with parts.metrics.appending(), step("append"):
        results = append([draft.entry for draft in drafts], salts=[parts.sources.new_salt() for _ in drafts])
    return [_outcome(draft, result, parts.journal) for draft, result in zip(drafts, results, strict=True)]


def _outcome(draft: Draft, result: Appended, journal: Journal) -> Answer | Exception:
    match result:
        case Receipt():
            held_back = draft.answers.first is not None
            body = with_journal(draft.answers.shown, result)
            return Answer(draft.entry.case_id, result.digest, body, withheld=held_back)
        case AlreadyAppended():
            try:
                return stored(result.entry, journal)
            except Exception as error:  # the others of the group have their entries by now
                return error
        case _:
            return result


def refusal_of(
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
