"""Registers: invent one, make one ready to be delivered, check one."""

from pathlib import Path
from typing import Annotated

import typer

from training.audit import refuse_damaged
from training.commands.options import Register, Settings, overrides
from training.digests import DESCRIPTION, write_digests
from training.extract import read_extract
from training.show import Shown
from training.synthetic.register import read_config, write_register


def synthetic(
    out: Annotated[Path, typer.Argument(help="Folder to write; must not exist.")],
    persons: Annotated[int, typer.Option(min=1, help="How many invented people.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Same seed and version, same bytes.")] = 7,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    settings: Settings = None,
) -> None:
    """Write a synthetic register: no real person, known true risks."""
    with Shown("syntetisk register") as shown:
        write_register(
            out,
            persons=persons,
            seed=seed,
            workers=workers,
            progress=lambda done, total: shown("skriver blokker", done, total),
            config=read_config(overrides=overrides(settings)),
        )


def digests(register: Register) -> None:
    """List a register's files in its register.json: the last thing to do where it is made.

    Never done where it is received: it would declare damaged files whole.
    """
    typer.echo(f"{register}: {write_digests(register)} files listed in {DESCRIPTION}")


def check(register: Register) -> None:
    """Check that an extract keeps its contract; say where it does not."""
    extract = read_extract(register)
    refuse_damaged(register)
    typer.echo(
        f"{register}: ok, {extract.registreringer.height} registreringer, drawn {extract.extract_date}"
    )
