"""Look at what there is: measure a published model, make a page again, read a card."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from models.approved import APPROVED, ARTEFACTS
from models.bundle import folder_of, verified_files
from models.policy_file import read_policy_version
from profilering.risk import Outcome
from training.about import about_run
from training.commands.options import OUT, Artefacts, Json, Out, Register, Settings, overrides
from training.commands.release import Approved, Named, contender_of
from training.data_notes import notes_of
from training.extract import read_extract
from training.fit import THREADS
from training.judging.consequences import consequences_of
from training.judging.measure import measure
from training.judging.subject import subject_of
from training.nav_config import read_nav_config
from training.prepare import prepare
from training.reporting.nav_report import Findings, nav_report
from training.reporting.report import write_report
from training.reporting.reread import read_report
from training.show import Shown, metrics_table

STEPS = ("les uttrekket", "opplysninger", "mål", "skriv rapporten")


def evaluate(
    bundle: Named,
    register: Register,
    out: Out = OUT,
    artefacts: Artefacts = ARTEFACTS,
    approved: Approved = APPROVED,
    settings: Settings = None,
    as_json: Json = False,  # noqa: FBT002 - a flag is how a command line says it
) -> None:
    """Measure a published model on a register, on the people and outcomes of its own run."""
    contender = contender_of(bundle, artefacts, approved, out)
    today = read_nav_config(overrides=overrides(settings))
    config = replace(contender.config, evaluering=today.evaluering)
    with Shown("måling") as shown:
        shown(STEPS[0], 0, len(STEPS))
        extract = read_extract(register)
        shown(STEPS[1], 1, len(STEPS))
        prepared = prepare(extract, config)
        policy = read_policy_version(config.evaluering.policy)
        subject = subject_of(prepared, extract, register, config, policy)
        shown(STEPS[2], 2, len(STEPS))
        model = contender.model
        measured = {o: measure(model, subject, o, approved=None, threads=THREADS) for o in Outcome}
        shown(STEPS[3], 3, len(STEPS))
        about = about_run(extract, config, trainer=contender.trainer)
        found = Findings(
            model.version,
            subject,
            measured,
            examination=None,
            level=None,
            notes=notes_of(prepared),
            about=about,
            consequences=consequences_of(model, subject, threads=THREADS),
        )
        folder = out / f"{model.version}-{extract.extract_date}"
        write_report(nav_report(found, ()), folder)
    if as_json:
        figures = {
            outcome: {name: asdict(one.metrics) for name, one in m.test.models.items()}
            for outcome, m in measured.items()
        }
        typer.echo(json.dumps({"version": model.version, "test": figures}, ensure_ascii=False, indent=2))
        return
    typer.echo(metrics_table(measured))
    typer.echo(f"report   {folder / 'report.html'}")


def report(
    run: Annotated[Path, typer.Argument(help="Folder with a run's report.json and figures.")],
    out: Annotated[Path | None, typer.Option(help="Where to write; default: the same folder.")] = None,
) -> None:
    """Make a run's page again, without its data: after a change of style, or from files sent to you."""
    folder = out or run
    write_report(read_report(run), folder)
    typer.echo(f"report   {folder / 'report.html'}")


def card(
    bundle: Named,
    artefacts: Artefacts = ARTEFACTS,
    approved: Approved = APPROVED,
    out: Out = OUT,
) -> None:
    """Show the model card of a published bundle, once every digest of the bundle is right."""
    digest = contender_of(bundle, artefacts, approved, out).name.digest
    typer.echo(verified_files(folder_of(artefacts, digest), digest)["card.md"].decode())
