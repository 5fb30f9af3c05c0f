"""Parts made by several processes side by side, each with the approved model loaded once."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

from models.approved import Approved, load_approved
from profilering.errors import SetupError
from serving.scoring.parts import Part, Tally, make
from serving.scoring.worker import begin, run


@dataclass(frozen=True, slots=True)
class Means:
    """Where the approved model lies, and the digests it must have: an approval may change meanwhile."""

    approved: Path
    artefacts: Path
    digests: Mapping[str, str]


def make_all(parts: Sequence[Part], means: Means, *, processes: int) -> Iterator[Tally]:
    """Make parts and tell of each as it is done; their bytes are the same whatever the processes.

    Parts that are begun are finished before an error or Ctrl-C leaves. Raises SetupError where a
    process dies.
    """
    processes = min(processes, len(parts))
    if processes <= 1:  # one part is sooner made than a process started
        yield from (made(part, means) for part in parts)
        return
    try:
        yield from _in_processes(parts, means, processes)
    except BrokenProcessPool:
        raise SetupError(
            "a process that scores died, perhaps for want of memory; the whole parts stand, "
            "the same command goes on from there, with --processes 1 in the least memory"
        ) from None


def _in_processes(parts: Sequence[Part], means: Means, processes: int) -> Iterator[Tally]:
    with ProcessPoolExecutor(processes, get_context("spawn"), begin) as pool:
        waiting = [pool.submit(run, part, means) for part in parts]
        try:
            for future in as_completed(waiting):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def made(part: Part, means: Means) -> Tally:
    """Make one part in this process."""
    stands_on = loaded(means.approved, means.artefacts)
    if stands_on.digests != means.digests:
        raise SetupError(f"{means.approved.name} approves another model than when this began; begin anew")
    return make(part, stands_on)


@lru_cache(1)
def loaded(approved: Path, artefacts: Path) -> Approved:
    """The approved model of this process."""
    return load_approved(approved, artefacts)
