"""A checkout with every answer given by invented people, to see a technical file that is whole.

Nothing here was said by anybody: it proves that the file can be finished, not that it is.
"""

import re
import shutil
from pathlib import Path

from serving.journal.export import export_journal
from tests.candidates import ROOT, Trained
from tests.grounds import an_honest_journal
from training.technical_file.answers import DEFAULT as ANSWERS
from training.technical_file.sources import FilePlaces

GIVER = "Oppdiktet Jurist"
DECLARATION = "erklaering.txt"
EMPTY = re.compile(r'tekst = ""\ngitt_av = ""\ngitt = ""\ngrunnlag = \[\]')
GIVEN = (
    f'tekst = "Et oppdiktet svar."\ngitt_av = "{GIVER}"\ngitt = "2026-11-23"\ngrunnlag = ["{DECLARATION}"]'
)

RISKS = """
godkjent_av = "ikke godkjent: oppdiktet"

[[risiko]]
id = "R-01"
hva = "noe som kan skje"
hvem = "arbeidssøkere"
alvor = "høy"
krav = ["REQ-75"]
tiltak = "tjenesten kan stanses"
tester = ["tests/test_stop.py::test_a_stopped_service_gives_no_forslag_and_no_number"]
gjenstaar = "alt annet"
eier = "ingen"
"""


def an_export(folder: Path) -> tuple[Path, str]:
    """An export of an honest journal, and the key its checkpoints are signed with."""
    folder.mkdir()
    ground = an_honest_journal(str(folder / "journal.db"), folder)
    key = ground.key.public_key
    export_journal(ground.place, folder / "ut", checkpoints=ground.checkpoints, public_keys=[key])
    return folder / "ut", key


def write_risks(path: Path) -> Path:
    """A register of one risk, which nobody has approved."""
    path.write_text(RISKS, "utf-8")
    return path


def whole_places(trained: Trained, folder: Path) -> FilePlaces:
    """Where everything lies when people have answered and approved all; only invented people have."""
    config = ROOT / "training" / "config"
    export, key = an_export(folder / "journal")
    for tree in (ROOT / "models" / "policies", ROOT / "profilering" / "texts"):
        shutil.copytree(tree, folder / tree.name)
    for file in (config / "gates.toml", config / "monitor.toml"):
        shutil.copy(file, folder)
    write_risks(folder / "risikoregister.toml")
    for file in folder.rglob("*.toml"):
        _approve(file)
    (folder / DECLARATION).write_text("Oppdiktet samsvarserklæring.\n", "utf-8")
    answers = folder / ANSWERS.name
    answers.write_text(EMPTY.sub(GIVEN, ANSWERS.read_text("utf-8")), "utf-8")
    return FilePlaces(
        trained.artefacts, trained.out, trained.approved, trained.signers,
        folder / "gates.toml", folder / "monitor.toml",
        answers=answers, risks=folder / "risikoregister.toml", policies=folder / "policies",
        texts=folder / "texts", export=export, keys=(key,),
    )  # fmt: skip


def _approve(file: Path) -> None:
    text = file.read_text("utf-8")
    file.write_text(re.sub(r'(?m)^(godkjent(?:_av)?) = ".*"$', rf'\1 = "{GIVER}"', text), "utf-8")
