"""What the auditors' pages stand on besides the journal itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.approved import APPROVED, ARTEFACTS
from serving.journal.etterproev import VerifyResult
from serving.revisjon.bevis import Sjekkpunkter
from serving.revisjon.saksliste import Saksliste


@dataclass(frozen=True, slots=True)
class Hyller:
    """Where what was approved lies, and what answers stood on."""

    approved: Path = APPROVED
    artefacts: Path = ARTEFACTS
    arkiv: Path = Path("var/arkiv")


@dataclass(frozen=True, slots=True)
class Revisjonskilder:
    """The list of cases, the check of the whole journal, its checkpoints, and the newest monitoring."""

    saksliste: Saksliste
    kontroll: Callable[[], VerifyResult]  # raises SetupError where the journal cannot be reached
    sjekkpunkter: Sjekkpunkter
    overvaaking: Path | None = None  # report.json; None: none was given
    hyller: Hyller = Hyller()
