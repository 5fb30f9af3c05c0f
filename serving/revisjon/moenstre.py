"""What is seen over many cases: followed, deviated from and how soon, by one thing at a time.

Nothing is told of a veileder, and of fewer than ten cases nothing at all (REQ-21): they stand together in
a row of their own, so that the rows are all of the cases chosen.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from models.reference import frequency
from profilering.innsatsgruppe import AKTUELLE, INNSATSGRUPPER, ForslagKode
from profilering.risk import Frequency
from serving.revisjon.koder import Status
from serving.revisjon.saksliste import Saksliste
from serving.revisjon.spoersmaal import CHOSEN
from serving.revisjon.utvalg import Utvalg

SMALL = "FAERRE"
"""Stands for all that have fewer than ten cases each."""
_LIMITS = tomllib.loads((Path(__file__).parent / "grenser.toml").read_text("utf-8"))["moenstre"]
FEWEST: int = _LIMITS["faerrest_saker"]
SHORT_SECONDS: int = _LIMITS["kort_sekunder"]
ORDER = {gruppe.kode: place for place, gruppe in enumerate(INNSATSGRUPPER)}


class Etter(StrEnum):
    """What cases are told apart by."""

    FORSLAG = "forslag"
    REGEL = "regel"
    ENHET = "enhet"
    MAANED = "maaned"
    MODELL = "modell"
    GRUNN = "grunn"
    HELSE = "helse_foerst"


_BY: Mapping[Etter, str] = MappingProxyType(
    {
        Etter.FORSLAG: "vist",
        Etter.REGEL: "iif(venter, NULL, regel)",
        Etter.ENHET: "enhet",
        Etter.MAANED: "substr(opprettet, 1, 7)",
        Etter.MODELL: "modell",
        Etter.GRUNN: "grunn",
        Etter.HELSE: "iif(venter, NULL, helse_foerst)",
    }
)
_GROUPED: Mapping[Etter, str] = MappingProxyType(
    {
        etter: f"""
        SELECT coalesce({by}, ''), vist, status, coalesce(gruppe, ''), count(*),
            sum(sekunder < {SHORT_SECONDS})
        FROM sak WHERE {CHOSEN} GROUP BY 1, 2, 3, 4
    """  # noqa: S608  no word of a caller's is in it
        for etter, by in _BY.items()
    }
)


@dataclass(frozen=True, slots=True)
class Moenster:
    """The cases of one kind; a share is None where fewer than ten stand behind it."""

    hva: str  # a code, an office, a month; "" where it is not known, SMALL for the small ones together
    antall: int
    status: Mapping[str, int]
    fulgt: Frequency | None  # of those concluded with a forslag to follow
    opp: int  # of these, towards more extensive effort
    ned: int
    snart: Frequency | None  # concluded within a minute, of all concluded


def moenstre_of(utvalg: Utvalg, etter: Etter, saksliste: Saksliste) -> tuple[Moenster, ...]:
    """Count the chosen cases by one thing; together the rows are all of them."""
    found: dict[str, list[_Celle]] = {}
    for hva, *rest in saksliste.ask(_GROUPED[etter], utvalg.values()):
        found.setdefault(str(hva), []).append(_Celle(*rest))
    large = {hva: cells for hva, cells in found.items() if sum(cell.antall for cell in cells) >= FEWEST}
    small = [cell for hva, cells in found.items() if hva not in large for cell in cells]
    together = {SMALL: small} if small else {}
    return tuple(
        _moenster(hva, cells) for hva, cells in ({**dict(sorted(large.items())), **together}).items()
    )


@dataclass(frozen=True, slots=True)
class _Celle:
    """Cases of one kind with the same forslag, status and group."""

    forslag: str
    status: str
    gruppe: str
    antall: int
    snart: int | None

    @property
    def steps(self) -> int:
        """0 where the forslag was followed, above for more extensive effort, below for less."""
        pointed_at = [ORDER[gruppe.kode] for gruppe in AKTUELLE[ForslagKode(self.forslag)]]
        place = ORDER[self.gruppe]
        return max(place - max(pointed_at), 0) - max(min(pointed_at) - place, 0)


def _moenster(hva: str, cells: Iterable[_Celle]) -> Moenster:
    cells = tuple(cells)
    status: Counter[str] = Counter()
    for cell in cells:
        status[cell.status] += cell.antall
    followed, deviated = status[Status.FULGT], status[Status.FRAVEKET]
    concluded = followed + deviated + status[Status.UTEN_FORSLAG]
    return Moenster(
        hva=hva,
        antall=status.total(),
        status=status,
        fulgt=_share(followed, followed + deviated),
        opp=sum(cell.antall for cell in _deviated(cells) if cell.steps > 0),
        ned=sum(cell.antall for cell in _deviated(cells) if cell.steps < 0),
        snart=_share(sum(cell.snart or 0 for cell in cells), concluded),
    )


def _deviated(cells: Iterable[_Celle]) -> Iterator[_Celle]:
    return (cell for cell in cells if cell.status == Status.FRAVEKET)


def _share(cases: int, of: int) -> Frequency | None:
    return frequency(cases, of) if of >= FEWEST else None
