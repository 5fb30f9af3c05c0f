"""The operator's commands: `python -m serving …`."""

import typer

from serving.commands import erasing  # noqa: F401  adds its commands to the journal's
from serving.commands.journal import journal_cli
from serving.commands.policy import policy_cli
from serving.commands.replay import replay
from serving.commands.score import score
from serving.commands.serve import serve

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@cli.callback()
def commands() -> None:
    """Profilering: an explained suggestion of innsatsgruppe, journaled."""


cli.command()(serve)
cli.command()(replay)
cli.command()(score)
cli.add_typer(journal_cli, name="journal")
cli.add_typer(policy_cli, name="policy")


def main() -> None:
    """Entry point of `profilering-serving`."""
    cli()


if __name__ == "__main__":
    main()
