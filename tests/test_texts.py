"""The sentences people read: plain, kind, whole, and never a promise.

LIX = words per sentence + 100 × words of more than six letters per word (C. H. Björnsson, *Läsbarhet*,
1968). Counted here over the text of all sections together, headings left out. A word holds at least one
letter or digit; a sentence ends with a full stop, question mark or exclamation mark. Each line of a list
ends with a full stop and is thus a sentence of its own, as a reader takes it; its dash is no word.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, combinations
from random import Random
from typing import Any

import pytest

from models.text_file import text_path
from profilering.assess import Profilering, assess, missing_facts
from profilering.begrunnelse import explain
from profilering.errors import SetupError
from profilering.features import CATALOGUE, NAMES, Feature
from profilering.policy import Forslag, RegelKode
from profilering.registrering import Egenvurdering, Historikk, Registrering, Utdanning
from profilering.risk import Outcome, Span
from profilering.tekster import Tekster, tekster_of
from tests.make import (
    HELSE,
    LANGVARIG,
    LinearModel,
    a_basis,
    a_policy,
    a_random_registrering,
    a_registrering,
    some_opplysninger,
    some_tekster,
)

TABLE = tomllib.loads(text_path("nb").read_text("utf-8"))
TEKSTER = some_tekster()
CASES = 400
SEED = 2026

BANNED = re.compile(
    r"\b(prediksjon|predik|risik|score|skår|variab|positiv|negativ|resultat|algoritm|sannsynlig|maskinl"
    r"|kunstig|diagnos|klient|kunde|bruker(e|en|ens|ne|nes|s)?\b|feature|profilert|svak|taper|belast)",
    re.IGNORECASE,
)
"""Words that are not used of people or numbers (explanation.md, *Words*; glossary); «brukt» is fine."""

PROMISE = re.compile(
    r"\b(garanter|innvilg|tilby|tilbud|lover\b|krav på|rett på|rett til|(vil|skal|kan) få (?!vite\b)"
    r"|bør få|avvent|vente[rt]?\b|vent til)",
    re.IGNORECASE,
)
"""No text promises a tiltak or a ytelse (REQ-13) or advises to wait (REQ-30)."""

WORD = re.compile(r"\w+(?:-\w+)*")
SENTENCE_END = re.compile(r"[.?!](?=\s|$)")


def sentences(text: str) -> list[list[str]]:
    """The sentences of a text as lists of words."""
    found = (WORD.findall(part) for part in SENTENCE_END.split(text))
    return [words for words in found if words]


def lix(text: str) -> float:
    """Björnsson's readability: under 35 reads like plain prose, over 50 like official documents."""
    words = [word for sentence in sentences(text) for word in sentence]
    return len(words) / len(sentences(text)) + 100 * sum(len(w) > 6 for w in words) / len(words)


def whole_text(profilering: Profilering) -> str:
    return "\n".join(avsnitt.tekst for avsnitt in profilering.begrunnelse.avsnitt)


def a_random_model(random: Random) -> LinearModel:
    """Draws every feature in any direction, so that every sentence has its chance."""

    def weights() -> dict[str, float]:
        return {name: random.uniform(-1, 1) * random.choice((0, 0.01, 0.1)) for name in NAMES}

    return LinearModel(
        base={LANGVARIG: random.uniform(-3, 2), HELSE: random.uniform(-4, 1)},
        weights={LANGVARIG: weights(), HELSE: weights()},
        spans={"alder": Span(18, 70)},
    )


class Recorded(Mapping[str, Any]):
    """A mapping, nested or not, that writes down which keys were read."""

    def __init__(self, inner: Mapping[str, Any], read: set[tuple[str, ...]], path: tuple[str, ...]) -> None:
        self.inner, self.read, self.path = inner, read, path

    def __getitem__(self, key: str) -> Any:
        value, path = self.inner[key], (*self.path, str(key))
        if isinstance(value, Mapping):
            return Recorded(value, self.read, path)
        self.read.add(path)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)


READ: set[tuple[str, ...]] = set()


@pytest.fixture(scope="module")
def rendered() -> list[Profilering]:
    """Some hundred cases, seeded, with every key that was read written down in READ."""
    random = Random(SEED)  # noqa: S311 – a seed for examples, no secret
    tekster = replace(
        TEKSTER,
        sections=Recorded(TEKSTER.sections, READ, ()),
        utfall=Recorded(TEKSTER.utfall, READ, ("utfall",)),
    )
    return [
        assess(
            a_random_registrering(random),
            a_basis(model=a_random_model(random), tekster=tekster),
            stanset=random.random() < 0.03,
        )
        for _ in range(CASES)
    ]


def all_strings(table: Mapping[str, Any]) -> Iterator[str]:
    for value in table.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from all_strings(value)


