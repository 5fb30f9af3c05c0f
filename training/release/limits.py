"""The limits of the gates, as `config/gates.toml` states them: each with its source, all with an approver."""

from dataclasses import dataclass
from pathlib import Path

from training.typed_toml import build, read_toml

DEFAULT = Path(__file__).parent.parent / "config" / "gates.toml"


@dataclass(frozen=True, slots=True)
class HorizonLimit:
    """No outcome is counted before its time is over, nor from an extract drawn later than its data."""

    kilde: str
    hoeyeste_antall_aapne: int  # registreringer
    hoeyeste_dager_uten_nytt: int


@dataclass(frozen=True, slots=True)
class CountLimit:
    """How many are accepted at most."""

    kilde: str
    hoeyeste_antall: int


@dataclass(frozen=True, slots=True)
class AucLimit:
    """Too good is a leak."""

    kilde: str
    hoeyeste_auc: float


@dataclass(frozen=True, slots=True)
class PermutedLimit:
    """Labels that mean nothing can be ranked by nobody."""

    kilde: str
    hoeyeste_avvik: float  # of the AUC from one half


@dataclass(frozen=True, slots=True)
class Sourced:
    """A gate without a number of its own."""

    kilde: str


@dataclass(frozen=True, slots=True)
class ApprovedLimit:
    """Not worse than what answers today."""

    kilde: str
    hoeyeste_fall: float  # in AUC, at the lower end of the paired interval


@dataclass(frozen=True, slots=True)
class CalibrationLimit:
    """Says what it means, on people it was not calibrated on."""

    kilde: str
    hoeyeste_ece: float
    minst_personer: int


@dataclass(frozen=True, slots=True)
class LaterLimit:
    """Still says what it means on later cohorts."""

    kilde: str
    laveste_helning: float
    hoeyeste_helning: float
    hoeyeste_nivaaavvik: float


@dataclass(frozen=True, slots=True)
class GroupLimit:
    """Not much worse for some than for the others; `kolonner` must have been measured."""

    kilde: str
    kolonner: tuple[str, ...]
    hoeyeste_kalibreringsavvik: float
    hoeyeste_fnr_gap: float
    hoeyeste_fpr_forhold: float


@dataclass(frozen=True, slots=True)
class MonotoneLimit:
    """Directions that professionals set are kept."""

    kilde: str
    minst_par: int
    hoeyeste_brudd: int


@dataclass(frozen=True, slots=True)
class SumLimit:
    """An auditor can redo the sum."""

    kilde: str
    hoeyeste_avvik: float  # log-odds


@dataclass(frozen=True, slots=True)
class GateConfig:
    """All limits, and who answers for them."""

    godkjent_av: str
    horisont: HorizonLimit
    en_side: CountLimit
    kjent_paa_dagen: CountLimit
    lekkasje: AucLimit
    enkeltopplysning: AucLimit
    permuterte_utfall: PermutedLimit
    bedre_enn_dagens_regel: Sourced
    ikke_daarligere_enn_godkjent: ApprovedLimit
    kalibrering: CalibrationLimit
    senere_kull: LaterLimit
    grupper: GroupLimit
    monotoni: MonotoneLimit
    sum: SumLimit
    samme_digest: Sourced
    kort: Sourced


def read_gates(path: Path = DEFAULT) -> GateConfig:
    """Read the limits. Raises ConfigError naming the key that is wrong."""
    return build(GateConfig, read_toml(path), path.name)
