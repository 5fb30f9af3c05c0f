"""What may be a feature at all, and what every feature must account for."""

from collections.abc import Mapping

import pytest

from profilering.features import CATALOGUE, NAMES
from profilering.features.catalogue import Grunnlag
from profilering.tema import Tema
from tests.make import some_tekster

BANNED: Mapping[str, tuple[str, ...]] = {
    "sex is a protected attribute": ("kjoenn", "mann", "kvinne", "sex"),
    "citizenship is a protected attribute": ("statsborger", "nasjonal"),
    "birth country is a protected attribute": ("foedeland", "foedt", "innvandr", "landbakgrunn", "etnisi"),
    "a language score stands in for origin": ("spraak", "norsk"),
    "an area below fylke stands in for origin and wealth": ("kommune", "bydel", "postn", "grunnkrets"),
    "family situation is no need": ("familie", "sivil", "barn", "enslig", "ektefelle", "overgangsstoenad"),
    "needs decide, not a diagnosis": ("diagnose", "icd", "icpc", "sykdom"),
    "free text cannot be checked": ("fritekst", "tekst", "kommentar"),
    "the same answer whatever the office": ("enhet", "kontor"),
    "need is not fitted to price or places": ("pris", "plass", "kapasitet", "plantall", "budsjett"),
}
"""REQ-34, REQ-35, REQ-49: what no feature may be, why, and what gives it away in a name."""


def banned(name: str) -> list[str]:
    return [reason for reason, words in BANNED.items() if any(word in name for word in words)]


def test_no_feature_is_one_that_is_banned() -> None:
    assert {name: banned(name) for name in NAMES if banned(name)} == {}


@pytest.mark.parametrize(
    "name", ["kjoenn", "er_kvinne", "foedeland", "bydel", "antall_barn", "ledige_plasser"]
)
def test_a_banned_feature_would_be_found(name: str) -> None:
    assert len(banned(name)) == 1


def test_the_catalogue_is_small_and_every_feature_accounts_for_itself() -> None:
    assert 25 <= len(CATALOGUE) <= 40
    assert len(set(NAMES)) == len(NAMES)
    for feature in CATALOGUE:
        assert feature.unit and feature.kilde and feature.hjemmel, feature.name
        assert feature.direction in {-1, 0, 1}, feature.name
        assert feature.categories is None or feature.direction == 0, feature.name


def test_health_is_used_on_its_own_legal_ground() -> None:
    about_health = {f.name for f in CATALOGUE if "9 (2)" in f.hjemmel}
    assert about_health == {name for name in NAMES if any(w in name for w in ("helse", "sykepenger", "aap"))}


def test_work_never_raises_and_a_stated_hindrance_never_lowers() -> None:
    directions = {feature.name: feature.direction for feature in CATALOGUE}
    assert {directions[f.name] for f in CATALOGUE if f.grunnlag is Grunnlag.JOBB} == {-1, 1}
    assert [n for n in NAMES if directions[n] == 1] == [
        "helse_hindrer",
        "andre_forhold_hindrer",
        "maaneder_siden_jobb",
    ]


def test_only_values_that_can_occur_are_called_no_resource_and_never_all_of_them() -> None:
    for feature in CATALOGUE:
        assert not feature.may_be_ressurs(None), feature.name
        if feature.categories:
            assert feature.aldri_ressurs < set(range(len(feature.categories))), feature.name
    told = {feature.name for feature in CATALOGUE if feature.aldri_ressurs}
    of_work = {f.name for f in CATALOGUE if f.tema is Tema.ARBEIDSERFARING}
    assert told == of_work | {"utdanningsnivaa", "utdanning_bestaatt", "utdanning_godkjent"}


def test_every_source_has_its_words() -> None:
    assert set(some_tekster().sections["kilde"]) == set(Grunnlag) == {f.grunnlag for f in CATALOGUE}


def test_every_feature_has_texts() -> None:
    assert set(some_tekster().opplysning) == set(NAMES)
