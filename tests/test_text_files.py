"""The reviewed sentences in their files: the same in every language, one for every value, none dead."""

import re
from typing import Any

import pytest

from models.policy_file import read_policy_version
from profilering.assess import missing_facts
from profilering.errors import SetupError
from profilering.features import CATALOGUE, Feature
from profilering.policy import MerknadKode, RegelKode
from profilering.registrering import Egenvurdering, Registrering
from profilering.risk import Outcome
from profilering.tekster import Tekster, hold_together, tekster_of
from tests.make import a_registrering
from tests.readability import BANNED, LANGUAGES, OTHER_LANGUAGE, PROMISE, faults, sentences
from tests.texts import CONTRADICTED, TABLES, TEKSTER, every_missing_fact, sentences_in

TABLE = TABLES["nb"]


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_no_sentence_of_the_file_holds_a_banned_word_a_promise_or_another_language(spraak: str) -> None:
    for sentence in sentences_in(TABLES[spraak]):
        said = re.sub(r"{\w+}", "", sentence)
        for pattern in (BANNED[spraak], PROMISE[spraak], OTHER_LANGUAGE[spraak]):
            assert not pattern.search(said), (pattern.search(said), sentence)


def test_every_fact_that_may_be_missing_or_contradicted_has_a_name() -> None:
    assert set(TEKSTER["nb"].sections["fakta"]) == every_missing_fact() | set(CONTRADICTED)


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_a_list_of_facts_makes_short_sentences_whichever_stand_together(spraak: str) -> None:
    tekster = TEKSTER[spraak]
    missing = every_missing_fact()
    for key, facts in (
        ("mangler", missing),
        ("mangler_register", missing),
        ("spoer", missing),
        ("motstrid", set(CONTRADICTED)),
    ):
        worst = sorted(facts, key=lambda fact: -len(tekster.sections["fakta"][fact].split()))[:3]
        longest = max(sentences(tekster.about_facts(key, worst)), key=len)
        assert len(longest) <= 20, " ".join(longest)


def test_every_outcome_note_and_own_view_has_its_words_and_no_others() -> None:
    assert set(TEKSTER["nb"].utfall) == set(Outcome)
    for words in TEKSTER["nb"].utfall.values():
        assert set(words) == {"fikk", "fikk_ikke", "forklaring"}
    assert set(TEKSTER["nb"].sections["egenvurdering"]) == set(Egenvurdering)
    assert set(TEKSTER["nb"].sections["merknad"]) == set(MerknadKode)
    assert set(TEKSTER["nb"].sections["regel"]) == {*RegelKode, "TOTRINN"}


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_the_file_says_who_owns_it_and_whether_it_is_approved(spraak: str) -> None:
    table = TABLES[spraak]
    assert table["eier"] and table["godkjent"] and table["spraak"] == spraak
    assert table["versjon"] == TABLE["versjon"]


def test_the_words_of_a_note_say_the_limit_of_the_policy() -> None:
    """True of everybody who is given the note: the age is that of the last day of the year."""
    young, long = read_policy_version("2026-2").merknader
    assert young.under is not None
    for tekster in TEKSTER.values():
        assert re.findall(r"\d+", tekster.get("merknad", MerknadKode.UNG)) == [str(young.under - 1)]
        assert re.findall(r"\d+", tekster.get("merknad", MerknadKode.LENGE_REGISTRERT)) == [
            str(long.minst),
            "24",
        ]


def test_an_age_is_told_as_it_is_counted_by_the_year() -> None:
    assert [TEKSTER[spraak].fact("alder", 38) for spraak in LANGUAGES] == [
        "Fyller 38 år i år.",
        "Fyller 38 år i år.",
        "Turns 38 this year.",
    ]


# One sentence for every value


def values_of(feature: Feature) -> list[int | None]:
    """What a feature can be: the codes, the small scales, and for counts more than anybody has."""
    if feature.categories:
        return [None, *range(len(feature.categories))]
    small = {"0 nei, 1 ja": 2, "0 nei, 1 vet ikke, 2 ja": 3, "NUS-nivå": 9, "prosent": 101}
    if feature.unit in small:
        return [None, *range(small[feature.unit])]
    least = -40 if feature.name == "ledighet_endring_12" else 0
    return [None, *range(least, 41), 180, 240, 1000]


@pytest.mark.parametrize("spraak", LANGUAGES)
@pytest.mark.parametrize("feature", CATALOGUE, ids=lambda feature: feature.name)
def test_every_value_of_a_feature_has_one_plain_sentence(feature: Feature, spraak: str) -> None:
    for value in values_of(feature):
        sentence = TEKSTER[spraak].fact(feature.name, value)
        assert len(sentences(sentence)) == 1
        assert len(sentences(sentence)[0]) <= 17  # room for the words in brackets
        assert sentence.endswith(".") and sentence[0].isupper()
        assert not [fault for fault in faults(sentence, spraak) if not fault.startswith("LIX")]


@pytest.mark.parametrize("feature", CATALOGUE, ids=lambda feature: feature.name)
def test_no_sentence_of_a_feature_is_dead(feature: Feature) -> None:
    tekster = TEKSTER["nb"]
    lines, values = tekster.opplysning[feature.name], values_of(feature)
    said = {tekster.fact(feature.name, value) for value in values}
    for key, line in lines.items():
        number = -7 if key == "tekst_under_null" else 7
        assert line in said or (number in values and tekster.fact(feature.name, number) in said), key
        if "{n}" in line:
            assert any(line.format(n=abs(v)) in said for v in values if v is not None), key


