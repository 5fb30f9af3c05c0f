"""Bearer tokens: read the one way, and believed only when everything in them fits.

PyJWT checks the signature and nothing else. What a token says is compared here, each thing by
itself, so that every refusal has one reason. Source: nais/doc, docs/auth/entra-id/reference and
docs/auth/tokenx/reference; RFC 8725, RFC 9068.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from jwt import get_algorithm_by_name

from profilering.errors import ProfileringError, SetupError
from serving.identity.caller import NAV_IDENT
from serving.identity.issuers import IssuerKind, read_object
from serving.identity.keys import EC_ALGORITHMS, RSA_ALGORITHMS, KeyRing
from serving.wire.strict_json import JsonValue

Claims: TypeAlias = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a valid token stands for: a client, and the person behind it where there is one.

    `roles` are a machine's and `groups` a person's; the other of the two is empty.
    """

    kind: IssuerKind
    client: str
    nav_ident: str | None
    roles: frozenset[str]
    groups: frozenset[str]


class TokenFault(StrEnum):
    """Why a token was refused: for the log and the metrics, never for the caller."""

    MANGLER = "MANGLER"
    FLERE = "FLERE"
    FOR_STORT = "FOR_STORT"
    FORM = "FORM"
    IKKE_JSON = "IKKE_JSON"
    HODE = "HODE"
    ALGORITME = "ALGORITME"
    KID = "KID"
    UTSTEDER = "UTSTEDER"
    NOEKKEL = "NOEKKEL"
    SIGNATUR = "SIGNATUR"
    MOTTAKER = "MOTTAKER"
    TIDSPUNKT = "TIDSPUNKT"
    UTLOEPT = "UTLOEPT"
    IKKE_ENNAA = "IKKE_ENNAA"
    LEVETID = "LEVETID"
    KLIENT = "KLIENT"
    IDTYP = "IDTYP"
    NAV_IDENT = "NAV_IDENT"
    SCP = "SCP"
    ROLLER = "ROLLER"
    GRUPPER = "GRUPPER"
    ACR = "ACR"


class TokenRefusedError(ProfileringError):
    """The token is not valid here (HTTP 401)."""

    def __init__(self, fault: TokenFault) -> None:
        super().__init__(f"the token was refused: {fault}")
        self.fault = fault


MOST_BYTES = 8 * 1024
"""Of the whole header. Entra's tokens with 200 groups, the most it writes, have less."""
LEEWAY_SECONDS = 30
"""Between two clocks that are kept by NTP; the issuers' own libraries allow more."""
_LATEST = 2**53
"""Beyond it two JSON parsers can read two numbers."""

_ALGORITHMS = MappingProxyType({name: get_algorithm_by_name(name) for name in RSA_ALGORITHMS | EC_ALGORITHMS})
_REFUSED_PARAMETERS = frozenset({"crit", "jwk", "jku", "x5u", "x5c", "b64", "zip", "enc"})
"""They bring a key along, or change what the signature is about."""
_CLIENT = re.compile(r"[A-Za-z0-9:._-]{1,100}")
_MACHINE_ROLE = "access_as_application"
_PERSON_SCOPE = "defaultaccess"
_LOGGED_IN_SAFELY = frozenset({"Level4", "idporten-loa-high"})


class TokenChecker:
    """Checks what stands in the header `Authorization`, against the issuers we believe."""

    def __init__(
        self, rings: Sequence[KeyRing], *, clock: Callable[[], datetime], longest_life: timedelta
    ) -> None:
        self._rings = {ring.issuer.issuer: ring for ring in rings}
        self._clock = clock
        self._longest_life = longest_life.total_seconds()
        if len(self._rings) < len(rings):
            raise SetupError("two issuers have one address; a token must have one reading")

    async def check(self, authorization: Sequence[bytes]) -> Bearer:
        """Tell whom the token stands for. `authorization` holds the raw values of all such headers.

        Raises TokenRefusedError, KeysUnavailableError.
        """
        token = _token(authorization)
        signed = token[: token.rindex(b".")]
        header, payload, signature = (_decoded(part) for part in token.split(b"."))
        alg, kid = _algorithm_and_kid(_object(header))
        claims = _object(payload)
        ring = self._ring(claims)
        key = await ring.key(kid, alg)
        if key is None:
            raise TokenRefusedError(TokenFault.NOEKKEL)
        if not _ALGORITHMS[alg].verify(signed, key, signature):
            raise TokenRefusedError(TokenFault.SIGNATUR)
        if claims.get("aud") != ring.issuer.audience:
            raise TokenRefusedError(TokenFault.MOTTAKER)
        self._check_times(claims)
        return _BEARERS[ring.issuer.kind](claims)

    def _ring(self, claims: Claims) -> KeyRing:
        iss = claims.get("iss")
        ring = self._rings.get(iss) if isinstance(iss, str) else None
        if ring is None:
            raise TokenRefusedError(TokenFault.UTSTEDER)
        return ring

    def _check_times(self, claims: Claims) -> None:
        now = self._clock().timestamp()
        issued, expires = _second(claims, "iat"), _second(claims, "exp")
        starts = _second(claims, "nbf") if "nbf" in claims else issued
        if not 0 < expires - issued <= self._longest_life:
            raise TokenRefusedError(TokenFault.LEVETID)
        if now >= expires + LEEWAY_SECONDS:
            raise TokenRefusedError(TokenFault.UTLOEPT)
        if max(issued, starts) > now + LEEWAY_SECONDS:
            raise TokenRefusedError(TokenFault.IKKE_ENNAA)


