"""The employment register: which jobs a life makes, and when the register learns of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.synthetic import states
from training.synthetic.config import PopulationConfig
from training.synthetic.config_record import Arbeidsforhold
from training.synthetic.draws import Ints, whole_numbers
from training.synthetic.hazards import linear
from training.synthetic.months import NO_DATE, Calendar
from training.synthetic.paths import Paths
from training.synthetic.persons import Persons
from training.synthetic.spells import Spells, spells_of
from training.synthetic.states import AA, JF, JN, LD, SJ12, XX, Bools, Codes

MINOR = 500
"""Added to the running number of a job kept on at few hours ("delvis ledig"); no life has 500 jobs."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """One value per job since 2011, sorted by person and start; also those the register misses."""

    person: Ints
    first: Ints  # months
    last: Ints
    startet: Ints
    sluttet: Ints  # NO_DATE while running
    stillingsprosent: Ints
    styrk08: NDArray[np.str_]
    in_register: Bools
    startet_kjent: Ints
    sluttet_kjent: Ints


@dataclass(frozen=True, slots=True)
class JobMonths:
    """Per month and person, what other tables ask about jobs."""

    number: NDArray[np.int16]  # running number of the job held, 0 = none; MINOR + number if delvis ledig

    @property
    def delvis_ledig(self) -> Bools:
        """The months somebody ledig keeps a job of few hours."""
        return self.number > MINOR


def job_months(paths: Paths, config: PopulationConfig, rng: np.random.Generator) -> JobMonths:
    """Follow each person's job from month to month.

    "Delvis ledig" is kept as a row of its own from the month of becoming ledig: were the hours of the old
    row lowered instead, an earlier registrering could see the hours of a later time.
    """
    given = config.arbeidsforhold
    months, n = len(paths.tilstand), paths.tilstand[0].size
    partial = rng.random(n) < given.delvis_ledig
    number = np.zeros((months, n), np.int16)
    count, held = np.zeros(n, np.int16), np.zeros(n, np.int16)
    before: Codes = np.full(n, XX, np.int8)
    for t in range(months):
        now, uniform = paths.tilstand[t], rng.random(n)
        new = _starts(before, now, held > 0, uniform, given)
        minor = partial & (held > 0) & (held < MINOR) & (before != LD) & (now == LD)
        minor &= states.IS_JOB_MONTH[before] & (uniform < given.delvis_fortsetter)
        count += new | minor
        kept = (held > 0) & _continues(before, now, held, uniform, given)
        held = np.where(new, count, np.where(minor, count + MINOR, np.where(kept, held, 0))).astype(np.int16)
        number[t], before = held, now
    return JobMonths(number)


def _starts(before: Codes, now: Codes, held: Bools, uniform: NDArray[Any], given: Arbeidsforhold) -> Bools:
    rate = np.select([now == JF, now == JN], [given.jobbskifte_jf, given.jobbskifte_jn])
    changes = uniform < rate
    enters = (now == JN) & (before != JN)
    starts: Bools = states.IS_JOB_MONTH[now] & (~held | enters | changes)
    return starts


def _continues(
    before: Codes, now: Codes, held: NDArray[np.int16], uniform: NDArray[Any], given: Arbeidsforhold
) -> Bools:
    into_aap = (before == SJ12) & (now == AA) & (uniform < given.lever_videre_aap)
    in_aap = (before == AA) & (now == AA) & (uniform >= given.slutter_i_aap)
    still_partial = (before == LD) & (now == LD) & (held > MINOR)
    continues: Bools = states.IS_JOB_MONTH[now] | into_aap | in_aap | still_partial
    return continues


@dataclass(frozen=True, slots=True)
class Chance:
    """The two generators of tables: what is answered or written, and which day."""

    answers: np.random.Generator
    dates: np.random.Generator


def make_jobs(
    persons: Persons, paths: Paths, held: JobMonths, config: PopulationConfig, days: Calendar, chance: Chance
) -> Jobs:
    """Date and describe every job."""
    given, spells = config.arbeidsforhold, spells_of(held.number)
    startet, sluttet = _dates(spells, given, paths.tilstand.shape[0], days, chance.dates)
    styrk08 = _codes(persons.yrke[spells.person], given.yrke_riktig, given, chance.answers)
    startet_kjent = _known(startet, given, days, chance.dates)
    # An end is never known before the start: the row itself is not there yet.
    sluttet_kjent = np.maximum(_known(sluttet, given, days, chance.dates), startet_kjent)
    return Jobs(
        person=spells.person,
        first=spells.first,
        last=spells.last,
        startet=startet,
        sluttet=sluttet,
        stillingsprosent=_hours(persons, paths, spells, given, chance.answers),
        styrk08=styrk08,
        in_register=chance.answers.random(spells.person.size) >= given.mangler,
        startet_kjent=startet_kjent,
        sluttet_kjent=np.where(sluttet == NO_DATE, NO_DATE, sluttet_kjent),
    )


def _dates(
    spells: Spells, given: Arbeidsforhold, months: int, days: Calendar, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    u = rng.random((5, spells.person.size))
    on_first = u[0] < given.foerste_i_maaneden
    startet = np.where(on_first, days.first(spells.first), days.in_period(spells.first, u[1]))
    earlier = days.first(np.zeros_like(spells.first)) - whole_numbers(u[2], *given.foer_2011_dager)
    startet = np.where(spells.first == 0, earlier, startet)
    after = spells.last + 1
    sluttet = np.where(u[3] < given.slutt_foerste, days.first(after), days.in_period(after, u[4]))
    return startet, np.where(after >= months, NO_DATE, sluttet).astype(np.int32)


def _known(day: Ints, given: Arbeidsforhold, days: Calendar, rng: np.random.Generator) -> Ints:
    late = rng.random(day.size) < given.forsinket
    safe = np.where(day == NO_DATE, 0, day).astype(np.int32)
    known = days.fifth_of_next(safe, given.kjent_dag) + given.forsinket_dager * late
    return known.astype(np.int32)


def _hours(
    persons: Persons, paths: Paths, spells: Spells, given: Arbeidsforhold, rng: np.random.Generator
) -> Ints:
    who = spells.person
    terms = {
        "a": persons.a[who],
        "kvinne": persons.kvinne[who].astype(float),
        "u25": (spells.first - persons.born[who] < 25 * 12).astype(float),
        "jn": (paths.tilstand[spells.first, who] == JN).astype(float),
    }
    x = linear(given.prosent_x, terms) + rng.standard_normal(who.size)
    hours = np.array(given.prosent)[np.searchsorted(np.array(given.prosent_grenser), x, side="right")]
    minor = spells.value > MINOR
    return np.where(minor, np.minimum(hours, given.delvis_prosent), hours).astype(np.int32)


def _codes(digit: Ints, right: float, given: Arbeidsforhold, rng: np.random.Generator) -> NDArray[np.str_]:
    """STYRK-08 codes whose first digit is `digit` with probability `right`, else near it."""
    u = rng.random((3, digit.size))
    drawn = np.where(u[0] < right, digit, near_digit(digit, u[1], given))
    return code_within(drawn, u[2], given)


def near_digit(digit: Ints, uniform: NDArray[Any], given: Arbeidsforhold) -> Ints:
    """A first digit up to `avvik` away, within 1..9."""
    away = whole_numbers(uniform, -given.avvik, given.avvik)
    near: Ints = np.clip(digit + away, 1, len(given.koder)).astype(np.int32)
    return near


def code_within(digit: Ints, uniform: NDArray[Any], given: Arbeidsforhold) -> NDArray[np.str_]:
    """A code uniform among those of a first digit."""
    sizes = np.array([len(codes) for codes in given.koder])
    table = np.full((len(given.koder), sizes.max()), "", dtype="<U4")
    for i, codes in enumerate(given.koder):
        table[i, : len(codes)] = codes
    return np.asarray(table[digit - 1, np.floor(uniform * sizes[digit - 1]).astype(int)])


def ends_by_month(jobs: Jobs, shape: tuple[int, int]) -> Ints:
    """Per month and person, the day a job ended in that month's period, else NO_DATE."""
    ends = np.full(shape, NO_DATE, np.int32)
    over = jobs.sluttet != NO_DATE
    ends[jobs.last[over] + 1, jobs.person[over]] = jobs.sluttet[over]
    return ends
