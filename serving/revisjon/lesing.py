"""Keeps the list of cases up with the journal, when somebody looks at it and not before.

Each look also goes over a thousand of the entries that were read before: they may have been changed since.
"""

from threading import Lock, Thread

from profilering.errors import ProfileringError
from serving.revisjon.saksliste import Saksliste
from serving.telemetry.log import log_event

LOOK_SECONDS = 0.3
"""How long a page waits for the list: the ordinary few entries take a hundredth of that."""


class Lesing:
    """Reads on in a thread of its own until the list has all there is."""

    def __init__(self, saksliste: Saksliste) -> None:
        self._saksliste = saksliste
        self._starting = Lock()
        self._thread: Thread | None = None

    def caught_up(self, seconds: float = LOOK_SECONDS) -> bool:
        """Read on for so long at most; false says that more is coming."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._read, name="saksliste", daemon=True)
                self._thread.start()
            thread = self._thread
        thread.join(seconds)
        return not thread.is_alive()

    def _read(self) -> None:
        try:
            while self._saksliste.read_on():
                pass
            self._saksliste.look_over()
        except ProfileringError as error:  # the page says how far the list goes
            log_event("list_of_cases_not_read", reason=str(error))
