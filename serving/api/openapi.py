"""The contract as machines read it: what the routes take and answer, with examples that run."""

import json
import tomllib
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, TypedDict

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field
from starlette.responses import Response

from profilering.formaal import FORMAAL
from serving.identity.roles import ACCESS
from serving.wire.examples import ANSWER, REQUEST
from serving.wire.innsigelse_schemas import InnsigelseForespoersel
from serving.wire.problems import (
    BAD_KEY,
    ERASED,
    FORBIDDEN,
    JOURNAL_DOWN,
    KEY_REUSED,
    KEYS_UNAVAILABLE,
    MEDIA_TYPE,
    NO_MODEL,
    NO_TOKEN,
    NOT_FOUND,
    NOT_LOCAL,
    OUR_FAULT,
    OVERLOADED,
    TOO_LARGE,
    TOO_SLOW,
    WRONG_TYPE,
    FieldFault,
    Problem,
    invalid,
    response_of,
    too_many,
    unreadable,
)
from serving.wire.schemas import ProfileringForespoersel
from serving.wire.vurdering_schemas import VurderingForespoersel

CODES = tomllib.loads((Path(__file__).parent / "codes.toml").read_text("utf-8"))
"""What each code means, by the name of its list."""

DESCRIPTION = f"""
{FORMAAL}

A suggestion of innsatsgruppe for a new registrering, with its reasons, for a veileder to weigh.
It is never a vedtak. Every answer is journaled and durable before it is shown.

- No fødselsnummer anywhere: eleven digits in a row are refused, in any text.
- Not known is not empty: `null` says nobody answered, `[]` that the register holds nothing.
- Where the policy of an office asks for two steps, `regel` is `TOTRINN` and nothing of the suggestion can
  be read until a veileder has written a vurdering; the same address then gives the whole answer.
- Errors are RFC 9457 problems and never repeat what was sent in.
- Who may use what stands at each route (`x-roller`): a veileder and a revisor are people. A client
  is let in for a purpose, and control or sanctions are none.
- Without an issuer of tokens the service wants no token, and answers its own machine only.
"""


class FeltfeilSkjema(BaseModel):
    """One field that must be mended."""

    peker: str = Field(description="JSON pointer (RFC 6901).", examples=["/person/fylke"])
    feil: str = Field(description="What is wrong, in Norwegian.", examples=["Feil format."])


class ProblemSkjema(BaseModel):
    """A refusal (RFC 9457), at most 2 KiB."""

    type: str = Field(description="urn:profilering:feil:<code>.", examples=["urn:profilering:feil:ugyldig"])
    title: str = Field(description="Kind of refusal.", examples=["Forespørselen følger ikke skjemaet"])
    status: int = Field(description="HTTP status.", examples=[422])
    detail: str = Field(description="What to do.", examples=["Rett feltene og send på nytt."])
    felter: list[FeltfeilSkjema] = Field(
        description="At most ten fields to mend.",
        examples=[[{"peker": "/person/fylke", "feil": "Feil format."}]],
    )


class RouteDocs(TypedDict):
    """What a route's decorator is given besides its path."""

    responses: dict[int | str, dict[str, Any]]
    openapi_extra: dict[str, Any]


HEADERS = {"Retry-After": "Seconds to wait.", "WWW-Authenticate": "The kind of token that is wanted."}
"""Those of a refusal that a caller acts on."""


def refusals_of(*problems: Problem) -> dict[int | str, dict[str, Any]]:
    """Document the refusals of a route by what they look like, under their status."""
    answers: dict[int | str, dict[str, Any]] = {}
    for problem in problems:
        answer = answers.setdefault(problem.status, {"description": problem.title, "content": {}})
        media = answer["content"].setdefault(
            MEDIA_TYPE, {"schema": {"$ref": "#/components/schemas/ProblemSkjema"}, "examples": {}}
        )
        media["examples"][problem.code] = {"value": json.loads(bytes(response_of(problem).body))}
        described = {
            name: _header(text, problem.headers[name])
            for name, text in HEADERS.items()
            if name in problem.headers
        }
        if described:
            answer.setdefault("headers", {}).update(described)
    return answers


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


LOCATION = _header("Where the answer stands.", f"/api/v1/profileringer/{ANSWER['id']}")
ETAG = _header("Strong: stands for every byte of the answer.", f'"{ANSWER["journal"]["digest"]}"')
ANSWERED = {"application/json": {"example": dict(ANSWER)}}
UNREADABLE = unreadable("Et felt står to ganger i samme objekt. Send hvert felt én gang.", "/person/fylke")
INVALID = invalid([FieldFault("/person/fylke", "Feil format.")])

