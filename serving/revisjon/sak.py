"""One case to the bottom: what was shown, what it rests on, what people concluded, and the proof of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.text_file import ANSWERED_IN
from profilering.begrunnelse import Avsnitt
from profilering.errors import ProfileringError
from profilering.innsatsgruppe import ForslagKode
from profilering.innsyn import dag_tekst
from profilering.utdypning import Utdypning, utdyp
from profilering.vurdering import GRUPPE_OF, is_followed
from serving.journal import EntryKind, ErasedEntry, Receipt, StoredEntry
from serving.pages.regnestykke import regnestykkene
from serving.pages.tekst import Opened, opened_parts
from serving.parts import Parts
from serving.revisjon.bevis import Bevis
from serving.revisjon.fakta import Faktum, fakta_of
from serving.revisjon.kilder import Revisjonskilder
from serving.revisjon.koder import FOLLOWED, Status
from serving.telling import opened
from serving.wire.problems import RefusedError
from serving.withheld import withheld

HAPPENED = (
    EntryKind.PROFILERING,
    EntryKind.VURDERING,
    EntryKind.INNSIGELSE,
    EntryKind.ETTERPROEVING,
    EntryKind.INNSYN,
)


_REPLACED = "SELECT sak_id FROM sak WHERE erstatter = :id ORDER BY nummer"


@dataclass(frozen=True, slots=True)
class Vurdert:
    """One vurdering as it was written."""

    opprettet: datetime
    gruppe: str
    status: Status
    grunn: str
    tekst: str
    enhet: str | None


@dataclass(frozen=True, slots=True)
class Innvendt:
    """One innsigelse as it was written."""

    opprettet: datetime
    gjelder: str
    fra: str
    tekst: str


@dataclass(frozen=True, slots=True)
class Hendt:
    """One entry about the case; `hvem` is the NAV-ident of whoever stands behind it, or the system."""

    nummer: int
    slag: EntryKind
    opprettet: datetime
    hvem: str | None  # None where the content was erased
    hva: str = ""


@dataclass(frozen=True, slots=True)
class Opplysningsgrunnlag:
    """What the case was told of: facts as they were sent, and the sums that can be redone."""

    fakta: tuple[Faktum, ...]
    kjent: str  # the day they were known
    mangler: tuple[str, ...]
    utdypning: Utdypning
    regnestykker: tuple[Opened, ...]


@dataclass(frozen=True, slots=True)
class Innhold:
    """What stands in the journal of a case whose suggestion may be read."""

    forslag: ForslagKode
    regel: str
    grensetilfelle: bool
    sett: tuple[Avsnitt, ...]  # as the veileder read it, to the letter
    erstatter: str | None  # the id of the case it was made in the place of
    spraak: str  # that it was written in
    versjoner: Mapping[str, str]
    digester: Mapping[str, str]
    grunnlag: Opplysningsgrunnlag | None
    uten_grunnlag: str  # why there is none


@dataclass(frozen=True, slots=True)
class Sak:
    """A case as its page shows it; `innhold` is None where it was erased, or may not be read yet."""

    id: UUID
    opprettet: datetime
    receipt: Receipt
    bevis: Bevis
    slettet: bool
    innhold: Innhold | None
    vurderinger: tuple[Vurdert, ...]
    innsigelser: tuple[Innvendt, ...]
    hendelser: tuple[Hendt, ...]
    erstattet_av: tuple[str, ...]  # ids of cases made in its place, oldest first

    @property
    def status(self) -> Status:
        """What has come of it: the last vurdering stands that was written with the forslag in view."""
        seen = [each.status for each in self.vurderinger if each.status is not Status.FOER_FORSLAGET]
        return seen[-1] if seen else Status.FOER_FORSLAGET if self.vurderinger else Status.UVURDERT


def sak_of(case_id: UUID, parts: Parts) -> Sak | None:
    """Read a case; None where there is none. Raises JournalUnavailableError and SetupError.

    Each entry is held against its neighbours: one that is not as it was written is told on every page.
    """
    entries = {kind: parts.journal.entries_about(case_id, kind) for kind in HAPPENED}
    if not entries[EntryKind.PROFILERING]:
        return None
    entry = entries[EntryKind.PROFILERING][0]
    parts.revisjon.saksliste.look_at(each.receipt.number for said in entries.values() for each in said)
    return Sak(
        id=case_id,
        opprettet=entry.created,
        receipt=entry.receipt,
        bevis=_bevis(entry.receipt.number, parts.revisjon),
        slettet=isinstance(entry, ErasedEntry),
        innhold=_innhold(entry, parts),
        vurderinger=tuple(map(_vurdert, _contents(entries[EntryKind.VURDERING]))),
        innsigelser=tuple(map(_innvendt, _contents(entries[EntryKind.INNSIGELSE]))),
        hendelser=tuple(sorted(_happened(entries), key=lambda each: each.nummer)),
        erstattet_av=tuple(
            str(sak) for (sak,) in parts.revisjon.saksliste.ask(_REPLACED, {"id": str(case_id)})
        ),
    )


def _bevis(number: int, revisjon: Revisjonskilder) -> Bevis:
    return Bevis(revisjon.saksliste.before(number), revisjon.sjekkpunkter.covering(number))


def _innhold(entry: StoredEntry | ErasedEntry, parts: Parts) -> Innhold | None:
    if isinstance(entry, ErasedEntry) or withheld(entry, parts.journal):
        return None
    content = json.loads(entry.content)
    svar = json.loads(content["svar"])
    grunnlag, why_not = _grunnlag(entry, parts)
    return Innhold(
        forslag=ForslagKode(content["forslag"]["kode"]),
        regel=content["forslag"]["regel"],
        grensetilfelle=content["forslag"]["grensetilfelle"],
        sett=tuple(Avsnitt(each["overskrift"], each["tekst"]) for each in svar["begrunnelse"]["avsnitt"]),
        erstatter=content["forespoersel"].get("erstatter"),
        spraak=svar["begrunnelse"]["spraak"],
        versjoner=content["versjoner"],
        digester=content["digester"],
        grunnlag=grunnlag,
        uten_grunnlag=why_not,
    )


def _grunnlag(entry: StoredEntry, parts: Parts) -> tuple[Opplysningsgrunnlag | None, str]:
    """Tell the case again in the words of its day; where that cannot be done, the rest is still shown."""
    try:
        open_case = opened(entry, parts)
        tekster = open_case.tekster((ANSWERED_IN,), "utdypning")
    except RefusedError as error:
        return None, error.problem.detail
    except ProfileringError:
        return None, "Arkivet kan ikke leses nå."
    profilering, registrering = open_case.told(tekster), open_case.case.registrering
    utdypning = utdyp(profilering, open_case.approved.basis.policy, tekster)
    kjent = dag_tekst(registrering.registrert, tekster)
    sums = regnestykkene(utdypning, kjent, tekster)
    mangler = tuple(tekster.get("fakta", fact) for fact in (*profilering.mangler, *registrering.motstrid))
    told = Opplysningsgrunnlag(fakta_of(registrering, tekster), kjent, mangler, utdypning, opened_parts(sums))
    return told, ""


def _contents(
    entries: Sequence[StoredEntry | ErasedEntry],
) -> Iterator[tuple[StoredEntry, dict[str, Any]]]:
    for entry in entries:
        if isinstance(entry, StoredEntry):
            yield entry, json.loads(entry.content)


def _vurdert(said: tuple[StoredEntry, dict[str, Any]]) -> Vurdert:
    entry, content = said
    gruppe = GRUPPE_OF[content["innsatsgruppe"]]
    status = (
        Status.FOER_FORSLAGET
        if content["foer_forslaget"]
        else FOLLOWED[is_followed(ForslagKode(content["forslag"]), gruppe)]
    )
    grunn = content["grunn"]
    return Vurdert(entry.created, gruppe.kode, status, grunn["kode"], grunn["tekst"], content["enhet"])


def _innvendt(said: tuple[StoredEntry, dict[str, Any]]) -> Innvendt:
    entry, content = said
    return Innvendt(entry.created, content["gjelder"], content["fra"], content["tekst"])


def _happened(entries: Mapping[EntryKind, Sequence[StoredEntry | ErasedEntry]]) -> Iterator[Hendt]:
    for kind, said in entries.items():
        for entry in said:
            if isinstance(entry, ErasedEntry):
                yield Hendt(entry.receipt.number, kind, entry.created, None)
                continue
            content = json.loads(entry.content)
            who = content.get("navident") or content.get("innsender") or content.get("system")
            what = content.get("formaal") or ""
            if kind is EntryKind.ETTERPROEVING:
                what = "likt" if content["likt"] else "ikke likt"
            yield Hendt(entry.receipt.number, kind, entry.created, who, what)
