"""What somebody must look at: findings beyond the limits of `monitor.toml`, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from training.evaluation.bootstrap import Interval
from training.monitoring.limits import CalibrationLimit, Limits
from training.monitoring.mature import Mature
from training.monitoring.shares import TOO_HIGH, Share
from training.monitoring.watch import Watch
from training.reporting.numbers import number_text
from training.reporting.words import TITLES


@dataclass(frozen=True, slots=True)
class Alarm:
    """One finding: which section of `monitor.toml` it breaks, and what was found."""

    grense: str
    tekst: str


def alarms_of(watch: Watch, limits: Limits) -> tuple[Alarm, ...]:
    """Everything beyond its limit, in the order of `monitor.toml`."""
    return (
        *_drift(watch),
        *_calibration(watch, limits.kalibrering),
        *_follow(watch),
        *_refrain(watch),
    )


def _drift(watch: Watch) -> Iterator[Alarm]:
    for drift in watch.drifts:
        if drift.alarm:
            yield Alarm(
                "drift",
                f"{drift.name} er fordelt annerledes enn hos dem modellen lærte av: "
                f"PSI {number_text(drift.psi)}, tilfeldig opp til {number_text(drift.by_chance)}.",
            )


def _calibration(watch: Watch, limit: CalibrationLimit) -> Iterator[Alarm]:
    """A figure beyond its limit, where chance alone does not explain that it is off."""
    for outcome, found in watch.outcomes.items():
        if found.mature is not None:
            yield from _of_mature(TITLES[outcome], found.mature, limit)


def _of_mature(title: str, mature: Mature, limit: CalibrationLimit) -> Iterator[Alarm]:
    gap, slope = mature.gap, mature.figures["slope"]
    if abs(gap.value) > limit.hoeyeste_nivaaavvik and _excludes(gap, 0):
        side = "over" if gap.value > 0 else "under"
        yield Alarm(
            "kalibrering",
            f"{title}: anslaget ligger i snitt {number_text(abs(gap.value))} {side} det som skjedde; "
            f"grensen er {number_text(limit.hoeyeste_nivaaavvik)}.",
        )
    if not limit.laveste_helning <= slope.value <= limit.hoeyeste_helning and _excludes(slope, 1):
        yield Alarm(
            "kalibrering",
            f"{title}: helningen er {number_text(slope.value)}; den skal ligge mellom "
            f"{number_text(limit.laveste_helning)} og {number_text(limit.hoeyeste_helning)}.",
        )


def _follow(watch: Watch) -> Iterator[Alarm]:
    if watch.follow is None:
        return
    for share in watch.follow.followed:
        if share.outside:
            few_or_all = "Nesten alle følger" if share.verdict == TOO_HIGH else "Nesten ingen følger"
            yield Alarm("fulgt", f"{few_or_all} forslaget: {_who(share)}. Se på saker sammen.")
    speed = watch.follow.speed
    if speed is not None and speed.short.outside:
        yield Alarm("tid", "For mange vurderinger kommer før noen rekker å lese forklaringen.")


def _refrain(watch: Watch) -> Iterator[Alarm]:
    for share in watch.refrain.share if watch.refrain else ():
        if share.outside:
            yield Alarm("ingen_forslag", f"Tjenesten gir for ofte ikke noe forslag: {_who(share)}.")


def _who(share: Share) -> str:
    return f"alle ({share.n})" if share.column == share.value else f"{share.column} {share.value} ({share.n})"


def _excludes(interval: Interval, right: float) -> bool:
    return not interval.low <= right <= interval.high
