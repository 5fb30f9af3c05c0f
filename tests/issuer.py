"""An issuer of our own: real keys, a real JWKS over HTTP on this machine, and whatever can go wrong.

By hand, for a local token: `python -m tests.issuer --port 8099 --folder var/issuer`.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import MappingProxyType
from typing import Any, Self, TypeAlias
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt import get_algorithm_by_name

from serving.identity.issuers import Issuer, IssuerKind

Claims: TypeAlias = dict[str, Any]
TokenMaker: TypeAlias = Callable[[], str]

LEFT_OUT = object()
"""As the value of a change: the claim is not there at all."""

SAKSBEHANDLING = "8f2c1d7e-3b0a-4c55-9f0e-1a2b3c4d5e6f"
REVISJON = "0f6f4a1c-9d3e-4b7a-8c21-5e7d9b1a3c02"
DRIFT = "c4b5d6e7-1f2a-4b3c-9d8e-7f6a5b4c3d03"
VEILEDERE = "b1b9a4f0-7c1e-4a55-8f60-6f2f1f5f0a01"
REVISORER = "5a1e0f93-27c4-4d5b-a0c6-3b8e6d2f7a11"
DRIFTERE = "e7c0d2b4-6a8f-4c1d-b3e5-9f7a1c2d4e12"
SERVICE = "5d8a1c3e-0b6f-4f0e-9a77-2c4e6a8b0d1f"
TOKENX_SERVICE = "lokal:obo:profilering"


class Mood(StrEnum):
    """How the issuer answers who asks for its keys."""

    WELL = "WELL"
    DOWN = "DOWN"
    SLOW = "SLOW"
    REDIRECTING = "REDIRECTING"
    HUGE = "HUGE"
    GARBAGE = "GARBAGE"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, the name it goes by, and the algorithm it is for."""

    kid: str
    alg: str
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    def jwk(self, **changes: object) -> Claims:
        """What everybody may know of it."""
        public = get_algorithm_by_name(self.alg).to_jwk(self.private.public_key(), as_dict=True)
        public.pop("key_ops", None)
        return changed({**public, "kid": self.kid, "alg": self.alg, "use": "sig"}, changes)

    def signature(self, message: bytes) -> bytes:
        """Of the key's own algorithm."""
        return get_algorithm_by_name(self.alg).sign(message, self.private)


@cache
def a_key(kid: str, alg: str = "RS256", bits: int = 2048) -> SigningKey:
    """The key of that name; made once in a process, for an RSA key takes a tenth of a second."""
    if alg == "ES256":
        return SigningKey(kid, alg, ec.generate_private_key(ec.SECP256R1()))
    return SigningKey(kid, alg, rsa.generate_private_key(65537, bits))


def keys_of(kind: IssuerKind, generation: int) -> list[SigningKey]:
    """One for each algorithm. The two of RSA are one key by two names: only the name tells them apart."""
    names = {alg: f"{kind}-{alg}-{generation}" for alg in ("RS256", "PS256", "ES256")}
    rs, es = a_key(names["RS256"]), a_key(names["ES256"], "ES256")
    return [rs, SigningKey(names["PS256"], "PS256", rs.private), es]


def changed(claims: Claims, changes: Mapping[str, object]) -> Claims:
    """The claims with others in their place; LEFT_OUT takes one away."""
    return {name: value for name, value in {**claims, **changes}.items() if value is not LEFT_OUT}


def base64url(raw: bytes) -> bytes:
    """Without padding, as tokens are written."""
    return urlsafe_b64encode(raw).rstrip(b"=")


def signed(header: Claims | bytes, payload: Claims | bytes, signature: Callable[[bytes], bytes]) -> str:
    """A token of any header and payload; bytes stay as they are."""
    parts = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload))
    message = b".".join(base64url(part) for part in parts)
    return b".".join((message, base64url(signature(message)))).decode()


