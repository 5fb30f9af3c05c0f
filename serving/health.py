"""NAV's health paths: alive, ready and started, in words for whoever runs the service."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import PlainTextResponse

from serving.answering import NotApproved, Parts
from serving.journal import JournalUnavailableError

HEALTHY: dict[int | str, dict[str, Any]] = {
    200: {"description": "HEALTHY", "content": {"text/plain": {"example": "HEALTHY"}}}
}
READY: dict[int | str, dict[str, Any]] = {
    **HEALTHY,
    503: {
        "description": "UNHEALTHY and why.",
        "content": {"text/plain": {"example": "UNHEALTHY: approved.toml approves no model"}},
    },
}


def health_routes(parts: Parts) -> APIRouter:
    """The routes under /internal."""
    router = APIRouter(prefix="/internal", tags=["internal"], default_response_class=PlainTextResponse)

    @router.get("/isAlive", responses=HEALTHY)
    async def is_alive() -> PlainTextResponse:
        """Whether the process answers at all; says nothing of model or journal."""
        return PlainTextResponse("HEALTHY")

    @router.get("/hasStarted", responses=HEALTHY)
    async def has_started() -> PlainTextResponse:
        """Whether start-up is over."""
        return PlainTextResponse("HEALTHY")

    @router.get("/isReady", responses=READY)
    def is_ready() -> PlainTextResponse:
        """Whether a registrering would get an answer, and if not, why."""
        if isinstance(parts.approved, NotApproved):
            return PlainTextResponse(f"UNHEALTHY: {parts.approved.reason}", 503)
        try:
            parts.journal.head()
        except JournalUnavailableError as error:
            return PlainTextResponse(f"UNHEALTHY: {error}", 503)
        return PlainTextResponse("HEALTHY")

    return router
