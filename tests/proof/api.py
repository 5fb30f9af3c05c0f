"""The whole contract asked at random: every route of OpenAPI, by Schemathesis with all its checks.

Twice over: a service that wants tokens, where each route is asked by somebody whose role may, and a
local one. Examples, every boundary of every schema, drawn cases, and requests that stand on the
answers of others (a posted profilering is fetched and tried again).
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import schemathesis
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.openapi.loaders import from_dict

from serving.api.openapi import POST_DOCS
from serving.app import create_app
from serving.identity.gate import TokenAdmission
from serving.identity.issuers import IssuerKind
from serving.identity.keys import KeyRing
from serving.identity.rate import Rate
from serving.identity.roles import ACCESS
from serving.identity.token import TokenChecker
from serving.parts import Parts
from tests.builders import API, LOCAL, Caller, an_approved, some_parts
from tests.guarded import TILGANG, Guarded
from tests.issuer import Server, real_clock
from tests.journals import opened

SEED = 20261122
DRAWN, LEAST = 200, 5_000
"""Drawn cases for each route and walks from route to route; cases in all, boundaries included."""
PARTI = f"POST {API}:parti"
NDJSON = "application/x-ndjson"
EXAMPLE_KEY = POST_DOCS["openapi_extra"]["parameters"][0]["example"]

FOUND = ["2xx", "3xx", "401", "403", "404", "409", "429"]
"""What Schemathesis itself takes for an answer to a body that fits the schema, but for 5xx."""
CHECKS: Mapping[str, Mapping[str, Any]] = {
    # A schema cannot say that a job ends after it began, that `erstatter` is there (422), or that a text
    # may hold no control character and no eleven digits, however they are written (400).
    f"POST {API}": {"positive_data_acceptance": {"expected-statuses": [*FOUND, "400", "422"]}},
    "PUT /api/v1/drift/stans": {"positive_data_acceptance": {"expected-statuses": [*FOUND, "400"]}},
    # A line that is no registrering is refused in its place in the answer, and the others are answered.
    PARTI: {"negative_data_rejection": {"enabled": False}},
}
"""What is asked of one route otherwise than Schemathesis asks of every one, and why."""


@dataclass
class Asked:
    """What was asked, what came back, and what was wrong with it."""

    cases: int = 0
    operations: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    undeclared: list[str] = field(default_factory=list)  # a route and a status the contract does not have
    failures: list[str] = field(default_factory=list)  # each as a call that shows it

    def holds(self, *, least: int) -> bool:
        """Whether enough was asked and nothing was wrong."""
        return self.cases >= least and not self.failures and not self.undeclared

    def __str__(self) -> str:
        seen = ", ".join(map(str, sorted(self.statuses)))
        wrong = f"{len(self.failures)} failures, {len(self.undeclared)} undeclared statuses"
        return f"{len(self.operations)} operations, {wrong}, seen: {seen}"


def ask_everything(folder: Path, *, drawn: int = DRAWN) -> Asked:
    """Ask a guarded service and a local one; journals are kept in the folder.

    The boundaries of every schema are some 2,500 cases, however few are drawn.
    """
    asked = Asked()
    ask_guarded(folder / "guarded.db", asked, drawn=drawn)
    with _parts(folder / "local.db") as parts:
        ask_app(create_app(parts), asked, tokens={}, drawn=drawn)
    return asked


def ask_guarded(place: Path, asked: Asked, *, drawn: int, boundaries: bool = True) -> None:
    """Ask a service that wants tokens, each route by somebody whose role may."""
    with Server(0) as server, _parts(place) as parts:
        entra = server.an_issuer(IssuerKind.ENTRA, real_clock)
        rings = [KeyRing(entra.issuer, timer=parts.sources.timer)]
        checker = TokenChecker(rings, clock=real_clock, longest_life=TILGANG.longest_life)
        rate = Rate(TILGANG.calls_per_minute, parts.sources.timer)
        app = create_app(parts, admission=TokenAdmission(checker, TILGANG, rate))
        tokens = _tokens(Guarded(Caller(app), entra, entra))
        ask_app(app, asked, tokens=tokens, drawn=drawn, boundaries=boundaries)


@contextmanager
def _parts(place: Path) -> Iterator[Parts]:
    """Of a service whose archive has what it answers with, so that etterprøving succeeds."""
    with opened(place) as journal:
        approved = an_approved()
        yield replace(some_parts(journal, approved), approved_of=lambda _digests: approved)


def _tokens(guarded: Guarded) -> Mapping[str, str]:
    """For each route the token of somebody it is for."""
    return {
        f"{method} {path}": str(guarded.token_of(max(roles)))
        for (method, path), roles in ACCESS.items()
        if roles is not None
    }


def ask_app(
    app: FastAPI, asked: Asked, *, tokens: Mapping[str, str], drawn: int, boundaries: bool = True
) -> None:
    """Ask one service, with a token for each route that wants one; none means that no route does."""
    document = _with_lines(app.openapi())
    if not tokens:
        _take_the_gate_away(document)
    schema = from_dict(document, config=_config(tokens, drawn=drawn, boundaries=boundaries))
    schema.app = app
    for event in from_schema(schema).execute():
        match event:
            case events.NonFatalError():
                asked.failures.append(f"{event.label}: {event.value}")
            case events.FatalError():
                raise event.exception
            case events.ScenarioFinished():
                _count(event.recorder, asked)


def _with_lines(document: Mapping[str, Any]) -> dict[str, Any]:
    """The contract with a schema for lines: OpenAPI 3.1 has no words for them."""
    ours = deepcopy(dict(document))
    line = {"$ref": "#/components/schemas/ProfileringForespoersel"}
    body = ours["paths"][f"{API}:parti"]["post"]["requestBody"]["content"][NDJSON]
    body["schema"] = {"type": "array", "items": line, "minItems": 1, "maxItems": 5}
    body["example"] = [json.loads(line) for line in body["example"].splitlines()]
    return ours


def _take_the_gate_away(document: dict[str, Any]) -> None:
    """What the contract says in words: without an issuer of tokens no token is wanted."""
    del document["components"]["securitySchemes"]
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)


@schemathesis.serializer(NDJSON)
def _lines(_context: object, value: Any) -> bytes:
    """A list as its lines; whatever else was drawn as one."""
    lines = value if isinstance(value, list) else [value]
    return b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)


_NUMBERS = count()


@schemathesis.hook("before_call")
def _give_a_key_of_its_own(_context: object, case: Any, _kwargs: object) -> None:
    """The contract's example of a key goes with every body in turn, and would be 409 all but once."""
    if case.headers.get("Idempotency-Key") == EXAMPLE_KEY:
        case.headers["Idempotency-Key"] = f"{EXAMPLE_KEY}-{next(_NUMBERS)}"


