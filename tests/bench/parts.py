"""Where the time of one long call goes, without a stopwatch inside the code that is measured."""

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import CodeType, FrameType

INTERVAL_SECONDS = 0.05
"""Often enough for parts of a second, seldom enough that looking costs next to nothing."""
DEPTH = 2
"""Calls below the one that is measured: its stages, and what each is made of."""
SMALLEST_SECONDS = 0.5
"""Shorter parts are not told: they are a handful of looks."""

Path = tuple[str, ...]  # names of calls below the measured one, outermost first


@contextmanager
def parts_of(measured: CodeType) -> Iterator[Mapping[Path, float]]:
    """Look again and again where this thread stands; gives seconds per part, whole once it is over.

    A thread that waits for its workers stands in the call that started them, so their time is
    counted where it belongs. Every part also counts in the part around it.
    """
    seconds: dict[Path, float] = defaultdict(float)
    thread, over = threading.get_ident(), threading.Event()

    def look() -> None:
        before = time.perf_counter()
        while not over.wait(INTERVAL_SECONDS):
            path = _path(sys._current_frames()[thread], measured)
            now = time.perf_counter()
            for depth in range(1, len(path) + 1):
                seconds[path[:depth]] += now - before
            before = now

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield seconds
    finally:
        over.set()
        looking.join()


def lines_of(seconds: Mapping[Path, float]) -> list[str]:
    """Give a line per part, the longest first, each followed by what it is made of."""

    def order(path: Path) -> list[tuple[float, str]]:
        return [(-seconds[path[:depth]], path[depth - 1]) for depth in range(1, len(path) + 1)]

    told = sorted((path for path in seconds if seconds[path] >= SMALLEST_SECONDS), key=order)
    return [f"{'  ' * len(path) + path[-1]:<44}{seconds[path]:7.1f} s" for path in told]


def _path(frame: FrameType | None, measured: CodeType) -> Path:
    """The calls below the measured one; comprehensions and lambdas belong to whom they stand in."""
    names: list[str] = []
    while frame is not None and frame.f_code is not measured:
        if not frame.f_code.co_name.startswith("<"):
            names.append(frame.f_code.co_name)
        frame = frame.f_back
    return () if frame is None else tuple(reversed(names))[:DEPTH]
