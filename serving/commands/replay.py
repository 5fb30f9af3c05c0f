"""Redoing what the journal says was said."""

import os
import sys
from datetime import datetime, time
from typing import Annotated
from uuid import UUID

import typer

from models.code import code_digest
from profilering.errors import CallerError
from serving.commands.options import ArkivOption, JournalOption, said_clearly, settings_of
from serving.replaying.run import Means, Status, Summary, Verdict, verdicts
from serving.replaying.selection import journal_to_read, one_profilering, profileringer
from serving.settings import Settings
from serving.wire.reading import OSLO

POINTERS = 8
"""Differing fields told of one entry; one changed estimate moves dozens, and the first say which."""


def replay(
    case_id: Annotated[UUID | None, typer.Argument(metavar="ID", help="Id of one profilering.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every profilering of the journal.")] = False,  # noqa: FBT002
    since: Annotated[
        str | None, typer.Option(help="Every profilering since a day (in Norway) or an instant with zone.")
    ] = None,
    journal: JournalOption = None,
    arkiv: ArkivOption = None,
    threads: Annotated[
        int, typer.Option(min=1, help="LightGBM's threads per process; the answers are the same.")
    ] = 1,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Processes side by side; as many as there are cores.")
    ] = None,
) -> None:
    """Make profileringer again from journal and archive, and compare every bit and letter.

    Exactly one of ID, --all and --since. Exit code 0 only when all are equal; erased ones are counted.
    """
    if [case_id is not None, every, since is not None].count(True) != 1:
        raise typer.BadParameter("give exactly one of ID, --all and --since")
    with said_clearly("nothing more is replayed"):
        settings = settings_of(journal=journal, arkiv=arkiv)
        means = Means(settings.arkiv, threads, processes or os.cpu_count() or 1)
        summary = _replayed(settings, means, case_id, None if since is None else _instant_of(since))
    _tell(summary)
    nothing = case_id is not None and summary.counts[Status.SLETTET] > 0
    sys.exit(1 if nothing or not summary.all_equal else 0)


def _replayed(settings: Settings, means: Means, case_id: UUID | None, since: datetime | None) -> Summary:
    summary, done = Summary(code_digest()), 0
    with journal_to_read(settings.journal) as store:
        chosen = [one_profilering(store, case_id)] if case_id else profileringer(store, since=since)
        for batch in verdicts(chosen, means):
            for verdict in batch:
                summary.add(verdict)
            done += len(batch)
            typer.echo(f"{done} done", err=True)
    return summary


def _instant_of(text: str) -> datetime:
    """Read a day as its first instant in Norway, or an instant. Raises CallerError."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise CallerError("--since is no day like 2026-05-12 and no instant like 2026-05-12T08:14Z") from None
    if len(text) == len("2026-05-12"):
        return datetime.combine(instant, time.min, OSLO)
    if instant.tzinfo is None:
        raise CallerError("--since has no time zone; end it with Z for UTC, or give a day")
    return instant


def _tell(summary: Summary) -> None:
    counts, told = summary.counts, ", ".join(f"{name}: {n}" for name, n in sorted(summary.models.items()))
    typer.echo(
        f"{summary.replayed} replayed: {counts[Status.LIKT]} equal, {counts[Status.ULIKT]} different; "
        f"{counts[Status.SLETTET]} erased, {counts[Status.KAN_IKKE]} not replayable"
    )
    if told:
        typer.echo(f"models: {told}; made by other code than today's: {summary.under_other_code}")
    for verdict in summary.named:
        typer.echo(_line(verdict))


def _line(verdict: Verdict) -> str:
    if verdict.status is Status.KAN_IKKE:
        return f"entry {verdict.number} is not replayable: {verdict.reason}"
    pekere = [peker or "(the content as a whole)" for peker in verdict.pekere]
    more = f" and {len(pekere) - POINTERS} more" if len(pekere) > POINTERS else ""
    return f"entry {verdict.number} is different: {', '.join(pekere[:POINTERS])}{more}"
