"""What a comparison found, as parts of the report: figures with how sure they are, curves and counts.

Every function takes a `title` that heads its section and, where it draws, a `name` for the
figure's files. Models are named in Norwegian by `names`.
"""

from collections.abc import Mapping

from training.evaluation.by_year import CalibrationByYear
from training.evaluation.capacity import CapacityView, MissedGroup
from training.evaluation.comparison import Comparison
from training.evaluation.decision import DecisionCurves
from training.reporting.curve_figures import by_year_figure, decision_figure
from training.reporting.numbers import interval_text, number_text, percent_text
from training.reporting.report import MEASURES, Cell, Section, Table

TEXT = dict(MEASURES)

RESAMPLED = (
    "I parentes står 95 %-intervallet. Det sier hvor mye tallet ville flyttet seg om personene var trukket "
    "på nytt. Hver person er trukket som en helhet, med alle sine registreringer, og alle modellene er målt "
    "på de samme trekningene."
)
BY_CHANCE = (
    "Kalibreringsfeilen er aldri null, heller ikke for en modell uten feil: tilfeldigheter gir alltid noe. "
    "Intervallet er lagt rundt tallet."
)
DECISION = (
    "Netto nytte er andelen som med rette får tilbud, minus andelen som får det uten å ha utfallet, ganget "
    "med oddsen for terskelen. Er terskelen 20 av 100, teller én oversett like mye som fire tilbud for mye. "
    "En modell er verdt å følge der den ligger over både å tilby alle og å tilby ingen.",
    "Kurven er en måling. Den setter ingen terskel; det gjør bare en godkjent policy.",
)
CAPACITY = (
    "Tabellen er for dem som planlegger: hvis et antall plasser gikk til dem med høyest anslag, hvor mange "
    "av dem med utfallet ville vært med, og hvem ville ikke? Den er aldri en terskel og fordeler ingen "
    "plasser. Hva en person har rett til, følger av behovet, ikke av hvor mange plasser som finnes.",
    "Det telles registreringer. En strek betyr at færre enn ti personer står bak tallet, eller at et slikt "
    "tall kunne vært regnet ut av de andre.",
)
BY_YEAR = (
    "Nivået flytter seg med arbeidsmarkedet fra år til år. Avviket er anslaget i snitt minus andelen med "
    "utfallet; null er riktig. Helningen er 1 når store og små anslag er like riktige. " + BY_CHANCE,
)


def comparison_section(title: str, comparison: Comparison, names: Mapping[str, str]) -> Section:
    """Every figure of every model with its interval, and what the candidate gains on the others."""
    models = comparison.models
    n = next(iter(models.values())).metrics.n
    shown = [measure for measure in TEXT if measure in models[comparison.candidate].intervals]
    figures = tuple(
        (TEXT[measure], *(interval_text(models[name].intervals[measure]) for name in models))
        for measure in shown
    )
    others = [name for name in models if name != comparison.candidate]
    gains = tuple(
        (TEXT[measure], *(interval_text(models[name].gain[measure]) for name in others))
        for measure in shown
        if others and measure in models[others[0]].gain
    )
    candidate = names[comparison.candidate]
    text = (f"{n} registreringer av {comparison.persons} personer.", RESAMPLED, BY_CHANCE)
    told = (
        Table("Mål, med 95 % intervall", ("Mål", *(names[name] for name in models)), figures),
        Table(f"{candidate} minus de andre, med 95 % intervall", ("Mål", *(names[o] for o in others)), gains),
    )
    return Section(title, text, told if others else told[:1])


def decision_section(title: str, name: str, curves: DecisionCurves, names: Mapping[str, str]) -> Section:
    """The decision curves."""
    return Section(title, DECISION, (), (decision_figure(name, title, curves, names),))


def capacity_section(title: str, view: CapacityView) -> Section:
    """What each number of places reaches, and who is missed."""
    rows = tuple(
        (
            f"{p.places} ({percent_text(p.share, decimals=0)})",
            p.found,
            p.missed,
            interval_text(p.share_found),
            interval_text(p.precision),
        )
        for p in view.places
    )
    header = ("Plasser", "Funnet", "Oversett", "Andel funnet", "Andel av plassene som treffer")
    reached = Table(f"{view.n} registreringer, plassene til de høyeste anslagene", header, rows)
    columns = dict.fromkeys(row.column for row in view.missed)
    missed = (_missed_table(c, [row for row in view.missed if row.column == c]) for c in columns)
    return Section(title, CAPACITY, (reached, *missed))


def by_year_section(title: str, name: str, found: CalibrationByYear) -> Section:
    """Calibration year by year."""
    header = ("År", "Registreringer", "Anslag", "Skjedde", "Avvik", "Helning", "Kalibreringsfeil (ECE)")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            str(y.year),
            y.n,
            interval_text(y.mean_estimate),
            interval_text(y.observed),
            interval_text(y.gap),
            interval_text(y.slope, decimals=2),
            interval_text(y.ece),
        )
        for y in found.years
    )
    few = tuple((str(year), *([None] * (len(header) - 1))) for year in found.too_few)
    table = Table(
        "Kalibrering etter registreringsår", header, tuple(sorted(rows + few, key=lambda r: str(r[0])))
    )
    return Section(title, BY_YEAR, (table,), (by_year_figure(name, title, found),) if found.years else ())


def _missed_table(column: str, rows: list[MissedGroup]) -> Table:
    """One row per group: those with the outcome, and how many are missed at each number of places."""
    shares = tuple(dict.fromkeys(row.share for row in rows))
    values = dict.fromkeys(row.value for row in rows)
    of_value = {value: [row for row in rows if row.value == value] for value in values}
    header = ("Gruppe", "Med utfallet", *(f"{percent_text(share, decimals=0)} plasser" for share in shares))
    return Table(
        caption=f"Oversett, antall og andel av dem med utfallet: {column}",
        header=header,
        rows=tuple((value, told[0].positives, *map(_missed_cell, told)) for value, told in of_value.items()),
    )


def _missed_cell(row: MissedGroup) -> str | None:
    if row.missed is None or row.share_missed is None:
        return None
    return f"{row.missed} ({number_text(row.share_missed, decimals=2)})"
