"""`python -m tests.bench answers|reference|skew …`: prints figures, exits 1 when one is not reached."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tests.bench.answers import measure_answers
from tests.bench.pictures import take_pictures
from tests.bench.reference import compare_with_reference
from tests.bench.skew import measure_skew

app = typer.Typer(no_args_is_help=True, add_completion=False)

GOAL_P50_MS = 15.0
"""One warm answer, journal included, at one client (the reach of the first milestone)."""

Approved = Annotated[Path, typer.Option()]


@app.command()
def answers(approved: Approved, artefacts: Approved) -> None:
    """Time one warm answer through a real server."""
    times = measure_answers(approved, artefacts)
    reached = times.p50 <= GOAL_P50_MS
    verdict = "reached" if reached else "NOT REACHED"
    typer.echo(
        f"one warm, journaled answer: p50 {times.p50:.1f} ms, p99 {times.p99:.1f} ms, "
        f"goal p50 {GOAL_P50_MS:.0f} ms {verdict}; both models' contributions alone: "
        f"{times.contributions:.2f} ms, p50 is {times.p50 / times.contributions:.1f} times that"
    )
    sys.exit(not reached)


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
def pictures(approved: Approved, artefacts: Approved, out: Path = Path("docs/pictures")) -> None:
    """Take README's pictures in Chromium."""
    for picture in take_pictures(approved, artefacts, out):
        typer.echo(str(picture))


if __name__ == "__main__":
    app()
