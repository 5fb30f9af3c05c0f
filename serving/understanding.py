"""One request read: what stood on the wire, and what it says was known."""

from dataclasses import dataclass

from profilering.registrering import Registrering
from serving.identity.caller import Caller
from serving.journal import IdempotencyKey
from serving.wire.reading import forespoersel_of, registrering_of
from serving.wire.schemas import KNOWN_NAMES, ProfileringForespoersel
from serving.wire.strict_json import read_json


@dataclass(frozen=True, slots=True)
class Understood:
    """A request that can be answered: as it stood on the wire, and what it says was known."""

    forespoersel: ProfileringForespoersel
    registrering: Registrering


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that can be answered, and what it is known by."""

    understood: Understood
    caller: Caller
    keys: tuple[IdempotencyKey, ...] = ()


def understand(body: bytes) -> Understood:
    """Read one request. Raises BodyError and RefusedError."""
    forespoersel = forespoersel_of(read_json(body, known_names=KNOWN_NAMES))
    return Understood(forespoersel, registrering_of(forespoersel))
