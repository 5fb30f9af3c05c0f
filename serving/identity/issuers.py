"""The issuers whose tokens count, and the one reading of what they write."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

from profilering.errors import SetupError
from serving.edge.loopback import is_loopback
from serving.wire.strict_json import JsonValue


class IssuerKind(StrEnum):
    """Which claims an issuer writes: Entra ID's, or TokenX's. Any other OIDC issuer writes Entra's."""

    ENTRA = "entra"
    TOKENX = "tokenx"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs, whom for, and where the public keys are. Raises SetupError for what cannot be meant."""

    kind: IssuerKind
    issuer: str  # must equal `iss`
    audience: str  # must equal `aud`
    jwks_uri: str

    def __post_init__(self) -> None:
        """Keys that anyone on the way could swap are no keys: https, or this machine."""
        if not self.audience or not self.audience.isprintable() or " " in self.audience:
            raise SetupError(f"{self.kind}: the audience is {self.audience!r}; give this service's client id")
        if _address(self.issuer) is None:
            raise SetupError(f"{self.kind}: the issuer is {self.issuer!r}; give its whole address, https://…")
        address = _address(self.jwks_uri)
        if address is None or not (address.scheme == "https" or is_loopback(address.hostname or "")):
            raise SetupError(
                f"{self.kind}: the address of the keys is {self.jwks_uri!r}; give one with https "
                "(http is for this machine alone)"
            )


def _address(text: str) -> SplitResult | None:
    """The parts of a web address that names nobody's password; None for anything else."""
    if not text.isascii() or not text.isprintable() or " " in text:
        return None
    try:
        address = urlsplit(text)
        plain = address.username is None and address.port != 0 and not address.fragment
    except ValueError:
        return None
    return address if address.scheme in {"https", "http"} and address.hostname and plain else None


def read_object(raw: bytes) -> dict[str, JsonValue] | None:
    """The JSON object that bytes say; None where there is none, or where two parsers could differ.

    `strict_json.read_json` refuses eleven digits in a row as well, which a signed number may have.
    """
    try:
        value = _DECODER.decode(raw.decode())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    plain = dict(pairs)
    if len(plain) < len(pairs):
        raise ValueError("a name stands twice")
    return plain


def _no_number(_literal: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)
