"""`python -m tests.issuer`: tokens for a service on this machine, until Ctrl-C."""

import signal
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from serving.identity.issuers import Issuer, IssuerKind
from tests.issuer import (
    DRIFT,
    DRIFTERE,
    REVISJON,
    REVISORER,
    SAKSBEHANDLING,
    VEILEDERE,
    OwnIssuer,
    Server,
    TokenMaker,
    real_clock,
)

TILGANG = f"""\
# Øvelse: bare for en tjeneste på denne maskinen, med utstederen i tests/issuer.py.
versjon = "lokal"
godkjent_av = "øvelse"
godkjent = 2026-11-22
kilde = "python -m tests.issuer"

[token]
lengste_levetid_minutter = 120

[grenser]
kall_per_minutt = 600

[grupper]
veileder = ["{VEILEDERE}"]
revisor = ["{REVISORER}"]
drift = ["{DRIFTERE}"]

[[klient]]
navn = "saksbehandling (øvelse)"
klient_id = "{SAKSBEHANDLING}"
formaal = "OPPFOELGING"
begrunnelse = "Øvelse med oppdiktede personer."

[[klient]]
navn = "revisjon (øvelse)"
klient_id = "{REVISJON}"
formaal = "REVISJON"
begrunnelse = "Øvelse med oppdiktede personer."

[[klient]]
navn = "drift (øvelse)"
klient_id = "{DRIFT}"
formaal = "DRIFT"
begrunnelse = "Øvelse med oppdiktede personer."
"""


def tokens_of(issuer: OwnIssuer) -> Mapping[str, TokenMaker]:
    """By role, what makes a token that has it under the file above."""
    return {
        "system": lambda: issuer.token(issuer.machine("system")),
        "veileder": lambda: issuer.token(issuer.person()),
        "revisor": lambda: issuer.token(groups=[REVISORER], azp=REVISJON),
        "drift": lambda: issuer.token(issuer.machine("drift", azp=DRIFT)),
    }


def environment_of(issuer: Issuer, tilgang: Path) -> Mapping[str, str]:
    """What the service must be told to believe the issuer."""
    return {
        "AZURE_APP_CLIENT_ID": issuer.audience,
        "AZURE_OPENID_CONFIG_ISSUER": issuer.issuer,
        "AZURE_OPENID_CONFIG_JWKS_URI": issuer.jwks_uri,
        "PROFILERING_TILGANG": str(tilgang),
    }


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8099,
    folder: Path = Path("var/issuer"),
) -> None:
    """Serve the keys, write tilgang.toml and say how to start the service with them."""
    folder.mkdir(parents=True, exist_ok=True)
    tilgang = folder.resolve() / "tilgang.toml"
    tilgang.write_text(TILGANG, "utf-8")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Server(port) as server:
        issuer = server.an_issuer(IssuerKind.ENTRA, real_clock)
        server.tokens = tokens_of(issuer)
        for name, value in environment_of(issuer.issuer, tilgang).items():
            typer.echo(f"export {name}={quote(value)}")
        roles = "|".join(server.tokens)
        typer.echo(f"# then: curl -s -X POST '{server.address}/token?rolle={roles}'")
        try:
            server.stopped.wait()
        except KeyboardInterrupt:
            typer.echo("# stopped")


def main() -> None:
    """Run until Ctrl-C or SIGTERM."""
    typer.run(serve)
