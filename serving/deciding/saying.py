"""One person's word on one case: journaled once, however often it is sent, and never changed.

What the latest entry of its kind already says, by the same person through the same system, is not
said again: a change of mind and back again is three entries. The same view before the forslag could
be read and after is two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar
from uuid import UUID

from pydantic import ValidationError

from models.canonical import canonical_json
from serving.identity.caller import Caller
from serving.journal import (
    AlreadyAppended,
    EntryKind,
    ErasedEntry,
    IdempotencyKey,
    Journal,
    NewEntry,
    StoredEntry,
)
from serving.parts import Parts
from serving.wire.problems import NOT_FOUND, RefusedError, faults_of, invalid
from serving.wire.scalars import Wire
from serving.wire.schemas import names_in
from serving.wire.strict_json import JsonValue, read_json

W = TypeVar("W", bound=Wire)
Entries = Sequence[StoredEntry | ErasedEntry]


@dataclass(frozen=True, slots=True)
class Utterance:
    """A request about one case, as it came."""

    case_id: UUID
    body: bytes = field(repr=False)
    key: str | None  # of the header Idempotency-Key
    caller: Caller

    def keys(self, kind: EntryKind) -> tuple[IdempotencyKey, ...]:
        """The caller's own key, bound to kind, case and person: for another of these it is used up."""
        if self.key is None:
            return ()
        person = (self.caller.nav_ident or "").encode()
        request = b"\0".join((kind.encode(), self.case_id.bytes, person, self.body))
        return (IdempotencyKey.of(caller=self.caller.system, key=self.key, request=request),)


@dataclass(frozen=True, slots=True)
class Said:
    """The entry a request led to, and whether it was made by this request."""

    entry: StoredEntry
    new: bool


def read_as(kind: type[W], body: bytes) -> W:
    """Read a body as strictly as any. Raises BodyError and RefusedError naming the fields."""
    names = _names(kind)
    try:
        return kind.model_validate(read_json(body, known_names=names))
    except ValidationError as error:
        problem = invalid(faults_of(error, names))
    # Outside the handler, so that the library's error with the body in it does not hang on ours.
    raise RefusedError(problem)


def case_of(case_id: UUID, journal: Journal) -> StoredEntry:
    """The profilering that is spoken of. Raises RefusedError (404) and ErasedError (410)."""
    entry = journal.find(case_id, EntryKind.PROFILERING)
    if entry is None:
        raise RefusedError(NOT_FOUND)
    return entry


def said_before(kind: EntryKind, utterance: Utterance, journal: Journal) -> Said | None:
    """What the same request with the same key led to. Raises KeyReusedError and ErasedError."""
    entry = journal.find_by_keys(utterance.keys(kind)) if utterance.key else None
    return None if entry is None else Said(entry, new=False)


def say(
    kind: EntryKind,
    words: Mapping[str, JsonValue],
    circumstances: Mapping[str, JsonValue],
    before: Entries,
    utterance: Utterance,
    parts: Parts,
) -> Said:
    """Journal it, unless the last of `before`, every entry of this kind about the case, says the same.

    `words` are the caller's, `circumstances` what the service adds. Of requests that race, one makes
    the entry. Raises what `Journal.append` raises.
    """
    caller = utterance.caller
    own = {**words, "innsender": caller.system, "navident": caller.nav_ident}
    content = canonical_json({**own, **circumstances})
    last = before[-1] if before else None
    if isinstance(last, StoredEntry) and last.content == content:
        return Said(last, new=False)
    after = last.receipt.number if last else 0
    natural = IdempotencyKey.natural(
        kind.encode(), utterance.case_id.bytes, canonical_json(own), str(after).encode()
    )
    created = parts.sources.clock()
    entry = NewEntry(kind, utterance.case_id, created, content, (*utterance.keys(kind), natural))
    with parts.metrics.appending():
        result = parts.journal.append(entry, salt=parts.sources.new_salt())
    if isinstance(result, AlreadyAppended):
        return Said(result.entry, new=False)
    return Said(StoredEntry(result, kind, utterance.case_id, created, content), new=True)


@cache
def _names(kind: type[Wire]) -> frozenset[str]:
    return names_in(kind.model_json_schema())
