"""What a model would propose for many people at once, in the policy's own words.

The rules that come before any estimate are asked of `profilering.policy.propose` itself, once per
person; what then depends on the model alone is done for all at once, so that ten equally good
models can be compared. `tests/test_forslag.py` holds both together against `propose`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from profilering.assess import HEALTH_BENEFITS
from profilering.policy import BY_ESTIMATE, Policy
from profilering.propose import Case, propose, receives
from profilering.registrering import Registrering
from profilering.risk import Outcome, Span

Floats = NDArray[np.float64]
Codes = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of n people before any estimate."""

    fixed: Codes  # the rule that decides, or empty where the estimates do
    has_health_benefit: NDArray[np.bool_]  # given no estimate of getting one


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a model says of n people, and what the policy then proposes."""

    fixed: Codes  # the rule that decides before any estimate, or empty
    estimates: Mapping[Outcome, Floats]  # probabilities; NaN where the service makes none
    forslag: Codes


def before_estimates(
    people: Sequence[Registrering], features: pl.DataFrame, spans: Mapping[str, Span], policy: Policy
) -> Before:
    """Ask, one person at a time, what needs no model. `features` has one row per person, in that order."""
    rows = features.iter_rows(named=True)
    found = (
        propose(Case(person, row, (), spans, stanset=False), policy).regel.kode
        for person, row in zip(people, rows, strict=True)
    )
    fixed = np.array(["" if kode in BY_ESTIMATE else kode.value for kode in found], dtype=np.str_)
    has_one = [any(receives(person, ytelse) for ytelse in HEALTH_BENEFITS) for person in people]
    return Before(fixed, np.array(has_one, dtype=np.bool_))


def proposed_on(before: Before, estimates: Mapping[Outcome, Floats], policy: Policy) -> Proposed:
    """What is proposed for n people on a model's probabilities, one of each outcome for everybody.

    Whoever has a health benefit is given no estimate of getting one (`profilering.assess`).
    """
    made = dict(estimates)
    health = Outcome.HELSERELATERT_YTELSE
    made[health] = np.where(before.has_health_benefit, np.nan, estimates[health])
    return Proposed(before.fixed, made, _forslag(before.fixed, made, policy))


def _forslag(fixed: Codes, estimates: Mapping[Outcome, Floats], policy: Policy) -> Codes:
    """The ForslagKode of n people; no estimate reaches no threshold."""
    wanted = np.full(fixed.size, "", dtype="<U40")
    for regel in policy.regler:
        if regel.kode not in BY_ESTIMATE:
            applies = fixed == regel.kode.value
        elif regel.utfall is None:
            applies = np.ones(fixed.size, dtype=np.bool_)
        else:
            applies = estimates[regel.utfall] >= regel.threshold
        wanted[(wanted == "") & applies] = regel.forslag.value
    return wanted
