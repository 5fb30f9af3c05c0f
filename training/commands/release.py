"""From a challenger to a model that answers, and back."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from models.approved import APPROVED, ARTEFACTS, read_approval
from models.policy_file import newest_policy, read_policy_version
from models.signature import SIGNERS, new_key
from models.text_file import read_tekster, text_path
from profilering.errors import CallerError
from training.commands.options import OUT, Artefacts, Json, Out, Register
from training.extract import read_extract
from training.fit import THREADS
from training.nav_config import read_nav_config
from training.release.approve import ApprovalPlaces, Decision
from training.release.approve import approve as approve_bundle
from training.release.compare import compare as compare_bundles
from training.release.contender import Contender, read_contender
from training.release.registry import CHALLENGER, CHAMPION, challenger_bundle
from training.release.shadow import last_twelve_months
from training.release.shadow import shadow as shadow_bundles
from training.reporting.release_report import comparison_report, report_lines, result_json, shadow_report
from training.reporting.report import write_report
from training.show import Shown

DAY = ["%Y-%m-%d"]
TEKSTER = text_path("nb")

Approved = Annotated[Path, typer.Option(help="The file of approvals; its last entry is the champion.")]
Named = Annotated[str, typer.Argument(help="sha256:…, `champion` or `challenger`.")]
Policy = Annotated[str | None, typer.Option(help="Policy version; the newest in force when left out.")]


def key(
    path: Annotated[Path, typer.Argument(help="File for the private key; must not exist.")],
    name: Annotated[str, typer.Option(help="Whose key it is.")],
) -> None:
    """Make a key to sign bundles with; print what a reviewer adds to the file of signers."""
    if not name.strip():
        raise CallerError("a key needs an owner; give --name")
    public, today = new_key(path), datetime.now(UTC).date()
    owner = json.dumps(name, ensure_ascii=False)  # a JSON string of printable text is a TOML string
    typer.echo(f'[[signer]]\nname = {owner}\npublic_key = "{public}"\nsince = {today}')


def approve(  # noqa: PLR0913, PLR0917 - a command line names each of its options
    bundle: Annotated[str, typer.Argument(help="sha256:… of a published bundle, or `challenger`.")],
    approver: Annotated[str, typer.Option(help="Who approves; not who trained or signed.")],
    why: Annotated[str, typer.Option(help="On what evidence.")],
    policy: Policy = None,
    artefacts: Artefacts = ARTEFACTS,
    approved: Approved = APPROVED,
    signers: Annotated[Path, typer.Option(help="Whose signatures are trusted.")] = SIGNERS,
    out: Out = OUT,
    without_registry: Annotated[  # noqa: FBT002 - a flag is how a command line says it
        bool, typer.Option("--without-registry", help="Set no alias: the MLflow store is not here.")
    ] = False,
) -> None:
    """Let a published bundle answer, or answer again: a line in the file of approvals."""
    store = out / "mlflow"
    digest = challenger_bundle(store) if bundle == CHALLENGER else bundle
    decision = Decision(digest, _version(policy), approver, datetime.now(UTC).date(), why)
    places = ApprovalPlaces(artefacts, out, signers, approved, None if without_registry else store)
    written = approve_bundle(decision, places)
    typer.echo(f"{digest} approved by {approver} in {approved}")
    typer.echo(f"gates {written.grenser_bestaatt}, signed by {written.signert_av}")
    typer.echo(f"replaces {written.erstatter or 'nothing'}")


def compare(  # noqa: PLR0913, PLR0917 - a command line names each of its options
    first: Named,
    second: Named,
    register: Register,
    config: Annotated[
        Path | None, typer.Option(help="Whom to measure on; default: as the first was trained.")
    ] = None,
    policy: Policy = None,
    artefacts: Artefacts = ARTEFACTS,
    approved: Approved = APPROVED,
    out: Out = OUT,
    seed: Annotated[int, typer.Option(help="Same seed, same intervals.")] = 7,
    bootstraps: Annotated[int, typer.Option(min=2, help="Resamples behind an interval.")] = 1_000,
    as_json: Json = False,  # noqa: FBT002 - a flag is how a command line says it
) -> None:
    """Measure two models on the same later people, and count whose forslag would change."""
    ours, theirs = (contender_of(name, artefacts, approved, out) for name in (first, second))
    with Shown("sammenligning") as shown:
        shown("les uttrekket", 0, 2)
        extract = read_extract(register)
        shown("mål", 1, 2)
        found = compare_bundles(
            (ours, theirs),
            extract,
            ours.config if config is None else read_nav_config(config),
            read_policy_version(_version(policy)),
            seed=seed,
            bootstraps=bootstraps,
            threads=THREADS,
        )
    text = report_lines(comparison_report(found, read_tekster(TEKSTER)))
    typer.echo(result_json(found) if as_json else text)


def shadow(  # noqa: PLR0913, PLR0917 - a command line names each of its options
    first: Named,
    second: Named,
    register: Register,
    fra: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="First day; default: the last 12 months.")
    ] = None,
    til: Annotated[
        datetime | None,
        typer.Option("--to", formats=DAY, help="The day after the last; default: all there is."),
    ] = None,
    policy: Policy = None,
    artefacts: Artefacts = ARTEFACTS,
    approved: Approved = APPROVED,
    out: Out = OUT,
    report: Annotated[Path | None, typer.Option(help="Also write report.html and report.json here.")] = None,
    as_json: Json = False,  # noqa: FBT002 - a flag is how a command line says it
) -> None:
    """Let two models speak of the same registreringer: who would get another forslag, and why."""
    ours, theirs = (contender_of(name, artefacts, approved, out) for name in (first, second))
    with Shown("skyggekjøring") as shown:
        shown("les uttrekket", 0, 2)
        extract = read_extract(register)
        shown("mål", 1, 2)
        begin, end = last_twelve_months(extract)
        period = (fra.date() if fra else begin, til.date() if til else end)
        found = shadow_bundles(
            (ours, theirs), extract, read_policy_version(_version(policy)), period, threads=THREADS
        )
    page = shadow_report(found, read_tekster(TEKSTER))
    if report is not None:
        write_report(page, report)
    typer.echo(result_json(found) if as_json else report_lines(page))


def contender_of(name: str, artefacts: Path, approved: Path, out: Path) -> Contender:
    """The model somebody means by a digest, `champion` or `challenger`. Raises what its reading raises."""
    return read_contender(digest_meant(name, approved, out), artefacts)


def digest_meant(name: str, approved: Path, out: Path) -> str:
    """The digest of the bundle somebody means. Raises SetupError when nothing is approved or registered."""
    if name == CHAMPION:
        return read_approval(approved).bundle
    return challenger_bundle(out / "mlflow") if name == CHALLENGER else name


def _version(policy: str | None) -> str:
    return policy or newest_policy(datetime.now(UTC).date())
