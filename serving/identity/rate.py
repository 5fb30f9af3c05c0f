"""How often each client may ask: a steady pace, with a minute's worth at once."""

from collections.abc import Callable


class Rate:
    """Counts the calls of each client of one worker (GCRA: one number per client, no queue)."""

    def __init__(self, calls_per_minute: int, timer: Callable[[], float]) -> None:
        self._interval = 60 / calls_per_minute
        self._timer = timer
        self._free_at: dict[str, float] = {}  # when a client has nothing left to make up for

    def wait(self, client: str) -> float:
        """Seconds until the client may ask; 0.0 lets the call through and counts it."""
        now = self._timer()
        free_at = max(self._free_at.get(client, now), now)
        # Rounded, so that the last bit of a sum of many intervals decides nothing.
        too_early = round(free_at + self._interval - 60 - now, 6)
        if too_early > 0:
            return too_early
        self._free_at[client] = free_at + self._interval
        return 0.0
