"""Many forslag at once: the same as one by one, whatever the person and the estimates."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from profilering.assess import HEALTH_BENEFITS
from profilering.features import features_of
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import Policy, RegelKode
from profilering.propose import Case, propose, receives
from profilering.registrering import JaNeiVetIkke, Livsoppholdsytelse, Registrering, Ytelse
from profilering.risk import Outcome, Risk, Span
from tests.make import (
    HELSE,
    LANGVARIG,
    a_historikk,
    a_market,
    a_policy,
    a_random_registrering,
    a_registrering,
    a_risk,
    before,
    some_opplysninger,
)
from tests.make import SPANS as ORDINARY
from training.judging.forslag import Before, before_estimates, proposed_on

POLICY = a_policy()
NO_LAW_OF_HEALTH_BENEFITS = replace(
    POLICY,
    regler=tuple(
        replace(r, ytelser=frozenset({Livsoppholdsytelse.KVALIFISERINGSSTOENAD})) if r.ytelser else r
        for r in POLICY.regler
    ),
)
"""People on AAP or uføretrygd reach the estimates, and have one of them only."""
SPANS = {**ORDINARY, "alder": Span(18, 64)}


def made(person: Registrering, risks: tuple[Risk, ...]) -> tuple[Risk, ...]:
    """The estimates the service makes (`profilering.assess`): nobody's of a benefit they have."""
    has_one = any(receives(person, ytelse) for ytelse in HEALTH_BENEFITS)
    return tuple(r for r in risks if not (has_one and r.outcome is HELSE))


def alone(
    person: Registrering, row: Mapping[str, int | None], risks: tuple[Risk, ...], policy: Policy
) -> str:
    """What is proposed for one person."""
    case = Case(person, row, made(person, risks), SPANS, stanset=False)
    return propose(case, policy).kode.value


@pytest.mark.parametrize("policy", [POLICY, NO_LAW_OF_HEALTH_BENEFITS], ids=["policy", "fewer rules"])
def test_many_at_once_get_what_each_gets_alone(policy: Policy) -> None:
    random = Random(3)  # noqa: S311 - nothing secret
    people = [a_random_registrering(random) for _ in range(600)]
    features = features_of(people, a_market())
    estimates = {outcome: np.array([random.random() for _ in people]) for outcome in Outcome}
    together = proposed_on(before_estimates(people, features, SPANS, policy), estimates, policy)
    expected = [
        alone(person, row, tuple(a_risk(o, float(estimates[o][place])) for o in Outcome), policy)
        for place, (person, row) in enumerate(zip(people, features.iter_rows(named=True), strict=True))
    ]
    assert together.forslag.tolist() == expected
    assert set(Counter(expected)) == set(ForslagKode)  # every kind was tried


def test_whoever_has_a_health_benefit_is_given_no_estimate_of_getting_one() -> None:
    on_aap = a_historikk(ytelser=(Ytelse(Livsoppholdsytelse.AAP, before(90), None),))
    people = [a_registrering(), a_registrering(historikk=on_aap)]
    known = before_estimates(people, features_of(people, a_market()), SPANS, NO_LAW_OF_HEALTH_BENEFITS)
    assert known.has_health_benefit.tolist() == [False, True]
    certain = {LANGVARIG: np.zeros(2), HELSE: np.ones(2)}
    found = proposed_on(known, certain, NO_LAW_OF_HEALTH_BENEFITS)
    assert np.isnan(found.estimates[HELSE]).tolist() == [False, True]
    assert found.forslag.tolist() == [
        ForslagKode.BEHOV_FOR_ARBEIDSEVNEVURDERING,
        ForslagKode.STANDARD_INNSATS,
    ]
    assert certain[HELSE].tolist() == [1, 1]


@pytest.mark.parametrize("outcome", Outcome)
def test_an_estimate_at_its_threshold_counts_as_reached(outcome: Outcome) -> None:
    regel = next(regel for regel in POLICY.regler if regel.utfall is outcome)
    at = {LANGVARIG: np.zeros(2), HELSE: np.zeros(2)}
    at[outcome] = np.array([regel.threshold, np.nextafter(regel.threshold, 0)])
    nobody = Before(np.array(["", ""]), np.zeros(2, dtype=np.bool_))
    reached, not_reached = proposed_on(nobody, at, POLICY).forslag
    assert reached == regel.forslag
    assert not_reached == ForslagKode.STANDARD_INNSATS


def test_a_rule_of_law_decides_before_any_estimate_and_names_itself() -> None:
    hindered = a_registrering(opplysninger=some_opplysninger(helse=JaNeiVetIkke.JA))
    people = [a_registrering(), hindered]
    known = before_estimates(people, features_of(people, a_market()), SPANS, POLICY)
    assert known.fixed.tolist() == ["", RegelKode.OPPGITT_HELSEHINDRING]
    nothing = {outcome: np.zeros(2) for outcome in Outcome}
    assert proposed_on(known, nothing, POLICY).forslag[1] == ForslagKode.BEHOV_FOR_ARBEIDSEVNEVURDERING
