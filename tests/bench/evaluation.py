"""Time the comparison of five models on 200,000 rows, as a full evaluation makes it.

The people are invented: the figures prove that the machinery is quick enough, and nothing else.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from training.evaluation.bootstrap import Persons
from training.evaluation.comparison import compare_models

Floats = NDArray[np.float64]

ROWS = 200_000
ROWS_PER_PERSON = 1.3
BOOTSTRAPS = 1_000
LEVELS = 4
"""One of the models gives few levels only, as NAV's rule does."""


@dataclass(frozen=True, slots=True)
class EvaluationTime:
    """How long one comparison took."""

    rows: int
    models: int
    bootstraps: int
    seconds: float


def measure_evaluation(rows: int = ROWS, bootstraps: int = BOOTSTRAPS, *, threads: int = 2) -> EvaluationTime:
    """Make the rows, then time `compare_models` on them."""
    outcome, estimates, persons = invented_run(rows, seed=1)
    started = time.perf_counter()
    compare_models(outcome, estimates, persons, seed=1, bootstraps=bootstraps, threads=threads)
    return EvaluationTime(rows, len(estimates), bootstraps, time.perf_counter() - started)


def invented_run(rows: int, *, seed: int) -> tuple[Floats, dict[str, Floats], Persons]:
    """Five models of one outcome: the truth, three with noise of their own, and one of few levels."""
    generator = np.random.default_rng(seed)
    true = generator.normal(-1.0, 1.0, rows)
    outcome = (generator.random(rows) < expit(true)).astype(np.float64)
    noise = {"lightgbm": 0.3, "logistisk": 0.5, "godkjent": 0.4}
    estimates = {name: expit(true + generator.normal(0, size, rows)) for name, size in noise.items()}
    level = np.floor(LEVELS * expit(true + generator.normal(0, 1.0, rows)))
    estimates["dagens_regel"] = (level + 0.5) / LEVELS
    estimates["sannhet"] = expit(true)
    persons = generator.integers(0, round(rows / ROWS_PER_PERSON), rows)
    return outcome, estimates, np.unique(persons, return_inverse=True)[1]
