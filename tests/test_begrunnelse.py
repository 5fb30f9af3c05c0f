"""From an anslag to a text: the right order, about what decided, and what would help when nothing did."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from profilering.anslag import Anslag, anslag_of
from profilering.policy import REFRAINING, MerknadKode, RegelKode
from profilering.propose import Forslag
from profilering.registrering import Egenvurdering
from profilering.risk import Outcome, Risk
from tests.make import HELSE, LANGVARIG, a_frequency, a_registrering, a_risk
from tests.told import (
    CONTRIBUTIONS,
    ORDER,
    POLICY,
    TEKSTER,
    VALUES,
    a_forslag,
    an_anslag,
    drawn,
    written,
)


def test_a_full_text_has_every_section_in_the_fixed_order() -> None:
    everything = drawn(
        arbeidserfaring=-0.6, helse=0.4, arbeidsmarked=0.1, alder=0.3, utdanning=-0.2, ytelser=-0.1
    )
    person = a_registrering(egenvurdering=Egenvurdering.ANTATT_GODE_MULIGHETER)
    noted = a_forslag(RegelKode.INGEN_FORHOEYET_ANSLAG, MerknadKode.UNG)
    assert list(written(an_anslag(everything), registrering=person, forslag=noted)) == ORDER


@settings(deadline=None)
@given(CONTRIBUTIONS)
def test_sections_keep_their_order_and_none_is_empty(contributions: dict[str, float]) -> None:
    text = written(an_anslag(contributions))
    assert list(text) == [heading for heading in ORDER if heading in text]
    assert all(text.values())
    always = {ORDER[0], ORDER[1], ORDER[2], ORDER[3], ORDER[8], ORDER[10], ORDER[11]}
    assert always <= text.keys()


def test_resources_come_before_hindrances_even_when_hindrances_are_stronger() -> None:
    headings = list(written(an_anslag(drawn(helse=2.0, arbeidserfaring=-0.1))))
    assert headings.index(ORDER[3]) < headings.index(ORDER[4])


# What the text is about


def two_anslag() -> tuple[Anslag, Anslag]:
    def of(outcome: Outcome, cases: int) -> Anslag:
        risk: Risk = a_risk(outcome, alike=a_frequency(cases, 500))
        return anslag_of(risk, VALUES, POLICY, TEKSTER)

    return of(LANGVARIG, 50), of(HELSE, 150)


def test_the_text_is_about_the_estimate_that_decided() -> None:
    by_health = written(*two_anslag(), forslag=a_forslag(RegelKode.FORHOEYET_ANSLAG_HELSE))
    assert "30 av dem fikk AAP eller uføretrygd" in by_health[ORDER[1]]
    assert "nådd grensen på 20 av 100" in by_health[ORDER[0]]
    by_support = written(*two_anslag(), forslag=a_forslag(RegelKode.FORHOEYET_ANSLAG))
    assert "10 av dem fikk langvarig stønad" in by_support[ORDER[1]]
    assert "nådd grensen på 25 av 100" in by_support[ORDER[0]]
    by_law = written(*two_anslag(), forslag=a_forslag(RegelKode.OPPGITT_HELSEHINDRING))
    assert "10 av dem fikk langvarig stønad" in by_law[ORDER[1]]


@pytest.mark.parametrize("regel", list(RegelKode))
def test_the_text_says_that_the_model_proposes_only_where_an_estimate_decided(regel: RegelKode) -> None:
    said = written(*two_anslag(), forslag=a_forslag(regel))[ORDER[0]]
    by_estimate = {
        RegelKode.FORHOEYET_ANSLAG_HELSE,
        RegelKode.FORHOEYET_ANSLAG,
        RegelKode.INGEN_FORHOEYET_ANSLAG,
    }
    by_law = {
        RegelKode.OENSKER_ARBEIDSEVNEVURDERING,
        RegelKode.YTELSE_KREVER_ARBEIDSEVNEVURDERING,
        RegelKode.OPPGITT_HELSEHINDRING,
    }
    assert ("forslag fra en statistisk modell" in said) is (regel in by_estimate)
    assert ("følger en fast regel, ikke tallene" in said) is (regel in by_law)
    assert "ikke et vedtak" in said


@pytest.mark.parametrize(("ratio", "of_hundred"), [(3.0, 25), (2.5, 29), (4.0, 20), (7.0, 13), (1.5, 40)])
def test_the_threshold_is_said_in_whole_persons_whatever_the_ratio(ratio: float, of_hundred: int) -> None:
    regel = replace(POLICY.regel(RegelKode.FORHOEYET_ANSLAG), kostnadsforhold=ratio)
    text = written(*two_anslag(), forslag=Forslag(regel.forslag, regel, grensetilfelle=False))
    assert f"nådd grensen på {of_hundred} av 100" in text[ORDER[0]]


@pytest.mark.parametrize(
    "regel", [RegelKode.STANSET, RegelKode.FOR_LITE_GRUNNLAG, RegelKode.UTENFOR_MODELLEN]
)
def test_a_refusal_to_propose_shows_no_number(regel: RegelKode) -> None:
    text = written(forslag=a_forslag(regel))
    assert list(text) == [ORDER[0], ORDER[1], ORDER[8], ORDER[10], ORDER[11]]
    assert text[ORDER[1]] == TEKSTER.get("fast", "ingen_tall")
    assert not re.search(r"\d", " ".join(text.values()).replace("§ 14 a", ""))
    assert "Ingen forslag" in text[ORDER[0]]
    assert "forslag fra en statistisk modell" not in text[ORDER[0]]


def test_a_refusal_for_want_of_facts_says_what_to_ask_about() -> None:
    person = a_registrering(motstrid=("utdanning.nus",))
    missing = ("foedselsaar", "helse.helsetilstandHindrerArbeid", "jobbsituasjon.beskrivelser")
    forslag = a_forslag(RegelKode.FOR_LITE_GRUNNLAG)
    said = written(registrering=person, forslag=forslag, mangler=missing)[ORDER[0]]
    assert "Spør om alder, helse og jobbsituasjonen. Spør om utdanning." in said
    assert TEKSTER.get("fast", "registre") not in said


def test_nobody_is_asked_for_what_only_a_register_knows() -> None:
    registers = ("historikk.arbeidsforhold", "historikk.ytelser", "historikk.tiltak")
    said = written(forslag=a_forslag(RegelKode.FOR_LITE_GRUNNLAG), mangler=registers)[ORDER[0]]
    assert "Spør om" not in said
    assert TEKSTER.get("fast", "registre") in said


def test_outside_the_model_only_a_missing_age_can_be_asked_for() -> None:
    forslag = a_forslag(RegelKode.UTENFOR_MODELLEN)
    missing = ("fylke", "helse.helsetilstandHindrerArbeid", "historikk.ytelser")
    assert "Spør" not in written(forslag=forslag, mangler=missing)[ORDER[0]]
    with_age = written(forslag=forslag, mangler=("foedselsaar", *missing))[ORDER[0]]
    assert "Spør om alder." in with_age
    assert "Snakk med personen" in with_age


@pytest.mark.parametrize("regel", [RegelKode.STANSET, RegelKode.FORHOEYET_ANSLAG])
def test_nothing_is_asked_for_where_no_answer_would_help(regel: RegelKode) -> None:
    said = written(forslag=a_forslag(regel), mangler=("foedselsaar", "historikk.ytelser"))[ORDER[0]]
    assert "Spør om" not in said
    assert TEKSTER.get("fast", "registre") not in said


def test_what_the_policy_asks_to_have_in_mind_is_told_apart_from_the_estimate() -> None:
    noted = a_forslag(RegelKode.INGEN_FORHOEYET_ANSLAG, *MerknadKode)
    text = written(an_anslag({}), forslag=noted)
    assert text["Verdt å vite"] == " ".join(
        [
            TEKSTER.get("merknad", "UNG"),
            TEKSTER.get("merknad", "LENGE_REGISTRERT"),
            "Dette er prioriteringer. De har ikke endret tallet eller forslaget.",
        ]
    )
    without = written(an_anslag({}))
    assert {heading: said for heading, said in text.items() if heading != "Verdt å vite"} == without


def test_the_persons_own_view_is_given_only_when_there_is_one() -> None:
    person = a_registrering(egenvurdering=Egenvurdering.ANTATT_BEHOV_FOR_VEILEDNING)
    assert "ønsker selv hjelp" in written(an_anslag({}), registrering=person)[ORDER[9]]
    assert ORDER[9] not in written(an_anslag({}))


def test_what_is_missing_and_what_contradicts_itself_is_named() -> None:
    person = a_registrering(motstrid=("utdanning.nus",))
    text = written(
        registrering=person, mangler=("foedselsaar", "fylke", "historikk.ytelser", "historikk.tiltak")
    )
    assert text[ORDER[8]].endswith(
        "Vi har ikke fått svar fra registrene om alder, bosted og ytelser. "
        "Vi har ikke fått svar fra registrene om tiltak. "
        "Svarene om utdanning passer ikke sammen. Vi har ikke brukt dem."
    )


def test_a_question_that_was_not_answered_is_told_apart_from_a_register_that_was_silent() -> None:
    """A person who was asked about health, and has told of it elsewhere, is not "unknown"."""
    facts = ("fylke", "helse.helsetilstandHindrerArbeid", "historikk.arbeidsforhold")
    assert written(mangler=facts)[ORDER[8]].endswith(
        "Vi mangler svar om helse. Vi har ikke fått svar fra registrene om bosted og tidligere jobber."
    )


@pytest.mark.parametrize("regel", sorted(REFRAINING))
def test_where_there_is_no_forslag_the_text_speaks_of_none_to_follow(regel: RegelKode) -> None:
    text = written(forslag=a_forslag(regel, MerknadKode.UNG))
    assert text["Verdt å vite"].endswith("Dette er prioriteringer.")
    assert text["Før du bestemmer"].endswith("Skriv kort hva du bestemmer, og hvorfor.")
    assert "følger forslaget" in written(an_anslag({}))["Før du bestemmer"]
