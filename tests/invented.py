"""Invented people whose estimates mean what they say, for tests that need no register."""

import numpy as np
from numpy.typing import NDArray

from models.calibration import probabilities_of

Floats = NDArray[np.float64]


def a_sample(rows: int, *, seed: int = 1) -> tuple[Floats, Floats]:
    """What happened to people, and right estimates of it."""
    generator = np.random.default_rng(seed)
    estimates = probabilities_of(generator.normal(-1.0, 1.0, rows))
    return (generator.random(rows) < estimates).astype(np.float64), estimates


def happened(probability: Floats, *, seed: int) -> Floats:
    """Draw each person's outcome (0 or 1) with their own probability."""
    return (np.random.default_rng(seed).random(probability.size) < probability).astype(np.float64)
