"""Arbeidssoekerperioder: bookkeeping over a life, never feeding back into it."""

from dataclasses import dataclass

import numpy as np

from training.synthetic import states
from training.synthetic.config import PopulationConfig
from training.synthetic.config_record import Perioder
from training.synthetic.draws import Floats, Ints, whole_numbers
from training.synthetic.months import NO_DATE, Calendar
from training.synthetic.paths import Paths
from training.synthetic.states import AA, LD, LU, SO, XX, Bools, Codes


@dataclass(frozen=True, slots=True)
class Periods:
    """One value per period, sorted by person and start; the opening of one is a registrering."""

    person: Ints
    number: Ints  # 1, 2, ... per person
    opened: Ints  # month of the first measuring day
    last: Ints  # month of the last open measuring day
    registrert: Ints
    avsluttet: Ints  # NO_DATE while open


def open_months(paths: Paths, config: PopulationConfig, rng: np.random.Generator) -> tuple[Bools, Bools]:
    """Per month and person: is a period open on the measuring day, and did it open in that month."""
    given, months, n = config.perioder, len(paths.tilstand), paths.tilstand[0].size
    is_open, opens = np.zeros((months, n), np.bool_), np.zeros((months, n), np.bool_)
    was_open, from_aap = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    before: Codes = np.full(n, XX, np.int8)
    for t in range(months):
        now, uniform = paths.tilstand[t], rng.random(n)
        new = ~was_open & _opens(before, now, uniform, given)
        kept = was_open & _stays_open(now, from_aap, uniform, given)
        lapsed = kept & np.isin(now, (LD, LU)) & (uniform < given.bortfall)
        opens[t], is_open[t] = new | lapsed, new | kept
        from_aap = np.where(opens[t], now == AA, from_aap & kept)
        was_open, before = is_open[t], now
    return is_open, opens


def _opens(before: Codes, now: Codes, uniform: Floats, given: Perioder) -> Bools:
    second_month = now == before
    so = (now == SO) & second_month & (uniform < given.aapner_so)
    aap = (now == AA) & second_month & (uniform < given.aapner_aap)
    opens: Bools = states.OPENS_PERIOD[now] | so | aap
    return opens


def _stays_open(now: Codes, from_aap: Bools, uniform: Floats, given: Perioder) -> Bools:
    so = (now == SO) & (uniform < given.blir_so)
    aap = (now == AA) & from_aap & (uniform < given.blir_aap)
    stays: Bools = states.KEEPS_PERIOD[now] | so | aap
    return stays


def make_periods(
    is_open: Bools,
    opens: Bools,
    job_ends: Ints,
    config: PopulationConfig,
    days: Calendar,
    rng: np.random.Generator,
) -> Periods:
    """Number and date the periods; `job_ends` is NO_DATE where no job ended."""
    months = is_open.shape[0]
    person, opened = (axis.astype(np.int32) for axis in np.nonzero(opens.T))
    last = _last_open_month(is_open, opens, person, opened)
    first_of_person = np.searchsorted(person, person, side="left")
    number = np.arange(person.size) - first_of_person + 1
    u = rng.random((3, person.size))
    registrert = _registered(opened, job_ends[opened, person], config.perioder, days, u)
    avsluttet = days.measuring_day(last) + whole_numbers(u[2], *config.perioder.avsluttet_dager)
    # A lapsed period ends in the same month as the next one opens, never after it has opened.
    follows = np.append(person[1:] == person[:-1], False) if person.size else np.zeros(0, np.bool_)
    next_registrert = np.append(registrert[1:], 0)
    avsluttet = np.where(follows, np.minimum(avsluttet, next_registrert), avsluttet)
    still_open = last == months - 1
    return Periods(
        person, number.astype(np.int32), opened, last, registrert, np.where(still_open, NO_DATE, avsluttet)
    )


def _last_open_month(is_open: Bools, opens: Bools, person: Ints, opened: Ints) -> Ints:
    """The month before the next closed or newly opened one."""
    months = is_open.shape[0]
    last = np.full(is_open.shape[1], months - 1, np.int32)
    result = np.empty(is_open.shape, np.int32)
    for t in range(months - 1, -1, -1):
        result[t] = last
        last = np.where(~is_open[t] | opens[t], t - 1, last)
    return result[opened, person]


def _registered(opened: Ints, job_end: Ints, given: Perioder, days: Calendar, u: Floats) -> Ints:
    start, last = days.period_start(opened), days.measuring_day(opened) - 1
    near_job_end = job_end + whole_numbers(u[0], *given.dager_etter_jobb)
    day = np.where(job_end == NO_DATE, days.in_period(opened, u[1]), near_job_end)
    return np.clip(day, start, last).astype(np.int32)
