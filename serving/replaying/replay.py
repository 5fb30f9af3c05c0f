"""One stored profilering redone, or many at once: read, assess with the archive, write, compare bytes.

Taken as given is what cannot be computed: id, instant, duration, the stop switch, whether a case it
follows was held back, and the digests.
That those are what was written is the chain's to prove (`journal verify`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.approved import Approved
from profilering.assess import Profilering, assess_all
from profilering.errors import SetupError
from serving.journal import StoredEntry
from serving.record import content_of
from serving.replaying.differences import Forskjell, differences_of
from serving.replaying.given import Digester, Given, OtherContractError, UnreadableError, given_of
from serving.telemetry.log import failure_fields
from serving.wire.writing import Case, facts_of
from serving.withheld import answers_of

ApprovedOf = Callable[[Mapping[str, str]], Approved]
"""Gives what an answer with these digests stood on, or raises SetupError: `Archive.approved`."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A stored profilering made again: with the same bytes, or with these differences."""

    entry: StoredEntry
    modell: str  # version
    digester: Digester
    forskjeller: tuple[Forskjell, ...]

    @property
    def likt(self) -> bool:
        """Whether the same bytes came out."""
        return not self.forskjeller


@dataclass(frozen=True, slots=True)
class KanIkke:
    """A stored profilering that could not be made again, and why; the reason tells nothing of anybody."""

    entry: StoredEntry
    reason: str
    other_contract: bool = False  # the code that answered can


def replay(entry: StoredEntry, approved_of: ApprovedOf) -> Replayed | KanIkke:
    """Redo one profilering."""
    return replay_all([entry], approved_of)[0]


def replay_all(entries: Sequence[StoredEntry], approved_of: ApprovedOf) -> list[Replayed | KanIkke]:
    """Redo n profileringer, in order; those that stand on the same go together, which saves most of the time.

    What cannot be redone is a result too: one entry never stops the others.
    """
    results: dict[int, Replayed | KanIkke] = {}  # by number of the entry
    alike: dict[tuple[tuple[str, str], ...], list[tuple[StoredEntry, Given]]] = defaultdict(list)
    for entry in entries:
        try:
            given = given_of(entry.content)
        except UnreadableError as error:
            other = isinstance(error, OtherContractError)
            results[entry.receipt.number] = KanIkke(entry, str(error), other_contract=other)
        else:
            alike[*given.digester.basis.items(), ("beregning", given.beregning)].append((entry, given))
    for group in alike.values():
        results |= {result.entry.receipt.number: result for result in _redone(group, approved_of)}
    return [results[entry.receipt.number] for entry in entries]


def _redone(
    group: Sequence[tuple[StoredEntry, Given]], approved_of: ApprovedOf
) -> Sequence[Replayed | KanIkke]:
    try:
        first = group[0][1]
        approved = approved_of(first.digester.basis).by(first.beregning)
    except SetupError as error:
        return [KanIkke(entry, str(error)) for entry, _ in group]
    except Exception as error:  # verified bytes that today's libraries cannot read
        return [KanIkke(entry, _where(error)) for entry, _ in group]
    return _made_again(group, approved)


def _made_again(
    group: Sequence[tuple[StoredEntry, Given]], approved: Approved
) -> Sequence[Replayed | KanIkke]:
    try:
        return list(_compared(group, approved))
    except Exception as error:  # texts or rules of that time may be more than today's code can bear
        if len(group) > 1:
            return [_made_again([one], approved)[0] for one in group]
        return [KanIkke(group[0][0], _where(error))]


def _compared(group: Sequence[tuple[StoredEntry, Given]], approved: Approved) -> Iterator[Replayed]:
    profileringer = assess_all(
        [given.registrering for _, given in group],
        approved.basis,
        stanset=[given.stanset for _, given in group],
    )
    for (entry, given), profilering in zip(group, profileringer, strict=True):
        forskjeller = differences_of(entry.content, _content(entry, given, profilering, approved))
        yield Replayed(entry, approved.model_version, given.digester, forskjeller)


def _content(entry: StoredEntry, given: Given, profilering: Profilering, approved: Approved) -> bytes:
    """What the writer would journal today for this request, were it that day again."""
    facts = facts_of(given.forespoersel)
    case = Case(entry.case_id, entry.created, given.forespoersel, given.registrering, profilering, facts)
    return content_of(
        case,
        answers_of(case, approved, follows=given.follows),
        approved,
        caller=given.caller,
        stanset=given.stanset,
        code_digest=given.digester.kode,
        duration_ms=given.duration_ms,
    )


def _where(error: Exception) -> str:
    """Kind and places of an error without its message, which may state an opplysning."""
    fields = failure_fields(error)
    return f"today's code fails on it: {fields['error']} at {fields['where']}"
