"""The true risk of every registrering, summed over all futures without a single draw.

True means: given the latent traits AND the labour market that really came. It is an upper bound that no
model can reach, not a target, and it says nothing about Norway.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.synthetic import states
from training.synthetic.benefits import parent_window
from training.synthetic.decisions import INNSATSGRUPPER
from training.synthetic.draws import Floats, Ints
from training.synthetic.hazards import (
    Row,
    Surroundings,
    Terms,
    Values,
    fixed_terms,
    linear,
    logistic,
    month_terms,
    probabilities,
    state_terms,
    transition_rows,
    with_indices,
)
from training.synthetic.life import Lives
from training.synthetic.mass import (
    ARR,
    SVIKT,
    Single,
    Step,
    absorb_aap,
    count_day,
    mix_health,
    mix_scar,
    move,
    start_mass,
)
from training.synthetic.paths import scar_steps
from training.synthetic.persons import Persons, seen_as
from training.synthetic.states import AA, OPEN, UT, Bools, Codes
from training.synthetic.tables import registrering_keys

BATCH = 512
"""Registreringer at a time: the vectors of one batch lie in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Beginnings:
    """One value per registrering: its state on the first measuring day."""

    who: Persons
    month: Ints
    tilstand: Codes
    arr: Codes
    helsesvikt: Bools

    def take(self, index: NDArray[np.intp] | slice) -> "Beginnings":
        """Some of them."""
        chosen = np.arange(self.month.size)[index]
        return Beginnings(
            self.who.take(chosen),
            self.month[chosen],
            self.tilstand[chosen],
            self.arr[chosen],
            self.helsesvikt[chosen],
        )


@dataclass(frozen=True, slots=True)
class Truth:
    """Exact probabilities, one per registrering."""

    langvarig_stoenad: Single
    helserelatert_ytelse: Single  # of no meaning for a start in AAP


def true_risks(begin: Beginnings, around: Surroundings) -> Truth:
    """Exact probability of both outcomes. Nobody may reach 67 within the horizon."""
    rows = transition_rows(around.config)
    parts = [
        _batch(begin.take(slice(first, first + BATCH)), rows, around)
        for first in range(0, begin.month.size, BATCH)
    ]
    none = [np.zeros(0, np.float32)]
    return Truth(*(np.concatenate([p[i] for p in parts] or none) for i in range(2)))


def _batch(begin: Beginnings, rows: tuple[Row, ...], around: Surroundings) -> tuple[Single, Single]:
    register, who = around.config.register, begin.who
    depth_limit = register.horisont_maaneder - register.stoenad_maaneder + 1
    parent = parent_window(who, begin.month, around.config)
    off = ((begin.tilstand == states.LU) & ~parent).astype(np.int8)
    start = (begin.tilstand, begin.arr, begin.helsesvikt)
    stoenad, helse = start_mass(*start, off, depth_limit), start_mass(*start, 0 * off, 1)
    fixed = fixed_terms(who, around.config, np.float32)
    depth = min(2, depth_limit)
    for k in range(1, register.horisont_maaneder):
        month = begin.month + np.int32(k)
        step = _step(fixed, who, month, rows, around)
        sick_months = min(k - 1, states.SICK_MONTHS)
        for mass, used in ((stoenad, depth), (helse, 1)):
            mix_health(mass, step, used)
            mix_scar(mass, step, used)
            move(mass, step, used, sick_months)
        absorb_aap(helse)
        depth = min(depth + 1, depth_limit)
        count_day(stoenad, depth, np.flatnonzero(parent_window(who, month, around.config)))
    return stoenad.sink + stoenad.total, helse.sink


def _step(fixed: Terms, who: Persons, month: Ints, rows: tuple[Row, ...], around: Surroundings) -> Step:
    config, n = around.config, month.size
    arr = np.arange(ARR, dtype=np.int8)[:, None, None]
    unwell = np.array([False, True])[None, :, None]
    plain = month_terms(fixed, who, month, around)
    terms = with_indices(state_terms(plain, arr, unwell), config)
    ill = {name: term[:, -1] if term.ndim == 3 else term for name, term in terms.items()}
    return Step(
        falls_ill=_single(logistic(linear(config.helsesvikt.inn, terms))),
        recovers=_recovers(terms, around),
        scar_up=_scar_up(terms, around),
        scar_down=_single(scar_steps(config)[1][: len(OPEN), None, None, None]),
        sick_scar_up=config.arr.opp["SL"],
        rows=tuple(_filled(row, ill if row.stays != 0 else terms, n) for row in rows),
        relapse=config.helsesvikt.etter_friskmelding,
    )


