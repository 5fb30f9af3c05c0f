"""Which role may use which route. What is not in the table does not exist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from starlette.routing import compile_path


class Rolle(StrEnum):
    """What somebody is to this service."""

    SYSTEM = "system"
    VEILEDER = "veileder"
    REVISOR = "revisor"
    DRIFT = "drift"


class Formaal(StrEnum):
    """What a client uses the service for.

    Control and sanctions have no member, so nobody can be let in for them (requirement REQ-06).
    """

    OPPFOELGING = "OPPFOELGING"
    REVISJON = "REVISJON"
    DRIFT = "DRIFT"


ROLES_FOR: Mapping[Formaal, frozenset[Rolle]] = MappingProxyType(
    {
        Formaal.OPPFOELGING: frozenset({Rolle.SYSTEM, Rolle.VEILEDER}),
        Formaal.REVISJON: frozenset({Rolle.REVISOR}),
        Formaal.DRIFT: frozenset({Rolle.DRIFT}),
    }
)
"""The purpose lock: no client reaches a role that its purpose does not need."""

ANYONE = frozenset(Rolle)
"""Whoever has a valid token and a role at all."""
OPEN = None
"""No token needed: the platform's own questions, and the contract. Nothing there is about a person."""

_PROFILERING = "/api/v1/profileringer"
ACCESS: Mapping[tuple[str, str], frozenset[Rolle] | None] = MappingProxyType(
    {
        ("POST", _PROFILERING): frozenset({Rolle.SYSTEM, Rolle.VEILEDER}),
        ("POST", f"{_PROFILERING}:parti"): frozenset({Rolle.SYSTEM}),
        ("GET", f"{_PROFILERING}/{{id}}"): frozenset({Rolle.SYSTEM, Rolle.VEILEDER, Rolle.REVISOR}),
        ("POST", f"{_PROFILERING}/{{id}}/etterproeving"): frozenset({Rolle.REVISOR}),
        ("POST", f"{_PROFILERING}/{{id}}/vurdering"): frozenset({Rolle.VEILEDER}),
        ("GET", f"{_PROFILERING}/{{id}}/vurdering"): frozenset({Rolle.VEILEDER, Rolle.REVISOR}),
        ("POST", f"{_PROFILERING}/{{id}}/innsigelse"): frozenset({Rolle.SYSTEM, Rolle.VEILEDER}),
        # In words; one level of the explanation has a rule of its own below.
        ("GET", f"{_PROFILERING}/{{id}}/begrunnelse"): frozenset(
            {Rolle.SYSTEM, Rolle.VEILEDER, Rolle.REVISOR}
        ),
        ("GET", f"{_PROFILERING}/{{id}}/innsyn"): frozenset({Rolle.VEILEDER}),
        ("GET", f"{_PROFILERING}/{{id}}/endring"): frozenset({Rolle.SYSTEM, Rolle.VEILEDER, Rolle.REVISOR}),
        ("GET", "/api/v1/kodeverk/{navn}"): ANYONE,
        ("GET", "/api/v1/modell"): ANYONE,
        ("GET", "/api/v1/drift/stans"): frozenset({Rolle.DRIFT, Rolle.REVISOR}),
        ("PUT", "/api/v1/drift/stans"): frozenset({Rolle.DRIFT}),
        ("GET", "/revisjon"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/moenstre"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/modeller"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/modeller/{digest}"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/modeller/{digest}/{nummer}"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/tekster"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/tekster/{digest}"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/endringer"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/saker.csv"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/saker.json"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/saker.schema.json"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/sak.schema.json"): frozenset({Rolle.REVISOR}),
        # Before the page, whose address would take these too.
        ("GET", "/revisjon/saker/{id}.json"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/saker/{id}.pdf"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/saker/{id}"): frozenset({Rolle.REVISOR}),
        ("POST", "/revisjon/saker/{id}/etterproeving"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/overvaaking"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/overvaaking/{nummer}"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/regler"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/regler/{versjon}"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/risikoregister"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/kontroll"): frozenset({Rolle.REVISOR}),
        ("POST", "/revisjon/kontroll"): frozenset({Rolle.REVISOR}),
        ("GET", "/revisjon/proevebenk"): frozenset({Rolle.REVISOR}),
        ("POST", "/revisjon/proevebenk"): frozenset({Rolle.REVISOR}),
        # The invented people of the first look, and those to practise on.
        ("GET", "/"): ANYONE,
        ("GET", "/personer/{id}"): ANYONE,
        ("GET", "/opplaering"): ANYONE,
        ("GET", "/opplaering/{id}"): ANYONE,
        ("GET", "/stil.css"): ANYONE,
        ("GET", "/openapi.json"): OPEN,
        ("GET", "/internal/isAlive"): OPEN,
        ("GET", "/internal/hasStarted"): OPEN,
        ("GET", "/internal/isReady"): OPEN,
        ("GET", "/internal/metrics"): OPEN,
    }
)
"""By method and path of the route; source: api.md."""
LEVEL = "nivaa"
"""The one parameter of a query that changes who may ask."""
ACCESS_BY_LEVEL: Mapping[tuple[str, str, str], frozenset[Rolle]] = MappingProxyType(
    {("GET", f"{_PROFILERING}/{{id}}/begrunnelse", "full"): frozenset({Rolle.REVISOR})}
)
"""By method, path and level, in the place of the rule above: exact estimates are for auditors (api.md)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A route of the table, and who may use it."""

    path: str
    roles: frozenset[Rolle] | None


class RouteTable:
    """Finds the rule of a request by its method and path."""

    def __init__(self, access: Mapping[tuple[str, str], frozenset[Rolle] | None] = ACCESS) -> None:
        self._paths = {path: compile_path(path)[0] for _, path in access}
        self._access = access

    def find(self, method: str, path: str, levels: Sequence[str] = ()) -> Found | Sequence[str]:
        """The rule, or else the methods the path has: none where there is no such path.

        `levels` are all that the query asks for; one with a rule of its own decides.
        """
        for template, pattern in self._paths.items():
            if pattern.match(path):
                if (method, template) in self._access:
                    strict = (ACCESS_BY_LEVEL.get((method, template, level)) for level in levels)
                    own = next((roles for roles in strict if roles is not None), None)
                    return Found(template, own or self._access[method, template])
                return tuple(sorted(known for known, path in self._access if path == template))
        return ()