# Every rendered text


def test_the_cases_show_every_kind_of_answer(rendered: list[Profilering]) -> None:
    assert len(rendered) >= 300
    assert {p.forslag.regel.kode for p in rendered} >= {
        "STANSET",
        "FOR_LITE_GRUNNLAG",
        "UTENFOR_MODELLEN",
        "FORHOEYET_ANSLAG_HELSE",
        "FORHOEYET_ANSLAG",
        "INGEN_FORHOEYET_ANSLAG",
    }


def test_no_text_is_heavy_to_read(rendered: list[Profilering]) -> None:
    heaviest = max(rendered, key=lambda p: lix(whole_text(p)))
    assert lix(whole_text(heaviest)) <= 35, whole_text(heaviest)


def test_a_short_text_is_not_heavy_whatever_is_missing() -> None:
    """A refusal is the shortest text, so long words weigh most there: every set of missing facts is tried."""
    regel = a_policy().regel(RegelKode.STANSET)
    stopped = Forslag(regel.forslag, regel, grensetilfelle=False)
    facts = [fact for fact in TEKSTER.sections["fakta"] if fact not in CONTRADICTED or "utdanning" in fact]
    for missing in chain.from_iterable(combinations(facts, n) for n in range(len(facts) + 1)):
        begrunnelse = explain(a_registrering(), stopped, (), missing, TEKSTER)
        assert lix("\n".join(avsnitt.tekst for avsnitt in begrunnelse.avsnitt)) <= 35, missing


def test_no_sentence_has_more_than_twenty_words(rendered: list[Profilering]) -> None:
    longest = max((words for p in rendered for words in sentences(whole_text(p))), key=len)
    assert len(longest) <= 20, " ".join(longest)


def test_every_text_says_that_it_is_no_vedtak_and_what_rights_there_are(rendered: list[Profilering]) -> None:
    for profilering in rendered:
        avsnitt = profilering.begrunnelse.avsnitt
        assert "ikke et vedtak" in avsnitt[0].tekst
        assert avsnitt[-1].overskrift == "Rettigheter"
        assert "klage på vedtaket" in avsnitt[-1].tekst
        assert "bestemmer selv" in avsnitt[0].tekst


def test_no_text_holds_a_banned_word_a_promise_or_a_hole(rendered: list[Profilering]) -> None:
    for profilering in rendered:
        text = whole_text(profilering)
        for fault in (BANNED, PROMISE, re.compile(r"[{}]|None|\bom om\b|\.\.|  ")):
            assert not fault.search(text), (fault.search(text), text)


def test_only_known_dialects_of_a_line_are_written(rendered: list[Profilering]) -> None:
    for profilering in rendered:
        for line in whole_text(profilering).splitlines():
            assert line.endswith((".", "?")), line
            assert line[0] == "–" or line[0].isupper(), line


# Every sentence of the file


def test_no_sentence_of_the_file_holds_a_banned_word_or_a_promise() -> None:
    for sentence in all_strings(TABLE):
        assert not BANNED.search(sentence), sentence
        assert not PROMISE.search(sentence), sentence


@pytest.mark.parametrize(
    "sentence",
    ["Høy risiko.", "Negativt utslag.", "Brukeren er 40 år.", "Resultatet er klart.", "Algoritmen bestemte."],
)
def test_a_banned_word_would_be_found(sentence: str) -> None:
    assert BANNED.search(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["Personen vil få et kurs.", "Hun har krav på AAP.", "Du kan få tiltak.", "Det er best å avvente."],
)
def test_a_promise_would_be_found(sentence: str) -> None:
    assert PROMISE.search(sentence)


def test_lix_is_counted_as_its_source_counts() -> None:
    assert lix("Hun har jobb. Hun liker den.") == 3
    assert lix("Arbeidssøkeren registrerer.") == 2 + 100
    assert lix("– Har fagbrev (noe).\n– Er 40 år (lite).") == pytest.approx(3.5 + 100 / 7)
    assert lix("Nav-loven § 14 a sier det.") == 5 + 100 * 1 / 5


def test_every_sentence_of_the_file_is_used(rendered: list[Profilering]) -> None:
    """Read by some case, or named by a fact that only some registreringer lack or contradict."""
    assert rendered
    sections = {(s, key) for s, table in TEKSTER.sections.items() for key in table}
    outcomes = {("utfall", outcome, key) for outcome, lines in TEKSTER.utfall.items() for key in lines}
    facts = {("fakta", fact) for fact in (*every_missing_fact(), *CONTRADICTED)}
    rules = {("regel", "OENSKER_ARBEIDSEVNEVURDERING"), ("regel", "OPPGITT_HELSEHINDRING")}
    one_only = {("fast", "en_til"), ("fast", "for_faa")}
    assert (sections | outcomes) - READ - facts - rules - one_only == set()


