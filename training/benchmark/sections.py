"""Put a benchmark's result into a report."""

from training.benchmark.result import BenchmarkResult
from training.reporting.figures import calibration_figure
from training.reporting.report import Report, Section, group_tables, metrics_table

MODEL_NAMES = {"lightgbm": "LightGBM", "logistic": "Logistisk regresjon"}


def benchmark_report(result: BenchmarkResult, limits: str) -> Report:
    """Make the report; `limits` says what the data may not be taken to show."""
    return Report(
        title=f"Måling på eget register: {result.name}",
        limits=limits,
        sections=(_people(result), _accuracy(result), *_groups(result)),
    )


def _people(result: BenchmarkResult) -> Section:
    text = [f"Modellene er målt på {result.n} rader som de verken er tilpasset eller kalibrert på."]
    if result.left_out:
        text.append(f"{result.left_out} rader hører til tidspunkter som ikke er med i oppdelingen.")
    text += [
        f"{unseen.column}: {unseen.rows} rader hadde en kategori som ikke fantes i treningen, "
        "og er regnet som manglende."
        for unseen in result.unseen
    ]
    return Section(heading="Hvem tallene gjelder", text=tuple(text))


def _accuracy(result: BenchmarkResult) -> Section:
    gain = result.auc_gain
    value, low, high = (f"{figure:.3f}".replace(".", ",") for figure in (gain.value, gain.low, gain.high))
    named = {MODEL_NAMES[model.model]: model for model in result.models}
    return Section(
        heading="Treffsikkerhet",
        text=(
            f"AUC for LightGBM minus AUC for logistisk regresjon: {value} (95 %-intervall {low} til {high}).",
        ),
        tables=(metrics_table("Alle mål", {name: model.metrics for name, model in named.items()}),),
        figures=(
            calibration_figure(
                "kalibrering",
                "Anslag og virkelighet",
                {name: model.curve for name, model in named.items()},
            ),
        ),
    )


def _groups(result: BenchmarkResult) -> tuple[Section, ...]:
    return tuple(
        Section(
            heading=f"Grupper: {MODEL_NAMES[model.model]}",
            text=(
                "Kolonnene er aldri opplysninger i modellen. Grupper med færre enn 100 personer med utfallet "
                "kan ikke testes; det betyr ikke at de er bestått.",
            ),
            tables=group_tables("Gruppe", model.groups),
        )
        for model in result.models
        if model.groups.rows
    )
