"""What drives the paths: terms of a person-month, six indices, and the log-odds of each move.

Written once and used both by the monthly simulation (float64, one value per person) and by the exact
truth (float32, axes arr x helsesvikt x registrering). So the truth cannot drift from the simulation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.synthetic import states
from training.synthetic.config import PopulationConfig
from training.synthetic.config_state import Formula
from training.synthetic.draws import Ints
from training.synthetic.market import Market
from training.synthetic.months import Calendar
from training.synthetic.persons import EOES, GRUNNSKOLE, HOEYERE, UTENFOR, Persons
from training.synthetic.states import CODE, OPEN

Values = NDArray[np.floating[Any]]
Terms = dict[str, Values]

INDICES: Final = ("J", "K", "L", "F", "U", "P")


def linear(formula: Formula, terms: Mapping[str, Values]) -> Values:
    """The sum of weight x term; terms with fewer axes are added first, which saves work in the truth."""
    total: Any = None
    axes = {name: 0 if name == "k" else terms[name].ndim for name, _ in formula.weights}
    for name, weight in sorted(formula.weights, key=lambda pair: axes[pair[0]]):
        part = weight if name == "k" else weight * terms[name]
        total = part if total is None else total + part
    return np.asarray(total)


def logistic(x: Values) -> Values:
    """One over one plus e to the minus x."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def fixed_terms(persons: Persons, config: PopulationConfig, dtype: type = np.float64) -> Terms:
    """Terms that never change for a person."""
    hoeyere = persons.utdanning == HOEYERE
    flags = {
        "kvinne": persons.kvinne,
        "mann": ~persons.kvinne,
        "grunnskole": persons.utdanning == GRUNNSKOLE,
        "hoeyere": hoeyere,
        "hoeyere_ikke_godkjent": hoeyere & ~persons.gk,
        "utenfor": persons.landbakgrunn == UTENFOR,
        "eoes": persons.landbakgrunn == EOES,
        "man": persons.yrke >= config.personer.yrke.manuelt_fra,
        "sesong": persons.sesong,
        "a": persons.a,
        "h": persons.h,
    }
    return {name: flag.astype(dtype) for name, flag in flags.items()}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What month_terms needs besides the persons."""

    config: PopulationConfig
    market: Market
    days: Calendar


def month_terms(fixed: Terms, persons: Persons, month: Ints, around: Surroundings) -> Terms:
    """`fixed` with age, education, season and market in `month` (one month, or one per person)."""
    given, dtype = around.config.personer.utdanning, fixed["a"].dtype
    age_months = month - persons.born
    since_end = month - persons.education_end
    kalender = np.maximum(0, (month - around.config.register.registreringer_fra) / 12)
    season = around.days.calendar_month(month)
    u30 = age_months < 30 * 12
    values = {
        "alder": age_months / 12,
        "a10": age_months / 120 - 4.0,
        "u25": age_months < 25 * 12,
        "u30": u30,
        "fra25til29": u30 & (age_months >= 25 * 12),
        "over50": age_months >= 50 * 12,
        "over55": age_months >= 55 * 12,
        "over60": age_months >= 60 * 12,
        "u30_aar": u30 * kalender,
        "stud": since_end < 0,
        "nyut": (since_end >= 0) & (since_end < given.nyutdannet_maaneder),
        "sesong_vaar": persons.sesong & (season >= 3) & (season <= 5),
        "sesong_hoest": persons.sesong & (season >= 10),
        "aap_endret": month >= around.config.aap_regelendring.fra,
        "z": around.market.z[persons.fylke, persons.yrke - 1, month],
        "cov_v": around.market.cov_v[persons.yrke - 1, month],
    }
    terms = fixed | {name: np.asarray(value, dtype=dtype) for name, value in values.items()}
    terms["z_man"] = terms["z"] * terms["man"]
    return terms


def state_terms(terms: Terms, arr: NDArray[Any], helsesvikt: NDArray[Any]) -> Terms:
    """`terms` with what depends on the scar and on health, which broadcast against the persons."""
    dtype = terms["a"].dtype
    scarred = (arr >= 1).astype(dtype)
    unwell = helsesvikt.astype(dtype)
    return terms | {
        "arr": arr.astype(dtype),
        "arr1": (arr == 1).astype(dtype),
        "arr2": (arr == 2).astype(dtype),
        "over55_arr": terms["over55"] * scarred,
        "ung": terms["u30"] * terms["grunnskole"] * scarred,
        "helsesvikt": unwell,
        "helsesvikt_man": unwell * terms["man"],
        "helsesvikt_a10": unwell * terms["a10"],
    }


def with_indices(terms: Terms, config: PopulationConfig) -> Terms:
    """`terms` with the six indices J, K, L, F, U and P."""
    return terms | {name: linear(config.indekser[name], terms) for name in INDICES}


@dataclass(frozen=True, slots=True)
class Row:
    """The moves out of one state, or of a band of months of illness.

    A `relative` target is a jump from the state itself: SJn -> SL(n+1) is the same jump for every n.
    `stays` is the jump of those who do not move (0, or 1 month further in illness); None: they must leave.
    """

    codes: tuple[int, ...]
    targets: tuple[int, ...]
    relative: tuple[bool, ...]
    formulas: tuple[Formula, ...]
    stays: int | None


def transition_rows(config: PopulationConfig) -> tuple[Row, ...]:
    """The table of moves: open states first in their order, then illness, exhaustion last."""
    rows = [_open_row(config, name) for name in OPEN]
    to_sl = states.SL1 - states.SJ1 + 1
    for band in config.sykdom.baand:
        n = range(band.fra - 1, band.til)
        for first, moves in ((states.SJ1, band.SJ), (states.SL1, band.SL)):
            targets = tuple(to_sl if name == "SL" else CODE[name] for name in moves)
            relative = tuple(name == "SL" for name in moves)
            rows.append(Row(tuple(first + i for i in n), targets, relative, tuple(moves.values()), 1))
    for last, moves in ((states.SJ12, config.sykdom.oppbrukt.SJ), (states.SL12, config.sykdom.oppbrukt.SL)):
        targets = tuple(CODE[name] for name in moves)
        rows.append(Row((last,), targets, (False,) * len(moves), tuple(moves.values()), None))
    return tuple(rows)


def _open_row(config: PopulationConfig, name: str) -> Row:
    weight = config.aap_regelendring.konstant
    moves = {
        target: formula.plus("aap_endret", weight) if target == "AA" else formula
        for target, formula in config.overganger[name].items()
    }
    targets = tuple(CODE[target] for target in moves)
    return Row((CODE[name],), targets, (False,) * len(moves), tuple(moves.values()), 0)


def probabilities(row: Row, terms: Mapping[str, Values]) -> tuple[list[Values], Values]:
    """Probability of each target of `row`, and of staying (zero where one must leave).

    Shapes are as small as the terms allow and broadcast against each other.
    """
    dtype = terms["a"].dtype
    odds = [np.exp(linear(formula, terms)).astype(dtype) for formula in row.formulas]
    total: Values = np.asarray(0.0 if row.stays is None else 1.0, dtype=dtype)
    for one in odds:
        total = total + one
    scale = 1 / total
    return [one * scale for one in odds], np.zeros_like(scale) if row.stays is None else scale
