"""Changes to plant in the contract, and what each must come to.

A place is written as words: an operation, a schema or `document`, then the steps from there.
`Schema.field` is a field of a schema.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]
Change: TypeAlias = Callable[[Document], None]

OPERATIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "POST": ("/api/v1/profileringer", "post"),
        "GET": ("/api/v1/profileringer/{id}", "get"),
        "PUT": ("/api/v1/drift/stans", "put"),
    }
)
TEXT = {"type": "string"}
NULL = {"type": "null"}


def at(document: Document, place: str) -> Any:
    """What stands there."""
    root, *steps = place.split()
    if root == "document":
        value: Any = document
    elif root in OPERATIONS:
        path, method = OPERATIONS[root]
        value = document["paths"][path][method]
    else:
        name, _, field = root.partition(".")
        value = document["components"]["schemas"][name]
        value = value["properties"][field] if field else value
    for step in steps:
        value = value[int(step) if isinstance(value, list) else step]
    return value


def put(place: str, **values: Any) -> Change:
    """Write these beside or over what stands there."""
    return lambda document: at(document, place).update(values)


def drop(place: str) -> Change:
    """Take away what stands there."""
    above, _, last = place.rpartition(" ")

    def change(document: Document) -> None:
        inside = at(document, above)
        del inside[int(last) if isinstance(inside, list) else last]

    return change


def add(place: str, value: Any) -> Change:
    """Lengthen a list."""
    return lambda document: at(document, place).append(value)


def remove(place: str, value: Any) -> Change:
    """Shorten a list."""
    return lambda document: at(document, place).remove(value)


def both(one: Change, other: Change) -> Change:
    """Two changes that belong together."""

    def change(document: Document) -> None:
        one(document)
        other(document)

    return change


def _renamed(document: Document) -> None:
    schemas = document["components"]["schemas"]
    schemas["Versjoner"] = schemas.pop("VersjonerUt")
    at(document, "ProfileringSvar.versjoner")["$ref"] = "#/components/schemas/Versjoner"


STANS = "/api/v1/drift/stans"
REFUSAL = "responses 422 content application/problem+json"
GRUNN = "PUT requestBody content application/json schema properties grunn"
A_HEADER = {"name": "Nav-Call-Id", "in": "header", "schema": TEXT}

BREAKS: Mapping[str, tuple[Change, str]] = MappingProxyType(
    {
        # Routes
        "a path is gone": (drop(f"document paths {STANS}"), f"{STANS} is gone"),
        "a method is gone": (drop(f"document paths {STANS} get"), f"GET {STANS} is gone"),
        "a status is gone": (drop("POST responses 409"), "409 is gone"),
        "another success": (put("POST responses", **{"202": {"description": ""}}), "202 is a new answer"),
        "an answer's header is gone": (
            drop("POST responses 201 headers Location"),
            "header Location is gone",
        ),
        "a refusal's header is gone": (
            drop("POST responses 503 headers Retry-After"),
            "header Retry-After is gone",
        ),
        "a request's header is gone": (drop("POST parameters 0"), "header idempotency-key is gone"),
        "a header must be sent": (
            put("POST parameters 0", required=True),
            "header idempotency-key must be sent now",
        ),
        "a new header must be sent": (
            add("POST parameters", {**A_HEADER, "required": True}),
            "nav-call-id must be sent now",
        ),
        "a header takes less": (
            put("POST parameters 0 schema", pattern="^[0-9]+$"),
            "header idempotency-key: pattern",
        ),
        "a type of body is gone": (
            drop("POST requestBody content application/json"),
            "request: application/json is gone",
        ),
        "a body must be sent": (put("GET", requestBody={"required": True}), "a body must be sent now"),
        "a type of answer is gone": (drop(f"POST {REFUSAL}"), "application/problem+json is gone"),
        "an open route wants a token": (
            put("document paths /internal/isAlive get", security=[{"token": []}]),
            "what a caller must show",
        ),
        "another kind of token": (
            put("document components securitySchemes token", scheme="basic"),
            "what a caller must show",
        ),
        "a role is shut out": (remove("POST x-roller", "veileder"), "no longer for veileder"),
        # What is sent
        "a new field must be sent": (
            both(
                put("ProfileringForespoersel properties", nytt=TEXT),
                add("ProfileringForespoersel required", "nytt"),
            ),
            "request/nytt must be sent now",
        ),
        "an old field must be sent": (
            add("ProfileringForespoersel required", "enhet"),
            "request/enhet must be sent now",
        ),
        "a field is not known any more": (
            drop("ProfileringForespoersel properties enhet"),
            "request/enhet is gone",
        ),
        "a field is not read any more": (drop("Detaljer properties prosent"), "detaljer/prosent is gone"),
        "unknown fields are refused": (
            put("Detaljer", additionalProperties=False),
            "detaljer: takes fewer fields",
        ),
        "a code is not taken any more": (
            remove("Livsoppholdsytelse enum", "AAP"),
            "code 'AAP' is no longer taken",
        ),
        "only codes are taken": (put(GRUNN, enum=["FEIL"]), "request/grunn: only codes now"),
        "null is not taken any more": (
            remove("PersonInn.fylke anyOf", NULL),
            "person/fylke: null is no longer taken",
        ),
        "another pattern": (put("PersonInn.fylke anyOf 0", pattern="^[0-9]{4}$"), "person/fylke: pattern"),
        "a pattern where there was none": (
            put("UtdanningInn.nus", pattern="^[0-9]$"),
            "nus: pattern was None",
        ),
        "a form where there was none": (put("UtdanningInn.nus", format="uuid"), "nus: format was None"),
        "a higher minimum": (
            put("PersonInn.foedselsaar anyOf 0", minimum=1920),
            "foedselsaar: minimum was 1900, is 1920",
        ),
        "a lower maximum": (
            put("PersonInn.foedselsaar anyOf 0", maximum=2020),
            "foedselsaar: maximum was 2099, is 2020",
        ),
        "a shorter text": (put(GRUNN, maxLength=30), "grunn: maxLength was 300, is 30"),
        "a shorter list": (
            put("ProfileringForespoersel.soekerYtelse", maxItems=10),
            "soekerYtelse: maxItems was 200, is 10",
        ),
        "a list may not be empty": (
            put("ProfileringForespoersel.soekerYtelse", minItems=1),
            "soekerYtelse: minItems was None, is 1",
        ),
        "whole numbers only": (
            put("ArbeidsforholdInn.stillingsprosent anyOf 0", type="integer"),
            "integer/number is no longer taken",
        ),
        "another type": (
            put("ProfileringForespoersel.oenskerArbeidsevnevurdering", type="string"),
            "boolean is no longer taken",
        ),
        "left out, it means something else": (
            put("UtdanningInn.bestaatt", default="NEI"),
            "stands for NEI when left out",
        ),
        # What is answered
        "a field of the answer is gone": (
            both(
                drop("ProfileringSvar properties dagensRegel"),
                remove("ProfileringSvar required", "dagensRegel"),
            ),
            "/dagensRegel is gone",
        ),
        "a field of a refusal is gone": (drop("ProblemSkjema properties felter"), "/felter is gone"),
        "a field may be missing": (
            remove("ProfileringSvar required", "mangler"),
            "/mangler may be missing now",
        ),
        "a field may be null": (
            put("ForslagUt properties", navn={"anyOf": [TEXT, NULL]}),
            "forslag/navn: null was not there",
        ),
        "a number becomes a text": (
            put("AnslagUt.alleAvHundre", type="string"),
            "anslag/-/alleAvHundre: string was not there",
        ),
        "a whole number becomes any": (
            put("AnslagUt.grunnlagAntall", type="number"),
            "grunnlagAntall: integer/number was not there",
        ),
        "a list holds something else": (
            put("ProfileringSvar.mangler items", type="object"),
            "mangler/-: object was not there",
        ),
        "an id becomes any text": (drop("ProfileringSvar.id format"), "/id: format was uuid, is None"),
        "a new code": (add("ForslagKode enum", "NY_KODE"), "new code 'NY_KODE'"),
        "any text instead of a code": (drop("WireRegel enum"), "any value instead of a code"),
        "it may be a vedtak": (
            drop("ProfileringSvar.erVedtak const"),
            "erVedtak: any value instead of a code",
        ),
    }
)
"""By what it is: the change, and words of the finding."""

HARMLESS: Mapping[str, Change] = MappingProxyType(
    {
        # Routes
        "a new path": put("document paths", **{"/api/v1/noe": {"get": {"responses": {}}}}),
        "a new method": put("document paths /api/v1/profileringer", get={"responses": {}}),
        "a new refusal": put("POST responses", **{"451": {"description": ""}}),
        "a new example of a refusal": put(f"POST {REFUSAL} examples", ny={}),
        "another description": put("POST", description="Andre ord."),
        "a header that may be sent": add("POST parameters", A_HEADER),
        "the case of a header's name": put("POST parameters 0", name="idempotency-key"),
        "a new header of an answer": put("POST responses 201 headers", **{"Nav-Call-Id": {"schema": TEXT}}),
        "one more type of body": put("POST requestBody content", **{"application/cbor": {}}),
        "one more type of answer": put("GET responses 200 content", **{"text/plain": {}}),
        "one more role": add("POST x-roller", "revisor"),
        "words about the token": put("document components securitySchemes token", description="Andre ord."),
        # What is sent
        "a field that may be sent": put("ProfileringForespoersel properties", nytt=TEXT),
        "a field that may be left out": remove("ProfileringForespoersel required", "soekerYtelse"),
        "one more code is taken": add("Livsoppholdsytelse enum", "NY_YTELSE"),
        "any text is taken": drop("BrukerType enum"),
        "null is taken": put("UtdanningInn.nus", type=["string", "null"]),
        "no pattern": drop("PersonInn.fylke anyOf 0 pattern"),
        "a lower minimum": put("PersonInn.foedselsaar anyOf 0", minimum=1800),
        "any number of items": drop("ProfileringForespoersel.soekerYtelse maxItems"),
        "any number": put("PersonInn.foedselsaar anyOf 0", type="number"),
        "unknown fields are taken": put("ProfileringForespoersel", additionalProperties=True),
        # What is answered
        "a new field": both(
            put("ProfileringSvar properties", nytt=TEXT), add("ProfileringSvar required", "nytt")
        ),
        "never null any more": remove("AnslagUt.avHundre anyOf", NULL),
        "a code is never said any more": remove("WireRegel enum", "UTENFOR_MODELLEN"),
        "limits": put("AnslagUt.alleAvHundre", minimum=0, maximum=100),
        "a type by another name": _renamed,
    }
)
"""By what it is: the change."""
