"""Which stored profileringer to redo: one, all, or those since an instant. For commands, which have time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select

from profilering.errors import CallerError
from serving.journal import EntryKind, ErasedEntry, StoredEntry
from serving.journal.appending import ENTRIES, erased_of, stored_of
from serving.journal.chain import instant_text
from serving.journal.places import open_store
from serving.journal.reading import read_entries
from serving.journal.store import Store, unavailable_if_it_fails
from serving.journal.tables import innfoersel

PATIENCE_SECONDS = 60
"""A command may wait for a busy database; nobody sits before a screen."""

_PROFILERING = innfoersel.c.slag == EntryKind.PROFILERING.value
_ABOUT = (
    ENTRIES.where(_PROFILERING, innfoersel.c.sak_id == bindparam("case_id"))
    .order_by(innfoersel.c.nummer.desc())
    .limit(1)
)
# Fixed width and UTC: the order of the texts is the order of the instants.
_FIRST_SINCE = select(func.min(innfoersel.c.nummer)).where(
    _PROFILERING, innfoersel.c.opprettet >= bindparam("since")
)


@contextmanager
def journal_to_read(place: str) -> Iterator[Store]:
    """Open a journal that is there, and close it again.

    Raises SetupError for what is no journal of this version, JournalUnavailableError as every
    function here where the database fails.
    """
    store = open_store(place, timeout_seconds=PATIENCE_SECONDS)
    try:
        with unavailable_if_it_fails():
            store.check()
        yield store
    finally:
        store.engine.dispose()


def one_profilering(store: Store, case_id: UUID) -> StoredEntry | ErasedEntry:
    """Look up one profilering, erased or not. Raises CallerError where the journal knows none."""
    with unavailable_if_it_fails(), store.engine.connect() as connection:
        row = connection.execute(_ABOUT, {"case_id": str(case_id)}).one_or_none()
    if row is None:
        raise CallerError("the journal has no profilering with this id")
    return erased_of(row) if row.bytes is None else stored_of(row)


def profileringer(store: Store, *, since: datetime | None = None) -> Iterator[StoredEntry | ErasedEntry]:
    """Every profilering made at an instant or later, None for all, in the order of the chain."""
    with unavailable_if_it_fails():
        if since is None:
            yield from read_entries(store, EntryKind.PROFILERING)
            return
        with store.engine.connect() as connection:
            first = connection.execute(_FIRST_SINCE, {"since": instant_text(since)}).scalar()
        if first is not None:
            later = read_entries(store, EntryKind.PROFILERING, after=first - 1)
            yield from (entry for entry in later if entry.created >= since)
