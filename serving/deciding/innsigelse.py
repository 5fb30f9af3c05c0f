"""An innsigelse: an objection to a fact or to the forslag, journaled beside what it is about."""

import json

from profilering.innsigelse import Fra, Gjelder
from serving.deciding.saying import Said, Utterance, case_of, read_as, said_before, say
from serving.journal import EntryKind, StoredEntry
from serving.parts import Parts
from serving.wire.answer_schemas import JournalUt
from serving.wire.innsigelse_schemas import InnsigelseForespoersel
from serving.wire.problems import HUMAN_ONLY, RefusedError
from serving.wire.said_schemas import InnsigelseSvar


def object_to(utterance: Utterance, parts: Parts) -> Said:
    """Journal an objection, or give the last one where it says the same.

    Raises RefusedError where a machine speaks as a veileder, and for a body or case that cannot be;
    BodyError, ErasedError, KeyReusedError and JournalUnavailableError.
    """
    before = said_before(EntryKind.INNSIGELSE, utterance, parts.journal)
    if before is not None:
        return before
    wanted = read_as(InnsigelseForespoersel, utterance.body)
    if wanted.fra is Fra.VEILEDER and utterance.caller.nav_ident is None:
        raise RefusedError(HUMAN_ONLY)
    case = case_of(utterance.case_id, parts.journal)
    earlier = parts.journal.entries_about(case.case_id, EntryKind.INNSIGELSE)
    words = {"gjelder": wanted.gjelder.value, "tekst": wanted.tekst, "fra": wanted.fra.value}
    return say(EntryKind.INNSIGELSE, words, {}, earlier, utterance, parts)


def innsigelse_of(entry: StoredEntry) -> InnsigelseSvar:
    """A stored innsigelse as it is answered."""
    content = json.loads(entry.content)
    return InnsigelseSvar.model_construct(
        profilering=entry.case_id,
        opprettet=entry.created.replace(microsecond=0),
        gjelder=Gjelder(content["gjelder"]),
        tekst=content["tekst"],
        fra=Fra(content["fra"]),
        journal=JournalUt.model_construct(nummer=entry.receipt.number, digest=entry.receipt.digest),
    )
