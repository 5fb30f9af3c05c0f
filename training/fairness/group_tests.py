"""Turn the raw figures of all groups into what may be told, with verdicts that hold for all together."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Drawn, Interval
from training.fairness.group_figures import Evidence, Gap, GroupFigures
from training.fairness.group_statistic import (
    AUC,
    BASE,
    CALIBRATION_GAP,
    FIGURES,
    FNR,
    FNR_GAP,
    FPR,
    FPR_RATIO,
    LOG_FPR_RATIO,
    MEAN_ESTIMATE,
    SELECTED,
)
from training.fairness.groupings import Grouping
from training.fairness.groups import (
    CANNOT_BE_TESTED,
    DIFFERENCE_SHOWN,
    FEWEST_POSITIVES,
    NO_DIFFERENCE_SHOWN,
    GroupValue,
)
from training.fairness.significance import holm, two_sided
from training.fairness.suppression import Hidden

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SHOWN_BELOW = 0.05
"""A difference is shown when its two-sided, Holm-corrected p-value lies below: 95 %, as the intervals."""


@dataclass(frozen=True, slots=True)
class GroupTests:
    """The raw figures of g groups, everyone first; nothing leaves it unsuppressed but `Evidence`."""

    groupings: tuple[Grouping, ...]
    outcome: Floats
    whole: Floats  # figures, groups
    draws: Floats  # resamples, figures, groups
    hidden: Hidden  # g groups

    def rows(self) -> tuple[tuple[GroupFigures, ...], dict[str, Evidence]]:
        """Test and suppress."""
        n = self._count(np.ones_like(self.outcome))
        positives = self._count(self.outcome)
        evidence = self._evidence(n, positives)
        p_holm = {
            figure: np.append(np.nan, holm(two_sided(e.found, e.standard_error)))
            for figure, e in evidence.items()
        }
        values = [(grouping.column, value) for grouping in self.groupings for value in grouping.values]
        return tuple(
            self._row(place, column, value, (int(n[place]), int(positives[place])), p_holm)
            for place, (column, value) in enumerate(values)
        ), evidence

    def _row(
        self,
        place: int,
        column: str,
        value: GroupValue,
        counts: tuple[int, int],
        p_holm: Mapping[str, Floats],
    ) -> GroupFigures:
        hidden = self.hidden
        size, outcome, fnr, fpr = (
            bool(mask[place]) for mask in (hidden.size, hidden.outcome, hidden.fnr, hidden.fpr)
        )

        def figure(name: str, *, secret: bool) -> Interval | None:
            return None if secret else _told(self._drawn(name, place))

        def gap(name: str, *, secret: bool) -> Gap:
            return _gap(figure(name, secret=secret), float(p_holm[name][place]))

        return GroupFigures(
            column=column,
            value=value,
            n=None if size else counts[0],
            positives=None if outcome else counts[1],
            base=figure(BASE, secret=outcome),
            mean_estimate=figure(MEAN_ESTIMATE, secret=size),
            auc=figure(AUC, secret=outcome),
            selected=figure(SELECTED, secret=fnr or fpr),
            fnr=figure(FNR, secret=fnr),
            fpr=figure(FPR, secret=fpr),
            calibration_gap=gap(CALIBRATION_GAP, secret=outcome),
            fnr_gap=gap(FNR_GAP, secret=fnr),
            fpr_ratio=gap(FPR_RATIO, secret=fpr),
        )

    def _evidence(self, n: Floats, positives: Floats) -> dict[str, Evidence]:
        """Gather what is tested; a gap needs a hundred people on both sides of the comparison."""
        negatives = n - positives
        cases = (positives >= FEWEST_POSITIVES) & (positives[0] - positives >= FEWEST_POSITIVES)
        others = (negatives >= FEWEST_POSITIVES) & (negatives[0] - negatives >= FEWEST_POSITIVES)
        missed, wrongly = self._of(FNR)[0], self._of(FPR)[0]
        with np.errstate(divide="ignore", invalid="ignore"):
            of_cases = 1 / positives + 1 / (positives[0] - positives)
            of_others = 1 / negatives + 1 / (negatives[0] - negatives)
            least_difference = np.sqrt(missed * (1 - missed) * of_cases)
            least_log_ratio = np.sqrt((1 - wrongly) / wrongly * of_others)
        return {
            CALIBRATION_GAP: self._tested(CALIBRATION_GAP, positives >= FEWEST_POSITIVES, np.zeros_like(n)),
            FNR_GAP: self._tested(FNR_GAP, cases, least_difference),
            FPR_RATIO: self._tested(LOG_FPR_RATIO, cases & others, least_log_ratio),
        }

    def _tested(self, name: str, testable: Mask, least: Floats) -> Evidence:
        """Keep the testable groups' figures; everyone is no group.

        Resampling sees no spread where nobody, or everybody, is flagged. The standard error is then
        `least`: what two samples would differ by if all were flagged at the common rate.
        """
        found = self._of(name)
        spread = np.array([self._drawn(name, place).standard_error() for place in range(found.size)])
        error = np.maximum(spread, least)
        known = testable & np.isfinite(found) & np.isfinite(error)
        return Evidence(np.where(known, found, np.nan)[1:], np.where(known, error, np.nan)[1:])

    def _count(self, of: Floats) -> Floats:
        return np.concatenate(
            [np.bincount(g.codes, weights=of, minlength=len(g.values)) for g in self.groupings]
        )

    def _of(self, name: str) -> Floats:
        return np.asarray(self.whole[FIGURES.index(name)], dtype=np.float64)

    def _drawn(self, name: str, place: int) -> Drawn:
        figure = FIGURES.index(name)
        return Drawn(float(self.whole[figure, place]), self.draws[:, figure, place])


def _gap(interval: Interval | None, p_holm: float) -> Gap:
    if math.isnan(p_holm):
        return Gap(interval, None, CANNOT_BE_TESTED)
    return Gap(interval, p_holm, DIFFERENCE_SHOWN if p_holm < SHOWN_BELOW else NO_DIFFERENCE_SHOWN)


def _told(drawn: Drawn) -> Interval | None:
    """Give the interval, or None for a figure that does not exist."""
    return drawn.interval() if math.isfinite(drawn.whole) else None
