"""Set a candidate beside other models on the same people: every figure with how sure it is, and the gain."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profilering.errors import DataError
from training.evaluation.bootstrap import Interval, Persons, Resampled, resample
from training.evaluation.evaluate import Metrics, checked_mass, metrics_of
from training.evaluation.statistic import FIGURES, drawn_figure, interval_of, model_statistic

Floats = NDArray[np.float64]

GAINS = (
    "auc",
    "average_precision",
    "brier",
    "skill",
    "log_loss",
    "ece",
    "precision_at_10",
    "precision_at_25",
    "recall_at_10",
    "recall_at_25",
)
"""The figures in which one model can be better than another; the rest describe, and have a right value."""


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """One model: its figures, an interval for each, and what the candidate gains on it."""

    metrics: Metrics
    intervals: Mapping[str, Interval]  # every one of `FIGURES`
    gain: Mapping[str, Interval]  # every one of `GAINS`, candidate minus this model; none for the candidate


@dataclass(frozen=True, slots=True)
class Comparison:
    """All models on the same n rows of `persons` people; the intervals share their resamples."""

    candidate: str
    persons: int
    models: Mapping[str, ModelFigures]  # in the order given, the candidate among them


def compare_models(  # noqa: PLR0913 - what is compared, on whom, and how it is resampled
    outcome: Floats,
    estimates: Mapping[str, Floats],
    persons: Persons,
    weights: Floats | None = None,
    *,
    candidate: str = "lightgbm",
    seed: int,
    bootstraps: int,
    threads: int = 2,
) -> Comparison:
    """Measure every model on the same n rows and the same resamples of the people behind them.

    `estimates` gives each model's n probabilities; `persons` numbers the person behind each row
    (`bootstrap.numbered`). Intervals are 95 %. The ECE's is moved to lie around the figure: a
    resample's ECE has the chance of the resample on top of the sample's own.

    Raises DataError if one class is missing, an estimate is outside 0..1, the lengths differ, or
    the candidate is not among the models.
    """
    own = checked_run(outcome, estimates, persons, weights, candidate=candidate)
    statistics = {name: model_statistic(outcome, estimate, own) for name, estimate in estimates.items()}
    found = resample(statistics, persons, own, seed=seed, bootstraps=bootstraps, threads=threads)
    return Comparison(
        candidate=candidate,
        persons=np.unique(persons).size,
        models={name: _figures_of(found, name, candidate, outcome.size) for name in estimates},
    )


def checked_run(
    outcome: Floats,
    estimates: Mapping[str, Floats],
    persons: Persons,
    weights: Floats | None,
    *,
    candidate: str,
) -> Floats:
    """Refuse what cannot be compared; give the mass of each row.

    Raises DataError as `compare_models` says.
    """
    if candidate not in estimates:
        raise DataError(f"the candidate {candidate!r} is not among the models {sorted(estimates)}; add it")
    if persons.shape != outcome.shape:
        raise DataError(
            f"persons has shape {persons.shape}, outcome {outcome.shape}; number the person of each row"
        )
    for name, estimate in estimates.items():
        try:
            own = checked_mass(outcome, estimate, weights)
        except DataError as fault:
            raise DataError(f"model {name!r}: {fault}") from fault
    return own


def _figures_of(found: Resampled, name: str, candidate: str, n: int) -> ModelFigures:
    """Name what was found of one model."""
    intervals = {figure: interval_of(found, name, figure) for figure in FIGURES}
    gain = {
        figure: (drawn_figure(found, candidate, figure) - drawn_figure(found, name, figure)).interval()
        for figure in (() if name == candidate else GAINS)
    }
    return ModelFigures(metrics_of(n, found.whole[name], intervals["auc"]), intervals, gain)
