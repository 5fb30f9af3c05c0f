"""What one request may cost the others: how many are under way at once, and how many of one client."""

from collections import Counter

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.wire.problems import OVERLOADED, response_of

AT_ONCE = 64
"""Requests under way in one worker. Were each as large as a request may be (some 20 ms), the last one would
wait as long as the journal's own patience; whoever comes after is better served by another worker."""
BY_ONE_CLIENT = 32
"""Of these, so that one client in trouble leaves room for the others."""
ALWAYS = frozenset({"/api/v1/drift/stans"})
"""The stop switch is for when there is too much of something."""


class Shedding:
    """Turns away at once what would only wait, so that what is under way is answered in time.

    Stands behind the gate: what nobody needs a token for is not counted, and takes nobody's place.
    """

    def __init__(self, app: ASGIApp, at_once: int = AT_ONCE, by_one_client: int = BY_ONE_CLIENT) -> None:
        self.app = app
        self._at_once = at_once
        self._by_one_client = by_one_client
        self._under_way: Counter[str] = Counter()  # by client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if there is room."""
        caller = scope["state"].get("caller") if scope["type"] == "http" else None
        if caller is None or scope["path"] in ALWAYS:
            await self.app(scope, receive, send)
            return
        client = caller.system
        if not self._has_room_for(client):
            scope["state"]["refused_for"] = "FOR_MANGE_SAMTIDIG"
            await response_of(OVERLOADED)(scope, receive, send)
            return
        self._under_way[client] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._under_way[client] -= 1

    def _has_room_for(self, client: str) -> bool:
        return self._under_way.total() < self._at_once and self._under_way[client] < self._by_one_client
