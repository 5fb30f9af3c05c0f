"""Adding a group of entries to the chain, in one transaction that already holds the head."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, insert, select, update

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
from serving.journal.tables import hode, innfoersel, innhold, noekkel, sletting


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

_FIND_KEYS = select(noekkel.c.noekkel, noekkel.c.forespoersel, noekkel.c.nummer).where(
    noekkel.c.noekkel.in_(bindparam("keys", expanding=True))
)
_SAID_OF_A_CASE = tuple(kind for kind in WITH_A_CASE if kind is not EntryKind.PROFILERING)
_ERASED_CASES = (
    select(innfoersel.c.sak_id)
    .join(sletting, sletting.c.nummer == innfoersel.c.nummer)
    .where(
        innfoersel.c.slag == EntryKind.PROFILERING.value,
        innfoersel.c.sak_id.in_(bindparam("cases", expanding=True)),
    )
)
_FIND_BY_NUMBER = ENTRIES.where(innfoersel.c.nummer == bindparam("number"))
_ADD_ENTRIES, _ADD_CONTENT, _ADD_KEYS = insert(innfoersel), insert(innhold), insert(noekkel)
_MOVE_HEAD = update(hode).values(nummer=bindparam("number"), digest=bindparam("to"))


def append_group(connection: Connection, head: tuple[int, str], group: Sequence[Salted]) -> list[Appended]:
    """Add what is new of a group behind `head`; give one result per member, in order."""
    known, erased = _known_keys(connection, group), _erased_cases(connection, group)
    writing = _Writing(*head)
    results = [
        ErasedError("the case was erased; nothing more is written about it")
        if salted.entry.kind in _SAID_OF_A_CASE and str(salted.entry.case_id) in erased
        else _place(salted, known, writing, connection)
        for salted in group
    ]
    if writing.entries:
        connection.execute(_ADD_ENTRIES, writing.entries)
        connection.execute(_ADD_CONTENT, writing.contents)
        connection.execute(_MOVE_HEAD, {"number": writing.number, "to": writing.digest})
    if writing.keys:
        connection.execute(_ADD_KEYS, writing.keys)
    return results


def answered_before(connection: Connection, keys: Sequence[IdempotencyKey]) -> StoredEntry | None:
    """Find what one of the keys led to. Raises KeyReusedError and ErasedError."""
    found = _found(connection, [key.key for key in keys])
    for key in keys:
        if key.key in found:
            request, number = found[key.key]
            if request != key.request:
                raise KeyReusedError("the idempotency key was used for another request; send a new key")
            return stored_of(connection.execute(_FIND_BY_NUMBER, {"number": number}).one())
    return None


def stored_of(row: Row[*tuple[Any, ...]]) -> StoredEntry:
    """Read a row of `ENTRIES`. Raises ErasedError where the content is gone."""
    if row.bytes is None:
        raise ErasedError("the content of this entry was erased; only its place in the chain is left")
    return StoredEntry(
        receipt=Receipt(row.nummer, row.digest),
        kind=EntryKind(row.slag),
        case_id=UUID(row.sak_id),
        created=datetime.fromisoformat(row.opprettet),
        content=row.bytes,
    )


def erased_of(row: Row[*tuple[Any, ...]]) -> ErasedEntry:
    """Read what is left of a row of `ENTRIES` without content."""
    return ErasedEntry(
        receipt=Receipt(row.nummer, row.digest),
        kind=EntryKind(row.slag),
        case_id=UUID(row.sak_id),
        created=datetime.fromisoformat(row.opprettet),
    )


@dataclass(slots=True)
class _Writing:
    """What a group adds, and the head after it."""

    number: int
    digest: str
    entries: list[dict[str, object]] = field(default_factory=list)
    contents: list[dict[str, object]] = field(default_factory=list)
    keys: list[dict[str, object]] = field(default_factory=list)
    new: dict[int, StoredEntry] = field(default_factory=dict)


def _place(
    salted: Salted, known: dict[str, tuple[str, int]], writing: _Writing, connection: Connection
) -> Appended:
    """Give an entry its place, or tell what its key led to, be it a moment ago in the same group."""
    entry = salted.entry
    for key in entry.keys:
        if key.key in known:
            request, number = known[key.key]
            if request != key.request:
                return KeyReusedError("the idempotency key was used for another request; send a new key")
            try:
                before = writing.new.get(number) or stored_of(
                    connection.execute(_FIND_BY_NUMBER, {"number": number}).one()
                )
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
    writing.entries.append(_row_of(link, receipt))
    writing.contents.append({"nummer": link.number, "salt": salted.salt, "bytes": entry.content})
    writing.new[link.number] = StoredEntry(receipt, entry.kind, entry.case_id, entry.created, entry.content)
    writing.number, writing.digest = receipt.number, receipt.digest
    return receipt


def _remember(
    keys: Sequence[IdempotencyKey], number: int, known: dict[str, tuple[str, int]], writing: _Writing
) -> None:
    for key in keys:
        if key.key not in known:
            known[key.key] = (key.request, number)
            writing.keys.append({"noekkel": key.key, "forespoersel": key.request, "nummer": number})


def _known_keys(connection: Connection, group: Sequence[Salted]) -> dict[str, tuple[str, int]]:
    return _found(
        connection, [key.key for salted in group for key in (*salted.entry.keys, *salted.entry.marks)]
    )


def _erased_cases(connection: Connection, group: Sequence[Salted]) -> set[str]:
    """The cases spoken of whose profilering is erased; read under the lock, so none is erased meanwhile."""
    spoken_of = {str(one.entry.case_id) for one in group if one.entry.kind in _SAID_OF_A_CASE}
    if not spoken_of:
        return set()
    return set(connection.scalars(_ERASED_CASES, {"cases": sorted(spoken_of)}))


def _found(connection: Connection, keys: Sequence[str]) -> dict[str, tuple[str, int]]:
    if not keys:
        return {}
    rows = connection.execute(_FIND_KEYS, {"keys": list(keys)})
    return {row.noekkel: (row.forespoersel, row.nummer) for row in rows}


def _row_of(link: Link, receipt: Receipt) -> dict[str, object]:
    return {
        "nummer": link.number,
        "slag": link.kind,
        "sak_id": link.case_id,
        "opprettet": link.created,
        "forrige": link.previous,
        "forpliktelse": link.commitment,
        "digest": receipt.digest,
    }
