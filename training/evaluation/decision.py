"""Decision curves: is it better to follow the model than to offer everybody the same?

Net benefit is the share rightly flagged, less the share wrongly flagged times the odds of the
threshold: a threshold of 0.20 says that one overlooked weighs as much as four flagged in vain.
Source: Vickers and Elkin, Medical Decision Making 26 (2006) 565-574.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Drawn, Interval, Persons, Statistic, resample
from training.evaluation.comparison import checked_run

Floats = NDArray[np.float64]

THRESHOLDS = tuple(percent / 100 for percent in range(1, 61))
"""From .01 to .60: there, one flagged in vain weighs as much as one and a half overlooked."""

NAMES = tuple(f"{threshold:.2f}" for threshold in THRESHOLDS)
"""The thresholds as names of figures."""


@dataclass(frozen=True, slots=True)
class DecisionCurves:
    """Net benefit (share of the people) at each threshold; treating nobody is 0 everywhere."""

    thresholds: tuple[float, ...]  # probability; flagged: estimate >= threshold
    models: Mapping[str, tuple[float, ...]]
    treat_all: tuple[float, ...]
    candidate: str
    intervals: tuple[Interval, ...]  # the candidate's
    gain: tuple[Interval, ...]  # the candidate minus the better of treating all and treating none


def decision_curves(
    outcome: Floats,
    estimates: Mapping[str, Floats],
    persons: Persons,
    *,
    candidate: str = "lightgbm",
    seed: int,
    bootstraps: int,
    threads: int = 2,
) -> DecisionCurves:
    """Draw every model's curve, and the candidate's with 95 % intervals.

    n rows as in `compare_models`; with the same seed the resamples are the same too.

    Raises DataError as `compare_models` does.
    """
    own = checked_run(outcome, estimates, persons, None, candidate=candidate)
    statistics = {
        "candidate": _benefit(outcome, estimates[candidate]),
        "everybody": _benefit(outcome, np.ones_like(outcome)),
    }
    found = resample(statistics, persons, own, seed=seed, bootstraps=bootstraps, threads=threads)
    drawn = [found.figure("candidate", name) for name in NAMES]
    all_flagged = [found.figure("everybody", name) for name in NAMES]
    return DecisionCurves(
        thresholds=THRESHOLDS,
        models={name: tuple(_benefit(outcome, e).of(own).tolist()) for name, e in estimates.items()},
        treat_all=tuple(figure.whole for figure in all_flagged),
        candidate=candidate,
        intervals=tuple(figure.interval() for figure in drawn),
        gain=tuple((m - _or_none(e)).interval() for m, e in zip(drawn, all_flagged, strict=True)),
    )


def _benefit(outcome: Floats, probability: Floats) -> Statistic:
    """Give the net benefit at every threshold as a function of the rows' mass."""
    passed = np.searchsorted(THRESHOLDS, probability, side="right")  # thresholds each row is flagged at
    odds = np.array([threshold / (1 - threshold) for threshold in THRESHOLDS])

    def flagged(mass: Floats) -> Floats:
        by_passed = np.bincount(passed, weights=mass, minlength=len(THRESHOLDS) + 1)
        return np.asarray(np.cumsum(by_passed[::-1])[::-1][1:])

    def benefit(mass: Floats) -> Floats:
        hits, everyone = flagged(mass * outcome), flagged(mass)
        return np.asarray((hits - (everyone - hits) * odds) / mass.sum())

    return Statistic(NAMES, benefit)


def _or_none(everybody: Drawn) -> Drawn:
    """Give the better of flagging everybody and flagging nobody, on each resample."""
    return Drawn(max(everybody.whole, 0.0), np.maximum(everybody.draws, 0.0))
