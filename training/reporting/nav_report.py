"""What a run says of itself: the report's sections and the card, from the run's own figures only."""

from collections.abc import Mapping

from models.lightgbm_model import LightgbmModel
from profilering.features import CATALOGUE
from profilering.risk import Outcome
from training.evaluation.measure import Measured
from training.nav_config import NavConfig
from training.prepare import Prepared
from training.release.gates import GateResult
from training.reporting.figures import calibration_figure
from training.reporting.report import Report, Section, Table, group_tables, metrics_table

NAMES = {
    "lightgbm": "LightGBM",
    "logistisk": "Logistisk regresjon",
    "dagens_regel": "Dagens regel",
    "sannhet": "Sannheten (øvre grense)",
}
SIDES = {"held_out": "Holdt utenfor kalibreringen", "test": "Senere kull"}
TITLES = {
    Outcome.LANGVARIG_STOENAD: "Langvarig stønad",
    Outcome.HELSERELATERT_YTELSE: "Helserelatert ytelse",
}
SYNTHETIC = (
    "Modellen er trent på et syntetisk register. Tallene viser at maskineriet virker. "
    "De sier ingenting om personer i Norge, eller om hvor god modellen ville vært på virkelige data."
)
REAL = "Tallene gjelder det uttrekket modellen er trent og målt på, og ingen andre."


def nav_report(
    prepared: Prepared,
    measured: Mapping[Outcome, Measured],
    gates: tuple[GateResult, ...],
    *,
    synthetic: bool,
) -> Report:
    """The whole report of a run."""
    sections = [_people(prepared), _gates(gates)]
    sections += [_outcome(outcome, figures) for outcome, figures in measured.items()]
    sections += [_groups(outcome, figures) for outcome, figures in measured.items() if figures.groups]
    return Report("Profilering: treningsrapport", SYNTHETIC if synthetic else REAL, tuple(sections))


def metrics_of(measured: Mapping[Outcome, Measured]) -> dict[str, float]:
    """The figures MLflow keeps, by outcome, side and model."""
    return {
        f"{outcome.value.lower()}.{side}.{model}.{figure}": getattr(metrics, figure)
        for outcome, figures in measured.items()
        for side, models in (("held_out", figures.held_out), ("test", figures.test))
        for model, metrics in models.items()
        for figure in ("auc", "auc_low", "auc_high", "brier", "ece", "slope", "mean_estimate", "base")
    }


def card(
    model: LightgbmModel, config: NavConfig, measured: Mapping[Outcome, Measured], *, synthetic: bool
) -> str:
    """The model card, from the run alone: no number is typed by hand."""
    split = config.deling
    lines = [
        f"# Modellkort: {model.version}",
        "",
        SYNTHETIC if synthetic else REAL,
        "",
        "Formål: støtte veilederens første behovsvurdering med et forklart forslag.",
        "Skal ikke brukes til vedtak, kontroll, sanksjoner, rangering eller fordeling av plasser.",
        "",
        f"- Trent og kalibrert på ulike personer, registrert fra {split.laer_fra} til {split.laer_til}.",
        f"- Målt på registreringer fra {split.test_fra} til {split.test_til}.",
        f"- {len(CATALOGUE)} opplysninger; aldri kjønn, statsborgerskap, språk, familie eller diagnose.",
        "- Grunntallet i en forklaring er gjennomsnittet for dem modellen er trent på.",
        "",
        "| utfall | side | AUC (95 %) | ECE | helning | anslag | skjedde |",
        "|---|---|---|---|---|---|---|",
    ]
    for outcome, figures in measured.items():
        for side, models in ((SIDES["held_out"], figures.held_out), (SIDES["test"], figures.test)):
            m = models["lightgbm"]
            lines.append(
                f"| {TITLES[outcome]} | {side} | {m.auc:.3f} ({m.auc_low:.3f}–{m.auc_high:.3f}) "
                f"| {m.ece:.3f} | {m.slope:.2f} | {m.mean_estimate:.3f} | {m.base:.3f} |"
            )
    return "\n".join([*lines, ""])


def _people(prepared: Prepared) -> Section:
    split = prepared.split
    rows = (
        ("Registreringer i uttrekket", prepared.counts["registreringer"]),
        ("Utenfor aldersgrensene", prepared.counts["utenfor_alder"]),
        ("Horisonten er ikke over", prepared.counts["horisont_ikke_over"]),
        ("Trent på", len(split.train)),
        ("Kalibrert på", len(split.calibrate)),
        (SIDES["held_out"], len(split.held_out)),
        (SIDES["test"], len(split.test)),
    )
    text = (
        "Ingen person står på to sider. De som ikke er med på noen side, er registrert mellom periodene, "
        "eller personen er gitt til en annen side.",
    )
    return Section("Hvem er med?", text, (Table("Registreringer", ("Hvem", "Antall"), rows),))


def _gates(gates: tuple[GateResult, ...]) -> Section:
    rows = tuple(
        (g.gate, TITLES[Outcome(g.utfall)], g.krav, g.funnet, "bestått" if g.bestaatt else "IKKE BESTÅTT")
        for g in gates
    )
    return Section(
        "Grenser", (), (Table("Krav og funn", ("Grense", "Utfall", "Krav", "Funnet", "Dom"), rows),)
    )


def _outcome(outcome: Outcome, figures: Measured) -> Section:
    curves = {SIDES[side]: bins for side, bins in figures.curves.items()}
    tables = tuple(
        metrics_table(SIDES[side], {NAMES[name]: metrics for name, metrics in models.items()})
        for side, models in (("held_out", figures.held_out), ("test", figures.test))
    )
    test = figures.test["lightgbm"]
    drift = (
        f"På senere kull ligger anslaget i snitt {test.mean_estimate - test.base:+.3f} fra det som skjedde. "
        "Nivået flytter seg med arbeidsmarkedet; rangeringen gjør det mindre."
    )
    figure = calibration_figure(
        f"kalibrering-{outcome.value.lower().replace('_', '-')}",
        f"{TITLES[outcome]}: anslag og det som skjedde",
        curves,
    )
    return Section(TITLES[outcome], (drift,), tables, (figure,))


def _groups(outcome: Outcome, figures: Measured) -> Section:
    text = ("Gruppene brukes bare til å måle. De er aldri opplysninger for modellen.",)
    tables = group_tables(TITLES[outcome], figures.groups) if figures.groups else ()
    return Section(f"Grupper: {TITLES[outcome]}", text, tables)