def _config(tokens: Mapping[str, str], *, drawn: int, boundaries: bool) -> SchemathesisConfig:
    generation = {"max-examples": drawn, "database": "none"}
    operations = [
        {
            "include-name": name,
            "headers": {"Authorization": f"Bearer {tokens[name]}"} if name in tokens else {},
            "checks": CHECKS.get(name, {}),
        }
        for name in sorted({*tokens, *CHECKS})
    ]
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "base-url": LOCAL,
            "continue-on-failure": True,
            "generation": generation,
            "phases": {"coverage": {"enabled": boundaries}, "stateful": {"generation": generation}},
            # The only header that a route must have is the token's, which the calls above carry however
            # they are drawn; `ignored_auth` asks without it.
            "checks": {"missing_required_header": {"enabled": False}},
            "operations": operations,
        }
    )


def _count(recorder: ScenarioRecorder, asked: Asked) -> None:
    for case_id, interaction in recorder.interactions.items():
        operation, response = recorder.cases[case_id].value.operation, interaction.response
        asked.cases += 1
        asked.operations.add(operation.label)
        if response is None:
            asked.failures.append(f"{operation.label}: no answer")
            continue
        asked.statuses[response.status_code] += 1
        # What is sent with a method the contract does not have is answered by no operation of it.
        foreign = recorder.cases[case_id].value.method.upper() != operation.method.upper()
        declared = {"405"} if foreign else set(operation.definition.raw["responses"])
        if str(response.status_code) not in declared:
            asked.undeclared.append(f"{operation.label}: {response.status_code}")
    for checks in recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info
                said = f"{check.name}: {failure.failure.title}: {failure.failure.message}"
                asked.failures.append(f"{said}\n{failure.code_sample}")
