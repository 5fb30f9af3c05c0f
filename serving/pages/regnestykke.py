"""The sum behind an estimate as a table a person can follow, its numbers as each language writes them."""

from collections import Counter

from profilering.anslag import Retning
from profilering.begrunnelse import Avsnitt
from profilering.tekster import Tekster
from profilering.utdypning import Grense, Opplysning, Regnestykke, TemaBidrag, Utdypning
from serving.pages.tekst import Del, Gruppe, Rad, Tabell

COLUMNS = ("opplysning", "verdi", "kilde", "retning", "log_odds")
DECIMALS = 4
"""Of log-odds: enough to follow the sum; the JSON form has every bit."""
DECIMAL_POINT = frozenset({"en"})
"""The languages that write one; a comma elsewhere."""
ARROWS = {Retning.OPP: "↑", Retning.NED: "↓"}


def regnestykkene(utdypning: Utdypning, kjent: str, tekster: Tekster) -> tuple[Del, ...]:
    """The rule that decided, then a table for each estimate; `kjent` is the day the facts were known."""
    regel = utdypning.regel
    forslag = tekster.get("forslag", regel.forslag)
    said = [
        tekster.get("utdypning", "regel", regel=regel.kode, forslag=forslag, kilde=regel.kilde),
        tekster.get("utdypning", "kjent", dato=kjent),
        *(() if utdypning.vist else (tekster.get("utdypning", "ikke_vist"),)),
    ]
    decided = Avsnitt(tekster.get("utdypning", "avgjorde"), " ".join(said))
    return (decided, *(_table(stykke, tekster) for stykke in utdypning.regnestykker))


def _table(stykke: Regnestykke, tekster: Tekster) -> Tabell:
    drawn = [abs(opplysning.log_odds) for tema in stykke.temaer for opplysning in tema.opplysninger]
    longest = max([*drawn, *(abs(tema.log_odds) for tema in stykke.temaer)], default=0.0) or 1.0
    totals = (("grunnlinje", stykke.grunnlinje), ("sum", stykke.sum), ("log_odds", stykke.log_odds))
    return Tabell(
        overskrift=stykke.navn,
        kolonner=tuple(tekster.get("utdypning", f"kolonne_{name}") for name in COLUMNS),
        grupper=tuple(_group(tema, longest, tekster) for tema in stykke.temaer),
        slutt=tuple(_total(tekster.get("utdypning", key), value, tekster) for key, value in totals),
        under=(
            tekster.get("utdypning", "anslag", anslag=_of_hundred(stykke.sannsynlighet, tekster)),
            _limit(stykke.grense, tekster),
        ),
    )


def _group(tema: TemaBidrag, longest: float, tekster: Tekster) -> Gruppe:
    told = Counter(opplysning.tekst for opplysning in tema.opplysninger)
    rows = tuple(
        _row(_title(opplysning, told), opplysning, longest, tekster) for opplysning in tema.opplysninger
    )
    cells = ("", "", _direction(tema.retning, tekster), _log_odds(tema.log_odds, tekster))
    return Gruppe(Rad(tema.navn, cells, tema.log_odds / longest), rows)


def _title(opplysning: Opplysning, told: Counter[str]) -> str:
    """The sentence; with its name in the catalogue where another is told in the same words."""
    return opplysning.tekst if told[opplysning.tekst] == 1 else f"{opplysning.tekst} ({opplysning.navn})"


def _row(title: str, opplysning: Opplysning, longest: float, tekster: Tekster) -> Rad:
    return Rad(
        title,
        (
            _value(opplysning, tekster),
            opplysning.kilde,
            _direction(opplysning.retning, tekster),
            _log_odds(opplysning.log_odds, tekster),
        ),
        opplysning.log_odds / longest,
    )


def _total(name: str, log_odds: float, tekster: Tekster) -> Rad:
    return Rad(name, ("", "", "", _log_odds(log_odds, tekster)))


def _value(opplysning: Opplysning, tekster: Tekster) -> str:
    if opplysning.verdi is None:
        return tekster.get("utdypning", "manglet")
    return opplysning.kode or _number(str(opplysning.verdi), tekster)


def _direction(retning: Retning | None, tekster: Tekster) -> str:
    if retning is None:
        return tekster.get("utdypning", "ingen_retning")
    return f"{ARROWS[retning]} {tekster.get('ord', retning)}"


def _limit(grense: Grense | None, tekster: Tekster) -> str:
    if grense is None:
        return tekster.get("utdypning", "uten_grense")
    limit = tekster.get(
        "utdypning",
        "grense",
        grense=_of_hundred(grense.sannsynlighet, tekster),
        regel=grense.regel,
        kilde=grense.kilde,
    )
    return f"{limit} {tekster.get('utdypning', 'naadd' if grense.naadd else 'ikke_naadd')}"


def _of_hundred(probability: float, tekster: Tekster) -> str:
    return _number(f"{100 * probability:.2f}", tekster)


def _log_odds(value: float, tekster: Tekster) -> str:
    """With its sign; what drew nothing is a bare 0, to be told from what drew very little."""
    return "0" if value == 0 else _number(f"{value:+.{DECIMALS}f}", tekster)


def _number(text: str, tekster: Tekster) -> str:
    if tekster.spraak not in DECIMAL_POINT:
        text = text.replace(".", ",")
    return text.replace("-", "−")
