"""What the journal keeps of a profilering: enough to redo it to the bit, nothing dropped at the edge."""

import json
from math import isfinite

from models.approved import Approved
from models.canonical import canonical_text
from profilering.anslag import Anslag
from profilering.propose import Forslag
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
    """Write the content of one entry, as canonical JSON.

    It is put together of parts: some were spelled before, and some are quicker to spell in their own way.
    """
    profilering = case.profilering
    parts = {
        "anslag": f"[{','.join(map(_risk, profilering.risks))}]",
        "bidrag": canonical_text([_shown(anslag) for anslag in profilering.anslag]),
        "digester": canonical_text({**approved.digests, "kode": code_digest}),
        "foelger_tilbakeholdt": canonical_text(answers.follows),
        "forespoersel": case.facts,
        "forslag": _forslag(profilering.forslag),
        "innsender": canonical_text(caller.system),
        "navident": canonical_text(caller.nav_ident),
        "opplysninger": canonical_text(dict(profilering.features)),
        "registrert": canonical_text(case.registrering.registrert.isoformat()),
        "stanset": canonical_text(stanset),
        "svar": canonical_text(answers.whole),
        FIRST: canonical_text(answers.first),
        "varighet_ms": canonical_text(duration_ms),
        "versjoner": _versjoner(approved),
    }
    return f"{{{','.join([_NAMED % named for named in parts.items()])}}}".encode()


_NAMED = '"%s":%s'


def answer_of(content: bytes, receipt: Receipt, *, withheld: bool) -> bytes:
    """The answer as it left, from a stored entry: the same bytes every time, before a vurdering and after."""
    return with_journal(json.loads(content)[FIRST if withheld else "svar"], receipt)


def with_journal(svar: str, receipt: Receipt) -> bytes:
    """Put the proof last in an answer; the text before it is not touched."""
    journal = json.dumps({"nummer": receipt.number, "digest": receipt.digest}, separators=(",", ":"))
    return f'{svar[:-1]},"journal":{journal}}}'.encode()


def _forslag(forslag: Forslag) -> str:
    return canonical_text(
        {
            "kode": forslag.kode,
            "regel": forslag.regel.kode,
            "grensetilfelle": forslag.grensetilfelle,
            "merknader": forslag.merknader,
            "naer_grensen": forslag.naer,
        }
    )


def _versjoner(approved: Approved) -> str:
    return canonical_text(
        {
            "modell": approved.model_version,
            "policy": approved.basis.policy.versjon,
            "tekster": approved.basis.tekster.versjon,
            "skjema": SKJEMA_VERSJON,
        }
    )


def _risk(risk: Risk) -> str:
    """An estimate with every contribution, in the order they are added up; floats keep their last bit.

    Raises ValueError for NaN and infinity, as the parts of `canonical_text` do.
    """
    if not isfinite(sum([item.log_odds for item in risk.contributions])):
        raise ValueError("a contribution is no number")
    rest = {
        "alike": _frequency(risk.alike),
        "alle": _frequency(risk.everyone),
        "grunnlinje": risk.base_log_odds,
        "modell": risk.model_version,
        "sannsynlighet": risk.probability,
        "utfall": risk.outcome,
    }
    parts = {name: canonical_text(value) for name, value in rest.items()}
    parts["bidrag"] = (
        f"[{','.join([_BIDRAG % (item.feature, item.log_odds) for item in risk.contributions])}]"
    )
    return f"{{{','.join([_NAMED % named for named in sorted(parts.items())])}}}"


_BIDRAG = '["%s",%r]'


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
