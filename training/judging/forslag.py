"""What a model would propose for many people at once, in the policy's own words.

The rules that come before any estimate are asked of `profilering.policy.propose` itself, once per
person; what then depends on the model alone is done for all at once, so that ten equally good
models can be compared. `tests/test_forslag.py` holds both together against `propose`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from profilering.policy import BY_ESTIMATE, Case, Policy, propose
from profilering.registrering import Registrering
from profilering.risk import Outcome, Span

Floats = NDArray[np.float64]
Codes = NDArray[np.str_]


def fixed_rules(
    people: Sequence[Registrering], features: pl.DataFrame, spans: Mapping[str, Span], policy: Policy
) -> Codes:
    """The rule that decides before any estimate, per person; empty where the estimates decide.

    `features` has one row per person, in the same order.
    """
    rows = features.iter_rows(named=True)
    found = (
        propose(Case(person, row, (), spans, stanset=False), policy).regel.kode
        for person, row in zip(people, rows, strict=True)
    )
    return np.array(["" if kode in BY_ESTIMATE else kode.value for kode in found], dtype=np.str_)


def forslag_of(fixed: Codes, estimates: Mapping[Outcome, Floats], policy: Policy) -> Codes:
    """The ForslagKode of n people, from their fixed rules and the model's probabilities."""
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
