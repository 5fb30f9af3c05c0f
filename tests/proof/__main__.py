"""`python -m tests.proof journal|replay|swaps|words|api|restarts|workers|soak|image|house|score`.

Prints tables, and exits 1 when something does not hold.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before LightGBM loads; see the Makefile

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from tests.image import a_place
from tests.image_run import prove_image
from tests.proof.api import DRAWN, LEAST, ask_everything
from tests.proof.house import CASE_SECONDS, CASES, LIST_SECONDS, p95, walk_the_house
from tests.proof.journal import prove_journal
from tests.proof.replay import NUMBER, Practice, make_again
from tests.proof.restarts import RESTARTS, STARTS, WORKERS, restart_under_load, start_and_stop
from tests.proof.score import ROWS, processors, score_many
from tests.proof.soak import MINUTES, soak
from tests.proof.swaps import SWAPS, swap_under_load
from tests.proof.table import Line, markdown
from tests.proof.words import prove_words

app = typer.Typer(no_args_is_help=True, add_completion=False)

Approved = Annotated[Path, typer.Option(help="File with the approval of a practice model.")]
Artefacts = Annotated[Path, typer.Option(help="Folder with its bundle.")]


def _told(line: str) -> None:
    typer.echo(line, err=True)


@app.command()
def journal(kills: int = 200, crashes: int = 20) -> None:
    """Kill workers, crash the database, cut power and wires, tamper and erase."""
    lines = []
    for line in prove_journal(kills=kills, crashes=crashes):
        typer.echo(f"{line.what}: {line.tried}: {line.found}: {line.holds}", err=True)
        lines.append(line)
    _print(lines)


@app.command()
def replay(approved: Approved, artefacts: Artefacts, register: Path, number: int = NUMBER) -> None:
    """Journal many profileringer, and make every one again in a fresh process."""
    with TemporaryDirectory() as folder:
        found = make_again(Practice(register, approved, artefacts), Path(folder), number=number)
    said = f"{found.equal:,} equal to the bit and letter, {found.seconds:.1f} s"
    tried = f"{found.journaled:,} profileringer"
    _print([Line("replay in a fresh process, on another thread count", tried, said, found.holds)])
    if not found.holds:
        typer.echo(found.said, err=True)


@app.command()
def swaps(approved: Approved, artefacts: Artefacts, number: int = SWAPS) -> None:
    """Swap bundles under load."""
    with TemporaryDirectory() as folder:
        found = swap_under_load(approved, artefacts, Path(folder), swaps=number, told=_told)
    said = (
        f"{found.answers:,} answers at {found.answers / found.seconds:.0f} a second, "
        f"{found.failures} failures, {found.mixed + found.told_otherwise} inconsistent"
    )
    _print([Line("models swapped under load, two replicas", f"{found.swaps} swaps", said, found.holds())])


@app.command()
def words(approved: Approved, artefacts: Artefacts, register: Path, number: int = NUMBER) -> None:
    """Read every explanation of many people in three languages."""
    _print(list(prove_words(register, approved, artefacts, number)))


@app.command()
def score(approved: Approved, artefacts: Artefacts, register: Path, rows: int = ROWS) -> None:
    """Score many registreringer from Parquet, with the whole explanation of each."""
    with TemporaryDirectory() as folder:
        found = score_many(Practice(register, approved, artefacts), Path(folder), rows=rows)
    said = (
        f"{found.seconds:.0f} s, {found.rows / found.seconds:,.0f} rows/s, {found.peak_mib:,.0f} MiB at most"
    )
    _print(
        [Line(f"scored from Parquet by {processors()} processes", f"{found.rows:,} rows", said, found.holds)]
    )


@app.command()
def house(approved: Approved, artefacts: Artefacts, cases: int = CASES) -> None:
    """Time the auditors' pages: the list over many cases, and one case to the bottom."""
    with TemporaryDirectory() as folder:
        found = walk_the_house(approved, artefacts, Path(folder), cases=cases)
    lists, opened = p95(found.lists), p95(found.opened)
    _print(
        [
            Line(
                f"list of {found.cases:,} cases, p95 within {LIST_SECONDS:g} s",
                f"{len(found.lists)} choices",
                f"{lists:.2f} s",
                lists <= LIST_SECONDS,
            ),
            Line(
                f"a case to the bottom, p95 within {1000 * CASE_SECONDS:.0f} ms",
                f"{len(found.opened)} cases",
                f"{1000 * opened:.0f} ms",
                opened <= CASE_SECONDS,
            ),
            Line(
                "pages of at most 60 kB",
                "all of them",
                f"{found.largest / 1024:.0f} kB",
                found.largest <= 60 * 1024,
            ),
        ]
    )


@app.command()
def api(drawn: int = DRAWN) -> None:
    """Ask everything the contract has, and what it has not, of a guarded service and a local one."""
    with TemporaryDirectory() as folder:
        asked = ask_everything(Path(folder), drawn=drawn)
    for wrong in [*asked.undeclared, *asked.failures]:
        typer.echo(wrong, err=True)
    what = "the contract asked at random, all checks, stateful"
    _print([Line(what, f"{asked.cases:,} cases", str(asked), asked.holds(least=LEAST))])


@app.command()
def restarts(number: Annotated[int, typer.Option(min=1)] = RESTARTS) -> None:
    """Restart replicas under load."""
    with TemporaryDirectory() as folder:
        seen = restart_under_load(Path(folder), restarts=number, told=_told)
    _print([Line("rolling restarts under load", f"{number} restarts", str(seen), seen.holds())])


@app.command()
def workers(
    starts: Annotated[int, typer.Option(min=1)] = STARTS,
    number: Annotated[int, typer.Option(min=1)] = WORKERS,
) -> None:
    """Start and stop many workers."""
    with TemporaryDirectory() as folder:
        begun = start_and_stop(Path(folder), starts=starts, workers=number, told=_told)
    _print([Line(f"{number} spawned workers", f"{starts} starts", str(begun), begun.holds())])


@app.command("soak")
def soak_(minutes: float = MINUTES) -> None:
    """Ask one replica steadily; its memory and open files stay flat."""
    with TemporaryDirectory() as folder:
        seen = soak(Path(folder), minutes=minutes, told=_told)
    _print([Line("a steady mixed load", f"{minutes:g} minutes", str(seen), seen.holds())])


@app.command()
def image() -> None:
    """Make the image without an engine, packages by hash and all, and let it live."""
    with a_place() as folder:
        _print(list(prove_image(folder)))


def _print(lines: list[Line]) -> None:
    typer.echo(markdown(lines))
    sys.exit(not all(line.holds for line in lines))


if __name__ == "__main__":
    app()
