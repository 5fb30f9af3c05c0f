"""For tests of the client: a service in this process, and one that answers from a script."""

from collections.abc import Mapping
from typing import Any, TypeAlias
from uuid import UUID

import httpx

from serving.client import ProfileringClient, ProfileringForespoersel
from serving.wire.examples import ANSWER
from serving.wire.problems import Problem, response_of
from tests.builders import Caller, a_request, body_of

ID = UUID(ANSWER["id"])
ADDRESS = "https://profilering.intern.test"
TOKEN = "et-token-som-er-hemmelig"
LOST = httpx.ReadError("the line broke")
Step: TypeAlias = Problem | Exception | httpx.Response


def forespoersel(request: dict[str, Any] | None = None) -> ProfileringForespoersel:
    return ProfileringForespoersel.model_validate_json(body_of(request or a_request()))


def answered(content: Mapping[str, Any] = ANSWER, status: int = 201) -> httpx.Response:
    return httpx.Response(status, json=dict(content))


class Script(httpx.BaseTransport):
    """Answers one step after the other, the last for ever, and keeps what was asked and waited."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.asked: list[httpx.Request] = []
        self.waited: list[float] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, refuse or fail."""
        self.asked.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        if isinstance(step, Problem):
            refusal = response_of(step)
            return httpx.Response(
                refusal.status_code, headers=refusal.raw_headers, content=bytes(refusal.body)
            )
        return step

    def client(self, **changes: Any) -> ProfileringClient:
        """A client that asks here and does not really wait."""
        return ProfileringClient(
            ADDRESS, lambda: TOKEN, transport=self, **{"sleep": self.waited.append, **changes}
        )

    def headers(self, name: str) -> list[str | None]:
        """That header of every request."""
        return [request.headers.get(name) for request in self.asked]


def in_process(service: Caller) -> httpx.MockTransport:
    """The way to a service in this process, for a client that is not asynchronous."""

    def ask(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        answer = service.ask(request.method, path, content=request.content, headers=request.headers)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    return httpx.MockTransport(ask)
