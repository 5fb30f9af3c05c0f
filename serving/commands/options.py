"""Options that several commands share, and the one way a command says that it cannot."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from profilering.errors import ProfileringError, SetupError
from serving.journal import JournalUnavailableError
from serving.settings import Settings, read_settings

JournalOption = Annotated[
    str | None, typer.Option(help="Path of the journal's SQLite file, or its postgresql:// address.")
]
ArkivOption = Annotated[str | None, typer.Option(help="Folder with everything answers stood on, by digest.")]
CheckpointsOption = Annotated[str | None, typer.Option(help="Folder with the signed checkpoints.")]


def settings_of(**flags: str | None) -> Settings:
    """The settings of the environment, with a command's own flags over them. Raises SetupError."""
    return read_settings(os.environ, flags)


@contextmanager
def said_clearly(what_fails: str) -> Iterator[None]:
    """Turn an error of ours into one line and an exit code: 2 where the set-up is at fault, else 1."""
    try:
        yield
    except ProfileringError as error:
        typer.echo(f"{what_fails}: {error}", err=True)
        at_fault = isinstance(error, (SetupError, JournalUnavailableError))
        raise typer.Exit(2 if at_fault else 1) from None
