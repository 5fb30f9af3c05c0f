"""How far the contribution kernel lies from LightGBM on one model, and whether its bits agree."""

from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.treeshap import Isa, Kernel

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One model's contributions by the kernel beside others. Raw log-odds."""

    rows: int
    largest_difference: float  # from LightGBM's own contributions, base included
    isas: tuple[Isa, ...]  # the instruction sets tried: all that this machine has
    same_bits: bool  # on all of them, and for rows alone, together and by threads


def agreement_of(model_text: str, rows: Floats) -> Agreement:
    """Explain n rows of a model in every way there is.

    `booster.model_to_string()` is a model's text. Raises UnfitError where the kernel cannot explain it.
    """
    best = Kernel.of(model_text, rows.shape[1])
    isas = tuple(isa for isa in Isa if isa <= best.isa)
    answers = _contributions(best, rows)
    others = [_contributions(best.on(isa), rows) for isa in isas]
    others.append(_contributions(best, rows, threads=2))
    others.append(np.vstack([_contributions(best, row[None]) for row in rows]))
    booster = lightgbm.Booster(model_str=model_text)
    theirs = np.asarray(booster.predict(rows, pred_contrib=True, num_threads=1), dtype=np.float64)
    return Agreement(
        rows=len(rows),
        largest_difference=float(np.max(np.abs(np.c_[answers, np.full(len(rows), best.base)] - theirs))),
        isas=isas,
        same_bits=all(other.tobytes() == answers.tobytes() for other in others),
    )


def _contributions(kernel: Kernel, rows: Floats, *, threads: int = 1) -> Floats:
    contributions, _ = kernel.explain(rows, slope=1.0, base=0.0, threads=threads)
    return contributions
