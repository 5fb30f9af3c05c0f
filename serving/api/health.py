"""NAV's health paths: alive, ready and started, in words for whoever runs the service."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import PlainTextResponse

from serving.journal import JournalUnavailableError
from serving.parts import Parts
from serving.upkeep.standing import NotApproved

HEALTHY: dict[int | str, dict[str, Any]] = {
    200: {"description": "HEALTHY", "content": {"text/plain": {"example": "HEALTHY"}}}
}
READY: dict[int | str, dict[str, Any]] = {
    200: {
        "description": (
            "HEALTHY; further lines say what must be mended although it answers, and the last one how "
            "contributions are computed: by the compiled kernel, or by LightGBM and why."
        ),
        "content": {
            "text/plain": {
                "example": "HEALTHY\nny modell avvist: bundle sha256:… is not there\n"
                "forklaring: kvadratur-1 (avx512)"
            }
        },
    },
    503: {
        "description": "UNHEALTHY and why.",
        "content": {"text/plain": {"example": "UNHEALTHY: approved.toml approves no model"}},
    },
}


Notice = Callable[[], str | None]
"""What whoever runs the service should know; None when there is nothing."""


def health_routes(parts: Parts, obstacles: Sequence[Notice], notices: Sequence[Notice]) -> APIRouter:
    """The routes under /internal: an obstacle makes the worker not ready, a notice is told beside."""
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
        """Whether a registrering would get an answer, and if not, why; further lines tell what to mend."""
        for reason in filter(None, (ask() for ask in obstacles)):
            return PlainTextResponse(f"UNHEALTHY: {reason}", 503)
        try:
            parts.journal.head()
        except JournalUnavailableError as error:
            return PlainTextResponse(f"UNHEALTHY: {error}", 503)
        approved = parts.standing.approved
        if isinstance(approved, NotApproved):
            return PlainTextResponse(f"UNHEALTHY: {approved.reason}", 503)
        told = [notice for ask in notices if (notice := ask()) is not None]
        explaining = f"forklaring: {approved.basis.model.explaining}"
        return PlainTextResponse("\n".join(["HEALTHY", *told, explaining]))

    return router
