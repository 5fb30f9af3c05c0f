"""Tokens: what an honest one says, and that no forged one is believed, each for its one reason."""

import asyncio
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from jwt import get_algorithm_by_name

from profilering.errors import ProfileringError, SetupError
from serving.identity.issuers import Issuer, IssuerKind
from serving.identity.keys import KeyRing, KeysUnavailableError
from serving.identity.roles import Rolle
from serving.identity.tilgang import read_tilgang
from serving.identity.token import Bearer, TokenChecker, TokenFault, TokenRefusedError
from tests.issuer import (
    LEFT_OUT,
    SAKSBEHANDLING,
    VEILEDERE,
    Claims,
    OwnIssuer,
    Server,
    SigningKey,
    a_key,
    base64url,
    changed,
    ordinary_header,
    signed,
)
from tests.issuer_command import TILGANG, tokens_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
S = int(NOW.timestamp())
LIFE = timedelta(hours=2)
Values = Sequence[bytes]  # of all headers `Authorization`


@dataclass(frozen=True)
class World:
    """Two issuers, and a service that believes both."""

    entra: OwnIssuer
    tokenx: OwnIssuer
    checker: TokenChecker

    def claims(self, who: str) -> Claims:
        makers = {
            "person": self.entra.person,
            "machine": self.entra.machine,
            "citizen": self.tokenx.citizen,
        }
        return makers[who]()

    def key(self, name: str) -> SigningKey:
        """One of the published: RS256, PS256 or ES256 of Entra's; the citizen's is TokenX's."""
        keys = {key.alg: key for key in self.entra.keys}
        more = {"citizen": self.tokenx.keys[0], "short": SHORT, "long": LONG, "open": OPEN}
        return {**keys, **more}[name]

    def judge(self, values: Values) -> Bearer | TokenFault:
        """What the service makes of it; a refusal says its reason and nothing else."""
        try:
            return asyncio.run(self.checker.check(values))
        except TokenRefusedError as error:
            assert str(error) == f"the token was refused: {error.fault}"
            assert error.__cause__ is None
            assert error.__context__ is None
            return error.fault


SHORT, STRANGER = a_key("short", bits=1024), a_key("stranger")
LONG, OPEN = replace(STRANGER, kid="long"), replace(STRANGER, kid="open")


def a_ring(issuer: OwnIssuer) -> KeyRing:
    async def fetch(_uri: str) -> bytes:
        return issuer.jwks

    return KeyRing(issuer.issuer, timer=lambda: 0.0, fetch=fetch)


@cache
def world() -> World:
    entra, tokenx = (OwnIssuer(kind, "http://127.0.0.1:9", lambda: NOW) for kind in IssuerKind)
    entra.extra_jwks = [SHORT.jwk(), LONG.jwk(), OPEN.jwk(alg=LEFT_OUT)]
    rings = [a_ring(entra), a_ring(tokenx)]
    return World(entra, tokenx, TokenChecker(rings, clock=lambda: NOW, longest_life=LIFE))


def bearer(token: str) -> Values:
    return [b"Bearer " + token.encode()]


@dataclass(frozen=True)
class Forgery:
    """A token that differs from its honest twin in one thing, and the reason to refuse it."""

    name: str
    fault: TokenFault
    forge: Callable[[World], Values]
    twin: Callable[[World], Values]


def _mint(w: World, who: str, header: Claims, changes: Claims, key: str | None = None) -> Values:
    signer = w.key(key or ("citizen" if who == "citizen" else "RS256"))
    return bearer(w.entra.sign(header, changed(w.claims(who), changes), signer))


def says(name: str, fault: TokenFault, who: str = "person", **changes: object) -> Forgery:
    """A claim is another, honestly signed: only the issuer's slip or another's token can be so."""
    return Forgery(name, fault, lambda w: _mint(w, who, {}, changes), lambda w: _mint(w, who, {}, {}))


