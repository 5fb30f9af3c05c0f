"""What a model costs to explain: counted the same everywhere, and timed on this machine."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import lightgbm

from training.design import Design

CHILDREN = re.compile(r"^left_child=([-\d ]*)\nright_child=([-\d ]*)$", re.MULTILINE)
"""The two lines of each tree of a LightGBM text that say its shape; a leaf is a number below 0."""

REPEATS = 3
"""The quickest of so many timings: what else the machine does only ever makes one slower."""


@dataclass(frozen=True, slots=True)
class ExplanationCost:
    """The cost of the contributions of one row, all outcomes together."""

    path_work: int  # the sum over leaves of the squared length of their path
    relative_time: float  # measured, relative to the configuration's own parameters in the same run


def path_work(model_texts: Sequence[str]) -> int:
    """Count the steps an explanation takes: TreeSHAP's work is leaves times squared depth.

    Source: Lundberg et al. 2020, Nature Machine Intelligence 2, algorithm 2, O(TLD²). The same
    texts give the same count on every machine.
    """
    return sum(depth * depth for text in model_texts for depth in _leaf_depths(text))


def seconds_per_row(model_texts: Sequence[str], rows: Design) -> float:
    """Time `pred_contrib` of these rows on one thread, per row."""
    boosters = [lightgbm.Booster(model_str=text) for text in model_texts]
    timed = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        for booster in boosters:
            booster.predict(rows.values, pred_contrib=True, num_threads=1)
        timed.append((time.perf_counter() - started) / len(rows))
    return min(timed)


def _leaf_depths(model_text: str) -> Iterator[int]:
    """The path length of every leaf; a parent always stands before its children."""
    for children in CHILDREN.findall(model_text):
        left, right = ([int(child) for child in side.split()] for side in children)
        depths = [0] * len(left)
        for parent, pair in enumerate(zip(left, right, strict=True)):
            for child in pair:
                if child < 0:
                    yield depths[parent] + 1
                else:
                    depths[child] = depths[parent] + 1
