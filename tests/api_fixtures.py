"""What several tests of the API need: the journal's contents, a problem held to its form, a broken model."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from models.approved import Approved
from profilering.features import FeatureRow
from profilering.risk import Risk, Span
from serving.upkeep.standing import NotApproved
from serving.wire.problems import MAX_BYTES
from tests.builders import (
    an_approved,
)
from tests.journals import rows
from tests.make import a_basis, a_model

NO_MODEL = NotApproved("approved.toml approves no model; approve one")
SECRET = "hemmelig"


def contents(path: Path) -> list[dict[str, Any]]:
    return [json.loads(content) for (content,) in rows(path, "SELECT bytes FROM innhold ORDER BY nummer")]


def code(response: httpx.Response) -> str:
    """The last part of a problem's type, after holding the problem to what every one must be."""
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.content) <= MAX_BYTES
    problem = response.json()
    assert problem["status"] == response.status_code
    assert set(problem) == {"type", "title", "status", "detail", "felter"}
    kind: str = problem["type"]
    assert kind.startswith("urn:profilering:feil:")
    return kind.removeprefix("urn:profilering:feil:")


class BrokenModel:
    """A model with a defect of ours: it raises with what it was given."""

    version = "broken"
    spans: Mapping[str, Span] = a_model().spans

    def risks(self, rows: Sequence[FeatureRow]) -> list[tuple[Risk, ...]]:
        """Fail with a person's features in the message."""
        raise RuntimeError(f"hemmelig {rows}")


def broken() -> Approved:
    return an_approved(a_basis(model=BrokenModel()))
