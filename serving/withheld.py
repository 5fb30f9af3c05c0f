"""Two-step mode: no part of a suggestion can be read before somebody has written their own view.

Where the policy asks for it, two answers are journaled at once: the whole one, and one without the
suggestion, which is given until the case has a vurdering. What a case's answer holds back is settled
when it is made; a later policy changes nothing of it (REQ-19, REQ-20).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from models.approved import Approved
from profilering.innsatsgruppe import ForslagKode
from profilering.tekster import Tekster
from serving.journal import EntryKind, Journal, StoredEntry
from serving.wire.codes import WireRegel
from serving.wire.spelling import spelled
from serving.wire.writing import Case, svar_of

FIRST = "svar_tilbakeholdt"
"""Where a profilering's content has the answer that is given first; null where nothing is held back."""


def withheld(entry: StoredEntry, journal: Journal) -> bool:
    """Whether the suggestion of a profilering may not be read yet, by anybody, through any route.

    An erased vurdering was written too. Raises JournalUnavailableError.
    """
    return is_two_step(entry) and not journal.entries_about(entry.case_id, EntryKind.VURDERING)


def is_two_step(entry: StoredEntry) -> bool:
    """Whether the suggestion of a profilering waits, or once waited, for a vurdering."""
    return json.loads(entry.content).get(FIRST) is not None


@dataclass(frozen=True, slots=True)
class Answers:
    """One case's answer in both forms, as it leaves but for the journal's part."""

    whole: bytes
    first: bytes | None  # None where nothing is held back
    follows: bool  # a case that was held back when this one was made

    @property
    def shown(self) -> bytes:
        """The one that is given when it is made."""
        return self.whole if self.first is None else self.first


def answers_of(case: Case, approved: Approved, *, follows: bool) -> Answers:
    """Write the whole answer, and the one that is given first where policy or predecessor asks for it.

    The first one holds what was sent and what is lacking, and no word that depends on the suggestion.
    """
    svar = svar_of(case, approved)
    whole = spelled(svar)
    if not (follows or approved.basis.policy.totrinn.gjelder(case.forespoersel.enhet)):
        return Answers(whole, None, follows)
    tekster = approved.basis.tekster
    kept_back = {"forslag": _forslag(tekster), "anslag": [], "begrunnelse": _begrunnelse(tekster)}
    return Answers(whole, spelled({**svar, **kept_back}), follows)


def _forslag(tekster: Tekster) -> Mapping[str, object]:
    return {
        "kode": str(ForslagKode.INGEN_FORSLAG),
        "navn": tekster.get("forslag", WireRegel.TOTRINN),
        "aktuelleInnsatsgrupper": [],
        "kreverArbeidsevnevurdering": False,
        "regel": str(WireRegel.TOTRINN),
        "grensetilfelle": False,
        "merknader": [],
    }


def _begrunnelse(tekster: Tekster) -> Mapping[str, object]:
    why = f"{tekster.get('regel', WireRegel.TOTRINN)} {tekster.get('fast', 'totrinn')}"
    avsnitt = [
        (tekster.get("seksjon", "forslag"), why),
        (tekster.get("seksjon", "spoersmaal"), tekster.get("fast", "spoersmaal")),
        (tekster.get("seksjon", "rettigheter"), tekster.get("fast", "rettigheter")),
    ]
    return {
        "spraak": tekster.spraak,
        "avsnitt": [{"overskrift": title, "tekst": text} for title, text in avsnitt],
    }
