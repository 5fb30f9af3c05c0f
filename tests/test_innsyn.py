"""Insight for the person: all of it, light to read, in three languages, without a number they cannot use."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from random import Random

import pytest

from profilering.assess import Profilering, assess, assess_all, tell
from profilering.begrunnelse import Avsnitt
from profilering.features import NAMES
from profilering.features.catalogue import FYLKER
from profilering.fylker import FYLKESNAVN
from profilering.innsyn import Laget, innsyn_i
from profilering.policy import RegelKode
from profilering.registrering import Registrering
from profilering.risk import Outcome
from profilering.tema import TYPE_OF, Tema, TemaType
from tests.make import a_basis, a_historikk, a_random_registrering, a_registrering, some_opplysninger
from tests.readability import LANGUAGES, faults
from tests.texts import TEKSTER

CASES = 100
BOTH = "trakk ett tall ned og ett opp"
LAGET = Laget(date(2026, 5, 12), "A", "B", "C", lagres_maaneder=36)
BASIS = a_basis()


@cache
def cases() -> tuple[tuple[Registrering, Profilering], ...]:
    random = Random(8)  # noqa: S311 – a seed for examples, no secret
    registreringer = [a_random_registrering(random) for _ in range(CASES)]
    stanset = [place % 50 == 0 for place in range(CASES)]
    return tuple(zip(registreringer, assess_all(registreringer, BASIS, stanset=stanset), strict=True))


def told(registrering: Registrering, profilering: Profilering, spraak: str) -> tuple[Avsnitt, ...]:
    tekster = TEKSTER[spraak]
    again = tell(
        registrering, profilering.features, profilering.risks, profilering.forslag, BASIS.policy, tekster
    )
    return innsyn_i(registrering, again, LAGET, tekster)


def in_bokmaal(registrering: Registrering) -> dict[str, str]:
    return sections_of(told(registrering, assess(registrering, BASIS, stanset=False), "nb"))


def sections_of(avsnitt: tuple[Avsnitt, ...]) -> dict[str, str]:
    """The texts by their headings."""
    return {each.overskrift: each.tekst for each in avsnitt}


def without_places(text: str) -> str:
    """A name of a place is no word of a language."""
    return text.replace("Møre og Romsdal", "Oslo")


def lines(avsnitt: tuple[Avsnitt, ...]) -> Iterator[str]:
    for each in avsnitt:
        yield from each.tekst.split("\n")


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_every_case_can_be_read_by_the_person(spraak: str) -> None:
    for registrering, profilering in cases():
        text = without_places("\n".join(lines(told(registrering, profilering, spraak))))
        assert faults(text, spraak, most_lix=40) == []


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_every_opplysning_is_listed_whether_known_or_missing(spraak: str) -> None:
    for registrering, profilering in cases()[:30]:
        every = [line for line in lines(told(registrering, profilering, spraak)) if line.startswith("– ")]
        for name in NAMES:
            sentence = TEKSTER[spraak].fact(name, profilering.features[name]).removesuffix(".")
            assert any(line.startswith(f"– {sentence}") for line in every)


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_every_rule_is_explained_to_the_person(spraak: str) -> None:
    assert {regel.value for regel in RegelKode} <= TEKSTER[spraak].sections["innsyn"].keys()


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_rights_and_who_decides_stand_in_every_text(spraak: str) -> None:
    words = TEKSTER[spraak].sections["innsyn"]
    always = [words["menneske"], words["feil_om"], words["uenig_om"], words["ikke_brukt_om"]]
    for registrering, profilering in cases():
        text = "\n".join(lines(told(registrering, profilering, spraak)))
        assert [sentence for sentence in always if sentence not in text] == []
        assert "36" in text


def test_resources_come_before_hindrances_and_surroundings() -> None:
    headings = list(in_bokmaal(a_registrering()))
    names = TEKSTER["nb"].sections["tema"]
    shown = sorted((headings.index(names[tema]), TYPE_OF[tema]) for tema in Tema)
    kinds = [kind for _, kind in shown]
    assert kinds == sorted(kinds, key=list(TemaType).index)


def test_what_an_opplysning_did_is_said_of_both_numbers_together() -> None:
    sections = in_bokmaal(a_registrering(opplysninger=some_opplysninger(annet=None)))
    work = sections["Arbeid og jobbsituasjon"]
    assert "Har hatt lønnet arbeid i 12 av de siste 12 månedene (trakk ned)." in work
    assert "Har blitt sagt opp (trakk ikke)." in work
    assert "andre forhold hindrer arbeid (trakk ikke)." in sections["Opplysninger som manglet"]


def test_no_opplysning_is_listed_that_the_model_was_not_given() -> None:
    sections = in_bokmaal(a_registrering(historikk=a_historikk(ytelser=None)))
    assert "Stønad" not in sections
    assert "Vi mangler opplysninger om ytelser" in sections["Opplysninger som manglet"]


def test_a_forslag_that_was_not_made_is_not_shown_with_numbers() -> None:
    nobody = some_opplysninger(utdanning=None, helse=None, annet=None, jobbsituasjon=None)
    sections = in_bokmaal(a_registrering(opplysninger=nobody))
    first, second, *_ = sections.values()
    assert "Nav visste for lite til å lage et forslag." in first
    assert second == "Vi viser ingen tall i denne saken."


def test_the_person_reads_how_sure_each_number_is() -> None:
    registrering, made = a_registrering(), assess(a_registrering(), BASIS, stanset=False)
    close = replace(
        made, forslag=replace(made.forslag, grensetilfelle=True, naer=(Outcome.HELSERELATERT_YTELSE,))
    )
    numbers = sections_of(innsyn_i(registrering, close, LAGET, TEKSTER["nb"]))["Hva viser tallene?"]
    for anslag in made.anslag:
        assert f"Tallet {anslag.av_hundre} kan være så" in numbers
        assert f"Vi bygger på {anslag.grunnlag_antall} tidligere saker." in numbers
    assert "Anslaget for helserelatert ytelse er nær grensen" in numbers
    assert "nær grensen" not in in_bokmaal(registrering)["Hva viser tallene?"]


def test_the_person_reads_the_notes_the_veileder_was_shown() -> None:
    young = a_registrering(foedselsaar=2004)
    shown = assess(young, BASIS, stanset=False).begrunnelse.avsnitt
    assert in_bokmaal(young)["Verdt å vite"] == sections_of(shown)["Verdt å vite"]
    assert "Verdt å vite" not in in_bokmaal(a_registrering())


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_where_no_number_was_shown_nothing_is_told_of_what_drew_it(spraak: str) -> None:
    words = TEKSTER[spraak].sections["innsyn"]
    nobody = a_registrering(opplysninger=some_opplysninger(utdanning=None, helse=None, annet=None))
    silent = a_registrering(historikk=a_historikk(arbeidsforhold=None, ytelser=None, perioder=None))
    for registrering, stanset in ((a_registrering(), True), (silent, False)):
        made = assess(registrering, BASIS, stanset=stanset)
        assert made.risks and not made.anslag
        text = "\n".join(lines(told(registrering, made, spraak)))
        drew = [f"({words[key]})" for key in ("ned", "opp", "begge", "ikke")]
        assert [said for said in (*drew, words["brukt_om"], words["mangler_om"]) if said in text] == []
        assert words["brukt_uten_tall"] in text
    assert words["brukt_om"] in "\n".join(lines(told(nobody, assess(nobody, BASIS, stanset=False), spraak)))


def test_nobody_is_told_of_an_age_that_is_not_known() -> None:
    for registrering in (a_registrering(foedselsaar=None), a_registrering(foedselsaar=1920)):
        made = assess(registrering, BASIS, stanset=False)
        assert made.forslag.regel.kode is RegelKode.UTENFOR_MODELLEN
        first, *_ = in_bokmaal(registrering).values()
        assert ("din alder" in first) == (registrering.foedselsaar is not None)


def test_the_person_is_told_which_county_is_meant_and_the_veileder_reads_no_more_than_before() -> None:
    assert tuple(FYLKESNAVN) == FYLKER
    told_ = in_bokmaal(a_registrering(fylke="15"))["Arbeidsmarkedet"]
    assert "– Arbeidsmarkedet i fylket personen bor i: Møre og Romsdal (" in told_
    unknown = in_bokmaal(a_registrering(fylke=None))
    assert "Vi vet ikke hvilket fylke personen bor i (" in unknown["Opplysninger som manglet"]


def test_benefits_told_together_can_be_asked_for_one_by_one() -> None:
    together = "Du kan be Nav om å få se hver av dem."
    assert together in in_bokmaal(a_registrering())["Stønad"]
    missing = in_bokmaal(a_registrering(historikk=a_historikk(ytelser=None)))
    assert together not in "\n".join(missing.values())


def test_what_drew_one_number_up_and_the_other_down_did_both() -> None:
    made = assess(a_registrering(), BASIS, stanset=False)
    first, second = made.risks
    against = tuple(-log_odds for log_odds in second.contributions)
    for risks, did in ((made.risks, "trakk ned"), ((first, replace(second, contributions=against)), BOTH)):
        sections = sections_of(innsyn_i(a_registrering(), replace(made, risks=risks), LAGET, TEKSTER["nb"]))
        assert f"12 av de siste 12 månedene ({did})." in sections["Arbeid og jobbsituasjon"]
