"""The invented persons that come with the service, read and checked once at start."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from profilering.errors import ProfileringError, SetupError
from profilering.registrering import Registrering
from serving.wire.reading import forespoersel_of, registrering_of
from serving.wire.strict_json import read_json

FOLDER = Path(__file__).parent.parent / "personas"


@dataclass(frozen=True, slots=True)
class Persona:
    """One invented person: what it shows, the request as it is sent, and what it says."""

    id: str
    tittel: str
    spor: str
    json: str
    registrering: Registrering


@cache
def read_personas(folder: Path = FOLDER) -> tuple[Persona, ...]:
    """Read all of them in the order of the index. Raises SetupError naming the one that is wrong."""
    entries = tomllib.loads((folder / "index.toml").read_text("utf-8"))["persona"]
    return tuple(_persona(entry["id"], entry["tittel"], entry["spor"], folder) for entry in entries)


def read_request(file: Path) -> tuple[str, Registrering]:
    """Read a request that comes with the service, as text and as what it says. Raises SetupError."""
    content = file.read_bytes()
    try:
        return content.decode(), registrering_of(forespoersel_of(read_json(content)))
    except ProfileringError as error:
        raise SetupError(
            f"{file.parent.name}/{file.name} is no valid request: {error}; mend the file"
        ) from None


def _persona(name: str, tittel: str, spor: str, folder: Path) -> Persona:
    json, registrering = read_request(folder / f"{name}.json")
    return Persona(name, tittel, spor, json, registrering)
