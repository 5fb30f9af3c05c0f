"""Every figure of one model as one `Statistic`, so that a thousand resamples are a matter of seconds."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from training.evaluation.bootstrap import Drawn, Interval, Resampled, Statistic
from training.evaluation.metrics import (
    area_under_roc,
    average_precision,
    calibration_line,
    hits_at,
    log_odds_of,
    prepare_ece,
    rank,
    squared_error,
    surprise,
)

Floats = NDArray[np.float64]

FIGURES = (
    "auc",
    "average_precision",
    "brier",
    "skill",
    "log_loss",
    "ece",
    "slope",
    "intercept",
    "mean_estimate",
    "base",
    "precision_at_10",
    "precision_at_25",
    "recall_at_10",
    "recall_at_25",
)
"""The figures of `model_statistic`, in its order; the fields of `Metrics` by the same names."""

RAISED_BY_CHANCE = "ece"
"""Chance alone makes this figure larger, and each resample adds its chance to the sample's own."""

SINGULAR = 1e-12
"""A curvature this near to none (relative) comes from estimates that are all the same."""


def model_statistic(outcome: Floats, probability: Floats, own: Floats) -> Statistic:
    """Give all `FIGURES` of one model on n rows as a function of the rows' mass.

    Sorting, the ECE's bins and the calibration line are settled once, with the rows' `own` mass.
    A figure that does not exist on a resample is NaN there.
    """
    ranking = rank(outcome, probability)
    ece = prepare_ece(outcome, probability, own)
    line = _prepare_line(outcome, probability, own)
    means = np.stack(
        [squared_error(outcome, probability), surprise(outcome, probability), probability, outcome]
    )

    def figures(mass: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            levels = ranking.levels(mass)
            tenth, quarter = hits_at(0.10, levels), hits_at(0.25, levels)
            total, positive = levels.flagged[-1], levels.hits[-1]
            brier, log_loss, mean_estimate, base = np.einsum("i,ji->j", mass, means) / total
            slope, intercept = line(mass)
            return np.array(
                [
                    area_under_roc(levels),
                    average_precision(levels),
                    brier,
                    1 - brier / (base * (1 - base)),
                    log_loss,
                    ece(mass),
                    slope,
                    intercept,
                    mean_estimate,
                    base,
                    tenth / (0.10 * total),
                    quarter / (0.25 * total),
                    tenth / positive,
                    quarter / positive,
                ]
            )

    return Statistic(FIGURES, figures)


def drawn_figure(resampled: Resampled, model: str, figure: str) -> Drawn:
    """Give one of the `FIGURES`, its resamples fit for an interval: the ECE's moved back by what they add."""
    drawn = resampled.figure(model, figure)
    return drawn.centred() if figure == RAISED_BY_CHANCE else drawn


def interval_of(resampled: Resampled, model: str, figure: str) -> Interval:
    """Give one of the `FIGURES` with its 95 % interval."""
    interval = drawn_figure(resampled, model, figure).interval()
    if figure == RAISED_BY_CHANCE:
        return Interval(interval.value, max(0.0, interval.low), interval.high)
    return interval


def _prepare_line(
    outcome: Floats, probability: Floats, own: Floats
) -> Callable[[Floats], tuple[float, float]]:
    """Give a function from masses to slope and intercept of the log-odds, NaN where there is no line.

    One Newton step from the whole sample's optimum, with the resample's own gradient and
    curvature. It is enough: a resample's optimum lies a standard error away, of the order of
    n^-1/2, and the error of a Newton step is of the order of that distance squared, 1/n (one-step
    estimation, van der Vaart 1998, section 5.7).
    """
    slope, intercept = calibration_line(outcome, probability, own)
    score = log_odds_of(probability)
    fitted = expit(slope * score + intercept)
    miss, spread = outcome - fitted, fitted * (1 - fitted)
    sums = np.stack([miss, miss * score, spread, spread * score, spread * score * score])

    def line(mass: Floats) -> tuple[float, float]:
        down, along, flat, tilt, bend = np.einsum("i,ji->j", mass, sums).tolist()
        determinant = flat * bend - tilt * tilt
        if not determinant > SINGULAR * flat * bend:
            return float("nan"), float("nan")
        return (
            slope + (flat * along - tilt * down) / determinant,
            intercept + (bend * down - tilt * along) / determinant,
        )

    return line
