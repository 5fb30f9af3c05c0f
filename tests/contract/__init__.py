"""The contract as it was released and as it is today, as files that a reviewer reads."""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.builders import a_service

FOLDER = Path(__file__).parent
TODAY = FOLDER / "openapi.json"


@cache
def document_of_today() -> dict[str, Any]:
    """What the service gives at /openapi.json."""
    with tempfile.TemporaryDirectory() as folder, a_service(f"{folder}/journal.db") as service:
        document: dict[str, Any] = service.get("/openapi.json").json()
    return document


def released(document: dict[str, Any]) -> Path:
    """The file that holds the first snapshot of a document's major version: what callers build on."""
    return FOLDER / f"openapi-{document['info']['version'].partition('.')[0]}.json"


def written(document: dict[str, Any]) -> str:
    """Sorted and one value a line, so that a change shows as what it is."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def read(file: Path) -> dict[str, Any]:
    """A snapshot."""
    document: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return document
