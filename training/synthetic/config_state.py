"""Typed numbers of the state machine. Meanings and sources: `population.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training.typed_toml import ConfigError


@dataclass(frozen=True, slots=True)
class Formula:
    """A sum of weight x term; the term `k` is always one."""

    weights: tuple[tuple[str, float], ...]

    @classmethod
    def from_table(cls, raw: Any, where: str) -> "Formula":
        """Read `{k = -5.6, L = 1.0}`. Raises ConfigError if a weight is no number."""
        if not isinstance(raw, dict):
            raise ConfigError(f"{where} must be a table, is {type(raw).__name__}")
        for term, weight in raw.items():
            if isinstance(weight, bool) or not isinstance(weight, int | float):
                raise ConfigError(f"{where}.{term} must be a number, is {type(weight).__name__}")
        return cls(tuple((term, float(weight)) for term, weight in raw.items()))

    def plus(self, term: str, weight: float) -> "Formula":
        """The same formula with one more term."""
        return Formula((*self.weights, (term, weight)))


@dataclass(frozen=True, slots=True)
class Helsesvikt:
    """How reduced health comes and goes."""

    inn: Formula
    ut: Formula
    ut_aap: float
    etter_friskmelding: float
    start: Formula


@dataclass(frozen=True, slots=True)
class Arr:
    """How the scar of time out of work grows and heals, per month and tilstand."""

    opp: Mapping[str, float]
    ned: Mapping[str, float]
    opp_under_utdanning: float
    start_aap_so: float
    start_ut: float
    start_ankomst: float


@dataclass(frozen=True, slots=True)
class SykBaand:
    """Moves out of the n-th month of illness, `fra` <= n <= `til`, with (SJ) and without (SL) a job."""

    fra: int
    til: int
    SJ: Mapping[str, Formula]
    SL: Mapping[str, Formula]


@dataclass(frozen=True, slots=True)
class SykOppbrukt:
    """Where people go when the twelve months are used up."""

    SJ: Mapping[str, Formula]
    SL: Mapping[str, Formula]


@dataclass(frozen=True, slots=True)
class Sykdom:
    """Illness by month, up to twelve."""

    baand: tuple[SykBaand, ...]
    oppbrukt: SykOppbrukt


@dataclass(frozen=True, slots=True)
class AapRegelendring:
    """The rule change that made AAP harder to enter from month `fra` on."""

    fra: int
    konstant: float


@dataclass(frozen=True, slots=True)
class Start:
    """The state a person is in at t = 0, on turning 18, or on arrival."""

    uf: Formula
    aap: Formula
    so: float
    so_lav_a: float
    lav_a: float
    ld: float
    ut: float
    ut_a: float
    ut_eldre: float
    eldre_fra: int
    student_jn: float
    atten_uf: float
    atten_uf_h: float
    atten_jn: float
    ankomst_eoes: Mapping[str, float]
    ankomst_utenfor: Mapping[str, float]
