"""Answers and their entries as they are before they are journaled."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from models.approved import Approved
from models.canonical import canonical_json
from profilering.assess import Profilering
from serving.identity.caller import Caller
from serving.journal import EntryKind, IdempotencyKey, Journal, NewEntry, StoredEntry
from serving.parts import Parts
from serving.record import content_of
from serving.understanding import Sent
from serving.wire.schemas import ProfileringForespoersel
from serving.wire.writing import Case, facts_of
from serving.withheld import Answers, answers_of, withheld


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before it is journaled."""

    answers: Answers
    entry: NewEntry


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the drafts of requests that are answered together."""

    parts: Parts
    approved: Approved
    stanset: bool
    started: float
    together: int
    held_back: set[IdempotencyKey] = field(default_factory=set)  # marks of the drafts so far

    def draft(self, sent: Sent, profilering: Profilering) -> Draft:
        """Write one answer and its entry; how long it took is an even share of the time so far."""
        sources, one = self.parts.sources, sent.understood
        created = sources.clock()
        facts = facts_of(one.forespoersel)
        case = Case(sources.new_id(), created, one.forespoersel, one.registrering, profilering, facts)
        follows = _follows_held_back(one.forespoersel, self.approved, self.parts.journal, self.held_back)
        answers = answers_of(case, self.approved, follows=follows)
        content = content_of(
            case,
            answers,
            self.approved,
            caller=sent.caller,
            stanset=self.stanset,
            code_digest=self.parts.code_digest,
            duration_ms=round((sources.timer() - self.started) * 1000 / self.together, 3),
        )
        natural = _natural_key(facts, sent.caller, self.approved, stanset=self.stanset)
        marks = () if answers.first is None else (_same_facts(one.forespoersel, self.approved),)
        self.held_back.update(marks)
        return Draft(
            answers, NewEntry(EntryKind.PROFILERING, case.id, created, content, (*sent.keys, natural), marks)
        )


def _natural_key(facts: str, caller: Caller, approved: Approved, *, stanset: bool) -> IdempotencyKey:
    """The same facts get the same answer as long as model, policy and stop switch are the same."""
    bases = (approved.digests[name].encode() for name in ("bundle", "policy"))
    return IdempotencyKey.natural(
        caller.system.encode(), facts.encode(), *bases, b"stanset" if stanset else b""
    )


def _same_facts(forespoersel: ProfileringForespoersel, approved: Approved) -> IdempotencyKey:
    """A mark of a case that is held back: its facts, whoever sends them, from which office and for what."""
    facts = forespoersel.model_dump(mode="json", by_alias=True, exclude={"enhet", "erstatter"})
    return IdempotencyKey.natural(b"totrinn", canonical_json(facts), approved.digests["policy"].encode())


def _follows_held_back(
    forespoersel: ProfileringForespoersel,
    approved: Approved,
    journal: Journal,
    held_back: AbstractSet[IdempotencyKey],
) -> bool:
    """Whether a case from an office without two-step mode would show what another one holds back.

    That is the one it replaces, or the first that was held back with the same facts, be it a moment ago:
    `held_back` are the marks of those not journaled yet.
    """
    totrinn = approved.basis.policy.totrinn
    if totrinn.gjelder(forespoersel.enhet):
        return False
    earlier: list[StoredEntry | None] = []
    if forespoersel.erstatter:
        earlier.append(journal.find(forespoersel.erstatter, EntryKind.PROFILERING))
    if totrinn.enheter or totrinn.uten_enhet:
        mark = _same_facts(forespoersel, approved)
        if mark in held_back:
            return True
        earlier.append(journal.find_by_keys([mark]))
    return any(entry is not None and withheld(entry, journal) for entry in earlier)