class OwnIssuer:
    """Signs tokens and publishes its keys. Counts in `fetches` how often they were asked for."""

    def __init__(self, kind: IssuerKind, address: str, clock: Callable[[], datetime]) -> None:
        audience = SERVICE if kind is IssuerKind.ENTRA else TOKENX_SERVICE
        self.issuer = Issuer(kind, f"{address}/{kind}/v2.0", audience, f"{address}/{kind}/jwks")
        self.keys = keys_of(kind, 1)
        self._generation = 1
        self.extra_jwks: list[Claims] = []  # published beside the keys
        self.mood = Mood.WELL
        self.fetches = 0
        self._clock = clock

    @property
    def jwks(self) -> bytes:
        """The body that tells the public keys."""
        return json.dumps({"keys": [*(key.jwk() for key in self.keys), *self.extra_jwks]}).encode()

    def rotate(self) -> None:
        """Take all keys back and sign with new ones."""
        self._generation += 1
        self.keys = keys_of(self.issuer.kind, self._generation)

    def _common(self) -> Claims:
        now = int(self._clock().timestamp())
        return {
            **{"iss": self.issuer.issuer, "aud": self.issuer.audience, "sub": "noen"},
            **{"iat": now, "nbf": now, "exp": now + 3600},
        }

    def person(self, **changes: object) -> Claims:
        """A veileder, by way of the case-working system."""
        own = {"azp": SAKSBEHANDLING, "NAVident": "Z990001", "scp": "defaultaccess", "groups": [VEILEDERE]}
        return changed(self._common() | own, changes)

    def machine(self, *roles: str, **changes: object) -> Claims:
        """The case-working system on its own."""
        held = ["access_as_application", *(roles or ("system",))]
        return changed(self._common() | {"azp": SAKSBEHANDLING, "idtyp": "app", "roles": held}, changes)

    def citizen(self, **changes: object) -> Claims:
        """A client of TokenX, for somebody who is logged in."""
        own = {"client_id": "lokal:team:min-side", "acr": "idporten-loa-high", "idp": "https://idp.invalid"}
        return changed(self._common() | own, changes)

    def token(self, claims: Claims | None = None, **changes: object) -> str:
        """A valid token: a person's or, of TokenX, a citizen's, unless others are given."""
        ordinary = self.person if self.issuer.kind is IssuerKind.ENTRA else self.citizen
        return self.sign({}, changed(ordinary() if claims is None else claims, changes))

    def sign(self, header: Claims | bytes, payload: Claims | bytes, key: SigningKey | None = None) -> str:
        """Sign whatever it is. A header as dict says what differs from the ordinary one."""
        key = key or self.keys[0]
        if not isinstance(header, bytes):
            header = changed(ordinary_header(key), header)
        return signed(header, payload, key.signature)


def ordinary_header(key: SigningKey) -> Claims:
    """What stands in the header of an ordinary token."""
    return {"typ": "JWT", "alg": key.alg, "kid": key.kid}


class Server(ThreadingHTTPServer):
    """Serves the keys of any number of issuers, and tokens to who may have them for the asking."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.issuers: dict[str, OwnIssuer] = {}  # by the path of their keys
        self.tokens: Mapping[str, TokenMaker] = MappingProxyType({})  # by role
        self.stopped = Event()

    def __enter__(self) -> Self:
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.shutdown()
        self.server_close()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def an_issuer(self, kind: IssuerKind, clock: Callable[[], datetime]) -> OwnIssuer:
        """Open one more issuer here; at most one of each kind."""
        issuer = OwnIssuer(kind, self.address, clock)
        self.issuers[urlsplit(issuer.issuer.jwks_uri).path] = issuer
        return issuer


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        """Answer with the keys, in the issuer's mood."""
        issuer = self.server.issuers.get(self.path.removesuffix("/moved"))
        if issuer is None:
            self._answer(404, b"")
            return
        issuer.fetches += 1
        if self.path.endswith("/moved"):
            self._answer(200, issuer.jwks)
        elif issuer.mood is Mood.SLOW:
            self._drip(issuer.jwks)
        elif issuer.mood is Mood.REDIRECTING:
            self._answer(302, b"", Location=f"{self.path}/moved")
        else:
            bodies = {
                Mood.WELL: (200, issuer.jwks),
                Mood.DOWN: (503, issuer.jwks),  # the body would do: only the status says no
                Mood.HUGE: (200, issuer.jwks + b" " * 1024 * 1024),  # and here only the size
                Mood.GARBAGE: (200, b"<html>not the keys</html>"),
            }
            self._answer(*bodies[issuer.mood])

    def do_POST(self) -> None:
        """`/token?rolle=…`: a token, for those at this machine who asked it by its own name."""
        address = urlsplit(self.path)
        maker = self.server.tokens.get(parse_qs(address.query).get("rolle", [""])[0])
        port = self.server.server_port
        local = self.headers["Host"] in {f"127.0.0.1:{port}", f"localhost:{port}"}
        if address.path != "/token" or maker is None or not local:
            self._answer(404, json.dumps({"roller": sorted(self.server.tokens)}).encode() + b"\n")
        else:
            self._answer(200, json.dumps({"access_token": maker()}).encode() + b"\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the output is the test's, or the developer's commands."""

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True

    def _drip(self, body: bytes) -> None:
        """A byte at a time, so that no single read is slow."""
        self.send_response(200)
        self.end_headers()
        for byte in body:
            try:
                self.wfile.write(bytes([byte]))
            except ConnectionError:
                return
            if self.server.stopped.wait(0.1):
                return


def real_clock() -> datetime:
    """The time it is."""
    return datetime.now(UTC)


@contextmanager
def an_issuer(
    kind: IssuerKind = IssuerKind.ENTRA, *, clock: Callable[[], datetime] = real_clock
) -> Iterator[OwnIssuer]:
    """One issuer on a port of its own."""
    with Server(0) as server:
        yield server.an_issuer(kind, clock)


if __name__ == "__main__":
    from tests.issuer_command import main

    main()
