"""The one use case, whole: a registrering in, an explained suggestion out, with nothing hidden."""

import math
from dataclasses import FrozenInstanceError, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profilering.assess import Profilering, assess, missing_facts
from profilering.begrunnelse import NEVER_KNOWN
from profilering.errors import SetupError
from profilering.features import NAMES
from profilering.innsatsgruppe import ForslagKode
from profilering.nav_regel import ProfilertTil
from profilering.policy import RegelKode
from profilering.registrering import (
    Egenvurdering,
    Historikk,
    JaNeiVetIkke,
    Livsoppholdsytelse,
    Registrering,
    Utdanning,
    Ytelse,
)
from tests.make import (
    DAY,
    HELSE,
    LANGVARIG,
    REGISTRERINGER,
    LinearModel,
    a_basis,
    a_historikk,
    a_job,
    a_market,
    a_model,
    a_registrering,
    before,
    features,
    some_opplysninger,
)

BASIS = a_basis()


def assessed(registrering: Registrering, *, stanset: bool = False) -> Profilering:
    return assess(registrering, BASIS, stanset=stanset)


def with_ytelser(*spells: Ytelse) -> Registrering:
    return a_registrering(historikk=a_historikk(ytelser=spells))


def test_an_ordinary_registrering_gives_an_explained_suggestion() -> None:
    answer = assessed(a_registrering())
    assert answer.forslag.kode is ForslagKode.STANDARD_INNSATS
    assert answer.forslag.regel.kode is RegelKode.INGEN_FORHOEYET_ANSLAG
    assert [anslag.utfall for anslag in answer.anslag] == [LANGVARIG, HELSE]
    assert answer.features == features(a_registrering())
    assert answer.vet_ikke == NEVER_KNOWN
    assert answer.mangler == ()
    assert answer.dagens_regel is ProfilertTil.ANTATT_GODE_MULIGHETER
    resources = {a.overskrift: a.tekst for a in answer.begrunnelse.avsnitt}["Ressurser som trakk tallet ned"]
    assert "Har hatt lønnet arbeid i 12 av de siste 12 månedene (mye)." in resources


def test_less_work_and_more_support_lead_to_more_help() -> None:
    without_work = a_historikk(
        arbeidsforhold=(a_job(before(3000), before(900)),),
        ytelser=(Ytelse(Livsoppholdsytelse.SOSIALHJELP, before(700), None),),
    )
    answer = assessed(a_registrering(historikk=without_work))
    assert answer.forslag.kode is ForslagKode.SITUASJONSBESTEMT_INNSATS
    assert answer.forslag.regel.kode is RegelKode.FORHOEYET_ANSLAG


def test_an_auditor_can_redo_the_sum_by_hand() -> None:
    for risk in assessed(a_registrering()).risks:
        total = risk.base_log_odds + sum(risk.contributions)
        assert math.log(risk.probability / (1 - risk.probability)) == pytest.approx(total, abs=1e-12)
        assert len(risk.contributions) == len(NAMES)


@settings(deadline=None, max_examples=40)
@given(REGISTRERINGER, st.booleans())
def test_the_same_registrering_always_has_the_same_answer(registrering: Registrering, stanset: Any) -> None:
    """Nothing is remembered between answers, and another basis made of the same parts answers alike."""
    first = assess(registrering, BASIS, stanset=stanset)
    assess(a_registrering(fylke="03"), BASIS, stanset=False)
    again = assess(registrering, a_basis(), stanset=stanset)
    assert again == first
    assert repr(again) == repr(first)


def test_an_answer_and_all_it_is_made_of_are_frozen() -> None:
    answer = assessed(a_registrering())
    parts: list[Any] = [
        answer,
        answer.forslag,
        answer.forslag.regel,
        answer.risks[0],
        answer.anslag[0],
        answer.anslag[0].bidrag[0],
        answer.begrunnelse,
        answer.begrunnelse.avsnitt[0],
        BASIS,
    ]
    for part in parts:
        with pytest.raises(FrozenInstanceError):
            setattr(part, next(iter(part.__dataclass_fields__)), None)
    with pytest.raises(TypeError):
        answer.features["alder"] = 20  # type: ignore[index]  # what a type checker forbids must fail too


@pytest.mark.parametrize("ytelse", [Livsoppholdsytelse.AAP, Livsoppholdsytelse.UFOERETRYGD])
def test_the_second_outcome_is_not_estimated_for_whoever_has_it_already(ytelse: Livsoppholdsytelse) -> None:
    answer = assessed(with_ytelser(Ytelse(ytelse, before(300), None)))
    assert [risk.outcome for risk in answer.risks] == [LANGVARIG]
    assert [anslag.utfall for anslag in answer.anslag] == [LANGVARIG]
    assert answer.forslag.kode is ForslagKode.BEHOV_FOR_ARBEIDSEVNEVURDERING
    assert answer.forslag.regel.kode is RegelKode.YTELSE_KREVER_ARBEIDSEVNEVURDERING


