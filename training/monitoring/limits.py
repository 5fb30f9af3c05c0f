"""When monitoring raises an alarm: every limit from one TOML, with its source and approver."""

from dataclasses import dataclass
from pathlib import Path

from training.typed_toml import ConfigError, build, read_toml

DEFAULT = Path(__file__).parents[1] / "config" / "monitor.toml"


@dataclass(frozen=True, slots=True)
class DriftLimit:
    """`nivaa`: probability of any false alarm about opplysninger and anslag in one run.

    With many people small changes are no chance either; below `minste_psi` they raise no alarm.
    """

    kilde: str
    nivaa: float  # 0..1
    minste_psi: float


@dataclass(frozen=True, slots=True)
class CalibrationLimit:
    """How far estimates may lie from what happened once the outcomes are known."""

    kilde: str
    hoeyeste_nivaaavvik: float  # mean estimate minus observed share
    laveste_helning: float
    hoeyeste_helning: float


@dataclass(frozen=True, slots=True)
class FollowLimit:
    """Below the first share nobody uses the forslag, above the second nobody weighs it."""

    kilde: str
    laveste_andel: float  # 0..1
    hoeyeste_andel: float  # 0..1


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """How many may conclude sooner than anybody can read the explanation."""

    kilde: str
    kort_sekunder: int
    hoeyeste_andel_kort: float  # 0..1


@dataclass(frozen=True, slots=True)
class RefrainLimit:
    """How often the service may refrain."""

    kilde: str
    hoeyeste_andel: float  # 0..1


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of a run."""

    godkjent_av: str
    drift: DriftLimit
    kalibrering: CalibrationLimit
    fulgt: FollowLimit
    tid: TimeLimit
    ingen_forslag: RefrainLimit


def read_limits(path: Path = DEFAULT) -> Limits:
    """Read the limits. Raises ConfigError naming an unknown or missing key, or one out of range."""
    limits = build(Limits, read_toml(path), path.name)
    shares = {
        "drift.nivaa": limits.drift.nivaa,
        "fulgt.laveste_andel": limits.fulgt.laveste_andel,
        "fulgt.hoeyeste_andel": limits.fulgt.hoeyeste_andel,
        "tid.hoeyeste_andel_kort": limits.tid.hoeyeste_andel_kort,
        "ingen_forslag.hoeyeste_andel": limits.ingen_forslag.hoeyeste_andel,
    }
    for key, value in shares.items():
        if not 0 < value < 1:
            raise ConfigError(f"{path.name}.{key} is {value}; a share lies between 0 and 1")
    return limits
