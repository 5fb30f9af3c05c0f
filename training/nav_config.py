"""What `train` is told: one TOML, every key wanted, no other accepted; the resolved one is kept."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from profilering.errors import CallerError
from profilering.registrering import Livsoppholdsytelse
from profilering.tema import Tema
from training.fit import LightgbmParams
from training.typed_toml import build, override, read_toml

DEFAULT = Path(__file__).parent / "config" / "nav.toml"


@dataclass(frozen=True, slots=True)
class OutcomeConfig:
    """How the two outcomes are counted (glossary, *Outcomes*)."""

    maaneder: int
    maaledag: int  # day of the month, 1..28
    minst_maaneder: int
    helseytelser: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CohortConfig:
    """Whose registreringer are learnt from; whole years, both ends in."""

    alder_fra: int
    alder_til: int


@dataclass(frozen=True, slots=True)
class SplitConfig:
    """Two half-open periods [fra, til), and the shares of people in the first who are not fitted on."""

    laer_fra: date
    laer_til: date
    test_fra: date
    test_til: date
    kalibrer_andel: float
    holdt_utenfor: float


@dataclass(frozen=True, slots=True)
class EvaluationConfig:
    """How closely a candidate is measured; the limits stand in gates.toml."""

    policy: str  # version; whose forslag are counted
    omtrekk: int
    froe: int
    trukne_kull: int
    to_maater: int  # people explained in the second way too
    andel_flagget: float
    omstridte: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NavConfig:
    """The resolved configuration of one run."""

    navn: str
    seed: int
    utfall: OutcomeConfig
    kohort: CohortConfig
    deling: SplitConfig
    lightgbm: LightgbmParams
    evaluering: EvaluationConfig

    def resolved(self) -> dict[str, Any]:
        """As plain values, days as text: what is stored with the run and reruns to the same digest."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def read_nav_config(path: Path = DEFAULT, overrides: Mapping[str, Any] | None = None) -> NavConfig:
    """Read and check the configuration; `overrides` are dotted paths (`--set a.b=1`).

    Raises ConfigError naming an unknown key and the nearest known one, and CallerError naming a
    value that makes no sense.
    """
    config = build(NavConfig, override(read_toml(path), overrides or {}), path.name)
    _check_outcome(config.utfall)
    _check_split(config)
    _check_evaluation(config.evaluering)
    return config


def _check_outcome(utfall: OutcomeConfig) -> None:
    if not 1 <= utfall.maaledag <= 28:
        raise CallerError(f"utfall.maaledag {utfall.maaledag} does not stand in every month; use 1 to 28")
    if not 1 <= utfall.minst_maaneder <= utfall.maaneder:
        raise CallerError(
            f"utfall.minst_maaneder {utfall.minst_maaneder} must lie between 1 and "
            f"the horizon of {utfall.maaneder} months"
        )
    unknown = sorted(set(utfall.helseytelser) - set(Livsoppholdsytelse))
    if unknown or not utfall.helseytelser:
        raise CallerError(
            f"utfall.helseytelser {unknown} is no ytelse; use some of {', '.join(Livsoppholdsytelse)}"
        )


def _check_split(config: NavConfig) -> None:
    d = config.deling
    for name, first, last in (("laer", d.laer_fra, d.laer_til), ("test", d.test_fra, d.test_til)):
        if first >= last:
            raise CallerError(f"deling.{name}_fra {first} is not before {name}_til {last}; mend the period")
    gap = (d.test_fra.year - d.laer_til.year) * 12 + d.test_fra.month - d.laer_til.month
    gap -= d.test_fra.day < d.laer_til.day  # a month that is not whole
    if gap < config.utfall.maaneder:
        raise CallerError(
            f"deling: {gap} whole months between laer_til {d.laer_til} and test_fra {d.test_fra}; "
            f"the embargo is the horizon of {config.utfall.maaneder} months"
        )
    if not (d.kalibrer_andel > 0 and d.holdt_utenfor > 0 and d.kalibrer_andel + d.holdt_utenfor < 1):
        raise CallerError(
            f"deling: kalibrer_andel {d.kalibrer_andel} and holdt_utenfor {d.holdt_utenfor} "
            "are shares above 0 that leave somebody to fit on"
        )


def _check_evaluation(evaluering: EvaluationConfig) -> None:
    counts = {name: getattr(evaluering, name) for name in ("omtrekk", "froe", "to_maater")}
    small = sorted(name for name, value in counts.items() if value < 1)
    if small or evaluering.trukne_kull < 0:
        raise CallerError(f"evaluering: {', '.join(small) or 'trukne_kull'} is too small; use 1 or more")
    if not 0 < evaluering.andel_flagget < 1:
        raise CallerError(f"evaluering.andel_flagget {evaluering.andel_flagget} is a share between 0 and 1")
    if unknown := sorted(set(evaluering.omstridte) - set(Tema)):
        raise CallerError(f"evaluering.omstridte {unknown} is no tema; use some of {', '.join(Tema)}")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value
