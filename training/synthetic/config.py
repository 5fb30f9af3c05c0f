"""The numbers of the synthetic register as types; the numbers themselves stand in `population.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from training.synthetic.config_record import (
    Arbeidsforhold,
    Perioder,
    Svar,
    TiltakConfig,
    Vedtak,
    YtelserConfig,
)
from training.synthetic.config_state import (
    AapRegelendring,
    Arr,
    Formula,
    Helsesvikt,
    Start,
    Sykdom,
)
from training.synthetic.config_world import Marked, Personer
from training.typed_toml import ConfigError, build, override, read_toml

PACKAGED = Path(__file__).parents[1] / "config" / "population.toml"
"""The committed numbers; another file must have the same keys."""


@dataclass(frozen=True, slots=True)
class Register:
    """What the register covers; months are counted from `foerste_maaned`."""

    navn: str
    versjon: str
    blokk: int
    foerste_maaned: date
    maaneder: int
    markedsmaaneder: int
    registreringer_fra: int
    uttrekksdato: date
    horisont_maaneder: int
    stoenad_maaneder: int
    befolkning: int


@dataclass(frozen=True, slots=True)
class Brytere:
    """The switches: what a data scientist may turn without touching a coefficient."""

    diskriminering: float
    skjuling: float
    svarvilje: float
    r_opp: float
    r_ned: float
    sjokk: float
    samspill: float


@dataclass(frozen=True, slots=True)
class Kontroll:
    """The band one check number must fall in at N >= 100,000."""

    nummer: str
    navn: str
    lav: float
    hoey: float


@dataclass(frozen=True, slots=True)
class PopulationConfig:
    """Everything the synthetic register depends on, besides seed and size."""

    register: Register
    brytere: Brytere
    personer: Personer
    marked: Marked
    helsesvikt: Helsesvikt
    arr: Arr
    indekser: Mapping[str, Formula]
    uten_samspill: Mapping[str, Formula]
    overganger: Mapping[str, Mapping[str, Formula]]
    sykdom: Sykdom
    aap_regelendring: AapRegelendring
    start: Start
    perioder: Perioder
    arbeidsforhold: Arbeidsforhold
    ytelser: YtelserConfig
    tiltak: TiltakConfig
    svar: Svar
    vedtak: Vedtak
    kontroller: tuple[Kontroll, ...]


def read_config(path: Path = PACKAGED, overrides: Mapping[str, Any] | None = None) -> PopulationConfig:
    """Read the numbers, with `overrides` by dotted key (`{"brytere.r_opp": 0.3}`) put on top.

    The switches `diskriminering` and `samspill` are applied here, so every later reader of an index sees
    its final weights. Raises ConfigError.
    """
    config = build(PopulationConfig, override(read_toml(path), overrides or {}), "population")
    return _with_switches(config)


def _with_switches(config: PopulationConfig) -> PopulationConfig:
    indices = {name: _switched(name, formula, config) for name, formula in config.indekser.items()}
    values = {name: getattr(config, name) for name in config.__dataclass_fields__}
    return PopulationConfig(**{**values, "indekser": indices})


def _switched(name: str, formula: Formula, config: PopulationConfig) -> Formula:
    """Scale utenfor, and move each interaction weight from its full to its `uten_samspill` value."""
    on = config.brytere.samspill
    without = config.uten_samspill.get(name, Formula(()))
    unknown = set(dict(without.weights)) - set(dict(formula.weights))
    if unknown:
        raise ConfigError(f"population.uten_samspill.{name}.{min(unknown)} is no term of indekser.{name}")
    plain = dict(without.weights)
    mixed = {term: on * weight + (1 - on) * plain.get(term, weight) for term, weight in formula.weights}
    if "utenfor" in mixed:
        mixed["utenfor"] *= config.brytere.diskriminering
    return Formula(tuple((term, weight) for term, weight in mixed.items() if weight != 0.0))
