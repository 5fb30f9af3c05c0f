"""`python -m tests.bench speed|growth|workshop …`: prints figures, exits 1 when one is not reached.

Exit 2 is a measurement that could not be made.
"""

import os

# As in `training/__main__.py`, and before LightGBM and shap load: what is timed is what `train` does.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from profilering.errors import ProfileringError
from tests.bench.evaluation import BOOTSTRAPS, ROWS, measure_evaluation
from tests.bench.fitting import measure_fit
from tests.bench.goals import Bound, Measurement
from tests.bench.growth import LARGEST, Limits, measure_growth, sizes_to
from tests.bench.growth_page import growth_figure, growth_page
from tests.bench.growth_parts import Part
from tests.bench.journal import CLIENTS, measure_appends, measure_verify
from tests.bench.pictures import take_pictures
from tests.bench.reference import compare_with_reference
from tests.bench.skew import measure_skew
from tests.bench.speed import BESIDE, FULL, QUICK, Practice, measure_calmly, measure_speed
from tests.bench.speed_figure import speed_figure
from tests.bench.speed_goals import WITHOUT_PEERS, Figure
from tests.bench.speed_page import publish, refuse_restless, speed_page, speed_quote, verdicts_of
from tests.bench.tokens import measure_tokens
from tests.bench.workshop import GOAL_EVALUATION_SECONDS, measure_workshop
from training.nav_config import read_nav_config

app = typer.Typer(no_args_is_help=True, add_completion=False)

GOAL_GROUPED = 1.5
"""An append among many may cost so many bare transactions (the reach of the journal)."""

GOAL_VERIFY_SECONDS = 60.0
SMALL_BYTES = 200

GOAL_REGISTRERINGER = 200_000
GOAL_TRAIN_ROWS = 500_000
"""What the goals of the workshop are set for; fewer is a trial."""

PAGE, README = Path("docs/speed.md"), Path("README.md")
PICTURES, BUILD = Path("docs/pictures"), Path("build/bench")
"""Where figures go: the pages and pictures when published, the last ones under build/."""

Approved = Annotated[Path, typer.Option()]


@app.command()
def tokens() -> None:
    """Time one warm check of a token, by algorithm."""
    _finish(measure_tokens())


@app.command()
def speed(
    register: Path,
    approved: Approved,
    artefacts: Approved,
    reference: Annotated[Path, typer.Option(help="Folder with the approved pair the goals are held to.")],
    quick: Annotated[bool, typer.Option(help="Fewer rounds, no peers, no PostgreSQL.")] = False,
    published: Annotated[
        bool, typer.Option("--publish", help="Write the page and the picture, too.")
    ] = False,
) -> None:
    """Measure R, explanations, every stage, our answers and the peers' in one run; exit 1 below an alarm."""
    now, wanted = datetime.now(UTC), WITHOUT_PEERS if quick else frozenset(Figure)
    large = Practice(register, reference / "approved.toml", reference / "artefacts")
    small = Practice(register, approved, artefacts)
    found = measure_calmly(partial(measure_speed, large, QUICK if quick else FULL, _told), _told)
    shipped = measure_calmly(partial(measure_speed, small, QUICK if quick else BESIDE, _told), _told)
    text, figure = speed_page(found, shipped, wanted, now), speed_figure(found)
    _write("speed", text, figure.svg, published=False)
    if published:
        refuse_restless(found, shipped)
        _publish("speed", text, figure.svg)
        publish(README, "speed", speed_quote(found, shipped, wanted, now))
    verdicts = verdicts_of(found.figures(), wanted).values()
    sys.exit(bool(found.faults or shipped.faults) or not all(verdict.passes for verdict in verdicts))


@app.command()
def growth(
    register: Path,
    approved: Approved,
    artefacts: Approved,
    most: Annotated[float, typer.Option(help="Largest number of people.")] = LARGEST,
    part: Annotated[list[Part] | None, typer.Option(help="Only this; may be repeated.")] = None,
    published: Annotated[
        bool, typer.Option("--publish", help="Write the page and the picture, too.")
    ] = False,
) -> None:
    """Measure time and memory of ten thousand people and more; exit 1 where a work is worse than linear."""
    now, practice = datetime.now(UTC), Practice(register, approved, artefacts)
    found = measure_growth(part or list(Part), sizes_to(most), practice, Limits(), _told)
    _write("growth", growth_page(found, now), growth_figure(found).svg, published=published)
    sys.exit(not all(each.passes for each in found))