CONTRADICTED = (
    "utdanning.nus",
    "utdanning.bestaatt",
    "utdanning.godkjent",
    "jobbsituasjon.beskrivelser",
    "jobbsituasjon.detaljer",
)
"""What the edge may name as `motstrid` (serving, wire_in.py)."""


def every_missing_fact() -> set[str]:
    nothing = some_opplysninger(utdanning=None, helse=None, annet=None, jobbsituasjon=None)
    not_passed = some_opplysninger(utdanning=Utdanning(4, None, None))
    silent = Historikk(None, None, None, None)
    return {
        *missing_facts(a_registrering(foedselsaar=None, fylke=None, opplysninger=nothing, historikk=silent)),
        *missing_facts(a_registrering(opplysninger=not_passed)),
    }


def test_every_fact_that_may_be_missing_or_contradicted_has_a_name() -> None:
    assert set(TEKSTER.sections["fakta"]) == every_missing_fact() | set(CONTRADICTED)


def test_a_list_of_facts_makes_short_sentences_whichever_stand_together() -> None:
    facts = sorted(TEKSTER.sections["fakta"], key=lambda fact: -len(TEKSTER.sections["fakta"][fact].split()))
    for key in ("mangler", "motstrid"):
        longest = max(sentences(TEKSTER.about_facts(key, facts[:3])), key=len)
        assert len(longest) <= 20, " ".join(longest)


def test_every_outcome_has_its_words_and_no_others() -> None:
    assert set(TEKSTER.utfall) == set(Outcome)
    for words in TEKSTER.utfall.values():
        assert set(words) == {"fikk", "fikk_ikke", "forklaring"}
    assert set(TEKSTER.sections["egenvurdering"]) == set(Egenvurdering)


def test_the_file_says_who_owns_it_and_whether_it_is_approved() -> None:
    assert TABLE["eier"] and TABLE["godkjent"] and TABLE["versjon"] and TABLE["spraak"] == "nb"


# One sentence for every value


def values_of(feature: Feature) -> list[int | None]:
    """What a feature can be: the codes, the small scales, and for counts more than anybody has."""
    if feature.categories:
        return [None, *range(len(feature.categories))]
    small = {"0 nei, 1 ja": 2, "0 nei, 1 vet ikke, 2 ja": 3, "NUS-nivå": 9, "prosent": 101}
    if feature.unit in small:
        return [None, *range(small[feature.unit])]
    least = -300 if feature.name == "ledighet_endring_12" else 0
    return [None, *range(least, 1001)]


@pytest.mark.parametrize("feature", CATALOGUE, ids=lambda feature: feature.name)
def test_every_value_of_a_feature_has_one_plain_sentence(feature: Feature) -> None:
    for value in values_of(feature):
        sentence = TEKSTER.fact(feature.name, value)
        assert len(sentences(sentence)) == 1
        assert len(sentences(sentence)[0]) <= 17  # room for the words in brackets
        assert sentence.endswith(".") and sentence[0].isupper() and "{" not in sentence
        assert not re.search(r"-\d|\b1 (måneder|perioder|jobber|ledige)", sentence)


@pytest.mark.parametrize("feature", CATALOGUE, ids=lambda feature: feature.name)
def test_no_sentence_of_a_feature_is_dead(feature: Feature) -> None:
    lines, values = TEKSTER.opplysning[feature.name], values_of(feature)
    said = {TEKSTER.fact(feature.name, value) for value in values}
    for key, line in lines.items():
        number = -7 if key == "tekst_under_null" else 7
        assert line in said or (number in values and TEKSTER.fact(feature.name, number) in said), key
        if "{n}" in line:
            assert any(line.format(n=abs(v)) in said for v in values if v is not None), key


def test_what_is_cut_at_the_most_is_said_as_at_least() -> None:
    assert TEKSTER.fact("maaneder_siden_jobb", 180) == "Var sist i jobb for minst 15 år siden."
    assert TEKSTER.fact("varighet_siste_jobb", 240) == "Siste jobb har vart i minst 20 år."
    for name in ("maaneder_siden_periode", "maaneder_siden_helseytelse"):
        assert "minst 15 år" in TEKSTER.fact(name, 180)


def test_a_fall_is_said_as_a_fall() -> None:
    assert "har falt med 5 av 1000" in TEKSTER.fact("ledighet_endring_12", -5)
    assert "har økt med 5 av 1000" in TEKSTER.fact("ledighet_endring_12", 5)


# A faulty file


def broken(section: str, **lines: str | None) -> dict[str, Any]:
    """The file with some lines of a section replaced, or taken out when None."""
    kept = {key: line for key, line in {**TABLE[section], **lines}.items() if line is not None}
    return {**TABLE, section: kept}


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
