"""The stop switch: it lies in the journal, where every worker sees it, and each answer asks for it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from serving.journal import EntryKind, Journal, Receipt, StoredEntry

FRESH_SECONDS = 3.0
"""How old the known state may be when an answer is made; with the two seconds an answer may take,
nobody is shown a forslag more than five seconds after a stop (api.md)."""


@dataclass(frozen=True, slots=True)
class StopState:
    """Whether the service is stopped, and the entry that says so; none before it was first set."""

    stanset: bool
    grunn: str | None = None
    siden: datetime | None = None
    receipt: Receipt | None = None


NEVER_SET = StopState(stanset=False)


class StopSwitch:
    """What this process knows of the switch, never older than `FRESH_SECONDS`.

    Every method that reads raises JournalUnavailableError where the state cannot be known.
    """

    def __init__(self, journal: Journal, timer: Callable[[], float]) -> None:
        self._journal = journal
        self._timer = timer
        self._lock = Lock()
        self._known: tuple[float, StopState] | None = None  # begun to be read then, and what was read

    def state(self) -> StopState:
        """The state to answer by: what is known if it is fresh, else read here and now."""
        known = self._known
        if known is not None and self._timer() - known[0] < FRESH_SECONDS:
            return known[1]
        return self.read()

    def read(self) -> StopState:
        """Read the state in the journal, and remember it."""
        begun = self._timer()  # before the question: the answer may be that old
        entry = self._journal.latest(EntryKind.STANS)
        state = NEVER_SET if entry is None else _state_of(entry)
        self._remember(begun, state)
        return state

    def learn(self, state: StopState) -> None:
        """Remember what this process itself has just journaled."""
        self._remember(self._timer(), state)

    def _remember(self, begun: float, state: StopState) -> None:
        with self._lock:
            # A slow reading that began earlier says nothing new.
            if self._known is None or self._known[0] <= begun:
                self._known = (begun, state)


def _state_of(entry: StoredEntry) -> StopState:
    content = json.loads(entry.content)
    return StopState(content["stanset"], content["grunn"], entry.created, entry.receipt)
