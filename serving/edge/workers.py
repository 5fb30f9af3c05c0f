"""Several workers on one port, spawned: uvicorn's supervisor with patience for those that still begin."""

import time

from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

BEGINNING_SECONDS = 120.0
"""A worker cannot answer its supervisor while it imports, and eight at once on two cores take a minute."""


class Workers(Multiprocess):
    """Leaves a worker alone until it has begun; uvicorn would end it after five seconds, and begin anew."""

    _begun: set[int | None]
    _seen: dict[int | None, float]

    def run(self) -> None:
        """Keep the workers until they are asked to stop."""
        self._begun, self._seen = set(), {}
        super().run()

    def keep_subprocess_alive(self) -> None:
        """Look after the workers, unless one of them is still beginning; where one cannot, none goes on."""
        if any(process.exitcode == STARTUP_FAILURE for process in self.processes):
            self.should_exit.set()
        elif not any(self._is_beginning(process) for process in self.processes):
            super().keep_subprocess_alive()

    def _is_beginning(self, process: Process) -> bool:
        if process.pid in self._begun or process.exitcode is not None:
            return False
        if process.ping(timeout=0):
            self._begun.add(process.pid)
            return False
        since = self._seen.setdefault(process.pid, time.monotonic())
        return time.monotonic() - since < BEGINNING_SECONDS
