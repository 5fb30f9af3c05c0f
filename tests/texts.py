"""The text files of every language as tests read them, and the facts that may be missing or contradicted."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from models.text_file import read_tekster, text_path
from profilering.assess import missing_facts
from profilering.registrering import Historikk, Utdanning
from tests.make import a_registrering, some_opplysninger
from tests.readability import LANGUAGES

TABLES = {spraak: tomllib.loads(text_path(spraak).read_text("utf-8")) for spraak in LANGUAGES}
TEKSTER = {spraak: read_tekster(text_path(spraak)) for spraak in LANGUAGES}

CONTRADICTED = (
    "utdanning.nus",
    "utdanning.bestaatt",
    "utdanning.godkjent",
    "jobbsituasjon.beskrivelser",
    "jobbsituasjon.detaljer",
)
"""What the edge may name as `motstrid` (serving, reading.py)."""


def every_missing_fact() -> set[str]:
    """All that a registrering may lack."""
    nothing = some_opplysninger(utdanning=None, helse=None, annet=None, jobbsituasjon=None)
    not_passed = some_opplysninger(utdanning=Utdanning(4, None, None))
    silent = Historikk(None, None, None, None)
    return {
        *missing_facts(a_registrering(foedselsaar=None, fylke=None, opplysninger=nothing, historikk=silent)),
        *missing_facts(a_registrering(opplysninger=not_passed)),
    }


def sentences_in(table: Mapping[str, Any]) -> Iterator[str]:
    """Every sentence of a table of tables; what stands beside the tables is about the file."""
    for value in table.values():
        if isinstance(value, Mapping):
            yield from (line for line in value.values() if isinstance(line, str))
            yield from sentences_in(value)
