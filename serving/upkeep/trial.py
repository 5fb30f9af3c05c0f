"""Loading a bundle where a crash harms nobody: in a child, `python -m serving.upkeep.trial FOLDER DIGEST`.

LightGBM's parser is not memory-safe: what it does to the child, it does not do to the process that
answers. The child imports no more than a bundle needs, and lets answers go first.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from profilering.errors import SetupError

PROGRAM = (sys.executable, "-m", "serving.upkeep.trial")
PATIENCE_SECONDS = 60.0
"""A hundred times what loading takes: tells a parser that hangs from a machine that is busy."""
NOT_NEEDED = ("sklearn", "pandas", "pyarrow", "dask", "matplotlib", "graphviz")
"""What LightGBM imports where it is there, as on a developer's machine: two thirds of the child's work."""
STEP_BACK = 5
"""Niceness of the trial: answers get three times its share of a processor, and it still gets on."""


def try_in_child(
    folder: Path,
    digest: str,
    *,
    timeout_seconds: float = PATIENCE_SECONDS,
    program: Sequence[str] = PROGRAM,
) -> None:
    """Verify, load and try a bundle in a process that may crash or hang.

    Raises SetupError saying why the bundle must not be served.
    """
    try:
        child = subprocess.run(  # noqa: S603  our own program
            [*program, str(folder), digest],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SetupError(
            f"bundle {digest} was tried and not loaded within {timeout_seconds:g} s; do not serve it"
        ) from None
    if child.returncode < 0:
        ended = signal.Signals(-child.returncode).name
        raise SetupError(f"bundle {digest} was tried and ended its process with {ended}; do not serve it")
    if child.returncode > 0 or _last_line(child.stdout) != digest:
        raise SetupError(_last_line(child.stderr) or f"bundle {digest} was tried and not loaded")


def try_here(
    folder: Annotated[Path, typer.Argument(help="The bundle.")],
    digest: Annotated[str, typer.Argument(help="sha256:… of its manifest.")],
) -> None:
    """Verify, load and try one bundle: says its digest, or why it must not be served."""
    os.nice(STEP_BACK)
    for name in NOT_NEEDED:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own way to say that it is not there
    from models.bundle import read_bundle  # noqa: PLC0415  importing LightGBM is most of the work

    try:
        bundle = read_bundle(folder, digest)
    except SetupError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo(bundle.digest)


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]


if __name__ == "__main__":
    typer.run(try_here)
