"""What runs in a worker process; imports nothing heavy before the number of threads is set."""

import os
from multiprocessing import parent_process
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.synthetic.block import Task

ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""The blocks are what runs in parallel; a thread pool in each worker would only get in the way."""


def begin() -> None:
    """Set up a worker process; its environment is its own."""
    os.environ.update(ONE_THREAD)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever: end with it."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def run(task: "Task") -> dict[str, int]:
    """Write one block."""
    from training.synthetic.block import write_block  # noqa: PLC0415 - polars reads the setting when first used

    return write_block(task)
