"""Who is let in and what for, as a file that a jurist reads says it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from profilering.errors import SetupError
from serving.identity.caller import LOCAL, Caller
from serving.identity.roles import ROLES_FOR, Formaal, Rolle
from serving.identity.token import Bearer

TILGANG = Path(__file__).parent / "tilgang.toml"
"""Lets nobody in."""

_OF_MACHINES: Mapping[str, Rolle] = {role.value: role for role in (Rolle.SYSTEM, Rolle.DRIFT)}
"""Who looks at cases, as veileder or revisor, is a person, and it is written down that they did."""

NAME = r"^[a-zæøåA-ZÆØÅ]([a-zæøåA-ZÆØÅ0-9 ().:_-]{0,98}[a-zæøåA-ZÆØÅ0-9).])?$"
"""Stands in the journal and the log; no number, no blank at an end."""

Text = Annotated[str, Field(min_length=1, max_length=500)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Token(_Strict):
    lengste_levetid_minutter: Annotated[int, Field(strict=True, ge=1, le=24 * 60)]


class _Grenser(_Strict):
    kall_per_minutt: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]


class _Grupper(_Strict):
    veileder: tuple[UUID, ...]
    revisor: tuple[UUID, ...]
    drift: tuple[UUID, ...]


class _Klient(_Strict):
    navn: Annotated[str, Field(pattern=NAME)]
    klient_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9:._-]{1,100}$")]
    formaal: Formaal
    begrunnelse: Text


class _Fil(_Strict):
    versjon: Text
    godkjent_av: Text
    godkjent: date
    kilde: Text
    token: _Token
    grenser: _Grenser
    grupper: _Grupper
    klient: tuple[_Klient, ...] = ()


@dataclass(frozen=True, slots=True)
class Tilgang:
    """Clients with their purposes, groups with their roles, and limits."""

    clients: Mapping[str, tuple[str, Formaal]]  # by client id: name and purpose
    groups: Mapping[str, Rolle]  # by object id
    longest_life: timedelta
    calls_per_minute: int

    def caller(self, bearer: Bearer) -> tuple[Caller, frozenset[Rolle]] | None:
        """Who a valid token stands for and the roles they have here; None for a client not let in."""
        known = self.clients.get(bearer.client)
        if known is None:
            return None
        name, formaal = known
        return Caller(name, bearer.nav_ident), self._roles(bearer) & ROLES_FOR[formaal]

    def _roles(self, bearer: Bearer) -> frozenset[Rolle]:
        if bearer.nav_ident is not None:
            return frozenset(self.groups[group] for group in bearer.groups if group in self.groups)
        return frozenset(_OF_MACHINES[role] for role in bearer.roles if role in _OF_MACHINES)


def read_tilgang(path: Path) -> Tilgang:
    """Read the file. Raises SetupError for a purpose that may not be, and for whoever stands there twice."""
    try:
        fil = _Fil.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError, ValidationError) as problem:
        raise SetupError(f"{path} cannot be used: {problem}") from None
    clients = {klient.klient_id: (klient.navn, klient.formaal) for klient in fil.klient}
    names = {klient.navn for klient in fil.klient}
    if LOCAL.system in names:
        raise SetupError(f"{path} calls a client {LOCAL.system}, as who asks without a token; choose another")
    if len(clients) < len(fil.klient) or len(names) < len(fil.klient):
        raise SetupError(f"{path} names a client twice; each has one id, one name and one purpose")
    listed = [
        (str(group), Rolle(role)) for role, groups in fil.grupper.model_dump().items() for group in groups
    ]
    groups = dict(listed)
    if len(groups) < len(listed):
        raise SetupError(f"{path} gives a group two roles; use one group for each role")
    return Tilgang(
        clients=clients,
        groups=groups,
        longest_life=timedelta(minutes=fil.token.lengste_levetid_minutter),
        calls_per_minute=fil.grenser.kall_per_minutt,
    )
