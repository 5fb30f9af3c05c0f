"""Checking a journal, carrying it elsewhere, and keeping its tables and keys."""

from pathlib import Path
from typing import Annotated

import typer

from models.signature import new_key
from serving.access.access_log import line_of
from serving.commands.options import CheckpointsOption, JournalOption, said_clearly, settings_of
from serving.journal import EntryKind, StoredEntry
from serving.journal.export import export_journal
from serving.journal.owner import PATIENCE_SECONDS, migrate_journal
from serving.journal.places import open_store
from serving.journal.reading import read_entries
from serving.journal.tables import SCHEMA_VERSION
from serving.journal.verify import verify_journal

journal_cli = typer.Typer(no_args_is_help=True, help="Read, check and keep a journal.")

TrustedKeys = Annotated[
    list[str] | None,
    typer.Option("--key", help="Base64 of a public key that checkpoints may be signed with; repeatable."),
]


@journal_cli.command()
def verify(
    journal: JournalOption = None, checkpoints: CheckpointsOption = None, key: TrustedKeys = None
) -> None:
    """Check every entry of a journal with code the writer does not share; name the first bad one."""
    with said_clearly("nothing is checked"):
        place = settings_of(journal=journal).journal
        folder = Path(checkpoints) if checkpoints else None
        result = verify_journal(place, checkpoints=folder, trusted_keys=key or ())
    for line in result.lines():
        typer.echo(line, err=result.fault is not None)
    if result.fault is not None:
        raise typer.Exit(1)


@journal_cli.command()
def export(
    out: Annotated[Path, typer.Argument(help="Folder to make.")],
    journal: JournalOption = None,
    checkpoints: CheckpointsOption = None,
    key: TrustedKeys = None,
) -> None:
    """Write every entry with its content to a folder that can be checked anywhere with Python alone.

    It holds what was said of people: keep it as safe as the journal.
    """
    with said_clearly("nothing is exported"):
        place = settings_of(journal=journal).journal
        folder = Path(checkpoints) if checkpoints else None
        count = export_journal(place, out, checkpoints=folder, public_keys=key or ())
    typer.echo(f"{count} entries in {out}; check them with: python3 {out / 'etterproev.py'} {out}")


@journal_cli.command()
def migrate(
    journal: JournalOption = None,
    service_role: Annotated[
        str | None, typer.Option(help="PostgreSQL role of the service: may read and append, nothing else.")
    ] = None,
) -> None:
    """Bring a journal's tables to this version, as the role that owns them."""
    with said_clearly("nothing is migrated"):
        migrate_journal(settings_of(journal=journal).journal, service_role=service_role)
    typer.echo(f"the journal has schema version {SCHEMA_VERSION}")


@journal_cli.command()
def cef(
    after: Annotated[int, typer.Option(help="Number of the last entry whose line has arrived.")],
    journal: JournalOption = None,
) -> None:
    """Print the lines about who saw whom again, for those that could not be sent."""
    with said_clearly("nothing is printed"):
        store = open_store(settings_of(journal=journal).journal, timeout_seconds=PATIENCE_SECONDS)
        try:
            store.check()
            for entry in read_entries(store, EntryKind.INNSYN, after=after):
                if isinstance(entry, StoredEntry):
                    typer.echo(line_of(entry))
        finally:
            store.engine.dispose()


@journal_cli.command("key")
def make_key(path: Annotated[Path, typer.Argument(help="File to make; only its owner may read it.")]) -> None:
    """Make a key to sign checkpoints with, and print the public one for those who check."""
    with said_clearly("no key is made"):
        typer.echo(new_key(path))
