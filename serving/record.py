"""What the journal keeps of a profilering: enough to redo it to the bit, nothing dropped at the edge."""

import json
from collections.abc import Mapping, Sequence

from models.approved import Approved
from profilering.anslag import Anslag
from profilering.features import NAMES
from profilering.propose import Forslag
from profilering.risk import LIGHTGBM, Frequency, Risk
from serving.identity.caller import Caller
from serving.journal import Receipt
from serving.wire.schemas import SKJEMA_VERSJON
from serving.wire.spelling import numbers, spelled
from serving.wire.writing import Case
from serving.withheld import FIRST, Answers

ORDERED_NAMES = sorted(NAMES)
BIDRAG = ",".join(f'["{name}",%s]' for name in NAMES)
"""What every opplysning drew, with a blank for each number."""


def content_of(
    case: Case,
    answers: Answers,
    approved: Approved,
    *,
    caller: Caller,
    stanset: bool,
    code_digest: str,
    duration_ms: float,
) -> bytes:
    """Write the content of one entry, as canonical JSON: every object in the order of its names."""
    profilering, basis = case.profilering, approved.basis
    explained_by = basis.model.method
    fields = {
        "anslag": _listed([_risk(risk) for risk in profilering.risks]),
        # Left out for LightGBM's own, as it was before there was another.
        **({} if explained_by == LIGHTGBM else {"beregning": spelled(explained_by)}),
        "bidrag": _listed([_shown(anslag) for anslag in profilering.anslag]),
        "digester": spelled(dict(sorted({**approved.digests, "kode": code_digest}.items()))),
        "foelger_tilbakeholdt": spelled(answers.follows),
        "forespoersel": case.facts.encode(),
        "forslag": spelled(_forslag(profilering.forslag)),
        "innsender": spelled(caller.system),
        "navident": spelled(caller.nav_ident),
        "opplysninger": spelled({name: profilering.features[name] for name in ORDERED_NAMES}),
        "registrert": spelled(case.registrering.registrert.isoformat()),
        "stanset": spelled(stanset),
        "svar": spelled(answers.whole),
        FIRST: spelled(answers.first),
        "varighet_ms": numbers([duration_ms])[0].encode(),
        "versjoner": spelled(_versjoner(approved)),
    }
    return b"{%b}" % b",".join([b'"%b":%b' % (name.encode(), text) for name, text in fields.items()])


def answer_of(content: bytes, receipt: Receipt, *, withheld: bool) -> bytes:
    """The answer as it left, from a stored entry: the same bytes every time, before a vurdering and after."""
    return with_journal(json.loads(content)[FIRST if withheld else "svar"].encode(), receipt)


def with_journal(svar: bytes, receipt: Receipt) -> bytes:
    """Put the proof last in an answer; what stands before it is not touched."""
    journal = spelled({"nummer": receipt.number, "digest": receipt.digest})
    return b'%b,"journal":%b}' % (svar[:-1], journal)


def _listed(spelled_items: Sequence[bytes]) -> bytes:
    return b"[%b]" % b",".join(spelled_items)


def _forslag(forslag: Forslag) -> Mapping[str, object]:
    return {
        "grensetilfelle": forslag.grensetilfelle,
        "kode": str(forslag.kode),
        "merknader": [str(merknad) for merknad in forslag.merknader],
        "naer_grensen": [str(utfall) for utfall in forslag.naer],
        "regel": str(forslag.regel.kode),
    }


def _versjoner(approved: Approved) -> Mapping[str, object]:
    return {
        "modell": approved.model_version,
        "policy": approved.basis.policy.versjon,
        "skjema": SKJEMA_VERSJON,
        "tekster": approved.basis.tekster.versjon,
    }


def _risk(risk: Risk) -> bytes:
    """An estimate with every contribution, in the order they are added up; floats keep their last bit.

    Raises ValueError for NaN and infinity, as `models.canonical` does.
    """
    bidrag = BIDRAG % tuple(numbers(risk.contributions))
    grunnlinje, sannsynlighet = numbers([risk.base_log_odds, risk.probability])
    before = f'"alike":{_frequency(risk.alike)},"alle":{_frequency(risk.everyone)},"bidrag":[{bidrag}]'
    modell = spelled(risk.model_version).decode()
    after = f'"modell":{modell},"sannsynlighet":{sannsynlighet},"utfall":"{risk.outcome}"'
    return f'{{{before},"grunnlinje":{grunnlinje},{after}}}'.encode()


def _frequency(frequency: Frequency | None) -> str:
    if frequency is None:
        return "null"
    lav, hoey = numbers([frequency.low, frequency.high])
    return f'{{"av":{frequency.of},"hoey":{hoey},"lav":{lav},"tilfeller":{frequency.cases}}}'


def _shown(anslag: Anslag) -> bytes:
    """The exact numbers behind the words about one anslag: log-odds of each theme shown, and of the rest."""
    bidrag = sorted(anslag.bidrag, key=lambda bidrag: bidrag.tema)
    rest = anslag.andre.log_odds if anslag.andre else 0.0
    andre, *drawn = numbers([rest, *(bidrag.log_odds for bidrag in bidrag)])
    tema = ",".join([f'"{each.tema}":{number}' for each, number in zip(bidrag, drawn, strict=True)])
    return f'{{"andre":{andre},"tema":{{{tema}}},"utfall":"{anslag.utfall}"}}'.encode()
