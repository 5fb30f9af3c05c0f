"""Keys of the issuers: seldom fetched, never from elsewhere, and gone when they are too old."""

import asyncio
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from serving.identity.issuers import Issuer, IssuerKind
from serving.identity.keys import KeyRing, KeysUnavailableError, UnusableAnswerError, read_keys
from serving.identity.token import TokenChecker, TokenFault, TokenRefusedError
from tests.issuer import LEFT_OUT, Claims, Mood, OwnIssuer, a_key, an_issuer, base64url

DAY = 24 * 3600.0
OLD, NEW = a_key("old"), a_key("new")


def body_of(*jwks: Claims) -> bytes:
    return json.dumps({"keys": jwks}).encode()


@dataclass
class Source:
    """An issuer without a network: what it answers, whether it answers, and who asked when."""

    body: bytes = field(default_factory=lambda: body_of(OLD.jwk()))
    now: float = 1000.0
    asked: list[float] = field(default_factory=list)
    hold: asyncio.Event | None = None  # when set, answers wait for it
    down: bool = False

    def ring(self) -> KeyRing:
        issuer = Issuer(IssuerKind.ENTRA, "https://idp.invalid", "us", "https://idp.invalid/jwks")
        return KeyRing(issuer, timer=lambda: self.now, fetch=self._fetch)

    async def _fetch(self, _uri: str) -> bytes:
        self.asked.append(self.now)
        if self.hold is not None:
            await self.hold.wait()
        if self.down:
            raise OSError("the address of a person")
        return self.body


async def knows(ring: KeyRing, kid: str, alg: str = "RS256") -> bool:
    return await ring.key(kid, alg) is not None


