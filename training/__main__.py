"""The data scientist's commands: `python -m training …`.

Exit codes: 0 ok, 1 error, 2 usage, 3 gates failed, 4 data check failed.
"""

import os

# Before LightGBM loads: its threads would otherwise spin beside another busy process and train
# many times slower (performance.md, *Traps*).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# shap would otherwise compile for ten seconds what it then runs for one.
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")

import sys

import typer

from profilering.errors import CallerError, DataError, GateError, ProfileringError
from training.commands import benchmark, data, inspect, practice, release, technical_file, train, watch
from training.pipeline import GatesFailedError
from training.show import gate_table

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
COMMANDS = (
    *(data.synthetic, data.digests, data.check, train.train, inspect.evaluate, inspect.report, inspect.card),
    *(release.key, release.approve, release.compare, release.shadow),
    *(watch.monitor, technical_file.technical_file, benchmark.benchmark, practice.practice_cases),
)
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Run one command and end with its exit code; an error is one message, not a trace."""
    try:
        app()
    except ProfileringError as problem:
        if isinstance(problem, GatesFailedError):
            typer.echo(gate_table(problem.gates), err=True)
        typer.echo(f"error: {problem}", err=True)
        codes = ((CallerError, 2), (GateError, 3), (DataError, 4))
        sys.exit(next((code for kind, code in codes if isinstance(problem, kind)), 1))


if __name__ == "__main__":
    main()
