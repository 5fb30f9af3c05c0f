"""Requests in, a table out: the API's own reading and assessing, with every number behind it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import polars as pl

from models.approved import Approved
from profilering.anslag import Anslag
from profilering.assess import Profilering, assess_all
from profilering.registrering import Registrering
from profilering.risk import Outcome, Risk
from serving.answering import problem_of, understand
from serving.api.parti import logged_fault
from serving.api.routes import MAX_BODY
from serving.wire.problems import TOO_LARGE, Problem

CREATED = 201
"""What the API answers where there is nothing to mend."""

_BIDRAG = pl.List(pl.Struct({"opplysning": pl.String, "log_odds": pl.Float64}))
_PER_OUTCOME: Mapping[str, Any] = {
    "sannsynlighet": pl.Float64,
    "log_odds": pl.Float64,
    "grunnlinje": pl.Float64,
    "av_hundre": pl.Int16,
    "lav": pl.Int16,
    "hoey": pl.Int16,
    "bidrag": _BIDRAG,
}
SCHEMA = pl.Schema(
    {
        "status": pl.Int16,
        "forslag": pl.String,
        "regel": pl.String,
        "grensetilfelle": pl.Boolean,
        **{f"{name}_{o.lower()}": kind for o in Outcome for name, kind in _PER_OUTCOME.items()},
        "modell": pl.String,
        "policy": pl.String,
        "feil": pl.String,
    }
)
"""The columns of a scored table, in their order."""


def scored(texts: Sequence[str], approved: Approved) -> pl.DataFrame:
    """Score n request bodies: n rows of `SCHEMA`, row i for the i-th.

    The numbers are those the API would give, to the last bit. `bidrag_…` is the whole explanation:
    `grunnlinje_…` and its log-odds, added up in their order, are `log_odds_…`. A body the API would
    refuse has the refusal's `status` and its code in `feil`, and nothing else. A predecessor
    (`erstatter`) is not looked up, and the stop switch is not asked: both belong to the journal.
    """
    read = [_read(text) for text in texts]
    assessed = iter(_assessed([one for one in read if isinstance(one, Registrering)], approved))
    results = (next(assessed) if isinstance(one, Registrering) else one for one in read)
    return pl.DataFrame([_row(result, approved) for result in results], schema=SCHEMA)


def _read(text: str) -> Registrering | Problem:
    body = text.encode()
    if len(body) > MAX_BODY:
        return TOO_LARGE
    try:
        return understand(body).registrering
    except Exception as error:  # one row's fault must not be the others'
        return problem_of(error) or logged_fault(error)


def _assessed(registreringer: Sequence[Registrering], approved: Approved) -> list[Profilering | Problem]:
    try:
        return [*assess_all(registreringer, approved.basis, stanset=[False] * len(registreringer))]
    except Exception as error:  # one row's fault must not be the others'
        if len(registreringer) == 1:
            return [logged_fault(error)]
        return [result for one in registreringer for result in _assessed([one], approved)]


def _row(result: Profilering | Problem, approved: Approved) -> dict[str, object]:
    row: dict[str, object] = {"modell": approved.model_version, "policy": approved.basis.policy.versjon}
    if isinstance(result, Problem):
        return row | {"status": result.status, "feil": result.code}
    forslag = result.forslag
    return {
        **row,
        "status": CREATED,
        "forslag": forslag.kode,
        "regel": forslag.regel.kode,
        "grensetilfelle": forslag.grensetilfelle,
        **{f"{name}_{risk.outcome.lower()}": value for risk in result.risks for name, value in _exact(risk)},
        **{f"{name}_{a.utfall.lower()}": value for a in result.anslag for name, value in _shown(a)},
    }


def _exact(risk: Risk) -> Iterator[tuple[str, object]]:
    log_odds = (item.log_odds for item in risk.contributions)
    yield "sannsynlighet", risk.probability
    yield "log_odds", reduce(add, log_odds, risk.base_log_odds)  # one after the other, as the model does
    yield "grunnlinje", risk.base_log_odds
    yield "bidrag", [{"opplysning": i.feature, "log_odds": i.log_odds} for i in risk.contributions]


def _shown(anslag: Anslag) -> Iterator[tuple[str, object]]:
    yield "av_hundre", anslag.av_hundre
    yield "lav", anslag.lav
    yield "hoey", anslag.hoey
