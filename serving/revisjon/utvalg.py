"""Which cases are asked for: a choice in the address, of codes and days and nothing else."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from profilering.innsatsgruppe import ForslagKode
from profilering.policy import RegelKode
from profilering.vurdering import GrunnKode
from serving.revisjon.koder import SLETTET, VENTER, Status

JA, NEI = "JA", "NEI"
YES_NO = {JA: 1, NEI: 0}
ENHET = re.compile(r"[0-9]{4}")
VERSION = re.compile(r"[0-9A-Za-z._-]{1,80}")
NUMBER = re.compile(r"[1-9][0-9]{0,11}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Sortering(StrEnum):
    """In which order cases stand; the newest first where none is asked for."""

    NYESTE = "nyeste"
    ELDSTE = "eldste"
    VENTET_LENGST = "ventet"
    MEST_SETT = "sett"


class UtvalgError(ValueError):
    """A choice that is none; `name` is a name of ours, or None for one that is not."""

    def __init__(self, name: str | None) -> None:
        super().__init__("no such choice")
        self.name = name


@dataclass(frozen=True, slots=True)
class Utvalg:
    """A choice of cases; None says that it does not matter."""

    fra: str | None = None  # day, the first one
    til: str | None = None  # day, the last one
    forslag: str | None = None
    regel: str | None = None
    status: str | None = None
    grunn: str | None = None
    enhet: str | None = None
    modell: str | None = None
    policy: str | None = None
    grensetilfelle: str | None = None
    helse_foerst: str | None = None
    slettet: str | None = None
    sortering: str = Sortering.NYESTE
    etter: str | None = None  # number of the entry behind which the page begins

    @property
    def query(self) -> str:
        """The choice as an address has it, only what matters."""
        chosen = {name: value for name, value in asdict(self).items() if value not in (None, _ORDINARY[name])}
        return f"?{urlencode(chosen)}" if chosen else ""

    def but(self, **others: str | None) -> "Utvalg":
        """The same choice with something else in it, from its first page on."""
        return replace(self, **{"etter": None, **others})  # type: ignore[arg-type]

    def chosen(self) -> dict[str, str]:
        """What was chosen, and in which order, as it is told elsewhere."""
        return {name: str(value) for name, value in asdict(self).items() if value is not None}

    def values(self) -> Mapping[str, object]:
        """What stands for the names in a question to the list."""
        chosen = asdict(self)
        for name in ("grensetilfelle", "helse_foerst", "slettet"):
            chosen[name] = None if chosen[name] is None else YES_NO[chosen[name]]
        chosen["til"] = self.til and str(date.fromisoformat(self.til) + timedelta(days=1))
        return chosen


_ORDINARY = {each.name: each.default for each in fields(Utvalg)}
_OF_CODES: Mapping[str, frozenset[str]] = {
    "forslag": frozenset(ForslagKode) | {VENTER, SLETTET},
    "regel": frozenset(RegelKode),
    "status": frozenset(Status),
    "grunn": frozenset(GrunnKode),
    "grensetilfelle": frozenset(YES_NO),
    "helse_foerst": frozenset(YES_NO),
    "slettet": frozenset(YES_NO),
    "sortering": frozenset(Sortering),
}
_OF_FORM = {
    "fra": DAY,
    "til": DAY,
    "enhet": ENHET,
    "modell": VERSION,
    "policy": VERSION,
    "etter": NUMBER,
}


def utvalg_of(asked: Sequence[tuple[str, str]]) -> Utvalg:
    """Read what an address asks for; an empty value is as if it were not there. Raises UtvalgError."""
    chosen: dict[str, str] = {}
    for name, value in asked:
        if name not in _ORDINARY or name in chosen:
            raise UtvalgError(name if name in _ORDINARY else None)
        if value:
            chosen[name] = _known(name, value)
    return Utvalg(**chosen)


def _known(name: str, value: str) -> str:
    pattern = _OF_FORM.get(name)
    if pattern is None:
        fits = value in _OF_CODES[name]
    else:
        fits = pattern.fullmatch(value) is not None and (pattern is not DAY or _is_day(value))
    if not fits:
        raise UtvalgError(name)
    return value


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text) < date.max
    except ValueError:
        return False
