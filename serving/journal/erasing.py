"""Erasing what was said of a person, so that the chain still proves everything else.

An erasure is an entry itself: it names the numbers whose content goes, why, and by whom. Content,
salt and keys are deleted in the same transaction; afterwards the database is made to forget them
too. What copies hold (backups, exports, a replica's log) is for those who keep the copies. About a
case whose profilering is erased nothing more is written but who looks for it (`appending`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from models.canonical import canonical_json
from profilering.errors import CallerError
from serving.journal.appending import Salted, append_group
from serving.journal.entry import (
    ABOUT_A_PERSON,
    WITH_A_CASE,
    EntryKind,
    NewEntry,
    Receipt,
    StoredEntry,
)
from serving.journal.reading import read_entries
from serving.journal.statements import statements_on
from serving.journal.store import Store, unavailable_if_it_fails
from serving.journal.tables import innfoersel, innhold, noekkel, sletting

AT_A_TIME = 5_000
"""Erased by one entry: its list of numbers stays some tens of kilobytes."""


@dataclass(frozen=True, slots=True)
class Why:
    """What an erasure says of itself. It stays for good, so it names no person but who did it."""

    grunn: str
    hjemmel: str
    utfoert_av: str


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, and by which entry."""

    numbers: tuple[int, ...]
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Moment:
    """When an erasure is written down, under which id and salt; handed in so that tests can choose."""

    instant: datetime
    case_id: UUID
    salt: bytes


def cases_of_period(store: Store, periode_id: UUID) -> list[UUID]:
    """Every case about one arbeidssoekerperiode; reads all there is, for it stands in the content only."""
    wanted = str(periode_id).encode()
    with unavailable_if_it_fails():
        return [
            entry.case_id
            for entry in read_entries(store, EntryKind.PROFILERING)
            if isinstance(entry, StoredEntry) and wanted in entry.content
        ]


def entries_of_cases(store: Store, cases: Sequence[UUID]) -> list[int]:
    """The numbers of what stands about some cases and still has its content."""
    with unavailable_if_it_fails(), store.engine.connect() as connection:
        return _about(connection, cases)


def erase_cases(store: Store, cases: Sequence[UUID], why: Why, moment: Moment) -> Erased | None:
    """Erase all that stands about some cases, as `erase` does; what others write meanwhile goes too."""
    return _erase(store, lambda connection: _about(connection, cases), why, moment)


def erase(store: Store, numbers: Sequence[int], why: Why, moment: Moment) -> Erased | None:
    """Erase content in one transaction and write down that it was done; None when nothing is left to erase.

    Others may append meanwhile. Raises CallerError for an entry that is not about a person. Follow
    it with `forget`, which makes the database's files forget too.
    """
    return _erase(store, lambda _: numbers, why, moment)


def forget(store: Store) -> tuple[str, ...]:
    """Make the database's own files forget what was erased; say what it cannot, in words for its keeper.

    Rewrites the content as it stands: appends wait meanwhile, so choose a quiet hour.
    """
    with unavailable_if_it_fails():
        return store.forget()


_WITH_CONTENT = select(innfoersel.c.nummer).join(innhold).order_by(innfoersel.c.nummer)


def _erase(
    store: Store, chosen: Callable[[Connection], Sequence[int]], why: Why, moment: Moment
) -> Erased | None:
    with unavailable_if_it_fails(), store.engine.begin() as connection:
        head = store.lock_head(connection)
        going = _still_there(connection, chosen(connection))  # chosen under the lock: nothing comes after
        if not going:
            return None
        receipt = _write_down(connection, head, going, why, moment)
        connection.execute(insert(sletting), [{"nummer": n, "ved": receipt.number} for n in going])
        connection.execute(delete(innhold).where(innhold.c.nummer.in_(going)))
        connection.execute(delete(noekkel).where(noekkel.c.nummer.in_(going)))
    return Erased(going, receipt)


def _about(connection: Connection, cases: Sequence[UUID]) -> list[int]:
    wanted = _WITH_CONTENT.where(
        innfoersel.c.sak_id.in_([str(case) for case in cases]),
        innfoersel.c.slag.in_([kind.value for kind in WITH_A_CASE]),
    )
    return list(connection.scalars(wanted))


def _still_there(connection: Connection, numbers: Sequence[int]) -> tuple[int, ...]:
    wanted = select(innfoersel.c.nummer, innfoersel.c.slag).join(innhold).order_by(innfoersel.c.nummer)
    found = connection.execute(wanted.where(innfoersel.c.nummer.in_(numbers))).all()
    for number, kind in found:
        if kind not in {about.value for about in ABOUT_A_PERSON}:
            raise CallerError(f"entry {number} is a {kind}, which tells of no person and stays")
    return tuple(number for number, _ in found)


def _write_down(
    connection: Connection, head: tuple[int, str], numbers: Sequence[int], why: Why, moment: Moment
) -> Receipt:
    content = canonical_json(
        {
            "grunn": why.grunn,
            "hjemmel": why.hjemmel,
            "innfoersler": list(numbers),
            "utfoert_av": why.utfoert_av,
        }
    )
    entry = NewEntry(EntryKind.SLETTING, moment.case_id, moment.instant, content)
    (receipt,) = append_group(statements_on(connection), head, [Salted.of(entry, moment.salt)])
    if not isinstance(receipt, Receipt):
        raise TypeError("an entry without keys is always new")
    return receipt
