"""Signed notes of where the chain stood, kept outside the database.

Only these tell a journal that was rewritten as a whole, cut short or put back from an old copy.
A checkpoint is a file named by its entry's number. It holds, as canonical JSON, that number, the
entry's digest, the time, the public key, and an Ed25519 signature over `DOMAIN` and the canonical
JSON of number, digest and time.
"""

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import mkstemp

from models.canonical import canonical_json
from models.signature import SigningKey
from profilering.errors import SetupError
from serving.journal.chain import instant_text
from serving.journal.entry import Receipt
from serving.journal.journal import Journal

DOMAIN = b"profilering journal checkpoint 1\n"
"""Stands before the signed bytes, so that a signature made for anything else never fits a checkpoint."""
EVERY_SECONDS = 60.0
EVERY_ENTRIES = 1_000
"""What may be lost to somebody who rewrites the journal: a minute, or a thousand entries (journal.md)."""
LATE_SECONDS = 300.0
"""When whoever runs the service is told: half of what an auditor accepts."""


class Checkpoints:
    """The checkpoints of one worker. Workers share a folder: of one number the first one wins."""

    def __init__(
        self,
        folder: Path,
        key: SigningKey,
        journal: Journal,
        *,
        clock: Callable[[], datetime],
        timer: Callable[[], float],
    ) -> None:
        self._folder = folder
        self._key = key
        self._journal = journal
        self._clock = clock
        self._timer = timer
        self._covered = 0  # number of the last entry this worker knows a checkpoint of
        self._written_at: float | None = None
        self._owed_since: float | None = None

    def write_if_due(self) -> None:
        """Write one where it is time. Raises SetupError and JournalUnavailableError; then it stays due.

        Time is the monotonic timer's: a clock that jumps makes no checkpoint late.
        """
        head = self._journal.head()
        if head is None or head.number == self._covered:
            return
        now = self._timer()
        self._owed_since = now if self._owed_since is None else self._owed_since
        waited = None if self._written_at is None else now - self._written_at
        if waited is None or waited >= EVERY_SECONDS or head.number - self._covered >= EVERY_ENTRIES:
            write_checkpoint(self._folder, head, self._clock(), self._key)
            self._covered, self._written_at, self._owed_since = head.number, now, None

    def age_seconds(self) -> float | None:
        """Since this worker saw to the newest checkpoint; None before its first."""
        return None if self._written_at is None else self._timer() - self._written_at

    def waiting_seconds(self) -> float:
        """How long entries have waited for a checkpoint; 0 where none does."""
        return 0.0 if self._owed_since is None else self._timer() - self._owed_since

    def notice(self) -> str | None:
        """Say so where entries have waited long for their checkpoint."""
        late = self.waiting_seconds()
        return f"det er ikke skrevet sjekkpunkt på {late // 60:.0f} minutter" if late > LATE_SECONDS else None


def write_checkpoint(folder: Path, receipt: Receipt, now: datetime, key: SigningKey) -> None:
    """Write the checkpoint of one entry whole and durably, unless it is there already.

    Raises SetupError where it cannot be written, and where the one that is there tells of
    another entry: then the journal is not the one that was.
    """
    path = folder / f"{receipt.number:012}.json"
    try:
        if not _add_file(path, checkpoint_of(receipt, now, key)) and _digest_in(path) != receipt.digest:
            raise SetupError(
                f"{path} has another digest for entry {receipt.number} than the journal: one of them was "
                "replaced; stop the service, keep both, and verify the journal"
            )
    except OSError as problem:
        raise SetupError(f"no checkpoint can be written in {folder}: {problem.strerror}") from None


def checkpoint_of(receipt: Receipt, now: datetime, key: SigningKey) -> bytes:
    """Give a checkpoint's content. `now` is aware."""
    signed = {"digest": receipt.digest, "nummer": receipt.number, "tidspunkt": instant_text(now)}
    signature = key.sign(DOMAIN + canonical_json(signed))
    return canonical_json({**signed, "noekkel": key.public_key, "signatur": signature})


def _add_file(path: Path, content: bytes) -> bool:
    """Make a file appear whole or not at all; false where there is one, which is left alone."""
    if path.exists():
        return False
    handle, draft = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(handle, 0o444)  # for auditors to read, for nobody to change
            os.fsync(handle)
        path.hardlink_to(draft)
    except FileExistsError:
        return False
    finally:
        Path(draft).unlink()
    _sync_folder(path.parent)
    return True


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest_in(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())["digest"]
    except (ValueError, KeyError, TypeError):
        return None
