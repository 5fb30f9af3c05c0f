"""What several commands take: the same option has the same name and meaning everywhere."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from profilering.errors import CallerError

OUT = Path("var/training")

Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON on standard output.")]
Register = Annotated[Path, typer.Argument(help="Folder of a register extract.")]
Settings = Annotated[list[str] | None, typer.Option("--set", help="Override one setting: a.b=1.")]
Artefacts = Annotated[Path, typer.Option(help="Bundles.")]
Out = Annotated[Path, typer.Option(help="Reports and the MLflow store.")]


def overrides(settings: list[str] | None) -> dict[str, Any]:
    """`a.b=1` as a path and a TOML value. Raises CallerError when it is not of that form."""
    values: dict[str, Any] = {}
    for setting in settings or ():
        path, _, text = setting.partition("=")
        try:
            values[path] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            raise CallerError(f"--set {setting}: write it as path=value, texts in quotes") from None
    return values
