"""What changed when a case was made again: nothing more and nothing less than what did."""

from dataclasses import replace
from itertools import pairwise
from random import Random
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings

from profilering.assess import assess, tell
from profilering.endring import EndretOpplysning, Endring, Told, endring_mellom
from profilering.policy import RegelKode
from profilering.registrering import Egenvurdering, JaNeiVetIkke, Livsoppholdsytelse, Registrering
from profilering.tema import Tema
from tests.make import (
    REGISTRERINGER,
    a_basis,
    a_historikk,
    a_job,
    a_random_registrering,
    a_registrering,
    before,
    some_opplysninger,
)
from tests.readability import LANGUAGES, faults
from tests.texts import TEKSTER

BASIS = a_basis()
DIGESTS = MappingProxyType({"modell": "sha256:1", "policy": "sha256:2", "tekster": "sha256:3"})
ORDINARY = a_registrering()


def of(registrering: Registrering, spraak: str = "nb", *, stanset: bool = False, **digests: str) -> Told:
    made = assess(registrering, BASIS, stanset=stanset)
    told = tell(registrering, made.features, made.risks, made.forslag, BASIS.policy, TEKSTER[spraak])
    return Told(registrering, told, BASIS.policy, {**DIGESTS, **digests})


def changed(spraak: str = "nb", **changes: Any) -> Endring:
    """From the ordinary case to one with other facts."""
    return endring_mellom(of(ORDINARY, spraak), of(replace(ORDINARY, **changes), spraak), TEKSTER[spraak])


def words(endring: Endring) -> str:
    return "\n".join(avsnitt.tekst for avsnitt in endring.avsnitt)


@settings(max_examples=20)
@given(REGISTRERINGER)
def test_the_same_case_again_differs_in_nothing_and_says_so(registrering: Registrering) -> None:
    told = of(registrering)
    endring = endring_mellom(told, told, TEKSTER["nb"])
    assert endring.opplysninger == () and endring.andre_versjoner == ()
    assert all((tall.foer, tall.naadd_foer) == (tall.naa, tall.naadd_naa) for tall in endring.tall)
    text = words(endring)
    assert "Ingen av opplysningene modellen ser på, er endret." in text
    assert "Modellen og reglene er de samme som før." in text
    assert "Forslaget er det samme" in text and "Det er den samme regelen" in text
    assert "Nå er det" not in text


def test_one_fact_that_changed_is_the_one_that_is_told() -> None:
    endring = changed(foedselsaar=1990)
    (fact,) = endring.opplysninger
    assert (fact.navn, fact.foer, fact.naa) == ("alder", "Fyller 38 år i år.", "Fyller 36 år i år.")
    assert "– Før: Fyller 38 år i år. Nå: Fyller 36 år i år." in words(endring)


def test_a_number_that_crossed_its_limit_says_so_both_ways() -> None:
    out_of_work = replace(ORDINARY, historikk=a_historikk(arbeidsforhold=()))
    for first, then, sentence in (
        (ORDINARY, out_of_work, "Anslaget har nå nådd grensen på 25 av 100."),
        (out_of_work, ORDINARY, "Anslaget har ikke lenger nådd grensen på 25 av 100."),
        (ORDINARY, ORDINARY, "Anslaget har ikke nådd grensen på 25 av 100, som før."),
        (out_of_work, out_of_work, "Anslaget har nådd grensen på 25 av 100, som før."),
    ):
        endring = endring_mellom(of(first), of(then), TEKSTER["nb"])
        langvarig = endring.tall[0]
        assert langvarig.naadd_foer == (first is out_of_work) and langvarig.naadd_naa == (then is out_of_work)
        assert sentence in words(endring)


def test_a_number_that_is_shown_no_longer_is_said_to_be() -> None:
    nobody = some_opplysninger(utdanning=None, helse=None, annet=None, jobbsituasjon=None)
    silent = replace(ORDINARY, opplysninger=nobody)
    gone = endring_mellom(of(ORDINARY), of(silent), TEKSTER["nb"])
    assert [tall.naa for tall in gone.tall] == [None, None]
    assert "Nå viser vi det ikke." in words(gone) and "grensen" not in gone.avsnitt[2].tekst
    back = endring_mellom(of(silent), of(ORDINARY), TEKSTER["nb"])
    assert "ble ikke vist før. Nå er det" in words(back)
    assert "Anslaget har ikke nådd grensen på 25 av 100." in words(back)


def test_nothing_is_told_of_an_estimate_on_a_day_it_was_kept_back() -> None:
    shown = of(replace(ORDINARY, historikk=a_historikk(arbeidsforhold=())))
    stopped = of(shown.registrering, stanset=True)
    assert stopped.profilering.risks and not stopped.profilering.anslag
    for first, then in ((shown, stopped), (stopped, shown), (stopped, stopped)):
        endring = endring_mellom(first, then, TEKSTER["nb"])
        for tall in endring.tall:
            before_, now = (
                (tall.foer, tall.grense_foer, tall.naadd_foer),
                (tall.naa, tall.grense, tall.naadd_naa),
            )
            assert (before_ == (None, None, None)) == (first is stopped)
            assert (now == (None, None, None)) == (then is stopped)
        assert ("grensen på" in endring.avsnitt[2].tekst) == (then is shown)
        assert "som før" not in endring.avsnitt[2].tekst


