"""Adding a group of entries to the chain, in one transaction that already holds the head."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from serving.journal.chain import Link, commitment_to, digest_of, instant_text
from serving.journal.entry import (
    WITH_A_CASE,
    AlreadyAppended,
    EntryKind,
    ErasedEntry,
    ErasedError,
    IdempotencyKey,
    KeyReusedError,
    NewEntry,
    Receipt,
    StoredEntry,
)
from serving.journal.statements import Row, Statements
from serving.journal.tables import innfoersel, innhold


@dataclass(frozen=True, slots=True)
class Salted:
    """An entry with the salt that hides its content; the commitment is made before the lock."""

    entry: NewEntry
    salt: bytes = field(repr=False)
    commitment: str

    @classmethod
    def of(cls, entry: NewEntry, salt: bytes) -> "Salted":
        """Commit to the entry's content. Raises ValueError for a short salt."""
        return cls(entry, salt, commitment_to(entry.content, salt))


Appended = Receipt | AlreadyAppended | KeyReusedError | ErasedError

ENTRY_COLUMNS = (
    innfoersel.c.nummer,
    innfoersel.c.digest,
    innfoersel.c.slag,
    innfoersel.c.sak_id,
    innfoersel.c.opprettet,
    innhold.c.bytes,
)
ENTRIES = select(*ENTRY_COLUMNS).join(innhold, isouter=True)

_SAID_OF_A_CASE = frozenset(WITH_A_CASE) - {EntryKind.PROFILERING}


def append_group(statements: Statements, head: tuple[int, str], group: Sequence[Salted]) -> list[Appended]:
    """Add what is new of a group behind `head`; give one result per member, in order."""
    known, erased = _known_keys(statements, group), _erased_cases(statements, group)
    writing = _Writing(*head)
    results = [
        ErasedError("the case was erased; nothing more is written about it")
        if salted.entry.kind in _SAID_OF_A_CASE and str(salted.entry.case_id) in erased
        else _place(salted, known, writing, statements)
        for salted in group
    ]
    statements.add(writing.entries, writing.contents, writing.keys)
    if writing.entries:
        statements.move_head(writing.number, writing.digest)
    return results


def answered_before(statements: Statements, keys: Sequence[IdempotencyKey]) -> StoredEntry | None:
    """Find what one of the keys led to. Raises KeyReusedError and ErasedError."""
    found = statements.known_keys([key.key for key in keys])
    for key in keys:
        if key.key in found:
            request, number = found[key.key]
            if request != key.request:
                raise KeyReusedError("the idempotency key was used for another request; send a new key")
            return stored_of(statements.entry(number))
    return None


def stored_of(row: Sequence[Any]) -> StoredEntry:
    """Read a row of `ENTRIES`. Raises ErasedError where the content is gone."""
    number, digest, kind, case_id, created, content = row
    if content is None:
        raise ErasedError("the content of this entry was erased; only its place in the chain is left")
    return StoredEntry(
        receipt=Receipt(number, digest),
        kind=EntryKind(kind),
        case_id=UUID(case_id),
        created=datetime.fromisoformat(created),
        content=content,
    )


def erased_of(row: Sequence[Any]) -> ErasedEntry:
    """Read what is left of a row of `ENTRIES` without content."""
    number, digest, kind, case_id, created, _ = row
    return ErasedEntry(
        receipt=Receipt(number, digest),
        kind=EntryKind(kind),
        case_id=UUID(case_id),
        created=datetime.fromisoformat(created),
    )


@dataclass(slots=True)
class _Writing:
    """What a group adds, and the head after it."""

    number: int
    digest: str
    entries: list[Row] = field(default_factory=list)
    contents: list[Row] = field(default_factory=list)
    keys: list[Row] = field(default_factory=list)
    new: dict[int, StoredEntry] = field(default_factory=dict)


def _place(
    salted: Salted, known: dict[str, tuple[str, int]], writing: _Writing, statements: Statements
) -> Appended:
    """Give an entry its place, or tell what its key led to, be it a moment ago in the same group."""
    entry = salted.entry
    for key in entry.keys:
        if key.key in known:
            request, number = known[key.key]
            if request != key.request:
                return KeyReusedError("the idempotency key was used for another request; send a new key")
            try:
                before = writing.new.get(number) or stored_of(statements.entry(number))
            except ErasedError as erased:
                return erased
            _remember(entry.keys, number, known, writing)
            return AlreadyAppended(before)
    receipt = _add(salted, writing)
    _remember((*entry.keys, *entry.marks), receipt.number, known, writing)
    return receipt


def _add(salted: Salted, writing: _Writing) -> Receipt:
    entry = salted.entry
    link = Link(
        number=writing.number + 1,
        kind=entry.kind.value,
        case_id=str(entry.case_id),
        created=instant_text(entry.created),
        previous=writing.digest,
        commitment=salted.commitment,
    )
    receipt = Receipt(link.number, digest_of(link))
    writing.entries.append(
        (link.number, link.kind, link.case_id, link.created, link.previous, link.commitment, receipt.digest)
    )
    writing.contents.append((link.number, salted.salt, entry.content))
    writing.new[link.number] = StoredEntry(receipt, entry.kind, entry.case_id, entry.created, entry.content)
    writing.number, writing.digest = receipt.number, receipt.digest
    return receipt


def _remember(
    keys: Sequence[IdempotencyKey], number: int, known: dict[str, tuple[str, int]], writing: _Writing
) -> None:
    for key in keys:
        if key.key not in known:
            known[key.key] = (key.request, number)
            writing.keys.append((key.key, key.request, number))


def _known_keys(statements: Statements, group: Sequence[Salted]) -> dict[str, tuple[str, int]]:
    return statements.known_keys(
        [key.key for salted in group for key in (*salted.entry.keys, *salted.entry.marks)]
    )


def _erased_cases(statements: Statements, group: Sequence[Salted]) -> set[str]:
    """The cases spoken of whose profilering is erased; read under the lock, so none is erased meanwhile."""
    spoken_of = {str(one.entry.case_id) for one in group if one.entry.kind in _SAID_OF_A_CASE}
    return statements.erased_cases(sorted(spoken_of))
