"""What is asked of the list of cases. Every question is about the same choice in the same words, so that
counts on one page are the counts on another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from serving.revisjon.saksliste import Saksliste
from serving.revisjon.utvalg import Sortering, Utvalg

ON_A_PAGE = 50
NO_END = -1
"""What SQLite takes for no limit."""

CHOSEN = """
    (:fra IS NULL OR opprettet >= :fra) AND (:til IS NULL OR opprettet < :til)
    AND (:forslag IS NULL OR vist = :forslag) AND (:status IS NULL OR status = :status)
    AND (:grunn IS NULL OR grunn = :grunn) AND (:enhet IS NULL OR enhet = :enhet)
    AND (:modell IS NULL OR modell = :modell) AND (:policy IS NULL OR policy = :policy)
    AND (:regel IS NULL OR regel = :regel AND NOT venter)
    AND (:grensetilfelle IS NULL OR grensetilfelle = :grensetilfelle AND NOT venter)
    AND (:helse_foerst IS NULL OR helse_foerst = :helse_foerst AND NOT venter)
    AND (:slettet IS NULL OR slettet = :slettet)
"""
_PAGE = f"""
    SELECT nummer, sak_id, opprettet, slettet, enhet, vist, iif(venter, NULL, regel),
        iif(venter, NULL, grensetilfelle), modell, status, gruppe, grunn, sekunder, innsigelser, sett
    FROM sak WHERE {CHOSEN}
"""  # noqa: S608  no word of a caller's is in it, here and below
_ROWS: Mapping[str, str] = MappingProxyType(
    {
        Sortering.NYESTE: f"{_PAGE} AND (:etter IS NULL OR nummer < :etter) ORDER BY nummer DESC LIMIT :most",
        Sortering.ELDSTE: f"{_PAGE} AND (:etter IS NULL OR nummer > :etter) ORDER BY nummer LIMIT :most",
        Sortering.VENTET_LENGST: f"""{_PAGE} AND (:etter IS NULL OR (coalesce(sekunder, -1), nummer)
            < (SELECT coalesce(sekunder, -1), nummer FROM sak WHERE nummer = :etter))
            ORDER BY coalesce(sekunder, -1) DESC, nummer DESC LIMIT :most""",  # noqa: S608
        Sortering.MEST_SETT: f"""{_PAGE} AND (:etter IS NULL OR (sett, nummer)
            < (SELECT sett, nummer FROM sak WHERE nummer = :etter))
            ORDER BY sett DESC, nummer DESC LIMIT :most""",  # noqa: S608
    }
)
_COUNTS = f"""
    SELECT vist, status, count(*) AS antall FROM sak INDEXED BY sak_telling
    WHERE {CHOSEN} GROUP BY vist, status
"""  # noqa: S608
_VALUES: Mapping[str, str] = MappingProxyType(
    {
        "modell": "SELECT DISTINCT modell FROM sak WHERE modell IS NOT NULL ORDER BY 1 LIMIT 100",
        "policy": "SELECT DISTINCT policy FROM sak WHERE policy IS NOT NULL ORDER BY 1 LIMIT 100",
    }
)


@dataclass(frozen=True, slots=True)
class Saksrad:
    """One row of the list; what was erased, or may not be read yet, is None."""

    nummer: int
    sak_id: str
    opprettet: str
    slettet: bool
    enhet: str | None
    forslag: str  # VENTER, SLETTET or a ForslagKode
    regel: str | None
    grensetilfelle: bool | None
    modell: str | None
    status: str
    gruppe: str | None
    grunn: str | None
    sekunder: float | None
    innsigelser: int
    sett: int


@dataclass(frozen=True, slots=True)
class Side:
    """One page of the chosen cases, and whether more come behind it."""

    rader: tuple[Saksrad, ...]
    neste: int | None  # the number behind which the next page begins


def side_of(utvalg: Utvalg, saksliste: Saksliste, *, most: int = ON_A_PAGE) -> Side:
    """Read one page."""
    found = saksliste.ask(_ROWS[utvalg.sortering], {**utvalg.values(), "most": most + 1})
    rader = tuple(rad_of(*row) for row in found[:most])
    return Side(rader, rader[-1].nummer if len(found) > most else None)


def rad_of(nummer: int, sak_id: str, opprettet: str, slettet: int, *others: Any) -> Saksrad:
    """Read one row; SQLite has no booleans."""
    enhet, forslag, regel, grensetilfelle, *rest = others
    near = None if grensetilfelle is None else bool(grensetilfelle)
    return Saksrad(nummer, sak_id, opprettet, bool(slettet), enhet, forslag, regel, near, *rest)


def query_of(utvalg: Utvalg) -> tuple[str, Mapping[str, object]]:
    """The question after all of the chosen cases, for `rad_of` to read its rows."""
    return _ROWS[utvalg.sortering], {**utvalg.values(), "most": NO_END}


def count_of(utvalg: Utvalg) -> tuple[str, Mapping[str, object]]:
    """The question how many of the cases are chosen."""
    return f"SELECT coalesce(sum(antall), 0) FROM ({_COUNTS})", utvalg.values()  # noqa: S608


def counts_of(utvalg: Utvalg, saksliste: Saksliste) -> Mapping[tuple[str, str], int]:
    """How many of the chosen cases have each forslag and status; together they are all of them."""
    rows = saksliste.ask(_COUNTS, utvalg.values())
    return {(str(forslag), str(status)): count for forslag, status, count in rows if isinstance(count, int)}


def values_of(name: str, saksliste: Saksliste) -> Sequence[str]:
    """The models, or policies, that cases were made with."""
    return [str(value) for (value,) in saksliste.ask(_VALUES[name])]
