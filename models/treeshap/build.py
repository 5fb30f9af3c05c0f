"""`python -m models.treeshap.build`: compile the contribution kernel into this folder, with any C compiler.

Without a compiler nothing fails: LightGBM explains instead, to the same numbers but for the last bits,
some ten times slower. `/internal/isReady` tells which of the two it is.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from models.treeshap.kernel import LIBRARY, source_digest

SOURCE = Path(__file__).with_name("kernel.c")
FLAGS = ("-std=c11", "-O3", "-ffp-contract=off", "-fPIC", "-shared", "-Wall", "-Wextra", "-Wno-psabi")
"""No fused multiplication and addition: it would round once where other processors round twice."""


def build(environ: Mapping[str, str], library: Path = LIBRARY) -> str:
    """Compile, and put the library in place whole; say what was done.

    Raises CalledProcessError, with the compiler's words on stderr, where it cannot compile.
    """
    named = environ.get("CC", "").split()
    compiler = named or [path for name in ("cc", "gcc", "clang") if (path := shutil.which(name))][:1]
    if not compiler or shutil.which(compiler[0]) is None:
        return (
            f"no C compiler ({' '.join(named) or 'cc'} is not there): the contribution kernel is not "
            "compiled, LightGBM explains instead, slower; install one and run this again"
        )
    with TemporaryDirectory(dir=library.parent, prefix=".build-") as folder:
        made = Path(folder) / library.name
        named_source = f'-DSOURCES="{source_digest()}"'
        _run([*compiler, *FLAGS, named_source, str(SOURCE), "-o", str(made), "-lm"])
        made.replace(library)
    return f"compiled {library.name}"


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True)  # noqa: S603  the compiler of whoever builds


if __name__ == "__main__":
    try:
        sys.stdout.write(build(os.environ) + "\n")
    except subprocess.CalledProcessError as failed:
        sys.exit(f"the contribution kernel does not compile: {' '.join(failed.cmd)}")