def test_what_is_cut_at_the_most_is_said_as_at_least() -> None:
    fact = TEKSTER["nb"].fact
    assert fact("maaneder_siden_jobb", 180) == "Var sist i jobb for minst 15 år siden."
    assert fact("varighet_siste_jobb", 240) == "Siste jobb har vart i minst 20 år."
    for name in ("maaneder_siden_jobb", "maaneder_siden_periode", "maaneder_siden_helseytelse"):
        for spraak, words in (("nb", "minst 15 år"), ("nn", "minst 15 år"), ("en", "at least 15 years")):
            assert words in TEKSTER[spraak].fact(name, 180)


def test_a_fall_is_said_as_a_fall() -> None:
    for spraak, down, up in (("nb", "falt", "økt"), ("nn", "falle", "auka"), ("en", "is down", "is up")):
        assert down in TEKSTER[spraak].fact("ledighet_endring_12", -5)
        assert up in TEKSTER[spraak].fact("ledighet_endring_12", 5)


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_municipal_support_is_not_told_by_name_by_amount_or_by_a_sentence_of_its_own(spraak: str) -> None:
    """What one office holds must not be read out of a text in another (REQ-68)."""
    coarse = {
        TEKSTER[spraak].fact(name, value)
        for name in ("maaneder_sosialhjelp_siste_24", "sosialhjelp_naa", "maaneder_tiltakspenger_siste_24")
        for value in (0, 1, 12)
    }
    assert len(coarse) == 1
    named = re.compile(r"kommun|sosial|kvalifis|municip|social", re.IGNORECASE)
    for sentence in sentences_in(TABLES[spraak]):
        assert not named.search(sentence), sentence


# A faulty file


def broken(section: str, **lines: str | None) -> dict[str, Any]:
    """The file with some lines of a section replaced, or taken out when None."""
    kept = {key: line for key, line in {**TABLE[section], **lines}.items() if line is not None}
    return {**TABLE, section: kept}


def test_the_languages_hold_the_same_sentences() -> None:
    hold_together(TEKSTER)


@pytest.mark.parametrize(
    ("faulty", "named"),
    [
        (broken("fast", rettigheter=None), r"nb.* fast\.rettigheter is not there"),
        (broken("fast", noe_nytt="Noe nytt."), r"nn.* fast\.noe_nytt is not there"),
        (
            broken("fast", spoer="Spør om {noe}."),
            r"nb: fast\.spoer has the blanks \['noe'\], another language \['liste'\]",
        ),
        (broken("fast", spoer="Spør om {liste."), r"nb: fast\.spoer cannot be filled in"),
        (broken("fast", spoer="Spør om {}."), r"nb: fast\.spoer cannot be filled in"),
        ({**TABLE, "spraak": "nn"}, "the file says spraak = nn"),
        ({**TABLE, "utfall": {"LANGVARIG_STOENAD": TABLE["utfall"]["LANGVARIG_STOENAD"]}}, "HELSERELATERT"),
    ],
)
def test_a_hole_in_one_language_is_named_and_never_filled_from_another(
    faulty: dict[str, Any], named: str
) -> None:
    with pytest.raises(SetupError, match=named):
        hold_together({**TEKSTER, "nb": tekster_of(faulty)})


def test_a_sentence_about_a_value_is_held_too() -> None:
    lines = {k: v for k, v in TABLE["opplysning"]["antall_jobber_siste_36"].items() if k != "1"}
    without_one = {**TABLE, "opplysning": {**TABLE["opplysning"], "antall_jobber_siste_36": lines}}
    with pytest.raises(SetupError, match=r"nb: opplysning\.antall_jobber_siste_36\.1 is not there"):
        hold_together({**TEKSTER, "nb": tekster_of(without_one)})


def test_a_feature_without_texts_is_refused() -> None:
    table = {**TABLE, "opplysning": {k: v for k, v in TABLE["opplysning"].items() if k != "alder"}}
    with pytest.raises(SetupError, match=r"opplysning\.alder"):
        tekster_of(table)
    no_sentence_for_ja = {"NEI": "Nei.", "VET_IKKE": "Vet ikke.", "mangler": "Mangler."}
    table = {**TABLE, "opplysning": {**TABLE["opplysning"], "utdanning_bestaatt": no_sentence_for_ja}}
    with pytest.raises(SetupError, match="JA"):
        tekster_of(table)


def test_a_fixed_sentence_that_is_not_there_is_named() -> None:
    without: Tekster = tekster_of(broken("fast", rettigheter=None))
    with pytest.raises(SetupError, match=r"fast\.rettigheter"):
        without.get("fast", "rettigheter")
    asks_more = tekster_of(broken("fast", alle="Blant alle {hvem}."))
    with pytest.raises(SetupError, match="hvem"):
        asks_more.get("fast", "alle", alle=21)


def test_a_section_that_is_no_table_of_sentences_is_refused() -> None:
    with pytest.raises(SetupError, match="ord"):
        tekster_of({**TABLE, "ord": {"MYE": 3}})


def test_missing_facts_of_an_ordinary_registrering_are_none() -> None:
    ordinary: Registrering = a_registrering()
    assert missing_facts(ordinary) == ()
