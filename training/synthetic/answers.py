"""What people answer when they register: given, withheld, missing; missing is not the same as no."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.synthetic import states
from training.synthetic.benefits import parent_window
from training.synthetic.config import PopulationConfig
from training.synthetic.config_record import JobbsituasjonSvar
from training.synthetic.draws import Floats, Ints
from training.synthetic.hazards import Values, linear, logistic
from training.synthetic.jobs import Jobs, code_within, near_digit
from training.synthetic.persons import GRUNNSKOLE, HOEYERE, UTENFOR, VIDEREGAAENDE, Persons
from training.synthetic.situations import TWO_YEARS, Situations, weights
from training.synthetic.states import Bools

Texts = NDArray[np.str_]
NULL = ""
"""An answer not given; written as null."""


@dataclass(frozen=True, slots=True)
class Utdanningssvar:
    """One value per person: education is a fact, so a person answers it alike every time."""

    nus: Texts
    bestaatt: Texts
    godkjent: Texts


@dataclass(frozen=True, slots=True)
class Svar:
    """One value per registrering; NULL where not given."""

    gitt: Bools
    nus: Texts
    bestaatt: Texts
    godkjent: Texts
    helse: Texts
    andre: Texts
    jobbsituasjon: Texts
    usikker_i_tillegg: Bools
    styrk08: Texts


def _three(ja: Values, vet_ikke: Floats, mangler: Floats, u: Floats) -> Texts:
    """JA, VET_IKKE, null, NEI: `mangler` and `vet_ikke` of all, `ja` of the rest, else NEI."""
    answered = np.where(u[1] < ja, "JA", "NEI")
    return np.where(u[0] < mangler, NULL, np.where(u[0] < mangler + vet_ikke, "VET_IKKE", answered))


def draw_education(persons: Persons, config: PopulationConfig, rng: np.random.Generator) -> Utdanningssvar:
    """Draw nus, bestaatt and godkjent of every person in the block."""
    given, u = config.svar.utdanning, rng.random((7, persons.a.size))
    level = persons.utdanning
    child = (level == GRUNNSKOLE) & (persons.landbakgrunn == UTENFOR) & (u[0] < given.barneskole_utenfor)
    unfinished = (level == GRUNNSKOLE) & ~child & (u[1] < given.grunnskole_uferdig)
    nus = np.select(
        [child, unfinished, level == GRUNNSKOLE, level == VIDEREGAAENDE],
        ["1", "3", "2", np.where(u[2] < given.paabygging, "5", "4")],
        np.where(u[2] < given.hoeyere_grad, "7", "6"),
    )
    asked = (level == HOEYERE) | (level == VIDEREGAAENDE) | unfinished
    passed = u[3] < np.where(unfinished, given.bestaatt_ja_uferdig, given.bestaatt_ja)
    bestaatt = np.where(passed, "JA", np.where(u[4] < given.bestaatt_mangler, NULL, "NEI"))
    return Utdanningssvar(
        nus, np.where(asked, bestaatt, NULL), np.where(asked, _approved(persons, config, u[5], u[6]), NULL)
    )


def _approved(persons: Persons, config: PopulationConfig, first: Floats, second: Floats) -> Texts:
    given, background = config.svar.utdanning, persons.landbakgrunn
    ja = np.where(
        persons.gk, np.array(given.godkjent_ja)[background], np.array(given.ikke_godkjent_ja)[background]
    )
    vet_ikke = np.where(persons.gk, given.godkjent_vet_ikke, given.ikke_godkjent_vet_ikke)
    return np.where(first < ja, "JA", np.where(second < vet_ikke, "VET_IKKE", "NEI"))


def draw_answers(
    at: Situations, education: Utdanningssvar, jobs: Jobs, config: PopulationConfig, rng: np.random.Generator
) -> Svar:
    """Draw the answers of every registrering; one not given at all has every answer null."""
    given, n = config.svar, at.person.size
    gitt = rng.random(n) < logistic(linear(given.gitt, weights(at, {})) + config.brytere.svarvilje)
    unstated = rng.random(n) < given.utdanning.uoppgitt
    situation = _jobbsituasjon(at, given.jobbsituasjon, rng.random((5, n)))
    second = rng.random(n) < given.jobbsituasjon.usikker_i_tillegg
    second &= ~np.isin(situation, ("ALDRI_HATT_JOBB", "USIKKER_JOBBSITUASJON"))
    styrk08 = _stated_code(at, jobs, situation, config, rng.random((4, n)))
    helse, andre = _health(at, config, rng.random((2, n))), _other(at, config, rng.random((2, n)))
    no_education = ~gitt | unstated
    return Svar(
        gitt=gitt,
        nus=np.where(gitt, np.where(unstated, "9", education.nus[at.person]), NULL),
        bestaatt=np.where(no_education, NULL, education.bestaatt[at.person]),
        godkjent=np.where(no_education, NULL, education.godkjent[at.person]),
        helse=np.where(gitt, helse, NULL),
        andre=np.where(gitt, andre, NULL),
        jobbsituasjon=np.where(gitt, situation, NULL),
        usikker_i_tillegg=second & gitt,
        styrk08=np.where(gitt, styrk08, NULL),
    )


def _health(at: Situations, config: PopulationConfig, u: Floats) -> Texts:
    given, svikt = config.svar, at.helsesvikt.astype(int)
    terms = weights(at, {"h_klippet": np.clip(at.who.h, *given.h_klipp)})
    hindered = logistic(linear(given.helse_ja_syk, terms) + config.brytere.skjuling)
    ja = np.where(at.helsesvikt, hindered, logistic(linear(given.helse_ja_frisk, terms)))
    return _three(ja, np.array(given.helse_vet_ikke)[svikt], np.array(given.helse_mangler)[svikt], u)


def _other(at: Situations, config: PopulationConfig, u: Floats) -> Texts:
    given, who = config.svar, at.who
    # Years in Norway count from arrival: those who enter at 18 grew up here.
    new = ~who.grew_up & (who.landbakgrunn == UTENFOR) & (at.month - who.entry < 12 * given.ny_i_norge_aar)
    terms = weights(
        at,
        {
            "utenfor_ny": new,
            "aleneforelder": parent_window(who, at.month, config),
            "lav_a": who.a < given.lav_a,
        },
    )
    return _three(
        logistic(linear(given.andre_ja, terms)),
        np.full(u.shape[1], given.andre_vet_ikke),
        np.full(u.shape[1], given.andre_mangler),
        u,
    )


def _jobbsituasjon(at: Situations, given: JobbsituasjonSvar, u: Floats) -> Texts:
    """The first that fits. Who has had no job since 2011 says ALDRI, not IKKE_VAERT_I_JOBB_SISTE_2_AAR."""
    since_end = at.month - at.who.education_end
    finished = (since_end >= 0) & (since_end < given.utdanning_maaneder)
    says_finished = u[1] < np.where(at.from_job, given.utdanning_fra_jobb, given.utdanning_ellers)
    had_job = at.last_job >= 0
    away = ~at.from_job & had_job & (at.months_since_job > TWO_YEARS)
    never = ~at.from_job & ~had_job
    return np.select(
        [
            at.tilstand == states.PE,
            at.delvis_ledig & (u[0] < given.deltid),
            finished & says_finished,
            at.from_job,
            away & (u[3] < given.ikke_jobb_2_aar),
            never & (u[3] < given.aldri_jobb),
            u[4] < given.usikker,
        ],
        [
            "ER_PERMITTERT",
            "DELTIDSJOBB_VIL_MER",
            "AKKURAT_FULLFORT_UTDANNING",
            _from_job(at, given, u[2], u[4]),
            "IKKE_VAERT_I_JOBB_SISTE_2_AAR",
            "ALDRI_HATT_JOBB",
            "USIKKER_JOBBSITUASJON",
        ],
        "ANNET",
    )


def _from_job(at: Situations, given: JobbsituasjonSvar, first: Floats, second: Floats) -> Texts:
    temporary = np.where(at.before == states.JN, given.midlertidig_jn, given.midlertidig_jf)
    fired, left = given.sagt_opp_av, given.sagt_opp_av + given.sagt_opp_selv
    rest = np.array(["VIL_BYTTE_JOBB", "USIKKER_JOBBSITUASJON", "KONKURS", "NY_JOBB"])
    return np.select(
        [first < fired, first < left, first < left + temporary],
        ["HAR_BLITT_SAGT_OPP", "HAR_SAGT_OPP", "MIDLERTIDIG_JOBB"],
        rest[np.floor(second * rest.size).astype(int)],
    )


def _stated_code(at: Situations, jobs: Jobs, situation: Texts, config: PopulationConfig, u: Floats) -> Texts:
    """The last job as stated: its code, or one near it; the main yrke if no job is on file."""
    given, numbers = config.svar.jobbsituasjon, config.arbeidsforhold
    required = np.isin(situation, given.styrk_kreves)
    states_it = required | ((u[0] < given.styrk_ellers) & (situation != "ALDRI_HATT_JOBB"))
    had_job = at.last_job >= 0
    last = np.where(had_job, jobs.styrk08[at.last_job], code_within(at.who.yrke, u[3], numbers))
    digit: Ints = last.astype("<U1").astype(np.int32)
    near = code_within(near_digit(digit, u[2], numbers), u[3], numbers)
    return np.where(states_it, np.where(u[1] < numbers.oppgitt_riktig, last, near), NULL)


def situations_column(answers: Svar) -> pl.Series:
    """The list column: null if not given, else one or two entries."""
    frame = pl.DataFrame(
        {"first": answers.jobbsituasjon, "given": answers.gitt, "second": answers.usikker_i_tillegg}
    )
    one = pl.concat_list("first")
    two = pl.concat_list("first", pl.lit("USIKKER_JOBBSITUASJON"))
    column = pl.when("given").then(pl.when("second").then(two).otherwise(one))
    return frame.select(column.alias("jobbsituasjon"))["jobbsituasjon"]


def nullable(values: NDArray[Any]) -> pl.Series:
    """Texts with NULL turned into a real null."""
    return pl.Series(values, dtype=pl.String).replace(NULL, None)
