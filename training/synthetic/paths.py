"""Monthly lives of one block: tilstand, arr and helsesvikt on every measuring day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.synthetic import states
from training.synthetic.config import PopulationConfig
from training.synthetic.draws import Floats
from training.synthetic.hazards import (
    Row,
    Surroundings,
    Terms,
    fixed_terms,
    linear,
    logistic,
    month_terms,
    probabilities,
    state_terms,
    transition_rows,
    with_indices,
)
from training.synthetic.persons import EOES, UTENFOR, Persons
from training.synthetic.states import (
    AA,
    JF,
    JN,
    LD,
    SO,
    STATES,
    UF,
    UT,
    XX,
    Bools,
    Codes,
)

DRAWS = 4
"""Uniforms per person and month, always drawn: helsesvikt, arr, tilstand, helsesvikt after recovery."""


@dataclass(frozen=True, slots=True)
class Paths:
    """One value per month (first axis) and person."""

    tilstand: Codes
    arr: Codes
    helsesvikt: Bools


@dataclass(slots=True)
class Now:
    """One value per person on the latest measuring day; `step` moves it on by a month."""

    tilstand: Codes
    arr: Codes
    helsesvikt: Bools


def simulate(persons: Persons, around: Surroundings, rng: np.random.Generator) -> Paths:
    """Live all months of all persons; the order within a month is helsesvikt, arr, tilstand."""
    months, n = around.config.register.maaneder, persons.a.size
    shape = (months, n)
    paths = Paths(np.empty(shape, np.int8), np.empty(shape, np.int8), np.empty(shape, np.bool_))
    fixed, rows = fixed_terms(persons, around.config), transition_rows(around.config)
    now = Now(np.full(n, XX, np.int8), np.zeros(n, np.int8), np.zeros(n, np.bool_))
    for t in range(months):
        uniform = rng.random((DRAWS, n))
        terms = month_terms(fixed, persons, np.full(n, t, np.int32), around)
        begins = (persons.entry <= t) if t == 0 else (persons.entry == t)
        step(now, terms, uniform, rows, around.config)
        _enter(now, persons, terms, t, np.flatnonzero(begins), uniform, around.config)
        now.tilstand[persons.exit <= t] = XX
        paths.tilstand[t], paths.arr[t], paths.helsesvikt[t] = now.tilstand, now.arr, now.helsesvikt
    return paths


def step(now: Now, terms: Terms, uniform: Floats, rows: tuple[Row, ...], config: PopulationConfig) -> None:
    """Move every person on by a month; `terms` are those of the new month, `uniform` is (DRAWS, n)."""
    _change_health(now, terms, uniform[0], config)
    _change_scar(now, terms, uniform[1], config)
    driven = with_indices(state_terms(terms, now.arr, now.helsesvikt), config)
    _move(now, driven, uniform, rows, config.helsesvikt.etter_friskmelding)


def _change_health(now: Now, terms: Terms, uniform: Floats, config: PopulationConfig) -> None:
    given = config.helsesvikt
    terms = state_terms(terms, now.arr, now.helsesvikt)
    falls = logistic(linear(given.inn, terms))
    recovers = logistic(linear(given.ut, terms) + given.ut_aap * (now.tilstand == AA))
    recovers[states.IS_SICK[now.tilstand]] = 0
    now.helsesvikt = np.where(now.helsesvikt, uniform >= recovers, uniform < falls)


def scar_steps(config: PopulationConfig) -> tuple[Floats, Floats]:
    """Monthly probability of one step up and one step down in arr, by code of tilstand."""
    steps = []
    for given in (config.arr.opp, config.arr.ned):
        table = np.zeros(STATES)
        for name, share in given.items():
            if name == "SL":
                table[states.IS_SL] = share
            else:
                table[states.CODE[name]] = share
        steps.append(table)
    return steps[0], steps[1]


def _change_scar(now: Now, terms: Terms, uniform: Floats, config: PopulationConfig) -> None:
    up, down = (table[now.tilstand] for table in scar_steps(config))
    learning = (now.tilstand == UT) & (terms["stud"] > 0)
    up = np.where(learning, config.arr.opp_under_utdanning, up)
    step = (uniform < up).astype(np.int8) - ((uniform >= up) & (uniform < up + down)).astype(np.int8)
    now.arr = np.clip(now.arr + step, 0, 2).astype(np.int8)


def _move(now: Now, terms: Terms, uniform: Floats, rows: tuple[Row, ...], relapse: float) -> None:
    before = now.tilstand
    after = before.copy()
    for row in rows:
        index = np.flatnonzero(states.mask(*row.codes)[before])
        if index.size:
            after[index] = _targets(row, before[index], _at(row, terms, index), uniform[2, index])
    used_up = np.isin(before, (states.SJ12, states.SL12))
    recovered = states.IS_SICK[before] & np.isin(after, (JF, LD)) & ~used_up
    now.helsesvikt = np.where(recovered, uniform[3] < relapse, now.helsesvikt | states.IS_SICK[after])
    now.tilstand = after


def _at(row: Row, terms: Terms, index: NDArray[np.intp]) -> Terms:
    wanted = {"a"} | {name for formula in row.formulas for name, _ in formula.weights if name != "k"}
    return {name: terms[name][index] for name in wanted}


def _targets(row: Row, before: Codes, terms: Terms, uniform: Floats) -> Codes:
    moves, _ = probabilities(row, terms)
    after = before + np.int8(row.stays or 0)
    passed = np.zeros_like(uniform)
    undecided = np.ones(uniform.shape, np.bool_)
    for move, target, relative in zip(moves, row.targets, row.relative, strict=True):
        passed = passed + move
        goes = undecided & (uniform < passed)
        after[goes] = before[goes] + target if relative else target
        undecided &= ~goes
    if row.stays is None:
        # Rounding may leave the last sliver of probability undecided: it belongs to the last target.
        after[undecided] = row.targets[-1]
    return after


def _enter(
    now: Now,
    persons: Persons,
    terms: Terms,
    t: int,
    index: NDArray[np.intp],
    uniform: Floats,
    config: PopulationConfig,
) -> None:
    """Give those who become active their first tilstand, arr and helsesvikt."""
    if not index.size:
        return
    who, u = persons.take(index), uniform[:, index]
    own = {name: value[index] for name, value in terms.items()}
    stud = own["stud"] > 0
    shares = _shares_at_start(own, stud, config) if t == 0 else _shares_on_entry(who, config)
    tilstand = np.array([*SHARE_ORDER, JF], np.int8)[(u[2][:, None] >= np.cumsum(shares, axis=1)).sum(axis=1)]
    arr = (
        _scar_at_start(tilstand, stud, u[1], config)
        if t == 0
        else _scar_on_entry(tilstand, who, u[1], config)
    )
    unwell = u[0] < logistic(linear(config.helsesvikt.start, own))
    now.tilstand[index], now.arr[index] = tilstand, arr
    now.helsesvikt[index] = unwell | (tilstand == AA) | (tilstand == UF)


SHARE_ORDER = (UF, AA, SO, LD, UT, JN)
"""Columns of the shares people start with; the rest is JF."""


def _shares_at_start(terms: Terms, stud: Bools, config: PopulationConfig) -> Floats:
    given = config.start
    uf = logistic(linear(given.uf, terms))
    so = given.so + given.so_lav_a * (terms["a"] < given.lav_a)
    older = np.where(terms["alder"] > given.eldre_fra, given.ut_eldre, 1.0)
    ut = given.ut * np.exp(given.ut_a * terms["a"]) * older
    aap, ld, none = logistic(linear(given.aap, terms)), np.full_like(uf, given.ld), np.zeros_like(uf)
    settled = np.stack([uf, aap, so, ld, ut, none], axis=1)
    works = given.student_jn * (1 - uf)
    learning = np.stack([uf, none, none, none, 1 - uf - works, works], axis=1)
    return np.where(stud[:, None], learning, settled)


def _shares_on_entry(who: Persons, config: PopulationConfig) -> Floats:
    given = config.start
    shares = np.zeros((who.a.size, len(SHARE_ORDER)))
    uf = given.atten_uf * np.exp(given.atten_uf_h * who.h)
    uf = np.minimum(uf, 1 - given.atten_jn)
    shares[:, 0], shares[:, 4], shares[:, 5] = uf, 1 - given.atten_jn - uf, given.atten_jn
    for landbakgrunn, mix in ((EOES, given.ankomst_eoes), (UTENFOR, given.ankomst_utenfor)):
        arrived = ~who.grew_up & (who.landbakgrunn == landbakgrunn)
        shares[arrived] = [0, 0, mix["SO"], 0, mix["UT"], 1 - mix["SO"] - mix["UT"]]
    # The last column must reach 1: nobody who enters later starts settled in a job.
    shares[:, 5] = 1.0
    return shares


def _scar_at_start(tilstand: Codes, stud: Bools, uniform: Floats, config: PopulationConfig) -> Codes:
    given = config.arr
    on_support = np.isin(tilstand, (AA, SO))
    away = (tilstand == UT) & ~stud & (uniform < given.start_ut)
    scarred = 1 + (uniform < given.start_aap_so).astype(np.int8)
    arr: Codes = np.where(on_support, scarred, away).astype(np.int8)
    return arr


def _scar_on_entry(tilstand: Codes, who: Persons, uniform: Floats, config: PopulationConfig) -> Codes:
    """None at 18; some of those who arrive without a job."""
    scarred: Bools = ~who.grew_up & (tilstand != JN) & (uniform < config.arr.start_ankomst)
    return scarred.astype(np.int8)
