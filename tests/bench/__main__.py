"""`python -m tests.bench answers|workshop|fit …`: prints figures, exits 1 when one is not reached.

Exit 2 is a measurement that could not be made.
"""

import os

# As in `training/__main__.py`, and before LightGBM and shap load: what is timed is what `train` does.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from profilering.errors import ProfileringError
from tests.bench.answers import measure_answers
from tests.bench.evaluation import BOOTSTRAPS, ROWS, measure_evaluation
from tests.bench.fitting import measure_fit
from tests.bench.goals import Bound, Measurement
from tests.bench.journal import CLIENTS, measure_appends, measure_verify
from tests.bench.pictures import take_pictures
from tests.bench.reference import compare_with_reference
from tests.bench.skew import measure_skew
from tests.bench.tokens import measure_tokens
from tests.bench.workshop import GOAL_EVALUATION_SECONDS, measure_workshop
from training.nav_config import read_nav_config

app = typer.Typer(no_args_is_help=True, add_completion=False)

GOAL_P50_MS = 15.0
"""One warm answer, journal included, at one client (the reach of the first milestone)."""

GOAL_READING = 10.0
"""Percent of one answer that reading its request may cost (the reach of the edge)."""

GOAL_GROUPED = 1.5
"""An append among many may cost so many bare transactions (the reach of the journal)."""

GOAL_VERIFY_SECONDS = 60.0
SMALL_BYTES = 200

GOAL_REGISTRERINGER = 200_000
GOAL_TRAIN_ROWS = 500_000
"""What the goals of the workshop are set for; fewer is a trial."""

Approved = Annotated[Path, typer.Option()]


@app.command()
def tokens() -> None:
    """Time one warm check of a token, by algorithm."""
    _finish(measure_tokens())


@app.command()
def answers(approved: Approved, artefacts: Approved) -> None:
    """Time one warm answer through a real server."""
    times = measure_answers(approved, artefacts)
    reached = times.p50 <= GOAL_P50_MS
    verdict = "reached" if reached else "NOT REACHED"
    share = 100 * times.reading / times.p50
    reading = Measurement("reading a request, of the whole answer", share, "%", Bound.AT_MOST, GOAL_READING)
    typer.echo(str(reading))
    typer.echo(
        f"one warm, journaled answer: p50 {times.p50:.1f} ms, p99 {times.p99:.1f} ms, "
        f"goal p50 {GOAL_P50_MS:.0f} ms {verdict}; both models' contributions alone: "
        f"{times.contributions:.2f} ms, p50 is {times.p50 / times.contributions:.1f} times that"
    )
    sys.exit(not (reached and reading.reached))


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
