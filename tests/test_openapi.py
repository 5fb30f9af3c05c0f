"""The contract as machines read it: whole, and its examples run."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from serving.wire.schemas import ProfileringForespoersel
from tests.builders import (
    API,
    JSON,
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
def openapi(service: Caller) -> dict[str, Any]:
    document: dict[str, Any] = service.get("/openapi.json").json()
    return document


def test_the_examples_in_the_contract_run(service: Caller, openapi: dict[str, Any]) -> None:
    operation = openapi["paths"][API]["post"]
    example = operation["requestBody"]["content"]["application/json"]["example"]
    key = operation["parameters"][0]["example"]
    assert service.post(example, **{"Idempotency-Key": key}).status_code == 201


def test_the_stop_switchs_example_runs(service: Caller, openapi: dict[str, Any]) -> None:
    (path,) = (path for path in openapi["paths"] if path.endswith("/drift/stans"))
    operation = openapi["paths"][path]["put"]
    body = json.dumps(operation["requestBody"]["content"]["application/json"]["example"])
    response = service.ask("PUT", path, content=body.encode(), headers=JSON)
    documented = operation["responses"]["200"]["content"]["application/json"]["example"]
    assert list(response.json()) == list(documented)
    assert {**documented, "journal": None} == {**response.json(), "journal": None}


def test_every_field_has_a_description_and_an_example(openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"]
    bare = [
        f"{schema}.{name}"
        for schema, content in schemas.items()
        for name, field in content.get("properties", {}).items()
        if "description" not in field or "examples" not in field
    ]
    assert bare == []
    assert {"ProfileringForespoersel", "ProfileringSvar", "ProblemSkjema"} <= set(schemas)
    assert [name for name, content in schemas.items() if "description" not in content] == []


def test_every_field_example_of_a_request_is_valid() -> None:
    for name, field in ProfileringForespoersel.model_fields.items():
        for example in field.examples or ():
            request = a_request(**{field.alias or name: example})
            try:
                ProfileringForespoersel.model_validate(request)
            except ValidationError:
                pytest.fail(f"the example of {name} is refused")


def test_every_route_and_every_refusal_is_described_with_an_example(openapi: dict[str, Any]) -> None:
    operations = [operation for path in openapi["paths"].values() for operation in path.values()]
    assert len(operations) >= 7
    for operation in operations:
        assert operation["description"]
        for status, answer in operation["responses"].items():
            assert answer["description"]
            for media, content in answer.get("content", {}).items():
                assert "example" in content or "examples" in content, (status, media)


def test_every_reference_in_the_contract_leads_somewhere(openapi: dict[str, Any]) -> None:
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(openapi)))
    assert names <= set(openapi["components"]["schemas"])


def test_the_documented_problems_are_the_ones_that_are_given(
    service: Caller, openapi: dict[str, Any]
) -> None:
    documented = openapi["paths"][API]["post"]["responses"]
    given = service.post(a_request(), **{"Content-Type": "text/plain"})
    examples = documented["415"]["content"]["application/problem+json"]["examples"]
    assert examples["feil-innholdstype"]["value"] == given.json()


def test_every_code_of_the_contract_is_described(openapi: dict[str, Any]) -> None:
    codes = {
        (name, code): schema["description"]
        for name, schema in openapi["components"]["schemas"].items()
        for code in schema.get("enum", ())
    }
    assert len(codes) > 60
    undescribed = [code for code, words in codes.items() if not re.search(rf"\b{code[1]}\b", words)]
    assert undescribed == []
