"""A stored case opened to be told again: what it says, and the words and rules of the day it was made."""

from collections.abc import Sequence
from dataclasses import dataclass
from logging import ERROR
from uuid import UUID

from models.approved import Approved
from profilering.assess import Profilering
from profilering.errors import SetupError
from profilering.tekster import Tekster
from serving.journal import EntryKind, StoredEntry
from serving.parts import Parts
from serving.replaying.given import UnreadableError
from serving.stored import StoredCase, stored_case
from serving.telemetry.log import log_event
from serving.wire.problems import NOT_FOUND, VENTER_PAA_VURDERING, Problem, RefusedError
from serving.withheld import withheld

NOT_TELLABLE = Problem(
    "kan-ikke-fortelles",
    500,
    "Kan ikke fortelles på nytt",
    "Arkivet mangler noe svaret bygget på, eller innholdet i journalen kan ikke leses. Grunnen er loggført.",
)
OLDER_THAN_THE_TEXT = Problem(
    "eldre-enn-teksten",
    404,
    "Saken er eldre enn denne teksten",
    "Tekstene fra den dagen har ikke dette. Det veilederen fikk lese, står i svaret på saken.",
)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A stored case and what it stood on; texts and rules of a later day never tell it."""

    case: StoredCase
    approved: Approved

    def tekster(self, wanted: Sequence[str], section: str) -> Tekster:
        """That day's texts in the first of the languages that has the section. Raises RefusedError."""
        for spraak in wanted:
            tekster = self.approved.tekster(spraak)
            if tekster is not None and section in tekster.sections:
                return tekster
        raise RefusedError(OLDER_THAN_THE_TEXT)

    def told(self, tekster: Tekster) -> Profilering:
        """Tell it in these words, under the policy it was made under."""
        return self.case.told(self.approved.basis.policy, tekster)


def readable_entry(case_id: UUID, parts: Parts) -> StoredEntry:
    """Find the entry of a profilering whose suggestion may be read now.

    Raises RefusedError (404; 409 in two-step mode before the first vurdering), ErasedError and
    JournalUnavailableError.
    """
    entry = parts.journal.find(case_id, EntryKind.PROFILERING)
    if entry is None:
        raise RefusedError(NOT_FOUND)
    if withheld(entry, parts.journal):
        raise RefusedError(VENTER_PAA_VURDERING)
    return entry


def opened(entry: StoredEntry, parts: Parts) -> OpenCase:
    """Open an entry with what it stood on. Raises RefusedError where it, or the archive, is not whole."""
    try:
        case = stored_case(entry)
        return OpenCase(case, _stood_on(case, parts))
    except (UnreadableError, SetupError) as error:
        log_event("telling_refused", level=ERROR, nummer=entry.receipt.number, reason=str(error))
    raise RefusedError(NOT_TELLABLE)


def _stood_on(case: StoredCase, parts: Parts) -> Approved:
    """From memory where it is what answers today, else from the archive. Raises SetupError."""
    today, wanted = parts.standing.approved, case.digester.basis
    if isinstance(today, Approved) and dict(today.digests) == wanted:
        return today
    return parts.approved_of(wanted)
