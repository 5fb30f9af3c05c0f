"""A candidate: both outcomes fitted and calibrated, as the value that would be served."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibration import probabilities_of
from models.lightgbm_model import FittedOutcome, LightgbmModel, booster_of, with_kernels
from models.reference import cohort_of
from profilering.risk import Outcome
from training.baselines import fit_logistic
from training.calibrate import fit_calibration
from training.fit import fit_lightgbm, raw_log_odds
from training.nav_config import NavConfig
from training.prepare import Prepared
from training.split import Rows

Floats = NDArray[np.float64]

FEWEST_IN_GROUP = 10
"""Smaller counts are nowhere shown (training.md, *Evaluate*)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fitted model, the text of each booster, and the calibration cohorts as numbers."""

    model: LightgbmModel
    texts: dict[Outcome, str]
    cohorts: dict[Outcome, tuple[list[float], list[int]]]


def fit_candidate(prepared: Prepared, config: NavConfig, *, threads: int) -> Candidate:
    """Fit and calibrate both outcomes. Same data, lock and seed: same texts, byte for byte."""
    fitted, texts, cohorts = [], {}, {}
    for outcome in Outcome:
        one, text, cohort = _fit_outcome(prepared, config, outcome, threads)
        fitted.append(one)
        texts[outcome] = text
        cohorts[outcome] = cohort
    name = f"{config.navn}-{_short_digest(texts)}"
    model = with_kernels(LightgbmModel(name, prepared.spans(), tuple(fitted)))
    return Candidate(model, texts, cohorts)


def _fit_outcome(
    prepared: Prepared, config: NavConfig, outcome: Outcome, threads: int
) -> tuple[FittedOutcome, str, tuple[list[float], list[int]]]:
    happened = prepared.outcome(outcome)
    train = prepared.defined(outcome, prepared.split.train)
    text = fit_lightgbm(
        prepared.design.take(train), happened[train], None, config.lightgbm, seed=config.seed, threads=threads
    )
    rows = prepared.defined(outcome, prepared.split.calibrate)
    raw = raw_log_odds(text, prepared.design.take(rows), threads=threads)
    calibration = fit_calibration(raw, happened[rows], None)
    estimates, cases = in_groups(calibration.log_odds_of_all(raw), happened[rows])
    fitted = FittedOutcome(outcome, booster_of(text), calibration, cohort_of(estimates, cases))
    return fitted, text, (estimates, cases)


def in_groups(log_odds: Floats, happened: Floats) -> tuple[list[float], list[int]]:
    """Estimates and outcomes of n people, rising, with nobody alone: each stands for FEWEST_IN_GROUP or more.

    With the model an exact estimate is as good as a name: whoever knows somebody's features could
    compute it, look it up and read what happened. So neighbours share their mean estimate, and
    within a group the outcomes are in order.
    """
    groups = max(1, log_odds.size // FEWEST_IN_GROUP)
    shared: list[float] = []
    cases: list[int] = []
    for members in np.array_split(np.argsort(log_odds, kind="stable"), groups):
        shared += [float(np.mean(log_odds[members]))] * members.size
        cases += sorted(happened[members].astype(int).tolist())
    return shared, cases


def fit_logistic_beside(prepared: Prepared, outcome: Outcome, rows: Rows) -> Floats:
    """Estimates for `rows` of a logistic regression on the same features, sides and calibration."""
    happened = prepared.outcome(outcome)
    train = prepared.defined(outcome, prepared.split.train)
    calibrate = prepared.defined(outcome, prepared.split.calibrate)
    logistic = fit_logistic(prepared.design.take(train), happened[train], None)
    calibration = fit_calibration(
        logistic.log_odds(prepared.design.take(calibrate)), happened[calibrate], None
    )
    return probabilities_of(calibration.log_odds_of_all(logistic.log_odds(prepared.design.take(rows))))


def _short_digest(texts: dict[Outcome, str]) -> str:
    joined = "".join(texts[outcome] for outcome in Outcome)
    return hashlib.sha256(joined.encode()).hexdigest()[:8]
