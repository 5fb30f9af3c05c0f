"""The way to the one route that everybody waits for, past what the framework does for any route.

The route itself stays the framework's: its contract, its place in the table of access, and the function
that answers.
"""

from collections.abc import Callable

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from profilering.errors import ProfileringError


class Straight:
    """Asks a route's function itself; all that function may raise is told by `refusal_of`.

    Stands innermost: whoever comes here was let in. The function takes the request alone.
    """

    def __init__(
        self, app: ASGIApp, route: APIRoute, refusal_of: Callable[[ProfileringError], Response]
    ) -> None:
        self.app = app
        self._route = route
        self._methods = frozenset(route.methods or ())
        self._refusal_of = refusal_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for the route, pass any other on."""
        route = self._route
        if scope["type"] != "http" or scope["path"] != route.path or scope["method"] not in self._methods:
            await self.app(scope, receive, send)
            return
        scope["route"] = route
        request = Request(scope, receive, send)
        try:
            response: Response = await route.endpoint(request)
        except ProfileringError as error:
            response = self._refusal_of(error)
        await response(scope, receive, send)
