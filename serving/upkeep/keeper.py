"""What a worker does each second beside the requests: one thread, one leaf per task."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from logging import WARNING
from threading import Event, Thread

from profilering.errors import ProfileringError
from serving.telemetry.log import failure_fields, log_event

EVERY_SECONDS = 1.0
"""Several looks at the stop switch before what was seen counts as old."""
CLOSING_SECONDS = 5
"""How long a shutdown waits for what is under way; the thread ends with the process anyway."""


Task = Callable[[], object]


@contextmanager
def keeping(tasks: Mapping[str, Task]) -> Iterator[None]:
    """Do every task once, so that a service which listens has tried its model; then each second."""
    keeper = Keeper(tasks)
    keeper.tick()
    keeper.start()
    try:
        yield
    finally:
        keeper.close()


class Keeper:
    """Does every task again and again. One that fails is told once, tried again, and stops no other."""

    def __init__(self, tasks: Mapping[str, Task]) -> None:
        self._tasks = tasks
        self._failing: set[str] = set()
        self._closed = Event()
        self._thread = Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin to tick, a while from now."""
        self._thread.start()

    def close(self) -> None:
        """Stop after what is under way."""
        self._closed.set()
        self._thread.join(CLOSING_SECONDS)

    def tick(self) -> None:
        """Do every task once."""
        for name, task in self._tasks.items():
            try:
                task()
            except Exception as error:  # whatever it is, the other tasks and the next second come
                self._tell_failure(name, error)
            else:
                self._tell_success(name)

    def _keep(self) -> None:
        while not self._closed.wait(EVERY_SECONDS):
            self.tick()

    def _tell_failure(self, name: str, error: Exception) -> None:
        if name not in self._failing:
            self._failing.add(name)
            # Our own errors name no person; those of others may quote what they were given.
            reason = {"reason": str(error)} if isinstance(error, ProfileringError) else {}
            log_event("task_failed", level=WARNING, task=name, **reason, **failure_fields(error))

    def _tell_success(self, name: str) -> None:
        if name in self._failing:
            self._failing.remove(name)
            log_event("task_recovered", task=name)
