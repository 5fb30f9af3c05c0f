"""Parts made by several processes side by side, each with the approved model loaded once."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from profilering.errors import SetupError
from serving.scoring.making import Means, made
from serving.scoring.parts import Part, Tally
from serving.scoring.worker import begin, run


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