def _single(values: Values | Floats) -> Single:
    return values.astype(np.float32)


def _recovers(terms: Terms, around: Surroundings) -> Single:
    given = around.config.helsesvikt
    in_aap = np.zeros((len(OPEN), 1, 1, 1), np.float32)
    in_aap[AA] = given.ut_aap
    return _single(logistic(linear(given.ut, terms) + in_aap))


def _scar_up(terms: Terms, around: Surroundings) -> Single:
    stud = terms["stud"] > 0
    up = np.repeat(_single(scar_steps(around.config)[0][: len(OPEN), None, None, None]), stud.size, axis=-1)
    up[UT, ..., stud] = around.config.arr.opp_under_utdanning
    return up


def _filled(row: Row, terms: Terms, n: int) -> tuple[Row, list[Values], Values]:
    moves, stay = probabilities(row, terms)
    shape = (ARR, SVIKT, n) if row.stays == 0 else (ARR, n)
    return row, [np.broadcast_to(share, shape) for share in moves], np.broadcast_to(stay, shape)


def simulated_outcomes(lives: Lives) -> tuple[Values, Values]:
    """What really came, per registrering; NaN where it is undefined or not yet known."""
    at, register = lives.at, lives.around.config.register
    horizon = register.horisont_maaneder
    months, person = lives.paths.tilstand.shape[0], at.person
    mature = at.month + horizon <= months
    first, after = at.month, np.minimum(at.month + horizon, months)
    on_health = np.isin(lives.paths.tilstand, (AA, states.UF))
    counts = []
    for days in (lives.ytelse > 0, on_health):
        so_far = np.zeros((months + 1, days.shape[1]), np.int16)
        np.cumsum(days, axis=0, out=so_far[1:])
        counts.append(so_far[after, person] - so_far[first, person])
    langvarig = np.where(mature, counts[0] >= register.stoenad_maaneder, np.nan)
    helse = np.where(mature & ~on_health[first, person], counts[1] > 0, np.nan)
    return langvarig, helse


def registrering_truth(lives: Lives, first: int, persons: int) -> pl.DataFrame:
    """The truth of every registrering of the first `persons` persons of the block.

    The probabilities are null for those who reach 67 within the horizon, and the second also for a start
    in AAP, where the outcome is undefined.
    """
    at, who = lives.at, lives.at.who
    wanted = np.flatnonzero(at.person < persons)
    followed = at.month + lives.around.config.register.horisont_maaneder <= who.exit
    chosen = np.flatnonzero((at.person < persons) & followed)
    begin = Beginnings(who, at.month, at.tilstand, at.arr, at.helsesvikt).take(chosen)
    risks = true_risks(begin, lives.around)
    p = np.full((2, at.person.size), np.nan, np.float32)
    p[0, chosen], p[1, chosen] = risks.langvarig_stoenad, risks.helserelatert_ytelse
    p[1, at.tilstand == AA] = np.nan
    langvarig, helse = simulated_outcomes(lives)
    table = (
        registrering_keys(lives, first)
        .select("periode_id")
        .with_columns(
            pl.Series("a", who.a),
            pl.Series("h", who.h),
            pl.Series("arr", at.arr.astype(np.int32)),
            pl.Series("helsesvikt", at.helsesvikt),
            pl.Series("tilstand", seen_as(states.NAMES, at.tilstand.astype(np.int32))),
            pl.Series("p_langvarig_stoenad", p[0].astype(np.float64), nan_to_null=True),
            pl.Series("p_helserelatert_ytelse", p[1].astype(np.float64), nan_to_null=True),
            pl.Series("utfall_1", langvarig, nan_to_null=True).cast(pl.Boolean),
            pl.Series("utfall_2", helse, nan_to_null=True).cast(pl.Boolean),
            pl.Series("sant_behov", seen_as(INNSATSGRUPPER, lives.need)),
        )
    )
    return table[wanted]
