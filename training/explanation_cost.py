"""What a model costs to explain: counted the same everywhere, and timed on this machine."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.treeshap import Kernel, UnfitError
from models.treeshap.tables import work_of
from models.treeshap.trees import trees_of
from profilering.errors import DataError
from training.design import Design

REPEATS = 3
"""The quickest of so many timings: what else the machine does only ever makes one slower."""


@dataclass(frozen=True, slots=True)
class ExplanationCost:
    """The cost of the contributions of one row, all outcomes together."""

    path_work: int  # the sum over splits of the quadrature nodes their tree's paths need
    relative_time: float  # measured, relative to the configuration's own parameters in the same run


def path_work(model_texts: Sequence[str]) -> int:
    """Count the steps the contribution kernel takes for one row: splits times quadrature nodes.

    A tree needs more nodes the more features one of its paths asks of (models/treeshap/README.md). The
    same texts give the same count on every machine. Raises DataError for a model the kernel refuses.
    """
    try:
        return sum(work_of(trees_of(text)) for text in model_texts)
    except UnfitError as problem:
        raise DataError(f"the contribution kernel cannot explain the model: {problem}") from None


def seconds_per_row(model_texts: Sequence[str], rows: Design) -> float:
    """Time the contributions of these rows on one thread as the service computes them here, per row."""
    explainers = [_explainer(text, rows.values.shape[1]) for text in model_texts]
    timed = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        for explain in explainers:
            explain(rows.values)
        timed.append((time.perf_counter() - started) / len(rows))
    return min(timed)


def _explainer(model_text: str, features: int) -> Callable[[NDArray[np.float64]], object]:
    """The kernel; LightGBM on a machine without one."""
    try:
        kernel = Kernel.of(model_text, features)
    except UnfitError:
        booster = lightgbm.Booster(model_str=model_text)
        return lambda values: booster.predict(values, pred_contrib=True, num_threads=1)
    return lambda values: kernel.explain(values, slope=1.0, base=kernel.base)
