"""The situation of each registrering: what is true of the person on its first measuring day."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.synthetic import states
from training.synthetic.draws import Ints
from training.synthetic.hazards import Surroundings, Terms, fixed_terms, month_terms, state_terms
from training.synthetic.jobs import JobMonths, Jobs
from training.synthetic.paths import Paths
from training.synthetic.periods import Periods
from training.synthetic.persons import Persons
from training.synthetic.states import Bools, Codes

TWO_YEARS = 24
"""Months in IKKE_VAERT_I_JOBB_SISTE_2_AAR, by its name."""


@dataclass(frozen=True, slots=True)
class Situations:
    """One value per registrering, in the order of the periods that open them."""

    period: NDArray[np.intp]  # place in Periods
    person: Ints
    month: Ints
    who: Persons
    terms: Terms  # of hazards, at that month; without the indices
    before: Codes  # tilstand of the month before
    tilstand: Codes
    arr: Codes
    helsesvikt: Bools
    delvis_ledig: Bools
    last_job: Ints  # place in Jobs, -1 = none since 2011
    months_since_job: Ints  # 0 in the month of a job; large if none

    @property
    def from_job(self) -> Bools:
        """Came straight from a job."""
        return np.asarray(states.mask(states.JN, states.JF)[self.before])


def describe(
    persons: Persons, paths: Paths, held: JobMonths, jobs: Jobs, periods: Periods, around: Surroundings
) -> Situations:
    """Look up the situation of every registrering from the first month they are written."""
    period = np.flatnonzero(periods.opened >= around.config.register.registreringer_fra)
    person, month = periods.person[period], periods.opened[period]
    who = persons.take(person)
    arr, helsesvikt = paths.arr[month, person], paths.helsesvikt[month, person]
    fixed = fixed_terms(who, around.config)
    last_job = _last_job(jobs, person, month)
    since = np.where(last_job >= 0, month - jobs.last[last_job], paths.tilstand.shape[0])
    return Situations(
        period=period,
        person=person,
        month=month,
        who=who,
        terms=state_terms(month_terms(fixed, who, month, around), arr, helsesvikt),
        before=paths.tilstand[month - 1, person],
        tilstand=paths.tilstand[month, person],
        arr=arr,
        helsesvikt=helsesvikt,
        delvis_ledig=held.delvis_ledig[month, person],
        last_job=last_job,
        months_since_job=np.maximum(since, 0).astype(np.int32),
    )


def _last_job(jobs: Jobs, person: Ints, month: Ints) -> Ints:
    """The job that began last, up to and including the month; -1 if there is none."""
    width = np.int64(10_000)  # more than any number of months
    keys = jobs.person * width + jobs.first
    place = np.searchsorted(keys, person * width + month, side="right") - 1
    found = (place >= 0) & (jobs.person[np.maximum(place, 0)] == person)
    return np.where(found, place, -1).astype(np.int32)


def weights(situations: Situations, extra: dict[str, NDArray[Any]]) -> Terms:
    """The terms of a formula on answers: those of hazards, the tilstand, and `extra`."""
    flags = {
        "SO": situations.tilstand == states.SO,
        "PE": situations.tilstand == states.PE,
        "fra_helse": (states.IS_SICK | states.mask(states.AA))[situations.before],
    }
    return situations.terms | {name: flag.astype(np.float64) for name, flag in (flags | extra).items()}
