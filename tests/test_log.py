"""The log: one line per request, and nobody in it."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.log import JsonLines
from tests.api_fixtures import SECRET, broken
from tests.builders import (
    API,
    Caller,
    a_request,
    a_service,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def service(path: Path) -> Iterator[Caller]:
    with a_service(path) as caller:
        yield caller


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("serving")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.setLevel(before)
    logger.removeHandler(handler)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_each_request_is_one_line_with_its_route_and_never_its_path(
    service: Caller, log: io.StringIO
) -> None:
    location = service.post(a_request()).headers["location"]
    service.get(location + "?fnr=01010112345", **{"User-Agent": SECRET})
    service.get("/hemmelig/01010112345")
    posted, read, unknown = lines(log)
    assert (posted["event"], posted["method"], posted["status"]) == ("request_answered", "POST", 201)
    assert posted["route"] == API and read["route"] == API + "/{id}" and unknown["route"] is None
    assert posted["duration_ms"] > 0
    everything = log.getvalue()
    assert location.rpartition("/")[2] not in everything
    assert "01010112345" not in everything and SECRET not in everything


def test_a_request_is_found_in_the_log_by_the_id_in_its_answer(service: Caller, log: io.StringIO) -> None:
    response = service.get("/internal/isAlive")
    assert lines(log)[0]["request_id"] == response.headers["x-request-id"]


def test_a_defect_is_logged_by_its_place_and_without_its_message(path: Path, log: io.StringIO) -> None:
    with a_service(path, broken()) as service:
        service.post(a_request())
    (line,) = lines(log)
    assert (line["level"], line["status"], line["error"]) == ("ERROR", 500, "RuntimeError")
    assert any(place.startswith("api_fixtures.py:") for place in line["where"])
    assert SECRET not in log.getvalue()
