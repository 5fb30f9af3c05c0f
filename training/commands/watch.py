"""After release: what the journal and a new extract say of the service."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from models.approved import APPROVED, ARTEFACTS, read_approval
from profilering.errors import GateError
from training.commands.options import Artefacts, Json, Register
from training.monitoring.alarms import Alarm, alarms_of
from training.monitoring.limits import DEFAULT as LIMITS
from training.monitoring.limits import read_limits
from training.monitoring.watch import Sources, Watch, watch
from training.reporting.monitor_report import monitor_report
from training.reporting.numbers import number_text
from training.reporting.report import write_report
from training.reporting.words import TITLES
from training.show import Shown

OUT = Path("var/monitoring")
FIRST = 5
"""Features named on a terminal when none raises an alarm; the report has all."""


def monitor(  # noqa: PLR0913, PLR0917 - a command line names each of its options
    export: Annotated[Path, typer.Argument(help="What `python -m serving journal export` wrote.")],
    register: Register,
    bundle: Annotated[str | None, typer.Option(help="sha256:… of the watched bundle.")] = None,
    approved: Annotated[Path, typer.Option(help="Without --bundle: the file of approvals.")] = APPROVED,
    artefacts: Artefacts = ARTEFACTS,
    limits: Annotated[Path, typer.Option(help="When to raise an alarm.")] = LIMITS,
    out: Annotated[Path, typer.Option(help="Folder for report.html and report.json.")] = OUT,
    seed: Annotated[int, typer.Option(help="Same seed, same figures.")] = 7,
    as_json: Json = False,  # noqa: FBT002 - a flag is how a command line says it
    fail_on_alarm: Annotated[bool, typer.Option("--fail-on-alarm", help="End with 3 on alarms.")] = False,  # noqa: FBT002
) -> None:
    """Hold the service's answers against the people, the outcomes and the vurderinger that followed."""
    resolved = read_limits(limits)
    sources = Sources(export, register, artefacts, bundle or read_approval(approved).bundle)
    with Shown("overvåking") as shown:
        found = watch(sources, resolved, seed=seed, progress=shown)
    alarms = alarms_of(found, resolved)
    write_report(monitor_report(found, alarms, resolved), out)
    typer.echo(_as_json(found, alarms) if as_json else _lines(found, alarms, out))
    if fail_on_alarm and alarms:
        raise GateError(f"{len(alarms)} alarms; read {out / 'report.html'}")


def _as_json(found: Watch, alarms: tuple[Alarm, ...]) -> str:
    content = {"alarms": [asdict(alarm) for alarm in alarms], **asdict(found)}
    return json.dumps(_finite(content), ensure_ascii=False, allow_nan=False, indent=2)


def _finite(value: Any) -> Any:
    """The same value with null for figures that do not exist, which JSON cannot say."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _lines(found: Watch, alarms: tuple[Alarm, ...], out: Path) -> str:
    lines = [f"VARSEL  {alarm.tekst}" for alarm in alarms] or ["Ingen varsler."]
    lines.append(f"{found.version}: {_count(found.counts.profileringer)} profileringer")
    lines += [
        f"  {d.name:<36} PSI {number_text(d.psi)}  tilfeldig opp til {number_text(d.by_chance)}"
        for place, d in enumerate(found.drifts)
        if d.alarm or place < FIRST
    ]
    for outcome, one in found.outcomes.items():
        if one.expected is not None:
            auc, share = (number_text(i.value) for i in (one.expected.auc, one.expected.share))
            expected = f"forventet AUC {auc}, andel {share}"
            gap = None if one.mature is None else number_text(one.mature.gap.value)
            known = "utfall ikke kjent" if gap is None else f"nivåavvik {gap}"
            lines.append(f"  {TITLES[outcome]:<36} {expected} (hvis kalibrert); {known}")
    return "\n".join([*lines, f"rapport  {out / 'report.html'}"])


def _count(count: int | None) -> str:
    return "under ti" if count is None else str(count)
