"""The practice cases that come with the service, read and checked once at start."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from profilering.errors import SetupError
from profilering.registrering import Registrering
from serving.pages.personas import read_request
from serving.pages.words import WORDS, fylke_text, word

FOLDER = Path(__file__).parent / "saker"


@dataclass(frozen=True, slots=True)
class Sak:
    """One invented person, and what happened within 18 months of the registrering."""

    id: str
    registrering: Registrering
    langvarig_stoenad: bool
    helserelatert_ytelse: bool | None  # None: had one from before, so the outcome is not counted

    @property
    def kjennetegn(self) -> str:
        """Age and jobbsituasjon: enough to tell the cases apart, and nothing of how it went."""
        year, stated = (
            self.registrering.foedselsaar,
            sorted(self.registrering.opplysninger.jobbsituasjon or ()),
        )
        age = "Ukjent alder" if year is None else f"{self.registrering.registrert.year - year} år"
        return ", ".join([age, *(word("jobbsituasjon", beskrivelse).lower() for beskrivelse in stated)])

    @property
    def sted(self) -> str:
        """Fylke and the stated last occupation."""
        styrk08 = self.registrering.opplysninger.styrk08
        occupation = [word("yrke", styrk08[0])] if styrk08 else []
        return ". ".join([fylke_text(self.registrering.fylke), *occupation])


@dataclass(frozen=True, slots=True)
class Gruppe:
    """How many of the cohort the cases were drawn from, and of the cases, are alike in one respect."""

    trekk: str
    verdi: str
    kull: int
    saker: int

    @property
    def navn(self) -> str:
        """The group in words; only a forslag is written as a code in the index."""
        return WORDS["gruppe"].get(self.verdi, self.verdi)


@dataclass(frozen=True, slots=True)
class Practice:
    """The cases in the order they are shown, and how they were chosen."""

    saker: tuple[Sak, ...]
    grupper: tuple[Gruppe, ...]
    regel: str
    modell: str  # version of the model that gave the forslag of the draw
    policy: str  # its version
    kull_fra: date
    kull_til: date

    def find(self, case_id: str) -> Sak | None:
        """The case with this id, or None."""
        return next((sak for sak in self.saker if sak.id == case_id), None)

    def after(self, sak: Sak) -> Sak | None:
        """The case that comes next, or None after the last."""
        place = self.saker.index(sak) + 1
        return self.saker[place] if place < len(self.saker) else None


@cache
def read_practice(folder: Path = FOLDER) -> Practice:
    """Read all cases in the order of the index. Raises SetupError naming the file that is wrong."""
    index = tomllib.loads((folder / "index.toml").read_text("utf-8"))
    try:
        return Practice(
            saker=tuple(_sak(entry, folder) for entry in index["sak"]),
            grupper=tuple(Gruppe(**entry) for entry in index["gruppe"]),
            regel=index["regel"],
            modell=index["modell"],
            policy=index["policy"],
            kull_fra=index["kull_fra"],
            kull_til=index["kull_til"],
        )
    except (KeyError, TypeError) as problem:
        raise SetupError(
            f"{folder.name}/index.toml is not whole: {problem}; write it again with "
            "`python -m training practice-cases`"
        ) from None


def _sak(entry: Mapping[str, Any], folder: Path) -> Sak:
    _, registrering = read_request(folder / f"{entry['id']}.json")
    health = entry.get("helserelatert_ytelse")
    return Sak(entry["id"], registrering, entry["langvarig_stoenad"], health)
