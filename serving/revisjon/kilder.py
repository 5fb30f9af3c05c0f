"""What the auditors' pages stand on besides the journal itself."""

from collections.abc import Callable
from dataclasses import dataclass

from serving.journal.etterproev import VerifyResult
from serving.revisjon.saksliste import Saksliste


@dataclass(frozen=True, slots=True)
class Revisjonskilder:
    """The list of cases, and the auditors' check of the whole journal."""

    saksliste: Saksliste
    kontroll: Callable[[], VerifyResult]  # raises SetupError where the journal cannot be reached
