"""A service behind its gate, and a token for everybody who may stand before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from serving.app import create_app
from serving.identity.gate import TokenAdmission
from serving.identity.issuers import IssuerKind
from serving.identity.keys import KeyRing
from serving.identity.rate import Rate
from serving.identity.roles import Formaal, Rolle
from serving.identity.tilgang import Tilgang
from serving.identity.token import TokenChecker
from tests.builders import Caller, some_parts
from tests.issuer import (
    DRIFT,
    DRIFTERE,
    REVISJON,
    REVISORER,
    SAKSBEHANDLING,
    VEILEDERE,
    OwnIssuer,
    Server,
    real_clock,
)
from tests.journals import opened

CLIENTS = {Formaal.OPPFOELGING: SAKSBEHANDLING, Formaal.REVISJON: REVISJON, Formaal.DRIFT: DRIFT}
GROUPS = {VEILEDERE: Rolle.VEILEDER, REVISORER: Rolle.REVISOR, DRIFTERE: Rolle.DRIFT}
CALLS_PER_MINUTE = 100_000

TILGANG = Tilgang(
    clients={client: (formaal.lower(), formaal) for formaal, client in CLIENTS.items()},
    groups=GROUPS,
    longest_life=timedelta(hours=2),
    calls_per_minute=CALLS_PER_MINUTE,
)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A service that wants a token, and the two issuers it believes."""

    service: Caller
    entra: OwnIssuer
    tokenx: OwnIssuer

    def person(self, group: str, formaal: Formaal = Formaal.OPPFOELGING, ident: str = "Z990001") -> str:
        """The token of somebody in a group, by way of the client with that purpose."""
        return self.entra.token(groups=[group], azp=CLIENTS[formaal], NAVident=ident)

    def machine(self, *roles: str, formaal: Formaal = Formaal.OPPFOELGING) -> str:
        """The token of a client itself."""
        return self.entra.token(self.entra.machine(*roles, azp=CLIENTS[formaal]))

    def token_of(self, who: str) -> str | None:
        """The ordinary token of each who may come: a role, a citizen, or nobody."""
        return {
            "system": self.machine("system"),
            "veileder": self.person(VEILEDERE),
            "revisor": self.person(REVISORER, Formaal.REVISJON),
            "drift": self.person(DRIFTERE, Formaal.DRIFT),
            "borger": self.tokenx.token(),
            "ingen": None,
        }[who]


def bearer(token: str | None) -> dict[str, str]:
    """The header that carries a token."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}


@contextmanager
def a_guarded_service(
    place: str | Path, tilgang: Tilgang = TILGANG, *, base_url: str = "https://profilering.intern.test"
) -> Iterator[Guarded]:
    """A service with a journal at `place` that lets in whom `tilgang` lets in."""
    with Server(0) as server, opened(place) as journal:
        parts = some_parts(journal)
        issuers = [server.an_issuer(kind, real_clock) for kind in (IssuerKind.ENTRA, IssuerKind.TOKENX)]
        rings = [KeyRing(own.issuer, timer=parts.sources.timer) for own in issuers]
        checker = TokenChecker(rings, clock=real_clock, longest_life=tilgang.longest_life)
        admission = TokenAdmission(checker, tilgang, Rate(tilgang.calls_per_minute, parts.sources.timer))
        app = create_app(parts, admission=admission)
        yield Guarded(Caller(app, base_url), *issuers)
