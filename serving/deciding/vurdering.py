"""A veileder's vurdering: their own, in the journal before it is answered, beside the forslag that stood."""

import json
from uuid import UUID

from profilering.innsatsgruppe import ForslagKode
from profilering.vurdering import GRUPPE_OF, GrunnKode, is_followed
from serving.deciding.saying import Said, Utterance, case_of, read_as, said_before, say
from serving.journal import EntryKind, Journal, StoredEntry
from serving.parts import Parts
from serving.wire.answer_schemas import InnsatsgruppeUt, JournalUt
from serving.wire.problems import HUMAN_ONLY, RefusedError
from serving.wire.said_schemas import VurderingerSvar, VurderingSvar
from serving.wire.strict_json import JsonValue
from serving.wire.vurdering_schemas import Grunn, VurderingForespoersel
from serving.withheld import is_two_step


def decide(utterance: Utterance, parts: Parts) -> Said:
    """Journal what a veileder concludes, or give what they said last where it is the same.

    Raises RefusedError for a machine whatever its role (REQ-14), and for a body or case that cannot
    be; BodyError, ErasedError, KeyReusedError and JournalUnavailableError.
    """
    if utterance.caller.nav_ident is None:
        raise RefusedError(HUMAN_ONLY)
    before = said_before(EntryKind.VURDERING, utterance, parts.journal)
    if before is not None:
        return before
    wanted = read_as(VurderingForespoersel, utterance.body)
    case = case_of(utterance.case_id, parts.journal)
    earlier = parts.journal.entries_about(case.case_id, EntryKind.VURDERING)
    forslag = json.loads(case.content)["forslag"]
    unseen = is_two_step(case) and not earlier
    words: dict[str, JsonValue] = {
        "innsatsgruppe": GRUPPE_OF[wanted.innsatsgruppe].kode,
        "grunn": {"kode": wanted.grunn.kode.value, "tekst": wanted.grunn.tekst},
        "enhet": wanted.enhet,
    }
    circumstances = {"forslag": forslag["kode"], "regel": forslag["regel"], "foer_forslaget": unseen}
    said = say(EntryKind.VURDERING, words, circumstances, earlier, utterance, parts)
    if said.new:
        waited = None if earlier else (said.entry.created - case.created).total_seconds()
        svar = vurdering_of(said.entry)
        parts.metrics.concluded(svar.forslag, fulgt=svar.fulgt, waited_seconds=waited)
    return said


def vurderinger_of(case_id: UUID, journal: Journal) -> VurderingerSvar:
    """Everything that was concluded of a case, in order. Raises RefusedError (404) and ErasedError."""
    entries = journal.entries_about(case_of(case_id, journal).case_id, EntryKind.VURDERING)
    svar = [vurdering_of(entry) for entry in entries if isinstance(entry, StoredEntry)]
    return VurderingerSvar.model_construct(vurderinger=svar)


def vurdering_of(entry: StoredEntry) -> VurderingSvar:
    """A stored vurdering as it is answered, the same whenever it is asked for.

    One that was written before the suggestion could be read says nothing of it.
    """
    content = json.loads(entry.content)
    gruppe = GRUPPE_OF[content["innsatsgruppe"]]
    unseen: bool = content["foer_forslaget"]
    forslag = ForslagKode(content["forslag"])
    return VurderingSvar.model_construct(
        profilering=entry.case_id,
        opprettet=entry.created.replace(microsecond=0),
        er_vedtak=False,
        innsatsgruppe=InnsatsgruppeUt.model_construct(
            kode=gruppe.kode, gammel_kode=gruppe.gammel_kode, navn=gruppe.navn
        ),
        grunn=Grunn.model_construct(
            kode=GrunnKode(content["grunn"]["kode"]), tekst=content["grunn"]["tekst"]
        ),
        enhet=content["enhet"],
        forslag=None if unseen else forslag,
        fulgt=None if unseen else is_followed(forslag, gruppe),
        foer_forslaget=unseen,
        journal=JournalUt.model_construct(nummer=entry.receipt.number, digest=entry.receipt.digest),
    )
