"""What the journal keeps of a profilering: enough to redo it to the bit, nothing dropped at the edge."""

import json
from collections.abc import Mapping
from math import isfinite

from models.approved import Approved
from models.canonical import canonical_text
from profilering.anslag import Anslag
from profilering.risk import LIGHTGBM, Frequency, Risk
from serving.identity.caller import Caller
from serving.journal import Receipt
from serving.wire.schemas import SKJEMA_VERSJON
from serving.wire.writing import Case
from serving.withheld import FIRST, Answers


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
    """Write the content of one entry, as canonical JSON.

    It is put together, in the order of its names, of parts of which some were spelled before and some
    are quicker to spell in their own way.
    """
    profilering, forslag = case.profilering, case.profilering.forslag
    anslag = ",".join([_risk(risk) for risk in profilering.risks])
    method = approved.basis.model.method
    before = {
        **({} if method == LIGHTGBM else {"beregning": method}),  # as it was before there was another
        "bidrag": [_shown(anslag) for anslag in profilering.anslag],
        "digester": {**approved.digests, "kode": code_digest},
        "foelger_tilbakeholdt": answers.follows,
    }
    after = {
        "forslag": {
            "kode": forslag.kode,
            "regel": forslag.regel.kode,
            "grensetilfelle": forslag.grensetilfelle,
            "merknader": forslag.merknader,
            "naer_grensen": forslag.naer,
        },
        "innsender": caller.system,
        "navident": caller.nav_ident,
        "opplysninger": dict(profilering.features),
        "registrert": case.registrering.registrert.isoformat(),
        "stanset": stanset,
        "svar": answers.whole,
        FIRST: answers.first,
        "varighet_ms": duration_ms,
        "versjoner": {
            "modell": approved.model_version,
            "policy": approved.basis.policy.versjon,
            "tekster": approved.basis.tekster.versjon,
            "skjema": SKJEMA_VERSJON,
        },
    }
    return (
        f'{{"anslag":[{anslag}],{_fields(before)},"forespoersel":{case.facts},{_fields(after)}}}'
    ).encode()


def _fields(value: Mapping[str, object]) -> str:
    """An object's fields in their one spelling, without the braces."""
    return canonical_text(value)[1:-1]


def answer_of(content: bytes, receipt: Receipt, *, withheld: bool) -> bytes:
    """The answer as it left, from a stored entry: the same bytes every time, before a vurdering and after."""
    return with_journal(json.loads(content)[FIRST if withheld else "svar"], receipt)


def with_journal(svar: str, receipt: Receipt) -> bytes:
    """Put the proof last in an answer; the text before it is not touched."""
    journal = json.dumps({"nummer": receipt.number, "digest": receipt.digest}, separators=(",", ":"))
    return f'{svar[:-1]},"journal":{journal}}}'.encode()


def _risk(risk: Risk) -> str:
    """An estimate with every contribution, in the order they are added up; floats keep their last bit.

    Raises ValueError for NaN and infinity, as `canonical_text` does.
    """
    if not isfinite(sum([item.log_odds for item in risk.contributions])):
        raise ValueError("a contribution is no number")
    bidrag = ",".join([f'["{item.feature}",{item.log_odds!r}]' for item in risk.contributions])
    before = {"alike": _frequency(risk.alike), "alle": _frequency(risk.everyone)}
    after = {
        "grunnlinje": risk.base_log_odds,
        "modell": risk.model_version,
        "sannsynlighet": risk.probability,
        "utfall": risk.outcome,
    }
    return f'{{{_fields(before)},"bidrag":[{bidrag}],{_fields(after)}}}'


def _frequency(frequency: Frequency | None) -> dict[str, object] | None:
    if frequency is None:
        return None
    return {"tilfeller": frequency.cases, "av": frequency.of, "lav": frequency.low, "hoey": frequency.high}


def _shown(anslag: Anslag) -> dict[str, object]:
    """The exact numbers behind the words about one anslag: log-odds of each theme shown, and of the rest."""
    return {
        "utfall": anslag.utfall,
        "tema": {bidrag.tema: bidrag.log_odds for bidrag in anslag.bidrag},
        "andre": anslag.andre.log_odds if anslag.andre else 0.0,
    }
