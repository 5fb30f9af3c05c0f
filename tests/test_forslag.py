"""Many forslag at once: the same as one by one, whatever the person and the estimates."""

from collections import Counter
from random import Random

import numpy as np
import pytest

from profilering.features import features_of
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import Case, RegelKode, propose
from profilering.registrering import JaNeiVetIkke
from profilering.risk import Outcome, Span
from tests.make import (
    HELSE,
    LANGVARIG,
    a_market,
    a_policy,
    a_random_registrering,
    a_registrering,
    a_risk,
    some_opplysninger,
)
from training.judging.forslag import fixed_rules, forslag_of

POLICY = a_policy()
SPANS = {"alder": Span(18, 64)}


def test_many_at_once_get_what_each_gets_alone() -> None:
    random = Random(3)  # noqa: S311 - nothing secret
    people = [a_random_registrering(random) for _ in range(600)]
    features = features_of(people, a_market())
    estimates = {outcome: np.array([random.random() for _ in people]) for outcome in Outcome}
    together = forslag_of(fixed_rules(people, features, SPANS, POLICY), estimates, POLICY)
    alone = [
        propose(
            Case(
                person,
                row,
                tuple(a_risk(outcome, float(estimates[outcome][i])) for outcome in Outcome),
                SPANS,
                stanset=False,
            ),
            POLICY,
        ).kode.value
        for i, (person, row) in enumerate(zip(people, features.iter_rows(named=True), strict=True))
    ]
    assert together.tolist() == alone
    assert set(Counter(alone)) == set(ForslagKode)  # every kind was tried


@pytest.mark.parametrize("outcome", Outcome)
def test_an_estimate_at_its_threshold_counts_as_reached(outcome: Outcome) -> None:
    regel = next(regel for regel in POLICY.regler if regel.utfall is outcome)
    at = {LANGVARIG: np.zeros(2), HELSE: np.zeros(2)}
    at[outcome] = np.array([regel.threshold, np.nextafter(regel.threshold, 0)])
    reached, not_reached = forslag_of(np.array(["", ""]), at, POLICY)
    assert reached == regel.forslag
    assert not_reached == ForslagKode.STANDARD_INNSATS


def test_a_rule_of_law_decides_before_any_estimate_and_names_itself() -> None:
    hindered = a_registrering(opplysninger=some_opplysninger(helse=JaNeiVetIkke.JA))
    people = [a_registrering(), hindered]
    fixed = fixed_rules(people, features_of(people, a_market()), SPANS, POLICY)
    assert fixed.tolist() == ["", RegelKode.OPPGITT_HELSEHINDRING]
    nothing = {outcome: np.zeros(2) for outcome in Outcome}
    assert forslag_of(fixed, nothing, POLICY)[1] == ForslagKode.BEHOV_FOR_ARBEIDSEVNEVURDERING