async def settled() -> None:
    """Lets what was started in the background come to its end."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def issuer() -> Iterator[OwnIssuer]:
    with an_issuer() as one:
        yield one


def ring_of(issuer: OwnIssuer) -> KeyRing:
    return KeyRing(issuer.issuer, timer=monotonic)


def test_keys_come_over_http_once_and_serve_every_event_loop(issuer: OwnIssuer) -> None:
    ring = ring_of(issuer)
    for _ in range(3):
        assert all(asyncio.run(knows(ring, key.kid, key.alg)) for key in issuer.keys)
    assert issuer.fetches == 1
    assert ring.notice() is None


def test_a_new_key_is_found_when_a_token_names_it_and_the_old_is_gone(issuer: OwnIssuer) -> None:
    ring, before = ring_of(issuer), issuer.keys[0].kid
    assert asyncio.run(knows(ring, before))
    issuer.rotate()
    assert asyncio.run(knows(ring, issuer.keys[0].kid))
    assert not asyncio.run(knows(ring, before))
    assert issuer.fetches == 2


@pytest.mark.parametrize("mood", [Mood.DOWN, Mood.REDIRECTING, Mood.HUGE, Mood.GARBAGE])
def test_an_issuer_in_a_bad_mood_gives_no_keys_and_is_asked_once(issuer: OwnIssuer, mood: Mood) -> None:
    ring, issuer.mood = ring_of(issuer), mood
    for _ in range(3):
        with pytest.raises(KeysUnavailableError):
            asyncio.run(knows(ring, issuer.keys[0].kid))
    assert issuer.fetches == 1  # a redirect that is followed would be a second
    assert "nøkler fra entra mangler: siste forsøk feilet" in (ring.notice() or "")


def test_nobody_waits_long_for_a_slow_issuer(issuer: OwnIssuer) -> None:
    ring, issuer.mood, before = ring_of(issuer), Mood.SLOW, monotonic()
    with pytest.raises(KeysUnavailableError):
        asyncio.run(knows(ring, issuer.keys[0].kid))
    assert monotonic() - before < 2.5


def test_an_issuer_that_is_gone_gives_no_keys() -> None:
    with an_issuer() as issuer:
        ring = ring_of(issuer)
    with pytest.raises(KeysUnavailableError):
        asyncio.run(knows(ring, issuer.keys[0].kid))


def test_a_bad_mood_later_on_changes_nothing_for_the_keys_at_hand() -> None:
    with an_issuer() as issuer:
        now = [0.0]
        ring = KeyRing(issuer.issuer, timer=lambda: now[0])
        assert asyncio.run(knows(ring, issuer.keys[0].kid))
        for mood in (Mood.DOWN, Mood.GARBAGE, Mood.HUGE):
            issuer.mood = mood
            now[0] += 100
            assert not asyncio.run(knows(ring, "unknown"))
            assert asyncio.run(knows(ring, issuer.keys[0].kid))


@pytest.mark.parametrize("down", [False, True])
def test_ten_thousand_tokens_with_invented_kids_cost_two_fetches(down: bool) -> None:
    source, now = Source(), datetime(2026, 11, 22, tzinfo=UTC)
    ring = source.ring()
    checker = TokenChecker([ring], clock=lambda: now, longest_life=timedelta(hours=1))
    payload = base64url(json.dumps({"iss": ring.issuer.issuer}).encode())

    async def ask() -> None:
        await ring.refresh()
        source.down = down
        for number in range(10_000):
            source.now += 30 / 10_000
            header = base64url(json.dumps({"alg": "RS256", "kid": f"invented-{number}"}).encode())
            with pytest.raises(TokenRefusedError) as caught:
                await checker.check([b"Bearer " + b".".join((header, payload, b"AAAA"))])
            assert caught.value.fault is TokenFault.NOEKKEL

    asyncio.run(ask())
    assert len(source.asked) == 2


def test_a_kid_may_be_asked_for_again_a_minute_later() -> None:
    source = Source()
    ring = source.ring()

    async def ask() -> None:
        for _ in range(20):
            await knows(ring, OLD.kid)
            await knows(ring, "invented")
            source.now += 10

    asyncio.run(ask())
    assert source.asked == [1000, 1000, 1060, 1120, 1180]


def test_failures_back_off_and_meanwhile_the_answer_comes_at_once() -> None:
    source = Source(down=True)
    ring = source.ring()

    async def ask() -> None:
        while source.now < 1300:
            with pytest.raises(KeysUnavailableError):
                await ring.key(OLD.kid, "RS256")
            source.now += 0.5
        source.down = False
        source.now += 60
        assert await knows(ring, OLD.kid)

    asyncio.run(ask())
    gaps = [after - before for before, after in zip(source.asked, source.asked[1:], strict=False)]
    assert gaps[:9] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_fifty_at_once_share_one_fetch_and_one_who_gives_up_does_not_stop_it() -> None:
    source = Source()
    ring = source.ring()

    async def ask() -> list[bool | BaseException]:
        source.hold = asyncio.Event()
        waiting = [asyncio.create_task(knows(ring, OLD.kid)) for _ in range(50)]
        await settled()
        waiting[0].cancel()
        await settled()
        source.hold.set()
        return await asyncio.gather(*waiting, return_exceptions=True)

    first, *others = asyncio.run(ask())
    assert isinstance(first, asyncio.CancelledError)
    assert others == [True] * 49
    assert source.asked == [1000]


def test_all_who_name_a_new_key_wait_for_the_one_fetch_that_may_bring_it() -> None:
    source = Source()
    ring = source.ring()

    async def ask() -> list[bool]:
        await knows(ring, OLD.kid)
        source.body, source.hold = body_of(NEW.jwk()), asyncio.Event()
        waiting = [asyncio.create_task(knows(ring, NEW.kid)) for _ in range(50)]
        await settled()
        source.hold.set()
        return await asyncio.gather(*waiting)

    assert asyncio.run(ask()) == [True] * 50
    assert len(source.asked) == 2


def test_keys_of_ten_minutes_are_renewed_while_nobody_waits() -> None:
    source = Source()
    ring = source.ring()

    async def ask() -> None:
        await knows(ring, OLD.kid)
        source.body, source.hold, source.now = body_of(NEW.jwk()), asyncio.Event(), source.now + 601
        async with asyncio.timeout(0.5):
            assert await knows(ring, OLD.kid)
            assert await knows(ring, OLD.kid)
        await settled()
        source.hold.set()
        await settled()
        assert await knows(ring, NEW.kid)
        assert not await knows(ring, OLD.kid)

    asyncio.run(ask())
    assert source.asked[:2] == [1000, 1601]


def test_keys_are_believed_for_a_day_without_the_issuer_and_no_longer() -> None:
    source = Source()
    ring = source.ring()
    assert ring.notice() == "nøkler fra entra mangler: ingen er hentet ennå"

    async def ask() -> None:
        assert await knows(ring, OLD.kid)
        source.down, source.now = True, 1000 + DAY
        assert await knows(ring, OLD.kid)
        await settled()
        assert ring.notice() == (
            "nøkler fra entra er gamle: hentet for 1440 minutter siden; siste forsøk feilet (OSError)"
        )
        source.now += 60
        with pytest.raises(KeysUnavailableError):
            await ring.key(OLD.kid, "RS256")
        assert ring.notice() == "nøkler fra entra mangler: siste forsøk feilet (OSError)"
        source.down, source.now = False, source.now + 60
        assert await knows(ring, OLD.kid)
        assert ring.notice() is None

    asyncio.run(ask())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": [1]}',
        b"\xff",
        body_of(OLD.jwk(use="enc")),
        body_of(*(OLD.jwk(kid=str(number)) for number in range(101))),
        body_of(OLD.jwk()).replace(b'{"keys"', b'{"keys": [], "keys"'),
    ],
)
def test_an_answer_without_a_usable_key_takes_no_key_away(body: bytes) -> None:
    with pytest.raises(UnusableAnswerError):
        read_keys(body)
    source = Source()
    ring = source.ring()
    assert asyncio.run(knows(ring, OLD.kid))
    source.body = body
    asyncio.run(ring.refresh())
    assert asyncio.run(knows(ring, OLD.kid))


P384 = json.loads(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key()))
P256 = a_key("p256", "ES256").jwk()


@pytest.mark.parametrize(
    ("jwk", "field_name"),
    [
        (OLD.jwk(use="enc"), "use"),
        (OLD.jwk(use=1), "use"),
        (OLD.jwk(kty="oct", k="AAAA"), "kty"),
        ({"kid": OLD.kid, "kty": "oct", "k": "AAAA"}, "kty"),
        (OLD.jwk(kty="OKP"), "kty"),
        (OLD.jwk(kty=["RSA"]), "kty"),
        (OLD.jwk(kty=LEFT_OUT), "kty"),
        (OLD.jwk(d="AAAA"), "d"),
        (OLD.jwk(p="AAAA", q="AAAA"), "d"),
        (OLD.jwk(alg="HS256"), "alg"),
        (OLD.jwk(alg="RS512"), "alg"),
        (OLD.jwk(alg=["RS256"]), "alg"),
        (OLD.jwk(kid=LEFT_OUT), "kid"),
        (OLD.jwk(kid=7), "kid"),
        (OLD.jwk(kid=NEW.kid), "kid"),
        (a_key("short", bits=1024).jwk(), "n, x or y"),
        (OLD.jwk(n="/w" * 1025), "n, x or y"),
        (OLD.jwk(n=LEFT_OUT), "n, x or y"),
        (OLD.jwk(n=17), "n, x or y"),
        (OLD.jwk(n="?"), "n, x or y"),
        (OLD.jwk(e="AA"), "n, x or y"),
        ({**P384, "kid": OLD.kid}, "n, x or y"),
        ({**P256, "kid": OLD.kid, "y": P256["x"]}, "n, x or y"),
    ],
)
def test_a_key_that_is_odd_or_weak_is_left_out_and_counted(jwk: Claims, field_name: str) -> None:
    own = a_key("own", "ES256")
    copies = [NEW.jwk()] if jwk.get("kid") == NEW.kid else []
    keys, left_out = read_keys(body_of(own.jwk(), jwk, *copies))
    assert list(keys) == [own.kid]
    assert left_out == {field_name: 1 + len(copies)}


@pytest.mark.parametrize(
    ("key", "alg", "fits"),
    [
        (OLD.jwk(alg=LEFT_OUT, use=LEFT_OUT), "PS256", True),
        (OLD.jwk(), "RS256", True),
        (OLD.jwk(), "PS256", False),
        (OLD.jwk(), "ES256", False),
        (P256, "ES256", True),
        (P256, "RS256", False),
        ({**P256, "alg": "RS256"}, "RS256", False),
    ],
)
def test_a_key_is_for_its_own_algorithm_and_another_one_asks_for_no_fetch(
    key: Claims, alg: str, fits: bool
) -> None:
    source = Source(body_of(key))
    assert asyncio.run(knows(source.ring(), key["kid"], alg)) is fits
    assert len(source.asked) == 1


def test_a_fetch_of_another_event_loop_is_waited_for_by_nobody_here() -> None:
    source = Source()
    ring = source.ring()

    async def begin() -> asyncio.Task[None]:
        source.hold = asyncio.Event()
        begun = asyncio.create_task(ring.refresh())
        await settled()
        return begun

    with asyncio.Runner() as other:
        begun = other.run(begin())
        source.hold = None
        assert asyncio.run(knows(ring, OLD.kid))
        assert not begun.done()
    assert begun.cancelled()
    assert asyncio.run(knows(ring, OLD.kid))
    assert source.asked == [1000, 1000]


def test_the_log_counts_keys_and_names_errors_and_quotes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    source = Source(body_of(OLD.jwk(), NEW.jwk(use="enc")))
    ring = source.ring()
    with caplog.at_level(logging.INFO, logger="serving"):
        asyncio.run(ring.refresh())
        source.down = True
        asyncio.run(ring.refresh())
    told, failed = (record.__dict__["fields"] for record in caplog.records)
    assert told == {"issuer": "entra", "keys": 1, "left_out": {"use": 1}}
    assert (failed["error"], failed["failures"]) == ("OSError", 1)
    assert "person" not in json.dumps(failed)