def _token(authorization: Sequence[bytes]) -> bytes:
    """The three parts of the one token."""
    if not authorization:
        raise TokenRefusedError(TokenFault.MANGLER)
    if len(authorization) > 1:
        raise TokenRefusedError(TokenFault.FLERE)
    value = authorization[0]
    if len(value) > MOST_BYTES:
        raise TokenRefusedError(TokenFault.FOR_STORT)
    token = value.removeprefix(b"Bearer ")
    if token == value or token.count(b".") != 2:
        raise TokenRefusedError(TokenFault.FORM)
    return token


def _decoded(part: bytes) -> bytes:
    """The bytes of one part, if it is the only way to write them (RFC 7515: base64url, no padding)."""
    try:
        raw = urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except ValueError:
        raw = b""
    # Decoding alone passes over foreign characters and spare bits.
    if not raw or urlsafe_b64encode(raw).rstrip(b"=") != part:
        raise TokenRefusedError(TokenFault.FORM)
    return raw


def _object(raw: bytes) -> Claims:
    found = read_object(raw)
    if found is None:
        raise TokenRefusedError(TokenFault.IKKE_JSON)
    return found


def _algorithm_and_kid(header: Claims) -> tuple[str, str]:
    alg, kid, typ = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if header.keys() & _REFUSED_PARAMETERS:
        raise TokenRefusedError(TokenFault.HODE)
    if not isinstance(typ, str) or typ.lower() not in {"jwt", "at+jwt"}:
        raise TokenRefusedError(TokenFault.HODE)
    if not isinstance(alg, str) or alg not in _ALGORITHMS:
        raise TokenRefusedError(TokenFault.ALGORITME)
    if not isinstance(kid, str) or not 0 < len(kid) <= 200:
        raise TokenRefusedError(TokenFault.KID)
    return alg, kid


def _second(claims: Claims, name: str) -> int:
    """A moment in whole seconds since 1970."""
    value = claims.get(name)
    # True is an int to Python, and no moment.
    if type(value) is not int or not 0 <= value <= _LATEST:
        raise TokenRefusedError(TokenFault.TIDSPUNKT)
    return value


def _client(claims: Claims, name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not _CLIENT.fullmatch(value):
        raise TokenRefusedError(TokenFault.KLIENT)
    return value


def _texts(claims: Claims, name: str, fault: TokenFault) -> frozenset[str]:
    """A list of texts as a set; nothing where the claim is missing."""
    value = claims.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TokenRefusedError(fault)
    return frozenset(item for item in value if isinstance(item, str))


def _of_entra(claims: Claims) -> Bearer:
    """A machine if and only if `idtyp` says app; whoever has no NAV-ident otherwise is nobody."""
    client, idtyp = _client(claims, "azp"), claims.get("idtyp", "user")
    if idtyp not in ("app", "user"):
        raise TokenRefusedError(TokenFault.IDTYP)
    return _machine(client, claims) if idtyp == "app" else _person(client, claims)


def _machine(client: str, claims: Claims) -> Bearer:
    if "NAVident" in claims:
        raise TokenRefusedError(TokenFault.NAV_IDENT)
    roles = _texts(claims, "roles", TokenFault.ROLLER)
    if _MACHINE_ROLE not in roles:
        raise TokenRefusedError(TokenFault.ROLLER)
    return Bearer(IssuerKind.ENTRA, client, None, roles, frozenset())


def _person(client: str, claims: Claims) -> Bearer:
    nav_ident, scp = claims.get("NAVident"), claims.get("scp", _PERSON_SCOPE)
    if not isinstance(nav_ident, str) or not NAV_IDENT.fullmatch(nav_ident):
        raise TokenRefusedError(TokenFault.NAV_IDENT)
    if not isinstance(scp, str) or _PERSON_SCOPE not in scp.split(" "):
        raise TokenRefusedError(TokenFault.SCP)
    groups = _texts(claims, "groups", TokenFault.GRUPPER)
    # With too many groups Entra writes where to ask for them instead; nobody asks, so there are none.
    elsewhere = claims.get("_claim_names")
    if elsewhere is not None and not (isinstance(elsewhere, dict) and "groups" not in elsewhere):
        groups = frozenset()
    return Bearer(IssuerKind.ENTRA, client, nav_ident, frozenset(), groups)


def _of_tokenx(claims: Claims) -> Bearer:
    """A client that asks for a citizen. Who the citizen is (`pid`) is not ours to read."""
    client, acr = _client(claims, "client_id"), claims.get("acr")
    if not isinstance(acr, str) or acr not in _LOGGED_IN_SAFELY:
        raise TokenRefusedError(TokenFault.ACR)
    return Bearer(IssuerKind.TOKENX, client, None, frozenset(), frozenset())


_BEARERS: Mapping[IssuerKind, Callable[[Claims], Bearer]] = MappingProxyType(
    {IssuerKind.ENTRA: _of_entra, IssuerKind.TOKENX: _of_tokenx}
)
