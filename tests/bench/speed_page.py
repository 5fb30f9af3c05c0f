"""What was measured as a page: tables with verdicts, machine and versions beside; and into docs/speed.md."""

import math
import os
import platform
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from profilering.errors import SetupError
from tests.bench.answers import Answered
from tests.bench.peers.running import PEERS
from tests.bench.speed import APART, Speed, name_of
from tests.bench.speed_goals import GOALS, Figure, Goal, Verdict

PACKAGES = ("lightgbm", "numpy", "polars", "fastapi", "uvicorn", "mlflow", "shap")
OURS_LACK = "–"


def verdicts_of(found: Mapping[Figure, float], wanted: Collection[Figure]) -> dict[Figure, Verdict]:
    """A verdict for each figure that was to be measured, in their order."""
    return {
        figure: GOALS[figure].verdict(found.get(figure, math.nan)) for figure in Figure if figure in wanted
    }


def speed_page(speed: Speed, shipped: Speed, wanted: Collection[Figure], now: datetime) -> str:
    """All tables, as `make bench` prints them and docs/speed.md keeps them."""
    faults = [*speed.faults, *shipped.faults]
    parts = [
        *_goal_parts(speed, shipped, wanted, now),
        _of_which(speed),
        "\n".join(_server_table(speed)),
        "\n".join(_stage_table(speed)),
        _of_which(shipped),
        "\n".join(_server_table(shipped)),
        "\n".join(_stage_table(shipped)),
        "\n".join(f"NOT MEASURED: {fault}" for fault in faults),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def speed_quote(speed: Speed, shipped: Speed, wanted: Collection[Figure], now: datetime) -> str:
    """What README quotes of it: machine, day, and every figure with a goal, of both pairs of models."""
    return "\n\n".join(_goal_parts(speed, shipped, wanted, now)) + "\n"


def _goal_parts(speed: Speed, shipped: Speed, wanted: Collection[Figure], now: datetime) -> list[str]:
    return [
        about_machine(now),
        f"**As large as the models the goals were set for**: {_about_r(speed)}",
        "\n".join(_goal_table(speed, wanted)),
        f"**The models `make run` trains**, which are smaller: {_about_r(shipped)}",
        "\n".join(_goal_table(shipped, wanted)),
    ]


def _of_which(speed: Speed) -> str:
    return f"Servers and stages, {speed.models}:"


def refuse_restless(*runs: Speed) -> None:
    """Raises SetupError for a run whose own page says that it was not calm: such figures are not quoted."""
    for speed in runs:
        if not speed.moved <= APART:
            raise SetupError(
                f"R moved by {100 * speed.moved:.0f} % during the run, {100 * APART:.0f} % is the most; "
                "nothing is published, measure again on a calm machine"
            )


def publish(page: Path, name: str, text: str) -> None:
    """Put `text` between the two marks of that name in a page. Raises SetupError where they are not there."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = page.read_text("utf-8").partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise SetupError(f"{page.name} has no {begin} … {end}; put both in, the figures go between them")
    page.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", "utf-8")


def about_machine(now: datetime) -> str:
    """Machine, day and versions: what a figure is worth nothing without."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{_processor()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB, {platform.system()} "
        f"{platform.release().split('-')[0]}; {now:%Y-%m-%d}; Python {platform.python_version()}, {packages}."
    )


def _about_r(speed: Speed) -> str:
    r = speed.r * 1000
    noisy = f" **The machine was not calm: R moved by {100 * speed.moved:.0f} % during the run.**"
    explained = f"{speed.models}, R = {r:.2f} ms, explained by {speed.method}."
    return f"{explained}{noisy if speed.moved > APART else ''}"


def _goal_table(speed: Speed, wanted: Collection[Figure]) -> Iterator[str]:
    found, absolute = speed.figures(), _absolute(speed)
    yield "| figure | measured | floor | goal | beyond | alarm | verdict |"
    yield "|---|---|---|---|---|---|---|"
    for figure, verdict in verdicts_of(found, wanted).items():
        goal = GOALS[figure]
        value = found.get(figure, math.nan)
        measured = "–" if math.isnan(value) else f"{value:.3g} {goal.unit}{absolute.get(figure, '')}"
        ladder = " | ".join(f"{rung:g}" for rung in _ladder(goal))
        yield f"| {figure} | {measured} | {ladder} | {verdict} |"


def _ladder(goal: Goal) -> Sequence[float]:
    return goal.floor, goal.goal, goal.beyond, goal.alarm


def _absolute(speed: Speed) -> dict[Figure, str]:
    """What stands behind the ratios, where this machine's own units say something."""
    explaining = speed.explaining
    behind = {
        Figure.EXPLANATION: f" ({explaining.one * 1000:.2f} ms)",
        Figure.BATCH: f" ({1 / explaining.batch:,.0f} rows/s)",
        Figure.DIFFERENCE: f" ({speed.compared:,} rows)",
    }
    if one := speed.ours.get(name_of("SQLite", 1)):
        behind[Figure.WARM_P50] = f" ({one.one.p50_ms:.2f} ms)"
        behind[Figure.WARM_P99] = f" ({one.one.p99_ms:.2f} ms)"
        behind[Figure.ONE_WORKER] = f" ({one.many.per_second:,.0f}/s)"
    if two := speed.ours.get(name_of("SQLite", 2)):
        behind[Figure.TWO_WORKERS] = f" ({two.many.per_second:,.0f}/s)"
    return behind


def _server_table(speed: Speed) -> Iterator[str]:
    one = "1 client: answers/s | p50, ms | p99, ms"
    yield f"| server | {one} | 32 clients: answers/s | peak memory, MiB | what it does not do |"
    yield "|---|---|---|---|---|---|---|"
    for name, found in speed.ours.items():
        yield _server_row(name, found, OURS_LACK)
    for peer in PEERS:
        if theirs := speed.theirs.get(peer.name):
            yield _server_row(peer.name, theirs, peer.lacks)


def _server_row(name: str, found: Answered, lacks: str) -> str:
    one = found.one
    return (
        f"| {name} | {one.per_second:,.0f} | {one.p50_ms:.2f} | {one.p99_ms:.2f} | "
        f"{found.many.per_second:,.0f} | {found.peak_mib:,.0f} | {lacks} |"
    )


def _stage_table(speed: Speed) -> Iterator[str]:
    """The stages of one answer; what the server took beyond them is HTTP and waiting for threads."""
    stages = dict(speed.stages)
    if one := speed.ours.get(name_of("SQLite", 1)):
        stages["HTTP, routing, threads and the load generator"] = one.one.p50_ms / 1000 - sum(stages.values())
        stages["**one answer, p50**"] = one.one.p50_ms / 1000
    yield "| stage of one answer | ms | R |"
    yield "|---|---|---|"
    for stage, seconds in stages.items():
        yield f"| {stage} | {seconds * 1000:.3f} | {seconds / speed.r:.3f} |"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
