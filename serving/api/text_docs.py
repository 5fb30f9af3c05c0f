"""How a route that answers with a text is described: one content in three forms, in three languages."""

from collections.abc import Mapping
from typing import Any

from serving.api.negotiation import NOT_ACCEPTABLE, Form
from serving.api.openapi import CASE_ID, ETAG, RouteDocs, refusals_of
from serving.telling import NOT_TELLABLE, OLDER_THAN_THE_TEXT
from serving.wire.problems import (
    ERASED,
    JOURNAL_DOWN,
    NOT_FOUND,
    OUR_FAULT,
    VENTER_PAA_VURDERING,
    Problem,
)


def _asked(name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }


def _told(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


ASKED = (
    _asked("Accept", "application/json, text/plain or text/html; JSON where nothing is said.", Form.TEXT),
    _asked("Accept-Language", "nb, nn and en are known; nb where none of them can be given.", "nn, nb;q=0.8"),
    _asked("If-None-Match", "An ETag the caller has.", ETAG["example"]),
)
HEADERS = {
    "ETag": ETAG,
    "Content-Language": _told("The language that was given.", "nn"),
    "Vary": _told("What the answer depends on.", "Accept, Accept-Language"),
}


def text_docs(
    description: str,
    example: Mapping[str, Any],
    *refusals: Problem,
    parameters: tuple[dict[str, Any], ...] = (),
) -> RouteDocs:
    """Describe a route that tells a stored case in words; `example` is its JSON form."""
    section = example["avsnitt"][0]
    plain = f"{section['overskrift']}\n{section['tekst']}\n"
    page = f"<h1>{section['overskrift']}</h1><p>{section['tekst']}</p>"
    return {
        "responses": {
            200: {
                "description": description,
                "headers": HEADERS,
                "content": {
                    Form.JSON.value: {"example": dict(example)},
                    Form.TEXT.value: {"schema": {"type": "string"}, "example": plain},
                    Form.HTML.value: {"schema": {"type": "string"}, "example": page},
                },
            },
            304: {"description": "The caller has these bytes already (`If-None-Match`)."},
            **refusals_of(
                NOT_FOUND,
                OLDER_THAN_THE_TEXT,
                NOT_ACCEPTABLE,
                VENTER_PAA_VURDERING,
                ERASED,
                *refusals,
                OUR_FAULT,
                NOT_TELLABLE,
                JOURNAL_DOWN,
            ),
        },
        "openapi_extra": {"parameters": [CASE_ID, *parameters, *ASKED]},
    }
