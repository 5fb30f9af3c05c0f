"""Redoing many: in batches, in several processes, and told without a value of anybody."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path

from models.archive import Archive
from profilering.errors import SetupError
from serving.journal import ErasedEntry, StoredEntry
from serving.replaying.replay import KanIkke, Replayed, replay_all

BATCH = 500
"""Profileringer redone together: enough that the features' fixed cost vanishes, some 6 MB of contents."""
NAMED = 10
"""Entries that a summary names; whoever has more than these has one reason, not eleven."""


class Status(Enum):
    """What became of one entry."""

    LIKT = "equal"
    ULIKT = "different"
    KAN_IKKE = "not replayable"
    SLETTET = "erased"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be told of one entry on a screen or in a log: its number and pointers, never a value."""

    number: int
    status: Status
    modell: str = ""
    kode: str = ""
    pekere: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Means:
    """Where the archive lies and how much of the machine to use; `threads` is of LightGBM, per process."""

    arkiv: Path
    threads: int
    processes: int
    batch: int = BATCH


@dataclass(slots=True)
class Summary:
    """The verdicts counted, and the first that are not equal."""

    kode: str  # digest of today's code
    counts: Counter[Status] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    under_other_code: int = 0
    named: list[Verdict] = field(default_factory=list)

    def add(self, verdict: Verdict) -> None:
        """Count one verdict."""
        self.counts[verdict.status] += 1
        if verdict.modell:
            self.models[verdict.modell] += 1
            self.under_other_code += verdict.kode != self.kode
        unequal = verdict.status in (Status.ULIKT, Status.KAN_IKKE)
        if unequal and len(self.named) < NAMED:
            self.named.append(verdict)

    @property
    def replayed(self) -> int:
        """How many were made again, with whatever result."""
        return self.counts[Status.LIKT] + self.counts[Status.ULIKT]

    @property
    def all_equal(self) -> bool:
        """Whether everything that still has its content came out with the same bytes."""
        return not self.counts[Status.ULIKT] and not self.counts[Status.KAN_IKKE]


def verdicts(entries: Iterable[StoredEntry | ErasedEntry], means: Means) -> Iterator[Sequence[Verdict]]:
    """Redo entries, batch after batch, in order; no more of them are held than the processes need.

    Raises SetupError where a process dies: for want of memory, or of a bundle that crashes the parser.
    """
    batches = _batches(entries, means.batch)
    first = list(islice(batches, 2))
    if means.processes == 1 or len(first) < 2:  # one batch is sooner redone than a process started
        yield from (_verdicts_of(batch, means) for batch in chain(first, batches))
        return
    try:
        yield from _in_processes(chain(first, batches), means)
    except BrokenProcessPool:
        raise SetupError(
            "a process that replays died; with --processes 1 the last count tells the batch it was at"
        ) from None


def _batches(
    entries: Iterable[StoredEntry | ErasedEntry], size: int
) -> Iterator[list[StoredEntry | ErasedEntry]]:
    entries = iter(entries)
    return iter(lambda: list(islice(entries, size)), [])


def _in_processes(
    batches: Iterable[list[StoredEntry | ErasedEntry]], means: Means
) -> Iterator[Sequence[Verdict]]:
    waiting: deque[Future[list[Verdict]]] = deque()
    with ProcessPoolExecutor(means.processes, mp_context=get_context("spawn")) as pool:
        for batch in batches:
            waiting.append(pool.submit(_verdicts_of, batch, means))
            if len(waiting) > 2 * means.processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _verdicts_of(batch: Sequence[StoredEntry | ErasedEntry], means: Means) -> list[Verdict]:
    archive = _archive(means.arkiv, means.threads)
    redone = iter(replay_all([e for e in batch if isinstance(e, StoredEntry)], archive.approved))
    return [
        _verdict_of(next(redone)) if isinstance(e, StoredEntry) else Verdict(e.receipt.number, Status.SLETTET)
        for e in batch
    ]


def _verdict_of(result: Replayed | KanIkke) -> Verdict:
    number = result.entry.receipt.number
    if isinstance(result, KanIkke):
        return Verdict(number, Status.KAN_IKKE, reason=result.reason)
    status = Status.LIKT if result.likt else Status.ULIKT
    pekere = tuple(forskjell.peker for forskjell in result.forskjeller)
    return Verdict(number, status, result.modell, result.digester.kode, pekere)


@lru_cache(1)
def _archive(folder: Path, threads: int) -> Archive:
    """The archive of this process, with the bundles it has loaded.

    They are not tried elsewhere first: a process of a command answers nobody.
    """
    return Archive(folder, threads=threads)
