"""The sentences people read: plain, kind, whole, and never a promise, in every language.

A thousand invented cases are assessed once and told in each language; what a good text is stands in
`readability.py`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from random import Random
from typing import Any

import pytest

from profilering.assess import Profilering, assess_all, tell
from profilering.begrunnelse import explain
from profilering.features import CATALOGUE, NAMES, FeatureRow
from profilering.policy import REFRAINING, MerknadKode, RegelKode
from profilering.propose import Forslag
from profilering.registrering import Registrering
from profilering.risk import Outcome, Risk, Span
from profilering.tema import Tema
from tests.make import (
    HELSE,
    LANGVARIG,
    SPANS,
    a_basis,
    a_frequency,
    a_policy,
    a_random_registrering,
    a_registrering,
    log_odds,
)
from tests.readability import LANGUAGES, faults, lix, sentences
from tests.texts import CONTRADICTED, TEKSTER, every_missing_fact

OF_THE_BEGRUNNELSE = ("forslag", "regel", "merknad", "seksjon", "fast", "ord", "egenvurdering", "fakta")
"""Its sections of the files; those of other texts are tried where those texts are built."""
CASES = 1000
SEED = 2026
TEMA_OF = {feature.name: feature.tema for feature in CATALOGUE}
SAYS_NO_VEDTAK = {"nb": "ikke et vedtak", "nn": "ikkje eit vedtak", "en": "not a decision (vedtak)"}
SAYS_YOU_DECIDE = {"nb": "bestemmer selv", "nn": "bestemmer sjølv", "en": "you decide"}
SAYS_KLAGE = {"nb": "klage på vedtaket", "nn": "klage på vedtaket", "en": "appeal the decision"}


@dataclass(frozen=True, slots=True)
class AnyModel:
    """Draws every feature in any direction, so that every sentence has its chance.

    Implements `profilering.risk.RiskModel`; some estimates rest on few facts, some on benefits alone, and
    of those alike there may be none, nearly none, nearly all or too few to say.
    """

    random: Random
    version: str = "test-1"
    spans: Mapping[str, Span] = field(default_factory=lambda: {**SPANS, "alder": Span(18, 70)})

    def risks(self, rows: Sequence[FeatureRow]) -> list[tuple[Risk, ...]]:
        return [(self._risk(LANGVARIG), self._risk(HELSE)) for _ in rows]

    def _risk(self, outcome: Outcome) -> Risk:
        random = self.random
        named = set(random.sample(NAMES, random.choice((0, 9, 12, len(NAMES)))))
        drawn = {name: random.uniform(-1, 1) * random.choice((0.01, 0.3)) * (name in named) for name in NAMES}
        if random.random() < 0.05:
            drawn = {name: abs(x) if TEMA_OF[name] is Tema.YTELSER else -abs(x) for name, x in drawn.items()}
        base = log_odds(random.choice((0.02, 0.2, 0.6)))
        cases = random.choice((None, 0, 5, 495, 500, *(random.randint(0, 500) for _ in range(12))))
        return Risk(
            outcome=outcome,
            probability=random.choice((0.02, 0.2, 0.6)),
            base_log_odds=base,
            contributions=tuple(drawn.values()),
            alike=None if cases is None else a_frequency(cases),
            everyone=a_frequency(random.choice((10, 100, *(2100,) * 8)), of=10_000),
            model_version=self.version,
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

    def __contains__(self, key: object) -> bool:
        return key in self.inner

    def __iter__(self) -> Iterator[str]:
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)


READ: set[tuple[str, ...]] = set()


@pytest.fixture(scope="module")
def assessed() -> list[tuple[Registrering, Profilering]]:
    """A thousand cases, seeded, some with notes of the policy."""
    random = Random(SEED)  # noqa: S311 – a seed for examples, no secret
    people = [a_random_registrering(random) for _ in range(CASES)]
    stanset = [random.random() < 0.03 for _ in people]
    found = assess_all(people, a_basis(model=AnyModel(random)), stanset=stanset)
    notes = [(), (), (), *combinations(MerknadKode, 1), tuple(MerknadKode)]
    return [
        (person, replace(p, forslag=replace(p.forslag, merknader=random.choice(notes))))
        for person, p in zip(people, found, strict=True)
    ]


@pytest.fixture(scope="module")
def rendered(assessed: list[tuple[Registrering, Profilering]]) -> dict[str, list[Profilering]]:
    """Each case told in each language; every key read in bokmål is written down in READ."""
    policy = a_policy()
    recorded = replace(
        TEKSTER["nb"],
        sections=Recorded(TEKSTER["nb"].sections, READ, ()),
        utfall=Recorded(TEKSTER["nb"].utfall, READ, ("utfall",)),
    )
    return {
        spraak: [tell(person, p.features, p.risks, p.forslag, policy, tekster) for person, p in assessed]
        for spraak, tekster in {**TEKSTER, "nb": recorded}.items()
    }


def whole_text(profilering: Profilering) -> str:
    return "\n".join(avsnitt.tekst for avsnitt in profilering.begrunnelse.avsnitt)


def test_the_cases_show_every_kind_of_answer(assessed: list[tuple[Registrering, Profilering]]) -> None:
    assert {p.forslag.regel.kode for _, p in assessed} == set(RegelKode)
    assert sum(len(p.risks) == 1 for _, p in assessed) > 10


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_every_text_is_light_whole_and_free_of_words_that_are_not_used(
    rendered: dict[str, list[Profilering]], spraak: str
) -> None:
    assert len(rendered[spraak]) >= 1000
    for profilering in rendered[spraak]:
        text = whole_text(profilering)
        assert not faults(text, spraak), (faults(text, spraak), text)


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_every_text_says_that_it_is_no_vedtak_and_what_rights_there_are(
    rendered: dict[str, list[Profilering]], spraak: str
) -> None:
    for profilering in rendered[spraak]:
        first, *_, last = profilering.begrunnelse.avsnitt
        assert SAYS_NO_VEDTAK[spraak] in first.tekst
        assert SAYS_YOU_DECIDE[spraak] in first.tekst
        assert last.overskrift == TEKSTER[spraak].get("seksjon", "rettigheter")
        assert SAYS_KLAGE[spraak] in last.tekst


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_only_known_dialects_of_a_line_are_written(
    rendered: dict[str, list[Profilering]], spraak: str
) -> None:
    for profilering in rendered[spraak]:
        assert profilering.begrunnelse.spraak == spraak
        for line in whole_text(profilering).splitlines():
            assert line.endswith((".", "?")), line
            assert line[0] == "–" or line[0].isupper() or line[0].isdigit(), line


def test_every_language_tells_the_same_case_in_as_many_sections_and_lines(
    rendered: dict[str, list[Profilering]],
) -> None:
    for told in zip(*rendered.values(), strict=True):
        shapes = [[a.tekst.count("\n") for a in p.begrunnelse.avsnitt] for p in told]
        assert shapes[0] == shapes[1] == shapes[2]
        numbers = [re.findall(r"\d+", whole_text(p)) for p in told]
        assert sorted(numbers[0]) == sorted(numbers[1])


@pytest.mark.parametrize("spraak", LANGUAGES)
def test_a_short_text_is_not_heavy_whatever_is_missing(spraak: str) -> None:
    """A refusal is the shortest text, so long words weigh most there."""
    facts = [fact for fact in TEKSTER["nb"].sections["fakta"] if fact in every_missing_fact()]
    few = [missing for n in range(4) for missing in combinations(facts, n)]
    for kode in sorted(REFRAINING):
        regel = a_policy().regel(kode)
        forslag = Forslag(regel.forslag, regel, grensetilfelle=False)
        for missing in [*few, tuple(facts)]:
            begrunnelse = explain(a_registrering(), forslag, (), missing, TEKSTER[spraak])
            text = "\n".join(avsnitt.tekst for avsnitt in begrunnelse.avsnitt)
            assert lix(text) <= 35, (kode, missing, text)
            assert len(max(sentences(text), key=len)) <= 20


def test_every_sentence_of_the_file_is_used(rendered: dict[str, list[Profilering]]) -> None:
    """Read by some case, or named by a fact that only some registreringer lack or contradict."""
    assert rendered
    sections = {(name, key) for name in OF_THE_BEGRUNNELSE for key in TEKSTER["nb"].sections[name]}
    outcomes = {("utfall", outcome, key) for outcome, lines in TEKSTER["nb"].utfall.items() for key in lines}
    facts = {("fakta", fact) for fact in (*every_missing_fact(), *CONTRADICTED)}
    # Told where the suggestion is held back.
    withheld = {("forslag", "TOTRINN"), ("regel", "TOTRINN"), ("fast", "totrinn")}
    # Told of cases stored before it was written down which estimate was close.
    of_old = {("fast", "grense")}
    assert (sections | outcomes) - READ - facts - withheld - of_old == set()
