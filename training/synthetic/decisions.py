"""vedtak 14 a: the true need at registrering, and a decided need that is not always the same."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.synthetic import states
from training.synthetic.benefits import Benefits
from training.synthetic.config import PopulationConfig
from training.synthetic.draws import Floats, Ints, whole_numbers
from training.synthetic.hazards import Surroundings, linear
from training.synthetic.months import NO_DATE, day_number
from training.synthetic.paths import Paths
from training.synthetic.situations import Situations
from training.synthetic.states import AAP, SYKEPENGER, Bools

GODE, VEILEDNING, NEDSATT, DELVIS, LITEN = range(5)
INNSATSGRUPPER: Final = (
    "GODE_MULIGHETER",
    "TRENGER_VEILEDNING",
    "TRENGER_VEILEDNING_NEDSATT_ARBEIDSEVNE",
    "JOBBE_DELVIS",
    "LITEN_MULIGHET_TIL_A_JOBBE",
)


@dataclass(frozen=True, slots=True)
class Decisions:
    """One value per vedtak; `registrering` is the place in Situations."""

    registrering: NDArray[np.intp]
    innsatsgruppe: Ints
    dato: Ints


def true_need(at: Situations, config: PopulationConfig) -> Ints:
    """The innsatsgruppe a full assessment would find, per registrering."""
    given = config.vedtak
    terms = at.terms | {"u30_aar": at.terms["u30"] * given.kalenderaar}
    j, k = linear(config.indekser["J"], terms), linear(config.indekser["K"], terms)
    unwell = at.helsesvikt
    need = np.select(
        [
            unwell & (k > given.liten_k),
            unwell & (k > given.delvis_k),
            (unwell & (k > given.nedsatt_k)) | (k > given.nedsatt_k_uten_svikt),
            j < given.veiledning_j,
        ],
        [LITEN, DELVIS, NEDSATT, VEILEDNING],
        GODE,
    )
    return need.astype(np.int32)


def decide(
    at: Situations,
    need: Ints,
    registrert: Ints,
    paths: Paths,
    benefits: Benefits,
    around: Surroundings,
    rng: np.random.Generator,
) -> Decisions:
    """Draw who gets a vedtak, when, and with which innsatsgruppe; none is later than the extract date."""
    given, u = around.config.vedtak, rng.random((3, at.person.size))
    dato = registrert + whole_numbers(u[0], *given.dager)
    at_work = np.where(_works_next_month(at, paths), given.i_jobb_faktor, 1.0)
    falls = np.array(given.sannsynlighet)[need] * at_work
    decided = (u[1] < falls) & (dato <= day_number(around.config.register.uttrekksdato))
    on_record = _health_on_record(at, registrert, benefits, given.helseytelse_dager)
    group = _assigned(at, need, dato, on_record, around.config, u[2])
    chosen = np.flatnonzero(decided)
    return Decisions(chosen, group[chosen], dato[chosen])


def _works_next_month(at: Situations, paths: Paths) -> Bools:
    """In a job in the month after; the month after the last is not simulated, and counts as no job."""
    last = paths.tilstand.shape[0] - 1
    after = paths.tilstand[np.minimum(at.month + 1, last), at.person]
    works: Bools = states.IS_AT_WORK[after] & (at.month < last)
    return works


def _health_on_record(at: Situations, registrert: Ints, benefits: Benefits, window_days: int) -> Bools:
    """Whether SYKEPENGER or AAP of the last `window_days` days is known on the day of the registrering."""
    rows = np.flatnonzero(np.isin(benefits.ytelse, (SYKEPENGER, AAP)))
    owner = benefits.person[rows]
    first, beyond = (np.searchsorted(owner, at.person, "left"), np.searchsorted(owner, at.person, "right"))
    case = np.repeat(np.arange(at.person.size), beyond - first)
    # Rows of one person lie side by side: count up from the first one of each case.
    row = rows[np.arange(case.size) - np.repeat(np.cumsum(beyond - first) - beyond, beyond - first)]
    recent = (benefits.tom[row] == NO_DATE) | (benefits.tom[row] >= registrert[case] - window_days)
    known = np.zeros(at.person.size, np.bool_)
    known[case[recent & (benefits.kjent_fra[row] <= registrert[case])]] = True
    return known


def _assigned(
    at: Situations, need: Ints, dato: Ints, on_record: Bools, config: PopulationConfig, uniform: Floats
) -> Ints:
    """Up to NEDSATT where places are many; down from it where they are few."""
    given, switches = config.vedtak, config.brytere
    after = dato >= day_number(given.brudd)
    places = np.array([fylke.plass for fylke in config.marked.fylker])[at.who.fylke]
    kinds = [on_record, at.tilstand == states.LD]
    case = np.select(kinds, [given.helseytelse_faktor, given.ld_faktor], 1.0)
    up = np.minimum(given.tak, switches.r_opp * places * np.where(after, given.opp_etter_brudd, 1.0) * case)
    down = switches.r_ned / places * np.where(after, given.ned_etter_brudd, 1.0)
    raised = (need < NEDSATT) & (uniform < up)
    lowered = (need == NEDSATT) & (uniform < down)
    return np.where(raised, NEDSATT, np.where(lowered, VEILEDNING, need)).astype(np.int32)