POST_DOCS: RouteDocs = {
    "responses": {
        201: {
            "description": "Journaled; the same again where the same Idempotency-Key and body come back.",
            "content": ANSWERED,
            "headers": {"Location": LOCATION, "ETag": ETAG},
        },
        **refusals_of(
            UNREADABLE, BAD_KEY, KEY_REUSED, ERASED, TOO_SLOW, TOO_LARGE, WRONG_TYPE, INVALID,
            OUR_FAULT, JOURNAL_DOWN, NO_MODEL,
        ),
    },
    "openapi_extra": {
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "Makes it safe to ask again: the same key and body give the stored answer.",
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9._~:-]{1,100}$"},
                "example": "5f0c1d9e-registrering-1",
            }
        ],
        "requestBody": {
            "required": True,
            "description": "At most 64 KiB of UTF-8.",
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/ProfileringForespoersel"},
                    "example": dict(REQUEST),
                }
            },
        },
    },
}  # fmt: skip

CASE_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "Id of the profilering.",
    "schema": {"type": "string", "format": "uuid"},
    "example": ANSWER["id"],
}
GET_DOCS: RouteDocs = {
    "responses": {
        200: {"description": "The stored answer.", "content": ANSWERED, "headers": {"ETag": ETAG}},
        304: {"description": "The caller has these bytes already (`If-None-Match`)."},
        **refusals_of(NOT_FOUND, ERASED, OUR_FAULT, JOURNAL_DOWN),
    },
    "openapi_extra": {
        "parameters": [
            CASE_ID,
            {
                "name": "If-None-Match",
                "in": "header",
                "required": False,
                "description": "An ETag the caller has.",
                "schema": {"type": "string"},
                "example": ETAG["example"],
            },
        ]
    },
}


def contract_routes(document: Callable[[], dict[str, Any]]) -> APIRouter:
    """The contract itself, written out once."""
    router = APIRouter(include_in_schema=False)
    written: list[bytes] = []

    @router.get("/openapi.json")
    async def contract() -> Response:
        if not written:
            written.append(json.dumps(document(), ensure_ascii=False).encode())
        return Response(written[0], media_type="application/json")

    return router


def describe(app: FastAPI) -> dict[str, Any]:
    """Write the whole contract, once per process."""
    if app.openapi_schema is None:
        described = get_openapi(
            title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes
        )
        document = deepcopy(described)  # it shares parts with the routes' own descriptions
        _describe_schemas(document)
        _describe_access(document)
        app.openapi_schema = document
    return app.openapi_schema


def _describe_schemas(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in (ProfileringForespoersel, VurderingForespoersel, InnsigelseForespoersel, ProblemSkjema):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    for name, words in CODES.items():
        listed = "\n".join(f"- `{code}`: {meaning}" for code, meaning in words.items())
        schemas[name]["description"] += f"\n\n{listed}"


def _describe_access(document: dict[str, Any]) -> None:
    """Say at each route who may use it, and what the gate answers to the others."""
    document["components"]["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "Of Entra ID: a machine's with its role, or a person's with NAVident and groups.",
        }
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            roles = ACCESS[method.upper(), path]
            if roles is not None:
                operation["security"] = [{"token": []}]
                operation["x-roller"] = sorted(roles)
                for status, answer in refusals_of(*AT_THE_GATE).items():
                    _add_answer(operation["responses"], str(status), answer)
            for answer in operation["responses"].values():
                answer.setdefault("headers", {})["Nav-Call-Id"] = CALL_ID


CALL_ID = _header(
    "The call's id: the one it came with, or a new one.", "5f0c1d9e-4a5c-4f8e-9b0a-1c2d3e4f5061"
)
AT_THE_GATE = (NO_TOKEN, FORBIDDEN, NOT_LOCAL, too_many(2), KEYS_UNAVAILABLE, OVERLOADED)


def _add_answer(answers: dict[str, Any], status: str, answer: dict[str, Any]) -> None:
    if status not in answers:
        answers[status] = answer
        return
    answers[status].setdefault("headers", {}).update(answer.get("headers", {}))
    answers[status]["content"][MEDIA_TYPE]["examples"] |= answer["content"][MEDIA_TYPE]["examples"]
