"""A level learnt from early outcomes: who is on stønad after three and six months tells of the rest.

For each month's registreringer an early sign is known long before the outcome. On the learning
period a line says how far a month's outcome lay from the model's mean estimate when its early sign
lay so far from it; on the newest months before deployment the same line gives the level to expect.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit

from models.calibration import probabilities_of
from training.evaluation.metrics import log_odds_of
from training.nav_config import NavConfig, OutcomeConfig
from training.outcome import day_in, month_on_or_after

Floats = NDArray[np.float64]

SIGN_MONTHS = (3, 6)
"""Months after registrering of the two early signs (training.md); the later one is believed first."""

WAIT_MONTHS = 1
"""From the measuring day to the day a sign is read. Ytelser become known with a delay, so months old and
new are read equally early; what arrives later is missing from both alike."""

RECENT_MONTHS = 12
"""A whole year of registreringer before deployment: every season once."""

FEWEST_COHORTS = 12
"""Months that a line of two numbers is learnt from at least; fewer follow one season."""

WIDEST_SHIFT = 5.0
"""Log-odds within which the shift is sought; a level never moves so far."""


@dataclass(frozen=True, slots=True)
class Line:
    """How the outcome of a month follows its early sign; both in log-odds, less the mean estimate's."""

    sign_months: int
    intercept: float
    slope: float
    cohorts: int  # months learnt from


@dataclass(frozen=True, slots=True)
class RecentCohort:
    """One of the newest months before deployment, and the level its early sign makes one expect."""

    maaned: date
    sign_months: int
    n: int
    estimate: float  # mean, 0..1
    on: int  # on livsoppholdsytelse, as known WAIT_MONTHS after the measuring day
    expected: float  # share with the outcome, 0..1


@dataclass(frozen=True, slots=True)
class LevelCorrection:
    """What is added to every calibrated log-odds, and what it was learnt from; 0 without cohorts."""

    shift: float  # log-odds
    lines: tuple[Line, ...]
    cohorts: tuple[RecentCohort, ...]

    def applied_to(self, estimate: Floats) -> Floats:
        """Give n probabilities at the corrected level; their ranking is as before."""
        return probabilities_of(log_odds_of(estimate) + self.shift)


def early_signs(registreringer: pl.DataFrame, ytelser: pl.DataFrame, config: OutcomeConfig) -> pl.DataFrame:
    """For each of n registreringer and each sign: `paa_3` (1 or 0) and the day it could be read, `lest_3`.

    A ytelse counts if it was in force on the measuring day so many months after registrering and
    was known on the day of reading.
    """
    numbered = registreringer.select("person_id", "registrert").with_row_index("nr")
    first = month_on_or_after(pl.col("registrert"), config.maaledag)
    columns = []
    for months in SIGN_MONTHS:
        read = numbered.with_columns(maalt=day_in(first + months, config.maaledag))
        read = read.with_columns(lest=pl.col("maalt").dt.offset_by(f"{WAIT_MONTHS}mo"))
        in_force = (pl.col("fom") <= pl.col("maalt")) & (pl.col("tom") >= pl.col("maalt")).fill_null(
            value=True
        )
        known = pl.col("kjent_fra") <= pl.col("lest")
        on = read.join(ytelser, on="person_id").filter(in_force & known)["nr"].unique()
        sign = pl.col("nr").is_in(on.implode()).cast(pl.Float64).alias(f"paa_{months}")
        columns.append(read.select(sign, pl.col("lest").alias(f"lest_{months}")))
    return pl.concat(columns, how="horizontal")


def level_correction(people: pl.DataFrame, config: NavConfig) -> LevelCorrection:
    """Learn the lines before `laer_til` and the shift from what was known on `test_fra`.

    `people`: person, registrert, estimate (0..1), happened (0/1) and the columns of `early_signs`;
    nobody the model was fitted on. What happened to those after `laer_til` is not looked at.
    """
    deployed = config.deling.test_fra
    recent_fra = pl.lit(deployed).dt.offset_by(f"-{RECENT_MONTHS}mo")
    learning = people.filter(pl.col("registrert") < config.deling.laer_til)
    recent = people.filter(pl.col("registrert").is_between(recent_fra, deployed, closed="left"))
    lines = tuple(_lines(learning))
    cohorts: dict[date, RecentCohort] = {}
    for line in lines:  # the later sign replaces the earlier one
        cohorts |= {cohort.maaned: cohort for cohort in _expected(recent, line, deployed)}
    chosen = tuple(cohorts[month] for month in sorted(cohorts))
    return LevelCorrection(_shift(recent, chosen), lines, chosen)


def _months(people: pl.DataFrame, sign_months: int) -> pl.DataFrame:
    """One row per month of registrering."""
    return (
        people.group_by(maaned=pl.col("registrert").dt.truncate("1mo"))
        .agg(
            n=pl.len(),
            estimate=pl.col("estimate").mean(),
            cases=pl.col("happened").sum(),
            on=pl.col(f"paa_{sign_months}").sum(),
            lest=pl.col(f"lest_{sign_months}").max(),
        )
        .sort("maaned")
    )


def _lines(learning: pl.DataFrame) -> Iterator[Line]:
    """Weighted least squares over the months, each weighted by what its outcomes tell."""
    for sign_months in SIGN_MONTHS:
        months = _months(learning, sign_months)
        if months.height < FEWEST_COHORTS:
            continue
        n, estimate = months["n"].to_numpy(), months["estimate"].to_numpy()
        sign = _surprise(months["on"].to_numpy(), n, estimate)
        level = _surprise(months["cases"].to_numpy(), n, estimate)
        root = np.sqrt(n * estimate * (1 - estimate))
        columns = np.column_stack([np.ones(sign.size), sign]) * root[:, None]
        intercept, slope = np.linalg.lstsq(columns, level * root, rcond=None)[0].tolist()
        yield Line(sign_months, intercept, slope, months.height)


def _surprise(cases: Floats, n: Floats, estimate: Floats) -> Floats:
    """Log-odds of a share less those of the mean estimate; half a case more of each keeps them finite."""
    return np.asarray(np.log((cases + 0.5) / (n - cases + 0.5)) - logit(estimate))


def _expected(recent: pl.DataFrame, line: Line, deployed: date) -> Iterator[RecentCohort]:
    """The months whose every sign had been read on the day of deployment."""
    months = _months(recent, line.sign_months).filter(pl.col("lest") <= deployed)
    n, estimate, on = (months[name].to_numpy() for name in ("n", "estimate", "on"))
    level = logit(estimate) + line.intercept + line.slope * _surprise(on, n, estimate)
    for row, expected in zip(months.iter_rows(named=True), expit(level).tolist(), strict=True):
        yield RecentCohort(
            row["maaned"], line.sign_months, row["n"], row["estimate"], int(row["on"]), expected
        )


def _shift(recent: pl.DataFrame, cohorts: tuple[RecentCohort, ...]) -> float:
    """The log-odds that bring the mean estimate of these months to the level expected of them."""
    if not cohorts:
        return 0.0
    months = [cohort.maaned for cohort in cohorts]
    rows = recent.filter(pl.col("registrert").dt.truncate("1mo").is_in(months))
    log_odds = log_odds_of(rows["estimate"].to_numpy())
    n = np.array([cohort.n for cohort in cohorts])
    wanted = float(np.average([cohort.expected for cohort in cohorts], weights=n))

    def missing(shift: float) -> float:
        return float(expit(log_odds + shift).mean()) - wanted

    return float(brentq(missing, -WIDEST_SHIFT, WIDEST_SHIFT))
