"""How good one outcome's explanations are: everything this room measures, on samples of bounded size."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.lightgbm_model import FittedOutcome
from profilering.errors import DataError
from training.design import Design
from training.explanations.brute_force import BruteForceCheck, check_small_model
from training.explanations.interventional import Interventional, compare_interventional
from training.explanations.monotone import MonotoneCheck, check_monotone
from training.explanations.themes import ThemeShares, theme_shares, theme_weights
from training.explanations.views import Dependence, Swarm, Weight, dependence, swarm, weights_of

Floats = NDArray[np.float64]

EXPLAINED_ROWS = 3_000
"""Explained for the global views: a share is then within ±0.02, and it takes about four seconds."""
BACKGROUND_ROWS = 25
"""The model is asked about 150 times per row and person behind it."""
SWARMS = 12
"""Leading features in the beeswarm; the rest weigh too little to be read beside these."""
DEPENDENCES = 6
"""Leading features drawn by value."""


@dataclass(frozen=True, slots=True)
class ExplanationQuality:
    """One outcome's explanations, measured."""

    rows: int  # people behind the global views
    features: tuple[Weight, ...]  # largest first, as the themes
    temaer: tuple[Weight, ...]
    swarms: tuple[Swarm, ...]
    dependences: tuple[Dependence, ...]
    shares: ThemeShares
    interventional: Interventional
    brute_force: BruteForceCheck
    monotone: MonotoneCheck


def explain_quality(
    fitted: FittedOutcome,
    matrix: Floats,
    design: Design,
    outcome: Floats,
    *,
    two_ways: int = 100,
    seed: int,
    threads: int,
) -> ExplanationQuality:
    """Measure the explanations of the people in `matrix`, whom the model was not fitted on.

    `matrix` has the columns of `design`. `design` and `outcome` (0 or 1, one per row) are what the
    small model of the brute-force check is fitted on. `two_ways` rows are explained against a
    background as well, which costs the most time.

    Raises DataError if there is nobody to explain, or the parts do not fit together.
    """
    if len(matrix) == 0:
        raise DataError("there are no rows to explain; give some the model was not fitted on")
    random = np.random.default_rng(seed)
    seen = replace(design, values=_drawn(matrix, EXPLAINED_ROWS, random))
    contributions = fitted.explain(seen.values, threads=threads).contributions
    features = weights_of(seen.names, contributions)
    leading = [weight.name for weight in features]
    return ExplanationQuality(
        rows=len(seen),
        features=features,
        temaer=theme_weights(contributions),
        swarms=tuple(swarm(seen, contributions, name) for name in leading[:SWARMS]),
        dependences=tuple(dependence(seen, contributions, name) for name in leading[:DEPENDENCES]),
        shares=theme_shares(contributions),
        interventional=compare_interventional(
            fitted,
            _drawn(matrix, two_ways, random),
            _drawn(matrix, BACKGROUND_ROWS, random),
            seed=seed,
            threads=threads,
        ),
        brute_force=check_small_model(design, outcome, seed=seed, threads=threads),
        monotone=check_monotone(fitted, matrix, design.monotone, seed=seed, threads=threads),
    )


def _drawn(matrix: Floats, rows: int, random: np.random.Generator) -> Floats:
    """So many rows, each at most once; all of them where there are fewer."""
    return matrix[random.choice(len(matrix), size=min(rows, len(matrix)), replace=False)]
