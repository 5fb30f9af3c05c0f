"""Reading a journal from end to end, beside those who append to it."""

from collections.abc import Iterator

from sqlalchemy import bindparam

from serving.journal.appending import ENTRIES, erased_of, stored_of
from serving.journal.entry import EntryKind, ErasedEntry, StoredEntry
from serving.journal.store import Store
from serving.journal.tables import innfoersel

AT_A_TIME = 500
"""Entries held in memory; an entry is some ten kilobytes."""

_AFTER = (
    ENTRIES.where(innfoersel.c.slag == bindparam("kind"), innfoersel.c.nummer > bindparam("after"))
    .order_by(innfoersel.c.nummer)
    .limit(AT_A_TIME)
)


def read_entries(store: Store, kind: EntryKind, *, after: int = 0) -> Iterator[StoredEntry | ErasedEntry]:
    """Every entry of one kind behind a number, in order; for commands, which have time.

    Read in short steps: a long one would keep PostgreSQL from tidying up and SQLite's log growing.
    """
    while True:
        with store.engine.connect() as connection:
            rows = connection.execute(_AFTER, {"kind": kind.value, "after": after}).all()
        for row in rows:
            yield erased_of(row) if row.bytes is None else stored_of(row)
        if len(rows) < AT_A_TIME:
            return
        after = rows[-1].nummer
