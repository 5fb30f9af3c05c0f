"""The append-only record of what was said: a profilering is shown only once it stands here."""

from serving.journal.entry import (
    AlreadyAppended,
    EntryKind,
    ErasedEntry,
    ErasedError,
    IdempotencyKey,
    JournalUnavailableError,
    KeyReusedError,
    NewEntry,
    Receipt,
    StoredEntry,
)
from serving.journal.journal import Journal

__all__ = [
    "AlreadyAppended",
    "EntryKind",
    "ErasedEntry",
    "ErasedError",
    "IdempotencyKey",
    "Journal",
    "JournalUnavailableError",
    "KeyReusedError",
    "NewEntry",
    "Receipt",
    "StoredEntry",
]
