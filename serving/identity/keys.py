"""An issuer's public keys: fetched seldom, kept while they are good, never waited for twice."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import inf
from ssl import SSLContext
from typing import TypeAlias

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError

from profilering.errors import ProfileringError
from serving.identity.issuers import Issuer, read_object
from serving.telemetry.log import failure_fields, log_event
from serving.wire.strict_json import JsonValue

PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey
Fetch: TypeAlias = Callable[[str], Awaitable[bytes]]
"""Gets the body at an address; raises whatever went wrong."""

RSA_ALGORITHMS = frozenset({"RS256", "PS256"})
EC_ALGORITHMS = frozenset({"ES256"})

FRESH_SECONDS = 10 * 60
"""Older keys are renewed as soon as a token comes, which is itself still checked with those at hand."""
LONGEST_AGE_SECONDS = 24 * 3600
"""As long as issuers announce a new key before they use it: a day without them, and we know nothing."""
UNKNOWN_KID_SECONDS = 60
"""Anybody can invent a kid, so new keys are asked for so seldom on the word of one."""
LONGEST_BACK_OFF_SECONDS = 60
FETCH_SECONDS = 2.0
MOST_BYTES = 256 * 1024
MOST_KEYS = 100
"""Entra has about ten keys in 15 KiB."""


class KeysUnavailableError(ProfileringError):
    """We have no keys to check a token with; the issuer or the way to it must be mended (HTTP 503)."""


class UnusableAnswerError(ProfileringError):
    """The issuer answered something that is no set of keys."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and the one algorithm it is for when the issuer says so."""

    public: PublicKey
    alg: str | None

    def fits(self, alg: str) -> bool:
        """Whether a signature by `alg` can be this key's."""
        family = RSA_ALGORITHMS if isinstance(self.public, RSAPublicKey) else EC_ALGORITHMS
        return alg in family and self.alg in {None, alg}


@cache
def _trust() -> SSLContext:
    """Reading the roots takes 40 ms, so they are read once."""
    return httpx.create_ssl_context(trust_env=False)


async def fetch_body(uri: str) -> bytes:
    """The body at an address, if it comes whole in 2 s with status 200. No redirects, no proxies."""
    # A client of its own each time: one that outlives its event loop cannot be used again.
    client = httpx.AsyncClient(verify=_trust(), trust_env=False, follow_redirects=False)
    # Unpacked never: a small body could hide a huge one.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    async with asyncio.timeout(FETCH_SECONDS), client, client.stream("GET", uri, headers=headers) as answer:
        if answer.status_code != httpx.codes.OK:
            raise UnusableAnswerError(f"status {answer.status_code}")
        body = bytearray()
        async for part in answer.aiter_raw():
            body += part
            if len(body) > MOST_BYTES:
                raise UnusableAnswerError(f"more than {MOST_BYTES} bytes")
        return bytes(body)


def read_keys(body: bytes) -> tuple[Mapping[str, Key], Counter[str]]:
    """The usable keys by kid, and how many were left out for which field.

    Raises UnusableAnswerError when there is no usable key, or more keys than anybody has.
    """
    listed = (read_object(body) or {}).get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise UnusableAnswerError("no list of keys that could be meant")
    jwks = [jwk for jwk in listed if isinstance(jwk, dict)]
    kids = Counter(kid for jwk in jwks if isinstance(kid := jwk.get("kid"), str))
    found: dict[str, Key] = {}
    left_out = Counter({"keys": len(listed) - len(jwks)})
    for jwk in jwks:
        kid, alg, public = jwk.get("kid"), jwk.get("alg"), _public_key(jwk)
        odd = _odd_field(jwk)
        if not isinstance(kid, str) or kids[kid] > 1:
            left_out["kid"] += 1
        elif odd is not None or public is None:
            left_out[odd or "n, x or y"] += 1
        else:
            found[kid] = Key(public, alg if isinstance(alg, str) else None)
    if not found:
        raise UnusableAnswerError("no usable key among those the issuer has")
    return found, +left_out


_PUBLIC = {"RSA": {"kty", "n", "e"}, "EC": {"kty", "crv", "x", "y"}}
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
RSA_BITS = range(2048, 8192 + 1)
"""Shorter can be broken, longer would let an issuer's slip make every check slow."""


def _odd_field(jwk: dict[str, JsonValue]) -> str | None:
    """The first field for which a key is left out. A private key that was published is nobody's own."""
    odd = {
        "kty": jwk.get("kty") not in list(_PUBLIC),
        "use": jwk.get("use", "sig") != "sig",
        "alg": jwk.get("alg") not in [None, *RSA_ALGORITHMS, *EC_ALGORITHMS],
        "d": bool(jwk.keys() & _PRIVATE),
    }
    return next((name for name, is_odd in odd.items() if is_odd), None)


