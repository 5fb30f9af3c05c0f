"""Other models of the same kind: another seed, other people, fewer features, labels that mean nothing.

What a candidate says is believed only when models that could as well have been chosen say the
same; each of them is fitted and calibrated here as the candidate was.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibration import probabilities_of
from profilering.risk import Outcome
from training.calibrate import fit_calibration
from training.design import Design
from training.fit import fit_lightgbm, raw_log_odds
from training.nav_config import NavConfig
from training.prepare import Prepared
from training.split import Rows

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Variant:
    """How a model differs from the candidate; what is left out is as it was there."""

    name: str
    seed: int
    train: Rows | None = None
    without: frozenset[str] = frozenset()  # features it may not use
    permuted: bool = False  # labels dealt out anew among the people learnt from
    measured: Rows | None = None
    alike: bool = False  # nobody could call it worse than the candidate


@dataclass(frozen=True, slots=True)
class Refit:
    """What a variant estimates for the rows it is measured on, and its fitted texts."""

    variant: Variant
    estimates: Mapping[Outcome, Floats]  # probabilities, one per measured row
    texts: Mapping[Outcome, str]
    slopes: Mapping[Outcome, float]  # of the calibration


def refit_all(
    prepared: Prepared, config: NavConfig, variants: Sequence[Variant], rows: Rows, *, threads: int
) -> list[Refit]:
    """Fit every variant of both outcomes and estimate `rows` (or the variant's own).

    The same input gives the same estimates with any number of threads: each fit uses one. LightGBM
    keeps its number of threads for the whole process, and crashes it when calls at the same time
    ask for different numbers: nothing else may use it meanwhile.
    """
    tasks = [(variant, outcome) for variant in variants for outcome in Outcome]
    with ThreadPoolExecutor(threads) as pool:
        fitted = list(pool.map(lambda task: _fit(prepared, config, task, rows), tasks))
    by_task = {(variant.name, outcome): one for (variant, outcome), one in zip(tasks, fitted, strict=True)}
    return [
        Refit(
            variant,
            estimates={o: by_task[variant.name, o][0] for o in Outcome},
            texts={o: by_task[variant.name, o][1] for o in Outcome},
            slopes={o: by_task[variant.name, o][2] for o in Outcome},
        )
        for variant in variants
    ]


def drawn_persons(prepared: Prepared, *, seed: int) -> Rows:
    """Training rows of as many persons as there are, drawn with replacement; rows may repeat."""
    rows = prepared.split.train
    persons = prepared.registreringer["person_id"].gather(rows).to_numpy()
    order = np.argsort(persons, kind="stable")
    _, starts, counts = np.unique(persons[order], return_index=True, return_counts=True)
    drawn = np.random.default_rng(seed).integers(0, starts.size, size=starts.size)
    pieces = [order[starts[person] : starts[person] + counts[person]] for person in drawn]
    return np.sort(rows[np.concatenate(pieces)])


def design_without(design: Design, names: frozenset[str]) -> Design:
    """The same rows with fewer columns."""
    kept = [place for place, name in enumerate(design.names) if name not in names]
    return Design(
        names=tuple(design.names[place] for place in kept),
        categorical=tuple(design.categorical[place] for place in kept),
        monotone=tuple(design.monotone[place] for place in kept),
        values=np.ascontiguousarray(design.values[:, kept]),
    )


def _fit(
    prepared: Prepared, config: NavConfig, task: tuple[Variant, Outcome], rows: Rows
) -> tuple[Floats, str, float]:
    variant, outcome = task
    design = design_without(prepared.design, variant.without)
    happened = prepared.outcome(outcome)
    train = prepared.defined(outcome, prepared.split.train if variant.train is None else variant.train)
    calibrate = prepared.defined(outcome, prepared.split.calibrate)
    labels = happened[train]
    if variant.permuted:
        labels = np.random.default_rng(variant.seed).permutation(labels)
    text = fit_lightgbm(design.take(train), labels, None, config.lightgbm, seed=variant.seed, threads=1)
    line = fit_calibration(raw_log_odds(text, design.take(calibrate)), happened[calibrate], None)
    measured = rows if variant.measured is None else variant.measured
    raw = raw_log_odds(text, design.take(measured))
    return probabilities_of(line.log_odds_of_all(raw)), text, line.slope