def heads(name: str, fault: TokenFault, key: str = "RS256", **changes: object) -> Forgery:
    """A header parameter is another; the signature is over it and by the key."""
    return Forgery(
        name,
        fault,
        lambda w: _mint(w, "person", changes, {}, key),
        lambda w: _mint(w, "person", {}, {}, key),
    )


def writes(name: str, fault: TokenFault, edit: Callable[[bytes], bytes], *, part: str = "payload") -> Forgery:
    """The JSON is written otherwise, and signed so."""

    def make(w: World, edit: Callable[[bytes], bytes]) -> Values:
        key = w.key("RS256")
        parts = {"header": ordinary_header(key), "payload": w.entra.person()}
        raw = {which: json.dumps(value).encode() for which, value in parts.items()}
        raw[part] = edit(raw[part])
        return bearer(w.entra.sign(raw["header"], raw["payload"], key))

    return Forgery(name, fault, lambda w: make(w, edit), lambda w: make(w, lambda raw: raw))


def edits(name: str, fault: TokenFault, edit: Callable[[str], str], key: str = "RS256") -> Forgery:
    """A signed token is tampered with on its way."""
    return sends(name, fault, lambda value: [b"Bearer " + edit(value[7:].decode()).encode()], key)


def sends(name: str, fault: TokenFault, send: Callable[[bytes], Values], key: str = "RS256") -> Forgery:
    """An honest token is sent in another way."""
    return Forgery(
        name,
        fault,
        lambda w: send(_mint(w, "person", {}, {}, key)[0]),
        lambda w: _mint(w, "person", {}, {}, key),
    )


def signs(
    name: str,
    fault: TokenFault,
    signature: Callable[[World, bytes], bytes],
    key: str = "RS256",
    **header: object,
) -> Forgery:
    """The signature is made otherwise."""

    def forge(w: World) -> Values:
        head = changed(ordinary_header(w.key(key)), header)
        return bearer(signed(head, w.entra.person(), lambda message: signature(w, message)))

    return Forgery(name, fault, forge, lambda w: _mint(w, "person", {}, {}, key))


def _mac(encoding: Encoding) -> Callable[[World, bytes], bytes]:
    def mac(w: World, message: bytes) -> bytes:
        public = w.key("RS256").private.public_key()
        return hmac.digest(
            public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo), message, "sha256"
        )

    return mac


def _es(w: World, message: bytes) -> bytes:
    return w.key("ES256").signature(message)


def _der(w: World, message: bytes) -> bytes:
    raw = _es(w, message)
    return encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))


def _by(alg: str) -> Callable[[World, bytes], bytes]:
    """By the key for RS256, whatever is asked."""
    return lambda w, message: get_algorithm_by_name(alg).sign(message, w.key("RS256").private)


def _swap(token: str, index: int, part: str) -> str:
    parts = token.split(".")
    parts[index] = part
    return ".".join(parts)


def _other_payload(token: str) -> str:
    return _swap(token, 1, world().entra.token(NAVident="Z990002").split(".")[1])


