"""The persons of one block: everything that is drawn once for a life."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.synthetic.config import PopulationConfig
from training.synthetic.config_world import Personer, Triple
from training.synthetic.draws import Floats, Ints, pick, whole_numbers
from training.synthetic.months import months_between
from training.synthetic.states import Bools

NORSK, EOES, UTENFOR = range(3)
LANDBAKGRUNN: Final = ("NORSK", "EOES", "UTENFOR_EOES")
GRUNNSKOLE, VIDEREGAAENDE, HOEYERE = range(3)
UTDANNING: Final = ("GRUNNSKOLE", "VIDEREGAAENDE", "HOEYERE")
NEVER: Final = 100_000
"""A month no path reaches: the single-parent window of those who have none."""


@dataclass(frozen=True, slots=True)
class Persons:
    """One value per person; months are t, negative before 2011."""

    kvinne: Bools
    landbakgrunn: Ints
    born: Ints
    entry: Ints  # first active month
    exit: Ints  # month of turning 67, no longer active
    grew_up: Bools  # enters by turning 18, not by arriving
    a: Floats  # employability
    h: Floats  # health vulnerability, high = worse
    utdanning: Ints
    education_end: Ints
    yrke: Ints  # 1..9
    gk: Bools
    sesong: Bools
    parent_from: Ints  # first month of the single-parent window
    fylke: Ints  # place in config.marked.fylker

    def take(self, index: NDArray[np.integer]) -> "Persons":
        """The same persons in another order or selection."""
        return Persons(*(getattr(self, field.name)[index] for field in fields(self)))


def draw_persons(config: PopulationConfig, rng: np.random.Generator) -> Persons:
    """Draw a whole block, always all of it: the same person whatever N."""
    numbers, n, start = config.personer, config.register.blokk, config.register.foerste_maaned
    first = months_between(start, numbers.foerste_foedselsmaaned)
    last = months_between(start, numbers.siste_foedselsmaaned)
    kvinne = rng.random(n) < numbers.kvinne
    born = whole_numbers(rng.random(n), first, last)
    birth_year = start.year + born // 12
    landbakgrunn = pick(rng.random(n), np.array(numbers.landbakgrunn[:2]))
    older = (rng.random(n) < numbers.eldre_norsk) & (birth_year < numbers.eldre_foer)
    landbakgrunn = np.where(older, NORSK, landbakgrunn).astype(np.int32)
    a = rng.standard_normal(n)
    h = numbers.h_a * a + numbers.h_stoey * rng.standard_normal(n)
    utdanning = _education(numbers, rng, a, kvinne, landbakgrunn, birth_year)
    grew_up = (rng.random(n) < numbers.oppvokst) | (landbakgrunn == NORSK)
    arrival = _age_months(rng.random(n), numbers.ankomst_alder)
    entry = born + np.where(grew_up, 12 * numbers.alder_inn, arrival)
    ended = np.minimum(_education_end(config, rng, utdanning, born), np.where(grew_up, NEVER, entry))
    yrke = _occupation(numbers, rng, kvinne, utdanning, landbakgrunn)
    may_be_seasonal = np.isin(yrke, numbers.sesong_yrker)
    parent_age = _age_months(rng.random(n), numbers.aleneforelder_alder)
    parent = rng.random(n) < np.array(numbers.aleneforelder)[kvinne.astype(int)]
    return Persons(
        kvinne=kvinne,
        landbakgrunn=landbakgrunn,
        born=born,
        entry=entry.astype(np.int32),
        exit=born + 12 * numbers.alder_ut,
        grew_up=grew_up,
        a=a,
        h=h,
        utdanning=utdanning,
        education_end=ended.astype(np.int32),
        yrke=yrke,
        gk=_by_landbakgrunn(rng, numbers.gk, landbakgrunn),
        sesong=_by_landbakgrunn(rng, numbers.sesong, landbakgrunn) & may_be_seasonal,
        parent_from=np.where(parent, born + parent_age, NEVER).astype(np.int32),
        fylke=_county(config, rng, landbakgrunn),
    )


def _age_months(uniform: Floats, years: tuple[float, float]) -> Ints:
    low, high = years
    return np.floor(12 * (low + (high - low) * uniform)).astype(np.int32)


def _by_landbakgrunn(rng: np.random.Generator, shares: Triple, landbakgrunn: Ints) -> Bools:
    drawn: Bools = rng.random(landbakgrunn.size) < np.array(shares)[landbakgrunn]
    return drawn


def _education(
    numbers: Personer,
    rng: np.random.Generator,
    a: Floats,
    kvinne: Bools,
    landbakgrunn: Ints,
    birth_year: Ints,
) -> Ints:
    given = numbers.utdanning
    years_before = np.maximum(0, given.aar - birth_year)
    level = given.a * a + given.kvinne * kvinne + given.utenfor * (landbakgrunn == UTENFOR)
    level = level + given.per_aar_foer * years_before + given.stoey * rng.standard_normal(a.size)
    drawn: Ints = np.searchsorted(np.array(given.grenser), level, side="right").astype(np.int32)
    return drawn


def _education_end(config: PopulationConfig, rng: np.random.Generator, utdanning: Ints, born: Ints) -> Ints:
    """The June of the calendar year in which education would end."""
    given, n = config.personer.utdanning, born.size
    months = np.round(12 * np.array(given.slutt_alder)).astype(np.int32)[utdanning]
    months = months + whole_numbers(rng.random(n), 0, given.slutt_maaneder)
    longer = whole_numbers(rng.random(n), 0, given.lengre_maaneder)
    months = born + months + np.where(utdanning == GRUNNSKOLE, 0, longer)
    offset = config.register.foerste_maaned.month - 1
    january = (months + offset) // 12 * 12 - offset
    return (january + given.slutt_kalendermaaned - 1).astype(np.int32)


def _occupation(
    numbers: Personer, rng: np.random.Generator, kvinne: Bools, utdanning: Ints, landbakgrunn: Ints
) -> Ints:
    shares = np.array([numbers.yrke.menn, numbers.yrke.kvinner])
    shares = shares / shares.sum(axis=-1, keepdims=True)
    uniform, again = rng.random(kvinne.size), rng.random(kvinne.size)
    below = (utdanning == HOEYERE) & (again < np.array(numbers.yrke.trukket_ned)[landbakgrunn])
    row = np.where(below, GRUNNSKOLE, utdanning)
    # The last column takes what rounding leaves over, so only eight are cumulated.
    return pick(uniform, shares[kvinne.astype(int), row][:, :-1]) + 1


def _county(config: PopulationConfig, rng: np.random.Generator, landbakgrunn: Ints) -> Ints:
    fylker = config.marked.fylker
    norsk = np.array([fylke.vekt for fylke in fylker])
    others = norsk * np.array([fylke.faktor for fylke in fylker])
    shares = np.stack([norsk / norsk.sum(), others / others.sum()])
    return pick(rng.random(landbakgrunn.size), shares[(landbakgrunn != NORSK).astype(int)][:, :-1])


def seen_as(names: Sequence[str], codes: Ints) -> NDArray[np.str_]:
    """The names of coded values, for a table."""
    return np.array(names)[codes]
