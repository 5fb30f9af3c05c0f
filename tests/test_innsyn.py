"""Insight for the person: all of it, light to read, in three languages, without a number they cannot use."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from random import Random

import pytest

from profilering.assess import Profilering, assess, assess_all, tell
from profilering.begrunnelse import Avsnitt
from profilering.features import NAMES
from profilering.innsyn import Laget, innsyn_i
from profilering.policy import RegelKode
from profilering.registrering import Registrering
from profilering.tema import TYPE_OF, Tema, TemaType
from tests.make import a_basis, a_historikk, a_random_registrering, a_registrering, some_opplysninger
from tests.readability import LANGUAGES, faults
from tests.texts import TEKSTER

CASES = 100
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
    """The sections by their headings."""
    avsnitt = told(registrering, assess(registrering, BASIS, stanset=False), "nb")
    return {each.overskrift: each.tekst for each in avsnitt}


def lines(avsnitt: tuple[Avsnitt, ...]) -> Iterator[str]:
    for each in avsnitt:
        yield from each.tekst.split("\n")


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_every_case_can_be_read_by_the_person(spraak: str) -> None:
    for registrering, profilering in cases():
        text = "\n".join(lines(told(registrering, profilering, spraak)))
        assert faults(text, spraak, most_lix=40) == []


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_every_opplysning_is_listed_whether_known_or_missing(spraak: str) -> None:
    for registrering, profilering in cases()[:30]:
        listed = {line.rpartition(" (")[0] for line in lines(told(registrering, profilering, spraak))}
        for name in NAMES:
            sentence = TEKSTER[spraak].fact(name, profilering.features[name])
            assert f"– {sentence.removesuffix('.')}" in listed


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
