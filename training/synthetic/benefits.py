"""Ytelser: monthly states become dated rows, known to the register some time later."""

from dataclasses import dataclass

import numpy as np

from training.synthetic.config import PopulationConfig
from training.synthetic.config_record import YtelserConfig
from training.synthetic.draws import Floats, Ints, whole_numbers
from training.synthetic.months import NO_DATE, Calendar
from training.synthetic.paths import Paths
from training.synthetic.persons import Persons
from training.synthetic.spells import Spells, spells_of
from training.synthetic.states import (
    AAP,
    DAGPENGER,
    KVP,
    LU,
    OVERGANGSSTOENAD,
    SO,
    SOSIALHJELP,
    UT,
    YTELSER,
    Bools,
    Codes,
    ytelse_of_state,
)


@dataclass(frozen=True, slots=True)
class Benefits:
    """One value per row of the table, sorted by person, fom and ytelse."""

    person: Ints
    ytelse: Codes
    fom: Ints
    tom: Ints  # included; NO_DATE while running
    kjent_fra: Ints


def parent_window(persons: Persons, month: Ints, config: PopulationConfig) -> Bools:
    """Whether each person is inside the single-parent months in `month` (broadcasts)."""
    since = month - persons.parent_from
    inside: Bools = (since >= 0) & (since < config.personer.aleneforelder_maaneder)
    return inside


def monthly(persons: Persons, paths: Paths, config: PopulationConfig, rng: np.random.Generator) -> Codes:
    """The ytelse in force on each measuring day, 0 = none; (month, person)."""
    months, n = len(paths.tilstand), paths.tilstand[0].size
    codes = ytelse_of_state()[paths.tilstand]
    window = parent_window(persons, np.arange(months, dtype=np.int32)[:, None], config)
    codes[window & np.isin(paths.tilstand, (LU, UT))] = OVERGANGSSTOENAD
    in_programme = rng.random(n) < config.ytelser.kvp_personer
    since = np.zeros(n, np.int16)
    for t in range(months):
        since = np.where(paths.tilstand[t] == SO, since + 1, 0)
        codes[t, in_programme & (since >= config.ytelser.kvp_fra_maaned)] = KVP
    return codes


def make_benefits(
    codes: Codes, registrert: Ints, config: PopulationConfig, days: Calendar, rng: np.random.Generator
) -> Benefits:
    """Date every run; `registrert` holds the registrering of each (month, person), else NO_DATE."""
    given, spells = config.ytelser, spells_of(codes)
    months = codes.shape[0]
    fom, tom = _dates(spells, given, months, days, rng)
    reg = registrert[spells.first, spells.person]
    at_registrering = (spells.value == DAGPENGER) & (reg != NO_DATE)
    claimed = np.minimum(reg + given.dagpenger_dager, days.measuring_day(spells.first))
    fom = np.where(at_registrering, claimed, fom).astype(np.int32)
    extra, extra_fom, extra_tom = _extra_help(spells, fom, tom, given, months, days, rng)
    person = np.append(spells.person, extra.person)
    ytelse = np.append(spells.value, extra.value).astype(np.int8)
    fom, tom = np.append(fom, extra_fom), np.append(tom, extra_tom)
    order = np.lexsort((ytelse, fom, person))
    known = fom + _delay(ytelse, given, rng)
    return Benefits(person[order], ytelse[order], fom[order], tom[order], known[order])


def _dates(
    spells: Spells, given: YtelserConfig, months: int, days: Calendar, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    u = rng.random((3, spells.person.size))
    fom = days.in_period(spells.first, u[0])
    return fom, last_day(spells.last, u[1:], given.slutt_maanedsslutt, months, days)


def last_day(last: Ints, u: Floats, at_month_end: float, months: int, days: Calendar) -> Ints:
    """The last day of something in force on the 15th of `last` but not on the next; NO_DATE while running."""
    month_end = days.first(last + 1) - 1
    other = days.between(days.measuring_day(last), days.measuring_day(last + 1) - 1, u[1])
    tom = np.where(u[0] < at_month_end, month_end, other)
    return np.where(last >= months - 1, NO_DATE, tom).astype(np.int32)


def _extra_help(
    spells: Spells,
    fom: Ints,
    tom: Ints,
    given: YtelserConfig,
    months: int,
    days: Calendar,
    rng: np.random.Generator,
) -> tuple[Spells, Ints, Ints]:
    """Sosialhjelp beside a few rows; always inside the row, so no label can change."""
    u = rng.random((3, spells.person.size))
    kinds = [spells.value == DAGPENGER, spells.value == AAP]
    share = np.select(kinds, [given.ekstra_dagpenger, given.ekstra_aap])
    chosen = np.flatnonzero((u[0] < share) & (spells.months >= given.ekstra_minst_maaneder))
    within, u = spells.take(chosen), u[:, chosen]
    length = np.minimum(whole_numbers(u[1], 1, given.ekstra_maaneder), within.months)
    first = (within.first + np.floor(u[2] * (within.months - length + 1))).astype(np.int32)
    value = np.full(chosen.size, SOSIALHJELP, np.int8)
    extra = Spells(within.person, first, first + length - 1, value)
    extra_fom, extra_tom = _dates(extra, given, months, days, rng)
    row_tom = tom[chosen]
    ends_first = (row_tom != NO_DATE) & ((extra_tom == NO_DATE) | (extra_tom > row_tom))
    return extra, np.maximum(extra_fom, fom[chosen]), np.where(ends_first, row_tom, extra_tom)


def _delay(ytelse: Codes, given: YtelserConfig, rng: np.random.Generator) -> Ints:
    bounds = np.array([(0, 0), *(given.kjent_dager[name] for name in YTELSER[1:])], np.int32)
    low, high = bounds[ytelse].T
    delay: Ints = (low + np.floor(rng.random(ytelse.size) * (high - low + 1))).astype(np.int32)
    return delay
