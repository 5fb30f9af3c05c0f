"""The level that moves, as sections of the report: what two honest means against it would have given."""

from collections.abc import Mapping

from profilering.risk import Outcome
from training.fairness.groups import FEWEST_SHOWN
from training.judging.level import LevelFigures, LevelFindings, YearOfUse
from training.judging.level_correction import LevelCorrection
from training.reporting.figures import calibration_figure
from training.reporting.numbers import interval_text, number_text
from training.reporting.report import Cell, Section, Table

WAYS = {
    "shipped": "Som levert",
    "moved": "Nivået flyttet etter tidlige utfall",
    "yearly": "Kalibrert på nytt hvert år",
}
FIGURES = (
    ("mean_estimate", "Gjennomsnittlig anslag"),
    ("observed", "Andel med utfallet"),
    ("gap", "Anslag minus det som skjedde"),
    ("ece", "Kalibreringsfeil (ECE, ti grupper)"),
    ("slope", "Kalibrering, helning (1 er riktig)"),
    ("brier", "Brier"),
    ("ece_change", "Endring i ECE fra som levert"),
    ("brier_change", "Endring i Brier fra som levert"),
)
TEXT = (
    "Utfall blir kjent først når horisonten er over. Når modellen tas i bruk, hører nivået derfor til eldre "
    "kull. Her måles to måter å rette nivået på. Ingen av dem er tatt i bruk: modellen er som levert.",
    "Flyttet etter tidlige utfall: andelen på livsoppholdsytelse etter tre og seks måneder, slik den var "
    "kjent da modellen ble tatt i bruk, flytter alle anslag like mye. Rangeringen er den samme.",
    "Kalibrert hvert år: hvert år får kalibreringen av det nyeste kullet med ferdige utfall 1. januar.",
    "Intervallene (95 %) gjelder personene i de senere kullene. Usikkerheten i selve rettingen er ikke med.",
)


def level_section(outcome: Outcome, title: str, found: LevelFindings) -> Section:
    """Show one outcome, named `title` in the report."""
    ways = {name: getattr(found, way) for way, name in WAYS.items()}
    name = f"nivaa-{outcome.value.lower().replace('_', '-')}"
    figure = calibration_figure(
        name,
        f"{title}: nivået som levert og rettet, på senere kull",
        {way: figures.curve for way, figures in ways.items()},
    )
    tables = (_figures_table(ways), *_correction_tables(found.correction), _years_table(found.years))
    heading = f"Nivået flytter seg: {title}"
    return Section(heading, (*TEXT, _told(found.correction)), tables, (figure,))


def _told(correction: LevelCorrection) -> str:
    if not correction.cohorts:
        return "Det finnes ikke nok kull med kjente tidlige utfall. Nivået er derfor ikke flyttet."
    direction = "opp" if correction.shift > 0 else "ned"
    size = number_text(abs(correction.shift))
    return f"De tidlige utfallene flytter alle anslag {direction} med {size} i log-odds."


def _figures_table(ways: Mapping[str, LevelFigures]) -> Table:
    rows = tuple((text, *(interval_text(getattr(f, name)) for f in ways.values())) for name, text in FIGURES)
    return Table("Senere kull, tre måter å sette nivået på (95 % intervall)", ("Mål", *ways), rows)


def _correction_tables(correction: LevelCorrection) -> tuple[Table, ...]:
    lines = tuple((f"{x.sign_months} måneder", x.cohorts, x.slope, x.intercept) for x in correction.lines)
    cohorts = tuple(
        (f"{x.maaned:%Y-%m}", f"{x.sign_months} måneder", x.n, x.on / x.n, x.estimate, x.expected)
        if min(x.on, x.n - x.on) >= FEWEST_SHOWN
        else (f"{x.maaned:%Y-%m}", f"{x.sign_months} måneder", None, None, None, None)
        for x in correction.cohorts
    )
    return (
        Table(
            "Hva tidlige utfall sier om nivået",
            ("Tidlig utfall", "Kull lært av", "Helning", "Konstantledd"),
            lines,
        ),
        Table(
            "De nyeste kullene da modellen ble tatt i bruk",
            ("Registrert", "Tidlig utfall", "Registreringer", "På ytelse tidlig", "Anslag", "Ventet nivå"),
            cohorts,
        ),
    )


def _years_table(years: tuple[YearOfUse, ...]) -> Table:
    rows = tuple(
        (str(x.year), f"{x.fra} til {x.til}", x.n if x.n >= FEWEST_SHOWN else None, *_line(x)) for x in years
    )
    header = (
        "År i bruk",
        "Kalibrert på registrerte fra og med, til",
        "Registreringer",
        "Helning",
        "Konstantledd",
    )
    return Table("Årlig kalibrering", header, rows)


def _line(use: YearOfUse) -> tuple[Cell, Cell]:
    return (None, None) if use.line is None else (use.line.slope, use.line.intercept)
