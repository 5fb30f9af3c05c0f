"""What goes into the journal and what comes out of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from profilering.errors import CallerError, ProfileringError
from serving.journal.chain import hash_of


class EntryKind(StrEnum):
    """What an entry tells of; the value stands in the column `slag`."""

    PROFILERING = "profilering"
    VURDERING = "vurdering"
    INNSIGELSE = "innsigelse"
    INNSYN = "innsyn"
    ETTERPROEVING = "etterproeving"
    MODELLBYTTE = "modellbytte"
    STANS = "stans"
    SLETTING = "sletting"


ABOUT_A_PERSON = (
    EntryKind.PROFILERING,
    EntryKind.VURDERING,
    EntryKind.INNSIGELSE,
    EntryKind.INNSYN,
    EntryKind.ETTERPROEVING,
)
"""The kinds that may be erased; the others tell what the service did, and nothing of anybody."""

WITH_A_CASE = tuple(kind for kind in ABOUT_A_PERSON if kind is not EntryKind.INNSYN)
"""What goes with a case. Who looked at it is kept for its own time: that is how looking is checked."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """Recognises a request sent twice, without keeping the key or the request.

    The request is hashed together with the key, which the journal does not hold: once the
    content is erased, a guess at the request cannot be confirmed from here.
    """

    key: str
    request: str

    @classmethod
    def of(cls, *, caller: str, key: str, request: bytes) -> Self:
        """Make it from the caller's name, the header `Idempotency-Key` and the body's bytes."""
        owner = (caller.encode(), key.encode())
        return cls(
            key=hash_of("profilering/journal/1/noekkel", *owner),
            request=hash_of("profilering/journal/1/forespoersel", *owner, request),
        )

    @classmethod
    def natural(cls, *fields: bytes) -> Self:
        """Make it from what makes two requests the same although nobody gave them a key.

        This one can be confirmed by whoever guesses every field: it leaves with the content.
        """
        same = hash_of("profilering/journal/1/naturlig", *fields)
        return cls(key=same, request=same)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be appended; its number and digest come from the chain.

    `case_id` is the profilering it concerns; an entry about the service has an id of its own.
    `content` is kept byte for byte and belongs to a person, so it is left out of `repr`. A request
    that comes with a key known before is not appended again. `marks` are names it can be found by,
    the first one that bears each; another with the same is an entry of its own. Raises ValueError for
    an instant without a zone.
    """

    kind: EntryKind
    case_id: UUID
    created: datetime
    content: bytes = field(repr=False)
    keys: tuple[IdempotencyKey, ...] = ()
    marks: tuple[IdempotencyKey, ...] = ()

    def __post_init__(self) -> None:
        if self.created.tzinfo is None:
            raise ValueError("created has no time zone; hand in datetime.now(UTC)")


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that an entry is durable: its number, from 1 without gaps, and its digest."""

    number: int
    digest: str  # "sha256:" and 64 hexadecimal digits


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it stands in the journal; `content` is the bytes that were handed in."""

    receipt: Receipt
    kind: EntryKind
    case_id: UUID
    created: datetime
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ErasedEntry:
    """What is left of an entry whose content was erased: its place in the chain."""

    receipt: Receipt
    kind: EntryKind
    case_id: UUID
    created: datetime


@dataclass(frozen=True, slots=True)
class AlreadyAppended:
    """The same request was here before: nothing was added, `entry` is what it led to then."""

    entry: StoredEntry


class KeyReusedError(CallerError):
    """An idempotency key came back with another request (HTTP 409)."""


class ErasedError(CallerError):
    """What is asked for was erased and is not coming back (HTTP 410)."""


class JournalUnavailableError(ProfileringError):
    """The journal cannot prove an entry now, so nothing may be shown (HTTP 503, try again)."""