@app.command()
def journal(appends: int = 200, entries: int = 1_000_000) -> None:
    """Time appends beside bare INSERTs of the same database, and the check of a million entries."""
    found = []
    for one in measure_appends(appends):
        typer.echo(
            f"{one.database}: bare INSERT and sync {one.bare * 1000:.2f} ms; append alone "
            f"{one.single * 1000:.2f} ms ({1 / one.single:,.0f}/s, {one.single_ratio:.1f} times bare), of "
            f"{CLIENTS} clients {one.grouped * 1000:.2f} ms ({1 / one.grouped:,.0f}/s)"
        )
        what = f"{one.database}: a grouped append, in bare transactions"
        found.append(Measurement(what, one.grouped_ratio, "times", Bound.AT_MOST, GOAL_GROUPED))
    seconds = measure_verify(entries, SMALL_BYTES)
    what = f"{entries:,} entries of {SMALL_BYTES} bytes checked"
    found.append(Measurement(what, seconds, "s", Bound.AT_MOST, GOAL_VERIFY_SECONDS))
    for line in found:
        typer.echo(str(line))
    sys.exit(not all(line.reached for line in found))


@app.command()
def reference(register: Path) -> None:
    """Compare AUC with the reference run of the synthetic population (200,000 persons)."""
    lines = compare_with_reference(register)
    typer.echo("AUC on the synthetic register: proves machinery, says nothing of Norway")
    for line in lines:
        typer.echo(str(line))
    sys.exit(not all(line.reached for line in lines))


@app.command()
def skew(register: Path, approved: Approved, artefacts: Approved, most: int | None = None) -> None:
    """Hold every registrering alone against itself in the crowd."""
    found = measure_skew(register, approved, artefacts, most=most)
    typer.echo(f"alone and in the crowd: {found.tried} registreringer tried, {found.different} differ")
    sys.exit(found.different > 0)


@app.command()
def workshop(register: Path, registreringer: int = GOAL_REGISTRERINGER) -> None:
    """Time feature building and a full evaluation of at least so many mature registreringer."""
    typer.echo("times of machinery: an invented register proves nothing else, least of all about Norway")
    _say_if_trial(registreringer, GOAL_REGISTRERINGER)
    _finish(measure_workshop(register, read_nav_config(), fewest=registreringer, told=typer.echo))


@app.command()
def fit(register: Path, registreringer: int = GOAL_TRAIN_ROWS) -> None:
    """Time training of both outcomes on exactly so many train rows, and measure its memory."""
    _say_if_trial(registreringer, GOAL_TRAIN_ROWS)
    cost = measure_fit(register, train=registreringer)
    typer.echo(str(cost))
    _finish(cost.measurements)


@app.command()
def intervals(rows: int = ROWS, bootstraps: int = BOOTSTRAPS) -> None:
    """Time the comparison of five models alone: a part of the full evaluation, with all its time to reach."""
    _say_if_trial(rows, ROWS)
    _say_if_trial(bootstraps, BOOTSTRAPS)
    took = measure_evaluation(rows, bootstraps)
    what = f"{took.models} models, {took.rows:,} rows, {took.bootstraps:,} bootstraps"
    _finish([Measurement(what, took.seconds, "s", Bound.AT_MOST, GOAL_EVALUATION_SECONDS)])


@app.command()
def pictures(
    approved: Approved,
    artefacts: Approved,
    runs: Path = Path("var/training"),
    out: Path = Path("docs/pictures"),
) -> None:
    """Take README's pictures in Chromium: the pages, a case in words, the newest report and card."""
    for picture in take_pictures(approved, artefacts, runs, out):
        typer.echo(str(picture))


def _write(name: str, text: str, svg: str, *, published: bool) -> None:
    """Print a page and keep it with its picture in build/bench; when published, in docs too."""
    typer.echo(text)
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / f"{name}.md").write_text(text, "utf-8")
    (BUILD / f"{name}.svg").write_text(svg, "utf-8")
    if published:
        _publish(name, text, svg)


def _publish(name: str, text: str, svg: str) -> None:
    publish(PAGE, name, text)
    (PICTURES / f"{name}.svg").write_text(svg, "utf-8")


def _told(line: str) -> None:
    typer.echo(f"… {line}", err=True)


def _say_if_trial(asked: int, goal: int) -> None:
    """A goal that is reached by a smaller task is not reached."""
    if asked < goal:
        typer.echo(f"TRIAL: {asked:,} instead of {goal:,}; the verdicts below count for nothing")


def _finish(measurements: Sequence[Measurement]) -> None:
    """Print every figure beside its goal; exit 1 when one is not reached."""
    for measurement in measurements:
        typer.echo(str(measurement))
    sys.exit(not all(measurement.reached for measurement in measurements))


def main() -> None:
    """Run one measurement; one that cannot be made says why in one line."""
    try:
        app()
    except ProfileringError as problem:
        typer.echo(f"error: {problem}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