def _public_key(jwk: dict[str, JsonValue]) -> PublicKey | None:
    """The key, if it is whole and strong enough."""
    kty = jwk.get("kty")
    needed = _PUBLIC.get(kty, set()) if isinstance(kty, str) else set()
    material = {name: value for name, value in jwk.items() if name in needed and isinstance(value, str)}
    try:
        public = PyJWK(material, algorithm="RS256" if kty == "RSA" else "ES256").key
    except (PyJWTError, ValueError):
        return None
    if isinstance(public, RSAPublicKey):
        return public if public.key_size in RSA_BITS else None
    strong = isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1)
    return public if strong else None


class KeyRing:
    """The keys of one issuer, in one process. Time is `timer`'s, in seconds that only grow."""

    def __init__(self, issuer: Issuer, *, timer: Callable[[], float], fetch: Fetch = fetch_body) -> None:
        self.issuer = issuer
        self._timer = timer
        self._fetch = fetch
        self._keys: Mapping[str, Key] = {}
        self._fetched_at = -inf
        self._next_try_at = -inf
        self._next_unknown_at = -inf
        self._failures = 0  # in a row
        self._problem = "ingen er hentet ennå"
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, kid: str, alg: str) -> PublicKey | None:
        """The key of that name for that algorithm, None when the issuer has no such.

        Raises KeysUnavailableError.
        """
        if self.age_seconds() > LONGEST_AGE_SECONDS:
            await self.refresh()
            if self.age_seconds() > LONGEST_AGE_SECONDS:
                raise KeysUnavailableError(f"no keys of {self.issuer.kind}: the issuer must answer first")
        elif kid not in self._keys:
            await self._look_again()
        elif self.age_seconds() > FRESH_SECONDS:
            self._start()  # nobody waits: the keys at hand will do
        key = self._keys.get(kid)
        return key.public if key is not None and key.fits(alg) else None

    async def refresh(self) -> None:
        """Fetch the keys, or wait for whoever does; after a failure not before it is time."""
        await _wait(self._start())

    async def _look_again(self) -> None:
        """Wait for keys that may be new; who asks too soon after another gets no fetch."""
        task = self._under_way()
        if task is None and self._timer() >= self._next_unknown_at:
            task = self._start()
            if task is not None:
                self._next_unknown_at = self._timer() + UNKNOWN_KID_SECONDS
        await _wait(task)

    def notice(self) -> str | None:
        """What whoever runs the service should know; None when all is well."""
        kind = self.issuer.kind
        if self.age_seconds() > LONGEST_AGE_SECONDS:
            return f"nøkler fra {kind} mangler: {self._problem}"
        if self.age_seconds() > FRESH_SECONDS and self._failures:
            minutes = int(self.age_seconds() // 60)
            return f"nøkler fra {kind} er gamle: hentet for {minutes} minutter siden; {self._problem}"
        return None

    def age_seconds(self) -> float:
        """Since the keys were fetched; endless where they never were."""
        return self._timer() - self._fetched_at

    def _under_way(self) -> asyncio.Task[None] | None:
        task = self._fetching
        # A task of another event loop never ends in this one.
        here = task is not None and not task.done() and task.get_loop() is asyncio.get_running_loop()
        return task if here else None

    def _start(self) -> asyncio.Task[None] | None:
        """The fetch under way, or a new one; None while it is too early after a failure."""
        task = self._under_way()
        if task is None and self._timer() >= self._next_try_at:
            task = self._fetching = asyncio.create_task(self._renew())
        return task

    async def _renew(self) -> None:
        kind = self.issuer.kind.value
        try:
            keys, left_out = read_keys(await self._fetch(self.issuer.jwks_uri))
        except Exception as error:  # whatever it is, the keys at hand stay and the next try waits
            self._failures += 1
            wait = min(2 ** min(self._failures - 1, 6), LONGEST_BACK_OFF_SECONDS)
            self._next_try_at = self._timer() + wait
            self._problem = f"siste forsøk feilet ({type(error).__name__})"
            log_event(
                "keys_not_fetched",
                level=logging.WARNING,
                issuer=kind,
                failures=self._failures,
                **failure_fields(error),
            )
        else:
            self._keys, self._fetched_at, self._failures = keys, self._timer(), 0
            self._problem = f"de er eldre enn {LONGEST_AGE_SECONDS // 3600} timer"
            log_event("keys_fetched", issuer=kind, keys=len(keys), left_out=dict(left_out))


async def _wait(task: asyncio.Task[None] | None) -> None:
    """Wait for a fetch; who gives up waiting does not stop it for the others."""
    if task is not None:
        await asyncio.shield(task)