def _spare_bits(token: str) -> str:
    """The same bytes once more: the last letter of an RSA signature carries four bits that say nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


F = TokenFault
AUD = world().entra.issuer.audience
ISS = world().entra.issuer.issuer
TOKENX = world().tokenx.issuer
RS_KID = world().key("RS256").kid
RS_AS_JWK = world().key("RS256").jwk()

FORGERIES = [
    # the algorithm
    heads("alg none, signed", F.ALGORITME, alg="none"),
    heads("alg nOnE", F.ALGORITME, alg="nOnE"),
    signs("alg none, a byte for a signature", F.ALGORITME, lambda _w, _m: b"\0", alg="none"),
    heads("alg missing", F.ALGORITME, alg=LEFT_OUT),
    heads("alg null", F.ALGORITME, alg=None),
    heads("alg a list", F.ALGORITME, alg=["RS256"]),
    heads("alg in lower case", F.ALGORITME, alg="rs256"),
    signs("RS384 by the right key", F.ALGORITME, _by("RS384"), alg="RS384"),
    signs("HS256 with the public PEM as secret", F.ALGORITME, _mac(Encoding.PEM), alg="HS256"),
    signs("HS256 with the public DER as secret", F.ALGORITME, _mac(Encoding.DER), alg="HS256"),
    signs("HMAC under the name RS256", F.SIGNATUR, _mac(Encoding.PEM)),
    # the key
    heads("kid of nobody", F.NOEKKEL, kid="nobody"),
    heads("kid in lower case", F.NOEKKEL, kid=RS_KID.lower()),
    heads("kid of the other issuer", F.NOEKKEL, kid=world().tokenx.keys[0].kid),
    signs(
        "the other issuer's key and kid",
        F.NOEKKEL,
        lambda w, m: w.key("citizen").signature(m),
        kid=world().tokenx.keys[0].kid,
    ),
    heads("kid missing", F.KID, kid=LEFT_OUT),
    heads("kid empty", F.KID, kid=""),
    heads("kid a number", F.KID, kid=1),
    heads("kid a list", F.KID, kid=[RS_KID]),
    heads("kid of 201 letters", F.KID, kid="k" * 201),
    heads("kid a path", F.NOEKKEL, kid="../../dev/null"),
    heads("kid an SQL text", F.NOEKKEL, kid="' UNION SELECT 'k"),
    Forgery(
        "RSA of 1024 bits, published",
        F.NOEKKEL,
        lambda w: _mint(w, "person", {}, {}, "short"),
        lambda w: _mint(w, "person", {}, {}, "long"),
    ),
    signs("a stranger's key under our kid", F.SIGNATUR, lambda _w, m: STRANGER.signature(m)),
    signs("a stranger's key, embedded", F.HODE, lambda _w, m: STRANGER.signature(m), jwk=STRANGER.jwk()),
    heads("the right key, embedded", F.HODE, jwk=RS_AS_JWK),
    heads("jku", F.HODE, jku=world().entra.issuer.jwks_uri),
    heads("x5u", F.HODE, x5u="https://idp.invalid/cert"),
    heads("x5c", F.HODE, x5c=["MIIB"]),
    heads("the key for PS256 with RS256", F.NOEKKEL, key="PS256", alg="RS256"),
    heads("the key for RS256 with PS256", F.NOEKKEL, alg="PS256"),
    signs("PS256 under the name RS256", F.SIGNATUR, _by("PS256")),
    heads("RS256 under the name PS256, key for either", F.SIGNATUR, key="open", alg="PS256"),
    heads("RSA key with ES256", F.NOEKKEL, alg="ES256"),
    heads("EC key with RS256", F.NOEKKEL, key="ES256", alg="RS256"),
    # the header
    heads("crit unknown", F.HODE, crit=["exp"], exp=S),
    heads("crit empty", F.HODE, crit=[]),
    heads("b64 false", F.HODE, b64=False),
    heads("zip", F.HODE, zip="DEF"),
    heads("enc", F.HODE, enc="A256GCM"),
    heads("typ of another kind of token", F.HODE, typ="secevent+jwt"),
    heads("typ a number", F.HODE, typ=1),
    # the signature
    edits("signature empty", F.FORM, lambda token: _swap(token, 2, "")),
    edits("signature stripped", F.FORM, lambda token: token.rpartition(".")[0]),
    edits("signature of another payload", F.SIGNATUR, _other_payload),
    edits("signature cut", F.SIGNATUR, lambda token: token[:-4] + "A"),
    signs("ES256 of 63 bytes", F.SIGNATUR, lambda w, m: _es(w, m)[:-1], key="ES256"),
    signs("ES256 of 65 bytes", F.SIGNATUR, lambda w, m: _es(w, m) + b"\0", key="ES256"),
    signs("ES256 as DER", F.SIGNATUR, _der, key="ES256"),
    signs("ES256 of zeros", F.SIGNATUR, lambda _w, _m: bytes(64), key="ES256"),
    # how it is written
    edits("two parts", F.FORM, lambda token: ".".join(token.split(".")[:2])),
    edits("five parts, as of a JWE", F.FORM, lambda token: token + ".AAAA.AAAA"),
    edits("a JWT inside", F.IKKE_JSON, lambda token: world().entra.sign({"cty": "JWT"}, token.encode())),
    edits("truncated", F.SIGNATUR, lambda token: token[:-42]),
    edits("a header alone", F.FORM, lambda token: token.split(".")[0]),
    edits("a leading dot", F.FORM, lambda token: "." + token),
    edits("padding", F.FORM, lambda token: token + "=="),
    edits("spare bits of base64", F.FORM, _spare_bits),
    edits("base64 of the other alphabet", F.FORM, lambda token: _swap(token, 2, "+/" + token.split(".")[2])),
    edits("a line break at the end", F.FORM, lambda token: token + "\n"),
    edits("a space inside", F.FORM, lambda token: token[:50] + " " + token[50:]),
    edits("quotes", F.FORM, lambda token: f'"{token}"'),
    edits("a comma and a second token", F.FORM, lambda token: f"{token}, {token}"),
    edits("9 KiB", F.FOR_STORT, lambda token: token + "A" * 9 * 1024),
    sends("no header", F.MANGLER, lambda _: []),
    sends("two headers", F.FLERE, lambda value: [value, value]),
    sends("bearer in lower case", F.FORM, lambda value: [b"b" + value[1:]]),
    sends("BEARER", F.FORM, lambda value: [value.replace(b"Bearer", b"BEARER")]),
    sends("two spaces", F.FORM, lambda value: [value.replace(b" ", b"  ")]),
    sends("a tab", F.FORM, lambda value: [value.replace(b" ", b"\t")]),
    sends("Basic", F.FORM, lambda value: [value.replace(b"Bearer", b"Basic")]),
    sends("no scheme", F.FORM, lambda value: [value[7:]]),
    sends("empty", F.FORM, lambda _: [b""]),
    sends("Bearer alone", F.FORM, lambda _: [b"Bearer "]),
    # the JSON
    writes("alg twice", F.IKKE_JSON, lambda raw: raw[:-1] + b', "alg": "RS256"}', part="header"),
    writes(
        "kid twice, once escaped", F.IKKE_JSON, lambda raw: raw[:-1] + b', "\\u006bid": "x"}', part="header"
    ),
    writes("a header that is a list", F.IKKE_JSON, lambda raw: b"[" + raw + b"]", part="header"),
    writes("aud twice", F.IKKE_JSON, lambda raw: raw[:-1] + b', "aud": "another"}'),
    writes("a name twice further in", F.IKKE_JSON, lambda raw: raw[:-1] + b', "x": {"a": 1, "a": 2}}'),
    writes("NaN", F.IKKE_JSON, lambda raw: raw[:-1] + b', "x": NaN}'),
    writes("Infinity", F.IKKE_JSON, lambda raw: raw[:-1] + b', "x": -Infinity}'),
    writes("BOM", F.IKKE_JSON, lambda raw: b"\xef\xbb\xbf" + raw),
    writes("UTF-16", F.IKKE_JSON, lambda raw: raw.decode().encode("utf-16")),
    writes("broken UTF-8", F.IKKE_JSON, lambda raw: raw.replace(b"noen", b"no\xffn")),
    writes("something after the object", F.IKKE_JSON, lambda raw: raw + b"{}"),
    writes("a payload that is text", F.IKKE_JSON, lambda raw: json.dumps(raw.decode()).encode()),
    writes(
        "5,000 lists inside each other", F.IKKE_JSON, lambda raw: raw[:-1] + b', "x": ' + b"[" * 5000 + b"]"
    ),
    writes("a number of 5,000 digits", F.IKKE_JSON, lambda raw: raw[:-1] + b', "x": ' + b"9" * 5000 + b"}"),
    # who wrote it, and whom for
    says("iss of nobody", F.UTSTEDER, iss="https://idp.invalid/v2.0"),
    says("iss with a slash behind", F.UTSTEDER, iss=ISS + "/"),
    says("iss in capitals", F.UTSTEDER, iss=ISS.upper()),
    says("iss a list", F.UTSTEDER, iss=[ISS]),
    says("iss missing", F.UTSTEDER, iss=LEFT_OUT),
    says("iss of the other issuer", F.NOEKKEL, iss=TOKENX.issuer),
    says("aud a list", F.MOTTAKER, aud=[AUD]),
    says("aud a list of two", F.MOTTAKER, aud=[AUD, "another"]),
    says("aud a prefix", F.MOTTAKER, aud=AUD[:-1]),
    says("aud with more behind", F.MOTTAKER, aud=AUD + "0"),
    says("aud with a slash", F.MOTTAKER, aud=AUD + "/"),
    says("aud as api address", F.MOTTAKER, aud=f"api://{AUD}"),
    says("aud missing", F.MOTTAKER, aud=LEFT_OUT),
    says("TokenX' aud from Entra", F.MOTTAKER, aud=TOKENX.audience),
    says("Entra's aud from TokenX", F.MOTTAKER, who="citizen", aud=AUD),
    # when
    says("exp missing", F.TIDSPUNKT, exp=LEFT_OUT),
    says("exp a text", F.TIDSPUNKT, exp=str(S + 3600)),
    says("exp a float", F.TIDSPUNKT, exp=S + 3600.0),
    says("exp true", F.TIDSPUNKT, exp=True),
    says("exp null", F.TIDSPUNKT, exp=None),
    says("exp negative", F.TIDSPUNKT, exp=-S),
    says("exp above 2**53", F.TIDSPUNKT, exp=2**53 + 1),
    says("exp in milliseconds", F.LEVETID, exp=(S + 3600) * 1000),
    says("iat missing", F.TIDSPUNKT, iat=LEFT_OUT),
    says("iat a text", F.TIDSPUNKT, iat=str(S)),
    says("iat a float", F.TIDSPUNKT, iat=float(S)),
    says("nbf a text", F.TIDSPUNKT, nbf=str(S)),
    says("nbf null", F.TIDSPUNKT, nbf=None),
    says("nbf a float", F.TIDSPUNKT, nbf=float(S)),
    says("expired", F.UTLOEPT, iat=S - 3600, nbf=S - 3600, exp=S - 30),
    says("exp is iat", F.LEVETID, exp=S),
    says("exp before iat", F.LEVETID, iat=S + 20, exp=S + 10),
    says("a second too long a life", F.LEVETID, exp=S + 7201),
    says("iat to come", F.IKKE_ENNAA, iat=S + 31),
    says("nbf to come", F.IKKE_ENNAA, nbf=S + 31),
    # who asks
    says("azp missing", F.KLIENT, azp=LEFT_OUT),
    says("azp a list", F.KLIENT, azp=[SAKSBEHANDLING]),
    says("azp empty", F.KLIENT, azp=""),
    says("azp of 101 letters", F.KLIENT, azp="a" * 101),
    says("azp with a line break", F.KLIENT, azp=SAKSBEHANDLING + "\n"),
    says("idtyp unknown", F.IDTYP, idtyp="device"),
    says("idtyp a list", F.IDTYP, idtyp=["app"]),
    says("idtyp null", F.IDTYP, idtyp=None),
    says("a person's token that says app", F.NAV_IDENT, idtyp="app", roles=["access_as_application"]),
    says("NAVident missing", F.NAV_IDENT, NAVident=LEFT_OUT),
    says("NAVident in lower case", F.NAV_IDENT, NAVident="z990001"),
    says("NAVident of five digits", F.NAV_IDENT, NAVident="Z99000"),
    says("NAVident of Arabic digits", F.NAV_IDENT, NAVident="Z٩٩٠٠٠١"),
    says("NAVident with a line break", F.NAV_IDENT, NAVident="Z990001\n"),
    says("NAVident a list", F.NAV_IDENT, NAVident=["Z990001"]),
    says("scp of another kind", F.SCP, scp="openid profile"),
    says("scp almost", F.SCP, scp="defaultaccess2"),
    says("scp a list", F.SCP, scp=["defaultaccess"]),
    says("groups a text", F.GRUPPER, groups=VEILEDERE),
    says("groups of numbers", F.GRUPPER, groups=[1]),
    says("a machine's token that does not say app", F.NAV_IDENT, who="machine", idtyp=LEFT_OUT),
    says("a machine with NAVident", F.NAV_IDENT, who="machine", NAVident="Z990001"),
    says("a machine without access", F.ROLLER, who="machine", roles=["system"]),
    says("a machine without roles", F.ROLLER, who="machine", roles=LEFT_OUT),
    says("roles a text", F.ROLLER, who="machine", roles="access_as_application"),
    says("roles inside each other", F.ROLLER, who="machine", roles=["access_as_application", ["drift"]]),
    says("a citizen logged in lightly", F.ACR, who="citizen", acr="idporten-loa-substantial"),
    says("a citizen without acr", F.ACR, who="citizen", acr=LEFT_OUT),
    says("acr a list", F.ACR, who="citizen", acr=["Level4"]),
    says("a citizen without a client", F.KLIENT, who="citizen", client_id=LEFT_OUT),
    says("Entra's claims from TokenX", F.KLIENT, who="citizen", client_id=LEFT_OUT, azp=SAKSBEHANDLING),
]


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_a_forged_token_is_refused_for_the_one_thing_that_is_wrong(forgery: Forgery) -> None:
    assert isinstance(world().judge(forgery.twin(world())), Bearer)
    assert world().judge(forgery.forge(world())) == forgery.fault


def test_sixty_forgeries_and_more_are_tried_and_every_reason_is_among_them() -> None:
    assert len({forgery.name for forgery in FORGERIES}) == len(FORGERIES) >= 60
    assert {forgery.fault for forgery in FORGERIES} == set(TokenFault)


@given(st.data())
def test_no_token_survives_another_byte_anywhere(data: st.DataObject) -> None:
    value = _honest()
    place = data.draw(st.integers(0, len(value) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != value[place]))
    assert isinstance(world().judge([value[:place] + bytes([other]) + value[place + 1 :]]), TokenFault)


@cache
def _honest() -> bytes:
    return bearer(world().entra.token())[0]


PERSON = Bearer(IssuerKind.ENTRA, SAKSBEHANDLING, "Z990001", frozenset(), frozenset({VEILEDERE}))
MACHINE = Bearer(
    IssuerKind.ENTRA, SAKSBEHANDLING, None, frozenset({"access_as_application", "system"}), frozenset()
)
CITIZEN = Bearer(IssuerKind.TOKENX, "lokal:team:min-side", None, frozenset(), frozenset())
NO_GROUPS = replace(PERSON, groups=frozenset())


@pytest.mark.parametrize(
    ("expected", "who", "changes"),
    [
        (PERSON, "person", {}),
        (PERSON, "person", {"idtyp": "user", "nbf": LEFT_OUT, "scp": LEFT_OUT}),
        (PERSON, "person", {"scp": "openid defaultaccess"}),
        (PERSON, "person", {"roles": ["access_as_application", "drift"]}),
        (PERSON, "person", {"exp": S + 7200}),
        (PERSON, "person", {"iat": S - 3600, "exp": S - 29}),
        (PERSON, "person", {"iat": S + 30, "nbf": S + 30}),
        (PERSON, "person", {"_claim_names": {"src1": "x"}}),
        (NO_GROUPS, "person", {"groups": LEFT_OUT}),
        (NO_GROUPS, "person", {"_claim_names": {"groups": "src1"}}),
        (NO_GROUPS, "person", {"_claim_names": "groups"}),
        (MACHINE, "machine", {}),
        (MACHINE, "machine", {"groups": [VEILEDERE]}),
        (CITIZEN, "citizen", {"pid": "not read", "roles": ["drift"], "groups": [VEILEDERE]}),
        (CITIZEN, "citizen", {"acr": "Level4", "NAVident": "Z990001", "idtyp": "app"}),
    ],
)
def test_an_honest_token_says_who_asks_and_no_more(expected: Bearer, who: str, changes: Claims) -> None:
    assert world().judge(_mint(world(), who, {}, changes)) == expected


@pytest.mark.parametrize("key", ["RS256", "PS256", "ES256", "open"])
@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "AT+JWT", LEFT_OUT])
def test_every_algorithm_and_kind_of_access_token_is_read(key: str, typ: object) -> None:
    assert world().judge(_mint(world(), "person", {"typ": typ, "x5t": "ignored"}, {}, key)) == PERSON


def test_a_key_for_either_algorithm_checks_both() -> None:
    message = _mint(world(), "person", {"alg": "PS256"}, {}, "open")[0][7:].rpartition(b".")[0]
    signature = get_algorithm_by_name("PS256").sign(message, OPEN.private)
    assert world().judge([b"Bearer " + message + b"." + base64url(signature)]) == PERSON


def test_without_keys_no_token_is_called_wrong() -> None:
    async def fetch(_uri: str) -> bytes:
        raise OSError

    ring = KeyRing(world().entra.issuer, timer=lambda: 0.0, fetch=fetch)
    checker = TokenChecker([ring], clock=lambda: NOW, longest_life=LIFE)
    with pytest.raises(KeysUnavailableError) as caught:
        asyncio.run(checker.check([_honest()]))
    assert isinstance(caught.value, ProfileringError)
    assert caught.value.__context__ is None


def test_one_address_is_one_issuer() -> None:
    rings = [a_ring(world().entra), a_ring(world().entra)]
    with pytest.raises(SetupError, match="one address"):
        TokenChecker(rings, clock=lambda: NOW, longest_life=LIFE)


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": ""},
        {"audience": "two words"},
        {"issuer": "entra"},
        {"issuer": ""},
        {"issuer": "https://"},
        {"jwks_uri": "http://idp.invalid/jwks"},
        {"jwks_uri": "http://127.0.0.1.idp.invalid/jwks"},
        {"jwks_uri": "https://name:word@idp.invalid/jwks"},
        {"jwks_uri": "file:///etc/hosts"},
        {"jwks_uri": "https://idp.invalid:x/jwks"},
        {"jwks_uri": "https://idp.invalid/jwks\n"},
    ],
)
def test_an_issuer_that_cannot_be_meant_stops_the_start(changes: dict[str, str]) -> None:
    honest = {"issuer": "https://idp.invalid", "audience": "us", "jwks_uri": "https://idp.invalid/jwks"}
    Issuer(IssuerKind.ENTRA, **honest)
    with pytest.raises(SetupError):
        Issuer(IssuerKind.ENTRA, **(honest | changes))


@pytest.mark.parametrize("rolle", list(Rolle))
def test_a_developers_token_has_the_role_that_was_asked_for(rolle: Rolle, tmp_path: Path) -> None:
    (tmp_path / "tilgang.toml").write_text(TILGANG, "utf-8")
    tilgang = read_tilgang(tmp_path / "tilgang.toml")
    with Server(0) as server:
        issuer = server.an_issuer(IssuerKind.ENTRA, lambda: NOW)
        server.tokens = tokens_of(issuer)
        answer = httpx.post(f"{server.address}/token", params={"rolle": rolle}, trust_env=False)
        ring = KeyRing(issuer.issuer, timer=lambda: 0.0)
        checker = TokenChecker([ring], clock=lambda: NOW, longest_life=tilgang.longest_life)
        found = tilgang.caller(asyncio.run(checker.check(bearer(answer.json()["access_token"]))))
    assert found is not None
    assert found[1] == {rolle}


def test_a_page_on_another_host_gets_no_developers_token() -> None:
    with Server(0) as server:
        server.tokens = tokens_of(server.an_issuer(IssuerKind.ENTRA, lambda: NOW))
        headers = {"Host": "page.invalid"}
        answer = httpx.post(
            f"{server.address}/token", params={"rolle": "drift"}, headers=headers, trust_env=False
        )
    assert answer.status_code == 404
