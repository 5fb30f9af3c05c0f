"""What runs in a process that scores parts; imports nothing heavy before the number of threads is set."""

import os
import signal
import sys
from multiprocessing import parent_process
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serving.scoring.making import Means
    from serving.scoring.parts import Part, Tally

ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""The parts are what runs side by side; a thread pool in each process would only get in the way."""
NOT_WANTED = "sklearn"
"""LightGBM takes it where it finds it, for estimators not used here: a quarter of the start, 60 MB."""


def begin() -> None:
    """Set up a process; its environment is its own, and Ctrl-C is its parent's to act on."""
    os.environ.update(ONE_THREAD)
    sys.modules[NOT_WANTED] = None  # type: ignore[assignment]  # how Python spells "not to be found"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever: end with it."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def run(part: "Part", means: "Means") -> "Tally":
    """Make one part."""
    from serving.scoring.making import made  # noqa: PLC0415 - polars reads the setting when first used

    return made(part, means)
