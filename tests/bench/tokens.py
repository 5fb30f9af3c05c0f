"""What it costs to know who asks: one warm check of a token, the signature included."""

import asyncio
import time
from datetime import timedelta

from serving.identity.issuers import IssuerKind
from serving.identity.keys import KeyRing
from serving.identity.token import TokenChecker
from tests.bench.goals import Bound, Measurement
from tests.issuer import OwnIssuer, real_clock

GOAL_MS = 0.2
"""The reach of the edge."""

ROUNDS = 200
CHECKS = 10


def measure_tokens() -> list[Measurement]:
    """The quickest of some rounds for each algorithm: what the check costs when nothing else runs."""
    return asyncio.run(_measure())


async def _measure() -> list[Measurement]:
    issuer = OwnIssuer(IssuerKind.ENTRA, "http://127.0.0.1:9", real_clock)

    async def fetch(_uri: str) -> bytes:
        return issuer.jwks

    ring = KeyRing(issuer.issuer, timer=time.monotonic, fetch=fetch)
    checker = TokenChecker([ring], clock=real_clock, longest_life=timedelta(hours=2))
    found = []
    for key in issuer.keys:
        values = [b"Bearer " + issuer.sign({}, issuer.person(), key).encode()]
        await checker.check(values)
        rounds = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            for _ in range(CHECKS):
                await checker.check(values)
            rounds.append((time.perf_counter() - started) / CHECKS)
        what = f"one warm check of a {key.alg} token"
        found.append(Measurement(what, min(rounds) * 1000, "ms", Bound.AT_MOST, GOAL_MS))
    return found