@pytest.mark.parametrize(
    "spell",
    [
        Ytelse(Livsoppholdsytelse.AAP, before(300), DAY),
        Ytelse(Livsoppholdsytelse.AAP, DAY + timedelta(days=1), None),
        Ytelse(Livsoppholdsytelse.SYKEPENGER, before(300), None),
    ],
)
def test_the_second_outcome_is_estimated_for_everybody_else(spell: Ytelse) -> None:
    assert [risk.outcome for risk in assessed(with_ytelser(spell)).risks] == [LANGVARIG, HELSE]


def test_who_applies_for_aap_is_estimated_but_a_rule_of_law_decides() -> None:
    answer = assessed(a_registrering(soeker_ytelse=frozenset({Livsoppholdsytelse.AAP})))
    assert [risk.outcome for risk in answer.risks] == [LANGVARIG, HELSE]
    assert answer.forslag.regel.kode is RegelKode.YTELSE_KREVER_ARBEIDSEVNEVURDERING


@pytest.mark.parametrize(
    ("registrering", "stanset", "regel"),
    [
        (a_registrering(), True, RegelKode.STANSET),
        (a_registrering(foedselsaar=None), False, RegelKode.UTENFOR_MODELLEN),
        (a_registrering(historikk=Historikk(None, (), None, None)), False, RegelKode.FOR_LITE_GRUNNLAG),
    ],
)
def test_beside_a_refusal_no_number_is_shown_but_what_was_estimated_is_kept(
    registrering: Registrering, stanset: Any, regel: RegelKode
) -> None:
    answer = assessed(registrering, stanset=stanset)
    assert answer.forslag.kode is ForslagKode.INGEN_FORSLAG
    assert answer.forslag.regel.kode is regel
    assert answer.anslag == ()
    assert [risk.outcome for risk in answer.risks] == [LANGVARIG, HELSE]


@settings(deadline=None, max_examples=40)
@given(REGISTRERINGER)
def test_the_persons_own_view_is_shown_and_moves_nothing(registrering: Registrering) -> None:
    views = (None, *Egenvurdering)
    answers = [assessed(replace(registrering, egenvurdering=view)) for view in views]
    assert len({(a.forslag.kode, a.risks, a.anslag) for a in answers}) == 1
    headings = [[section.overskrift for section in a.begrunnelse.avsnitt] for a in answers]
    assert ["Personens eget syn" in titles for titles in headings] == [False, True, True]


def test_the_market_comes_from_what_was_published_and_moves_the_estimate() -> None:
    now = assessed(a_registrering())
    later = assess(a_registrering(), a_basis(arbeidsmarked=a_market((before(60), 90))), stanset=False)
    assert later.risks[0].probability > now.risks[0].probability


# What is missing


def test_what_nobody_answered_is_listed_as_the_wire_names_it() -> None:
    registrering = a_registrering(
        foedselsaar=None,
        opplysninger=some_opplysninger(helse=None, utdanning=Utdanning(5, None, JaNeiVetIkke.NEI)),
        historikk=a_historikk(perioder=None, tiltak=()),
    )
    assert missing_facts(registrering) == (
        "foedselsaar",
        "utdanning.bestaatt",
        "helse.helsetilstandHindrerArbeid",
        "historikk.tidligerePerioder",
    )


@pytest.mark.parametrize(
    ("utdanning", "missing"),
    [
        (Utdanning(2, None, None), ()),
        (Utdanning(3, None, None), ("utdanning.bestaatt", "utdanning.godkjent")),
        (Utdanning(8, JaNeiVetIkke.VET_IKKE, None), ("utdanning.godkjent",)),
        (Utdanning(9, None, None), ("utdanning.nus",)),
        (None, ("utdanning.nus",)),
    ],
)
def test_whether_education_is_passed_is_missing_only_where_it_is_asked(
    utdanning: Utdanning | None, missing: tuple[str, ...]
) -> None:
    assert missing_facts(a_registrering(opplysninger=some_opplysninger(utdanning=utdanning))) == missing


def test_what_contradicts_itself_is_not_called_missing_as_well() -> None:
    unclear = some_opplysninger(utdanning=Utdanning(None, None, None), helse=None)
    registrering = a_registrering(opplysninger=unclear, motstrid=("utdanning.nus",))
    assert missing_facts(registrering) == ("helse.helsetilstandHindrerArbeid",)


def test_a_policy_that_asks_for_a_span_the_model_does_not_have_is_refused_before_anybody_is_answered() -> (
    None
):
    without_spans: LinearModel = replace(a_model(), spans={})
    with pytest.raises(SetupError, match="alder"):
        a_basis(model=without_spans)
