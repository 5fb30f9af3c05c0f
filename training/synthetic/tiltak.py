"""Tiltak: what people took part in; it has no effect on the hazards besides the tilstand itself."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.synthetic.benefits import last_day
from training.synthetic.config import PopulationConfig
from training.synthetic.config_record import TiltakConfig
from training.synthetic.draws import Floats, Ints, pick
from training.synthetic.months import Calendar
from training.synthetic.paths import Paths
from training.synthetic.spells import spells_of
from training.synthetic.states import AA, TD, TU, Codes

DURING_AAP = 1
"""Marks a month of tiltak during AAP; from TD and TU the code of the tilstand itself is used."""


@dataclass(frozen=True, slots=True)
class Tiltak:
    """One value per spell, sorted by person and fom."""

    person: Ints
    type: NDArray[np.str_]
    fom: Ints
    tom: Ints  # included; NO_DATE while running


def _months(paths: Paths, given: TiltakConfig, rng: np.random.Generator) -> Codes:
    months, n = len(paths.tilstand), paths.tilstand[0].size
    codes = np.zeros((months, n), np.int8)
    going = np.zeros(n, np.bool_)
    for t in range(months):
        now, uniform = paths.tilstand[t], rng.random(n)
        going = (now == AA) & np.where(going, uniform >= given.aap_slutt, uniform < given.aap_start)
        codes[t] = np.where(np.isin(now, (TD, TU)), now, np.where(going, DURING_AAP, 0))
    return codes


def make_tiltak(
    paths: Paths,
    config: PopulationConfig,
    days: Calendar,
    answers: np.random.Generator,
    dates: np.random.Generator,
) -> Tiltak:
    """Date the spells by the same rule as ytelser."""
    given = config.tiltak
    spells = spells_of(_months(paths, given, answers))
    uniform = answers.random(spells.person.size)
    types = np.where(spells.value == DURING_AAP, _types(given.aap, uniform), _types(given.ledig, uniform))
    u = dates.random((3, spells.person.size))
    tom = last_day(spells.last, u[1:], config.ytelser.slutt_maanedsslutt, paths.tilstand.shape[0], days)
    return Tiltak(spells.person, types, days.in_period(spells.first, u[0]), tom)


def _types(mix: Mapping[str, float], uniform: Floats) -> NDArray[np.str_]:
    shares = np.array(list(mix.values()))
    return np.array(list(mix))[pick(uniform, shares[:-1])]
