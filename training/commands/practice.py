"""Practice cases for veiledere, drawn from an invented register."""

from pathlib import Path
from typing import Annotated

import typer

from models.approved import APPROVED, ARTEFACTS, read_approval
from models.policy_file import read_policy_version
from training.commands.options import Artefacts, Register
from training.commands.release import Approved
from training.digests import read_description
from training.extract import read_extract
from training.practice import draw_practice
from training.practice_files import Origin, write_practice
from training.prepare import prepare
from training.release.contender import read_contender
from training.show import Shown

SAKER = Path("serving/opplaering/saker")
STEPS = ("les uttrekket", "opplysninger", "trekk")


def practice_cases(
    register: Register,
    out: Annotated[Path, typer.Option(help="Folder of the cases; those of before are replaced.")] = SAKER,
    seed: Annotated[int, typer.Option(help="Same register, model and seed: same cases.")] = 1,
    artefacts: Artefacts = ARTEFACTS,
    approved: Approved = APPROVED,
) -> None:
    """Draw the practice cases of /opplaering from a synthetic register: once for every release."""
    approval = read_approval(approved)
    contender = read_contender(approval.bundle, artefacts)
    about = read_description(register)
    with Shown("øvingssaker") as shown:
        shown(STEPS[0], 0, len(STEPS))
        extract = read_extract(register)
        shown(STEPS[1], 1, len(STEPS))
        prepared = prepare(extract, contender.config)
        shown(STEPS[2], 2, len(STEPS))
        policy = read_policy_version(approval.policy)
        practice = draw_practice(prepared, extract, contender.model, policy, seed=seed)
    deling = contender.config.deling
    origin = Origin(
        register=extract.name,
        register_seed=about.get("seed"),
        register_persons=about.get("persons"),
        cohort=(deling.test_fra, deling.test_til),
        model=contender.name.version,
        policy=policy.versjon,
        seed=seed,
    )
    write_practice(practice, origin, out)
    typer.echo(f"{out}: {len(practice.cases)} cases of {origin.register}, by {origin.model}, seed {seed}")
