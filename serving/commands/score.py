"""Scoring files of registreringer, journaling nothing: for data scientists and auditors."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from models.code import code_digest
from profilering.errors import CallerError
from serving.commands.options import said_clearly, settings_of
from serving.scoring.given import Given, given_at
from serving.scoring.making import Means, loaded, means_of
from serving.scoring.parts import Tally, alone_in, claim, parts_of, stands_already
from serving.scoring.spread import make_all

TELL_SECONDS = 2.0
"""Between two lines of progress."""
INTERRUPTED = 130
"""Exit code of a command that was stopped from the keyboard, as shells have it."""


def score(
    given: Annotated[Path, typer.Argument(metavar="IN", help="Parquet file, or a folder of *.parquet.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the scored parts.")],
    keep: Annotated[list[str] | None, typer.Option(help="Column to carry through; may be repeated.")] = None,
    approved: Annotated[str | None, typer.Option(help="File with the approvals.")] = None,
    artefacts: Annotated[str | None, typer.Option(help="Folder with the bundles.")] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Processes at work; one for each processor by default.")
    ] = None,
) -> None:
    """Score the column forespoersel of IN, in its order, with the approved model; journal nothing.

    Stopped, it goes on with the same command. Rows the API would refuse are counted, and have `feil`.
    """
    with said_clearly("nothing is scored"):
        settings = settings_of(approved=approved, artefacts=artefacts)
        try:
            stands_on = loaded(settings.approved, settings.artefacts)
            means = means_of(settings.approved, settings.artefacts)
            files = given_at(given, tuple(keep or ()))
            with alone_in(out):
                described = claim(out, files, stands_on, kode=code_digest())
                tally = _scored(files, out, means, processes or os.cpu_count() or 1)
                files.refuse_changed(described)
        except CallerError as error:
            raise typer.BadParameter(str(error), param_hint="IN") from None
        except KeyboardInterrupt:
            typer.echo("stopped; the whole parts stand, the same command goes on from there", err=True)
            raise typer.Exit(INTERRUPTED) from None
    typer.echo(
        f"{tally.rows} rows in {out}: {tally.rows - tally.refused} scored, {tally.refused} refused; "
        f"{tally.kept} stood there already"
    )


def _scored(given: Given, out: Path, means: Means, processes: int) -> Tally:
    progress = Progress(given.rows, time.monotonic, lambda line: typer.echo(line, err=True))
    tally, left = stands_already(parts_of(out, given))
    for more in make_all(left, means, processes=processes):
        tally += more
        progress.tell(tally)
    return tally


class Progress:
    """Tells now and then how far it has come, how fast, and how long is left."""

    def __init__(self, rows: int, timer: Callable[[], float], say: Callable[[str], None]) -> None:
        self._rows = rows
        self._timer = timer
        self._say = say
        self._begun = self._told = timer()

    def tell(self, tally: Tally) -> None:
        """Say a line, unless one was just said."""
        now, made = self._timer(), tally.rows - tally.kept
        if now - self._told < TELL_SECONDS or not made:
            return
        self._told = now
        rate = made / (now - self._begun)
        left = (self._rows - tally.rows) / rate
        self._say(f"{tally.rows} of {self._rows} rows, {rate:.0f} rows/s, {left:.0f} s left")
