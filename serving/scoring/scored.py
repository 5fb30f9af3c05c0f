"""Requests in, a table out: the API's own reading and assessing, with every number behind it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from operator import add
from typing import Any, TypeAlias

import polars as pl

from models.approved import Approved
from profilering.anslag import counted
from profilering.assess import Basis, cases_of, shown
from profilering.features import NAMES
from profilering.propose import Forslag, propose
from profilering.registrering import Registrering
from profilering.risk import Outcome, Risk
from serving.answering import problem_of
from serving.api.routes import MAX_BODY
from serving.understanding import understand
from serving.wire.problems import TOO_LARGE, Problem

CREATED = 201
"""What the API answers where there is nothing to mend."""

Column: TypeAlias = pl.Series | Sequence[object]

_BIDRAG_FIELDS = {"opplysning": pl.String, "log_odds": pl.Float64}
_PER_OUTCOME: Mapping[str, Any] = {
    "sannsynlighet": pl.Float64,
    "log_odds": pl.Float64,
    "grunnlinje": pl.Float64,
    "av_hundre": pl.Int16,
    "lav": pl.Int16,
    "hoey": pl.Int16,
    "bidrag": pl.List(pl.Struct(_BIDRAG_FIELDS)),
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


@dataclass(frozen=True, slots=True)
class Scored:
    """One registrering that can be answered: the proposal, all estimates, and those that are shown."""

    forslag: Forslag
    risks: tuple[Risk, ...]
    shown: tuple[Risk, ...]


def scored(texts: Sequence[str], approved: Approved) -> pl.DataFrame:
    """Score n request bodies: n rows of `SCHEMA`, row i for the i-th.

    The numbers are those the API would give, to the last bit. `bidrag_…` is the whole explanation:
    `grunnlinje_…` and its log-odds, added up in their order, are `log_odds_…`. A body the API would
    refuse has the refusal's `status` and its code in `feil`, and nothing else. A predecessor
    (`erstatter`) is not looked up, and the stop switch is not asked: both belong to the journal. A fault
    of ours is raised as it is: in a table it would look like a refusal.
    """
    read = [_read(text) for text in texts]
    answered = iter(_scored([one for one in read if isinstance(one, Registrering)], approved.basis))
    results = [next(answered) if isinstance(one, Registrering) else one for one in read]
    forslag = [result.forslag if isinstance(result, Scored) else None for result in results]
    columns = {
        "status": [CREATED if isinstance(result, Scored) else result.status for result in results],
        "forslag": [one and one.kode for one in forslag],
        "regel": [one and one.regel.kode for one in forslag],
        "grensetilfelle": [one and one.grensetilfelle for one in forslag],
        **{name: column for outcome in Outcome for name, column in _columns_of(outcome, results)},
        "modell": [approved.model_version] * len(results),
        "policy": [approved.basis.policy.versjon] * len(results),
        "feil": [None if isinstance(result, Scored) else result.code for result in results],
    }
    return pl.DataFrame(columns, schema=SCHEMA)


def _read(text: str) -> Registrering | Problem:
    body = text.encode()
    if len(body) > MAX_BODY:
        return TOO_LARGE
    try:
        return understand(body).registrering
    except Exception as error:
        if (problem := problem_of(error)) is None:
            raise
        return problem


def _scored(registreringer: Sequence[Registrering], basis: Basis) -> list[Scored]:
    """Propose for all at once, and choose no words: the table has none."""
    cases = cases_of(registreringer, basis, stanset=[False] * len(registreringer))
    proposed = [(case.risks, propose(case, basis.policy)) for case in cases]
    return [Scored(forslag, risks, shown(forslag, risks)) for risks, forslag in proposed]


def _columns_of(outcome: Outcome, results: Sequence[Scored | Problem]) -> Iterator[tuple[str, Column]]:
    """The columns of one outcome; null where it is not estimated, or not shown."""
    risks = [_of(outcome, result.risks) if isinstance(result, Scored) else None for result in results]
    told = [_of(outcome, result.shown) if isinstance(result, Scored) else None for result in results]
    people = [counted(risk.alike if risk else None) for risk in told]
    columns: Mapping[str, Column] = {
        "sannsynlighet": [risk and risk.probability for risk in risks],
        "log_odds": [risk and _log_odds(risk) for risk in risks],
        "grunnlinje": [risk and risk.base_log_odds for risk in risks],
        "av_hundre": [av_hundre for av_hundre, _, _ in people],
        "lav": [lav for _, lav, _ in people],
        "hoey": [hoey for _, _, hoey in people],
        "bidrag": _bidrag(risks),
    }
    return ((f"{name}_{outcome.lower()}", columns[name]) for name in _PER_OUTCOME)


def _of(outcome: Outcome, risks: Sequence[Risk]) -> Risk | None:
    return next((risk for risk in risks if risk.outcome is outcome), None)


def _log_odds(risk: Risk) -> float:
    """Added one after the other, as the model does."""
    return reduce(add, risk.contributions, risk.base_log_odds)


def _bidrag(risks: Sequence[Risk | None]) -> pl.Series:
    """The contributions of n rows as lists, laid out as one column and cut up: no object for each."""
    known = [risk for risk in risks if risk is not None]
    flat = pl.DataFrame(
        {
            "opplysning": NAMES * len(known),
            "log_odds": [log_odds for risk in known for log_odds in risk.contributions],
        },
        schema=_BIDRAG_FIELDS,
    )
    lists = flat.to_struct().reshape((len(known), len(NAMES))).arr.to_list()
    places = accumulate(risk is not None for risk in risks)
    chosen = [place - 1 if risk else None for place, risk in zip(places, risks, strict=True)]
    return lists.gather(pl.Series(chosen, dtype=pl.UInt32))
