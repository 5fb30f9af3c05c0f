"""Registers: invent one, check one."""

from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import Register, Settings, overrides
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


def check(register: Register) -> None:
    """Check that an extract keeps its contract; say where it does not."""
    extract = read_extract(register)
    typer.echo(
        f"{register}: ok, {extract.registreringer.height} registreringer, drawn {extract.extract_date}"
    )
