"""What the journal keeps of a profilering: enough to redo it to the bit, nothing dropped at the edge."""

import json

from models.approved import Approved
from models.canonical import canonical_json
from profilering.anslag import Anslag
from profilering.risk import Frequency, Risk
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
    """Write the content of one entry."""
    profilering, forslag = case.profilering, case.profilering.forslag
    return canonical_json(
        {
            "forespoersel": case.forespoersel.model_dump(mode="json", by_alias=True),
            "registrert": case.registrering.registrert.isoformat(),
            "opplysninger": dict(profilering.features),
            "anslag": [_risk(risk) for risk in profilering.risks],
            "bidrag": [_shown(anslag) for anslag in profilering.anslag],
            "forslag": {
                "kode": forslag.kode,
                "regel": forslag.regel.kode,
                "grensetilfelle": forslag.grensetilfelle,
                "merknader": list(forslag.merknader),
                "naer_grensen": list(forslag.naer),
            },
            "svar": answers.whole,
            FIRST: answers.first,
            "foelger_tilbakeholdt": answers.follows,
            "versjoner": {
                "modell": approved.model_version,
                "policy": approved.basis.policy.versjon,
                "tekster": approved.basis.tekster.versjon,
                "skjema": SKJEMA_VERSJON,
            },
            "digester": {**approved.digests, "kode": code_digest},
            "stanset": stanset,
            "innsender": caller.system,
            "navident": caller.nav_ident,
            "varighet_ms": duration_ms,
        }
    )


def answer_of(content: bytes, receipt: Receipt, *, withheld: bool) -> bytes:
    """The answer as it left, from a stored entry: the same bytes every time, before a vurdering and after."""
    return with_journal(json.loads(content)[FIRST if withheld else "svar"], receipt)


def with_journal(svar: str, receipt: Receipt) -> bytes:
    """Put the proof last in an answer; the text before it is not touched."""
    journal = json.dumps({"nummer": receipt.number, "digest": receipt.digest}, separators=(",", ":"))
    return f'{svar[:-1]},"journal":{journal}}}'.encode()


def _risk(risk: Risk) -> dict[str, object]:
    """An estimate with every contribution, in the order they are added up; floats keep their last bit."""
    return {
        "utfall": risk.outcome,
        "sannsynlighet": risk.probability,
        "grunnlinje": risk.base_log_odds,
        "bidrag": [[item.feature, item.log_odds] for item in risk.contributions],
        "alike": _frequency(risk.alike),
        "alle": _frequency(risk.everyone),
        "modell": risk.model_version,
    }


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