def test_before_and_now_are_not_compared_across_two_thresholds() -> None:
    dearer = [
        replace(regel, kostnadsforhold=4.0) if regel.kode is RegelKode.FORHOEYET_ANSLAG else regel
        for regel in BASIS.policy.regler
    ]
    first = of(ORDINARY)
    then = replace(first, policy=replace(BASIS.policy, regler=tuple(dearer)))
    endring = endring_mellom(first, then, TEKSTER["nb"])
    assert (endring.tall[0].grense_foer, endring.tall[0].grense) == (25, 20)
    langvarig, helse = endring.avsnitt[2].tekst.split("\n")
    assert langvarig.endswith("Anslaget har ikke nådd grensen på 20 av 100.")
    assert helse.endswith("Anslaget har ikke nådd grensen på 20 av 100, som før.")


@pytest.mark.parametrize(("cost", "limit"), [(7.0, 13), (3.0, 25), (39.0, 3)])
def test_a_threshold_is_rounded_as_in_the_explanation(cost: float, limit: int) -> None:
    rules = [
        replace(regel, kostnadsforhold=cost) if regel.kode is RegelKode.FORHOEYET_ANSLAG else regel
        for regel in BASIS.policy.regler
    ]
    told = of(replace(ORDINARY, historikk=a_historikk(arbeidsforhold=())))
    later = replace(told, policy=replace(BASIS.policy, regler=tuple(rules)))
    assert endring_mellom(of(ORDINARY), later, TEKSTER["nb"]).tall[0].grense == limit


def test_what_only_a_rule_looks_at_is_told_too() -> None:
    endring = changed(
        oensker_arbeidsevnevurdering=True,
        soeker_ytelse=frozenset({Livsoppholdsytelse.AAP}),
        egenvurdering=Egenvurdering.ANTATT_BEHOV_FOR_VEILEDNING,
    )
    assert endring.opplysninger == ()
    for sentence in (
        "Personen ønsker nå en arbeidsevnevurdering.",
        "Det er endret hvilke ytelser personen har søkt om.",
        "Personens eget syn er endret.",
        "En annen regel avgjorde.",
    ):
        assert sentence in words(endring)


def test_other_versions_are_said_first() -> None:
    told = of(ORDINARY), of(ORDINARY, modell="sha256:9", policy="sha256:8", tekster="sha256:7")
    endring = endring_mellom(*told, TEKSTER["nb"])
    assert endring.andre_versjoner == ("modell", "policy", "tekster")
    first = endring.avsnitt[0].tekst
    assert "Modellen er en annen enn før." in first and "Reglene er andre enn før." in first
    assert "Modellen og reglene er de samme" not in first


def test_municipal_facts_are_not_opened_by_a_difference() -> None:
    """REQ-68: one sentence for many, before and now."""
    features = {**of(ORDINARY).profilering.features, "maaneder_sosialhjelp_siste_24": 5, "sosialhjelp_naa": 1}
    told = of(ORDINARY)
    later = replace(told, profilering=replace(told.profilering, features=features))
    endring = endring_mellom(told, later, TEKSTER["nb"])
    coarse = "Hvilke stønader personen har fått de siste to årene."
    assert endring.avsnitt[1].tekst.split("\n") == [f"– Endret: {coarse}"]
    assert endring.opplysninger == (EndretOpplysning(Tema.YTELSER, coarse, coarse),)


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_every_difference_can_be_read(spraak: str) -> None:
    random = Random(9)  # noqa: S311 – a seed for examples, no secret
    told = [of(a_random_registrering(random), spraak) for _ in range(25)]
    for first, then in pairwise(told):
        later = replace(then, digester={**DIGESTS, "modell": "sha256:9"})
        text = words(endring_mellom(first, later, TEKSTER[spraak]))
        assert faults(text, spraak, most_lix=40) == []


def test_a_month_more_of_work_moves_numbers_and_words_the_same_way() -> None:
    short = replace(ORDINARY, historikk=a_historikk(arbeidsforhold=(a_job(before(100), before(40)),)))
    longer = replace(ORDINARY, historikk=a_historikk(arbeidsforhold=(a_job(before(160), before(40)),)))
    endring = endring_mellom(of(short), of(longer), TEKSTER["nb"])
    assert all(t.naa is not None and t.foer is not None and t.naa < t.foer for t in endring.tall)
    stated = changed(opplysninger=some_opplysninger(helse=JaNeiVetIkke.JA))
    health = stated.tall[1]
    assert health.naa is not None and health.foer is not None and health.naa > health.foer
