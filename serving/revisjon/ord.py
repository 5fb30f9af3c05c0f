"""Codes, counts and times as the auditors' pages write them."""

import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from models.text_file import ANSWERED_IN, read_tekster, text_path
from profilering.risk import Frequency
from serving.api.kodeverk_route import read_kodeverk

OSLO = ZoneInfo("Europe/Oslo")
THIN_SPACE = "\u202f"
_UNITS = (
    (86_400, "døgn", "døgn"),
    (3_600, "time", "timer"),
    (60, "minutt", "minutter"),
    (1, "sekund", "sekunder"),
)


def navn(code: str, section: str | None) -> str:
    """The word for a code of a section; what has no section is a name already."""
    return code if section is None else _words()[section].get(code, code)


def tall(count: int) -> str:
    """A count with its thousands apart."""
    return f"{count:,}".replace(",", THIN_SPACE)


def tid(instant: str | datetime) -> str:
    """When something was, as the clock showed in Oslo."""
    read = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return read.astimezone(OSLO).strftime("%d.%m.%Y kl. %H.%M.%S")


def varighet(seconds: float) -> str:
    """How long something took, in its largest unit."""
    for size, one, many in _UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {one if count == 1 else many}"
    return "under ett sekund"


def maalt(cell: str | float | None) -> str:
    """A cell of a report: three decimals, a count with its thousands apart, words as they are."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return "–"
    return tall(cell) if isinstance(cell, int) else f"{cell:.3f}".replace("-", "−").replace(".", ",")


def andel(share: Frequency | None) -> str:
    """A share of cases with its interval, in whole hundredths."""
    if share is None:
        return "–"
    part, low, high = (round(100 * each) for each in (share.cases / share.of, share.low, share.high))
    return f"{part} av 100 ({low} til {high})"


@cache
def _words() -> dict[str, dict[str, str]]:
    """Nothing is named in two places: what the code lists name has its name there."""
    own = tomllib.loads((Path(__file__).parent / "ord.toml").read_text("utf-8"))
    for liste in ("forslag", "regel", "grunn", "innsatsgruppe", "utfall", "tema"):
        named = {kode.kode: kode.navn.nb for kode in read_kodeverk()[liste].koder}
        own[liste] = {**named, **own.get(liste, {})}
    own["gjelder"] = {**read_tekster(text_path(ANSWERED_IN)).sections["fakta"], **own["gjelder"]}
    return own
