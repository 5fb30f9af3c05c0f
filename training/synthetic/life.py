"""One block of 20,000 lives with everything that happens in them, before it becomes tables."""

from dataclasses import dataclass

import numpy as np

from training.synthetic.answers import Svar, Utdanningssvar, draw_answers, draw_education
from training.synthetic.benefits import Benefits, make_benefits, monthly
from training.synthetic.config import PopulationConfig
from training.synthetic.decisions import Decisions, decide, true_need
from training.synthetic.draws import Ints, Stream, generator
from training.synthetic.hazards import Surroundings
from training.synthetic.jobs import Chance, Jobs, ends_by_month, job_months, make_jobs
from training.synthetic.market import make_market
from training.synthetic.months import NO_DATE, calendar
from training.synthetic.paths import Paths, simulate
from training.synthetic.periods import Periods, make_periods, open_months
from training.synthetic.persons import Persons, draw_persons
from training.synthetic.situations import Situations, describe
from training.synthetic.states import Codes
from training.synthetic.tiltak import Tiltak, make_tiltak


@dataclass(frozen=True, slots=True)
class Lives:
    """Everything of one block, persons counted from 0 within it."""

    around: Surroundings
    persons: Persons
    paths: Paths
    ytelse: Codes  # in force on each measuring day, (month, person)
    jobs: Jobs
    periods: Periods
    benefits: Benefits
    tiltak: Tiltak
    at: Situations
    education: Utdanningssvar
    answers: Svar
    need: Ints
    decisions: Decisions


def surroundings(config: PopulationConfig, seed: int) -> Surroundings:
    """The market and the calendar, the same for every block."""
    days = calendar(config.register.foerste_maaned, config.register.markedsmaaneder)
    return Surroundings(config, make_market(config, seed), days)


def live(config: PopulationConfig, seed: int, block: int) -> Lives:
    """Simulate one whole block, always all of it: the same person whatever N."""
    around = surroundings(config, seed)
    days = around.days
    streams = {stream: generator(seed, stream, block) for stream in Stream}
    answers, dates = streams[Stream.ANSWERS], streams[Stream.DATES]
    persons = draw_persons(config, streams[Stream.PERSONS])
    paths = simulate(persons, around, streams[Stream.PATHS])
    held = job_months(paths, config, answers)
    jobs = make_jobs(persons, paths, held, config, days, Chance(answers, dates))
    is_open, opens = open_months(paths, config, streams[Stream.PERIODS])
    periods = make_periods(is_open, opens, ends_by_month(jobs, paths.tilstand.shape), config, days, dates)
    ytelse = monthly(persons, paths, config, answers)
    benefits = make_benefits(ytelse, _registered(periods, paths), config, days, dates)
    tiltak = make_tiltak(paths, config, days, answers, dates)
    at = describe(persons, paths, held, jobs, periods, around)
    need, education = true_need(at, config), draw_education(persons, config, answers)
    said = draw_answers(at, education, jobs, config, answers)
    vedtak = decide(at, need, periods.registrert[at.period], paths, benefits, around, streams[Stream.VEDTAK])
    return Lives(
        around, persons, paths, ytelse, jobs, periods, benefits, tiltak, at, education, said, need, vedtak
    )


def _registered(periods: Periods, paths: Paths) -> Ints:
    """The day of the registrering of each (month, person), NO_DATE if there is none."""
    days = np.full(paths.tilstand.shape, NO_DATE, np.int32)
    days[periods.opened, periods.person] = periods.registrert
    return days
