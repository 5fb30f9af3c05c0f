"""Put a benchmark's result into a report."""

from training.benchmark.result import Before, BenchmarkResult, ModelResult
from training.evaluation.evaluate import Metrics
from training.reporting.fairness_sections import fairness_sections
from training.reporting.figures import Figure, calibration_figure
from training.reporting.numbers import number_text, signed_text
from training.reporting.report import Report, Section, metrics_table

MODEL_NAMES = {"lightgbm": "LightGBM", "logistic": "Logistisk regresjon"}
BEFORE, LATER = "Kalibreringsdelen", "Senere rader"


def benchmark_report(result: BenchmarkResult, limits: str) -> Report:
    """Make the report; `limits` says what the data may not be taken to show."""
    sections = [_people(result), _accuracy(result)]
    sections += [_since(model, model.before) for model in result.models if model.before is not None]
    for model in result.models:
        sections += fairness_sections(MODEL_NAMES[model.model], f"grupper-{model.model}", model.fairness)
    return Report(title=f"Måling på eget register: {result.name}", limits=limits, sections=tuple(sections))


def _people(result: BenchmarkResult) -> Section:
    measured = f"Modellene er målt på {result.n} rader som de verken er tilpasset eller kalibrert på."
    return Section(
        heading="Hvem tallene gjelder", text=(measured, *(f"{note.text()}." for note in result.notes))
    )


def _accuracy(result: BenchmarkResult) -> Section:
    gain = result.auc_gain
    value, low, high = map(number_text, (gain.value, gain.low, gain.high))
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


def _since(model: ModelResult, before: Before) -> Section:
    """Show what time took: the part the calibration was learnt on beside the one that came later."""
    name = MODEL_NAMES[model.model]
    text = (
        f"{BEFORE}: radene kalibreringen er lært på. Modellen er ikke tilpasset på dem, og hver femdel er "
        f"her kalibrert av de fire andre. {LATER}: det modellen ellers måles på.",
        f"Anslaget ligger i snitt {_off(before.metrics)} fra det som skjedde i kalibreringsdelen, og "
        f"{_off(model.metrics)} blant senere rader.",
    )
    return Section(
        heading=f"Hva tiden tok: {name}",
        text=text,
        tables=(metrics_table(f"{name}: før og senere", {BEFORE: before.metrics, LATER: model.metrics}),),
        figures=(_figure(model, before),),
    )


def _figure(model: ModelResult, before: Before) -> Figure:
    return calibration_figure(
        f"kalibrering-{model.model}",
        f"{MODEL_NAMES[model.model]}: anslag og virkelighet, før og senere",
        {BEFORE: before.curve, LATER: model.curve},
    )


def _off(metrics: Metrics) -> str:
    return signed_text(metrics.mean_estimate - metrics.base)
