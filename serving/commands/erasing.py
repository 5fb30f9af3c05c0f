"""Erasing what was said of a person, when they ask or when it has had its time."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

import typer

from profilering.errors import CallerError
from serving.commands.journal import journal_cli
from serving.commands.options import JournalOption, said_clearly, settings_of
from serving.journal.chain import SALT_BYTES
from serving.journal.erasing import Moment, Why, cases_of_period, erase_cases, forget
from serving.journal.places import open_store
from serving.journal.retention import read_retention
from serving.journal.retention import retain as erase_what_is_out_of_time
from serving.journal.store import Store

PATIENCE_SECONDS = 600
"""Writing a large table anew takes its time."""

ByOption = Annotated[str, typer.Option("--utfoert-av", help="NAV-ident or job that erases.")]


@journal_cli.command()
def erase(
    utfoert_av: ByOption,
    grunn: Annotated[str, typer.Option(help="Why, in words that name nobody.")],
    hjemmel: Annotated[str, typer.Option(help="Legal basis, like GDPR art. 17.")],
    case: Annotated[list[UUID] | None, typer.Option(help="Id of a profilering; repeatable.")] = None,
    period: Annotated[list[UUID] | None, typer.Option(help="periodeId; all its profileringer.")] = None,
    journal: JournalOption = None,
) -> None:
    """Erase one person's profileringer and what stands about them; the chain still verifies."""
    with said_clearly("nothing is erased"), _owned(journal) as store:
        cases = [*(case or ()), *(found for one in period or () for found in cases_of_period(store, one))]
        if not cases:
            raise CallerError("no case is named, or none is found; give --case or --period")
        why = Why(grunn, hjemmel, utfoert_av)
        erased = erase_cases(store, cases, why, _this_moment())
        left = forget(store)
    if erased is None:
        typer.echo(f"nothing was left to erase about {len(cases)} cases")
    else:
        typer.echo(f"{len(erased.numbers)} entries erased, written down as entry {erased.receipt.number}")
    _tell_what_is_left(left)


@journal_cli.command()
def retain(utfoert_av: ByOption, journal: JournalOption = None) -> None:
    """Erase what has been kept as long as serving/journal/oppbevaring.toml says; run it every night."""
    with said_clearly("nothing is erased"), _owned(journal) as store:
        done = list(erase_what_is_out_of_time(store, read_retention(), utfoert_av, _this_moment))
        left = forget(store) if done else ()
    count = sum(len(erased.numbers) for erased in done)
    typer.echo(f"{count} entries had had their time and are erased, in {len(done)} steps")
    _tell_what_is_left(left)


@contextmanager
def _owned(journal: str | None) -> Iterator[Store]:
    store = open_store(settings_of(journal=journal).journal, timeout_seconds=PATIENCE_SECONDS)
    try:
        store.check()
        yield store
    finally:
        store.engine.dispose()


def _this_moment() -> Moment:
    return Moment(datetime.now(UTC), uuid4(), secrets.token_bytes(SALT_BYTES))


def _tell_what_is_left(left: Sequence[str]) -> None:
    for words in left:
        typer.echo(f"still to do: {words}", err=True)
    if left:
        raise typer.Exit(1)
