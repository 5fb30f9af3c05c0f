"""Without tokens the service answers its own machine only.

The address check keeps others on the network out, the Host check keeps out web pages that a
browser on this machine was lured into asking from (DNS rebinding).
"""

import re
from functools import lru_cache
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.wire.problems import NOT_LOCAL, response_of

_LOCAL_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether a host to listen on, or an address that was connected to, is this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class LoopbackOnly:
    """Refuses what did not come to a loopback address under a local name."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a local request on, answer any other with 403."""
        if scope["type"] == "http" and not _is_local(scope):
            await response_of(NOT_LOCAL)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _is_local(scope: Scope) -> bool:
    server = scope.get("server")
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    named_locally = len(hosts) == 1 and _LOCAL_HOST.fullmatch(hosts[0]) is not None
    return server is not None and is_loopback(server[0]) and named_locally
