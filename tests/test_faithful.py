"""An explanation says what the numbers say, and when one fact changes, number and words move the same way.

Synthetic: the people and the trained pair are those of the small register; they prove machinery, not
accuracy in Norway.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from models.approved import load_approved
from models.lightgbm_model import LightgbmModel, matrix_of
from profilering.anslag import AndreBidrag, Bidrag, Retning, Styrke, anslag_of
from profilering.assess import Basis, Profilering, assess_all
from profilering.features import CATALOGUE, NAMES, Feature, features_of
from profilering.innsatsgruppe import ForslagKode
from profilering.registrering import Arbeidsforhold, JaNeiVetIkke, Registrering
from profilering.risk import Risk, RiskModel
from tests.candidates import Trained
from tests.faithfulness import TEMA_OF, themes_of, unfaithful
from tests.make import HELSE, LANGVARIG, LinearModel
from training.extract import read_extract
from training.registreringer import registreringer_of

CASES = 1_500
"""As many as can be explained in some seconds; `make proof-words` reads 10,000."""
FLIPPED = 100
MONTH = timedelta(days=31)
HEAVINESS = (
    ForslagKode.STANDARD_INNSATS,
    ForslagKode.SITUASJONSBESTEMT_INNSATS,
    ForslagKode.BEHOV_FOR_ARBEIDSEVNEVURDERING,
)
DIRECTED = [feature for feature in CATALOGUE if feature.direction]
LINEAR = LinearModel(
    base={LANGVARIG: -1.0, HELSE: -2.0},
    weights={
        outcome: {f.name: size * (f.direction or (-1) ** place) for place, f in enumerate(CATALOGUE)}
        for outcome, size in ((LANGVARIG, 0.02), (HELSE, 0.03))
    },
)
"""Draws every fact, each in the direction the catalogue promises."""


@dataclass(frozen=True, slots=True)
class People:
    """Some of the small register, and what the pair trained on it stands on."""

    all: list[Registrering]
    basis: Basis

    def assessed(self, people: list[Registrering], model: RiskModel) -> list[Profilering]:
        return assess_all(people, replace(self.basis, model=model), stanset=[False] * len(people))


@pytest.fixture(scope="module")
def people(small_register: Path, trained: Trained) -> People:
    extract = read_extract(small_register)
    some = extract.registreringer.sample(CASES, seed=4)
    basis = load_approved(trained.approved, trained.artefacts).basis
    assert isinstance(basis.model, LightgbmModel)
    return People(registreringer_of(some, extract), replace(basis, model=replace(basis.model, threads=2)))


def test_every_explanation_of_the_trained_pair_says_what_its_numbers_say(people: People) -> None:
    told = people.assessed(people.all, people.basis.model)
    faults = [fault for p in told for fault in unfaithful(p, people.basis.policy, people.basis.tekster)]
    assert faults == []
    assert sum(len(p.anslag) == 2 for p in told) > CASES / 2
    assert len({b.tema for p in told for a in p.anslag for b in a.bidrag}) == 8


def test_an_explanation_that_strays_from_its_numbers_is_caught(people: People) -> None:
    """Each kind of claim falsified once: the check that passes above is one that can fail."""
    some = people.assessed(people.all[:50], LINEAR)
    told = next(p for p in some if p.anslag and p.anslag[0].andre)
    caught = [set(unfaithful(false, people.basis.policy, people.basis.tekster)) for false in falsified(told)]
    assert len(caught) == 9
    assert all(caught), caught


def falsified(p: Profilering) -> Iterator[Profilering]:
    """The same profilering with one claim of its first estimate or of its text turned false."""
    anslag, *others = p.anslag
    first, second, *rest = anslag.bidrag
    turned = Retning.NED if first.retning is Retning.OPP else Retning.OPP
    assert anslag.av_hundre is not None and anslag.andre is not None
    for false in (
        replace(anslag, bidrag=(second, first, *rest)),
        replace(anslag, bidrag=(first, second)),
        replace(anslag, bidrag=(replace(first, retning=turned), second, *rest)),
        replace(anslag, bidrag=(replace(first, feature=second.feature), second, *rest)),
        replace(anslag, bidrag=(replace(first, tekst="Er 7 år."), second, *rest)),
        replace(anslag, av_hundre=anslag.av_hundre + 1),
        replace(anslag, bare_ytelser=not anslag.bare_ytelser),
        replace(anslag, andre=None),
    ):
        yield replace(p, anslag=(false, *others))
    sections = (replace(a, tekst=a.tekst.replace("mye", "lite")) for a in p.begrunnelse.avsnitt)
    moved = [replace(a, tekst=a.tekst.replace("– ", "", 1)) for a in sections]
    yield replace(p, begrunnelse=replace(p.begrunnelse, avsnitt=tuple(moved)))


# One fact at a time


def with_a_month_more_of_work(person: Registrering) -> Registrering | None:
    """The same person whose last job ended a month later; None where it still runs, or there is none."""
    jobs = person.historikk.arbeidsforhold or ()
    ended = [
        (job.sluttet, job.stillingsprosent or -1, -job.startet.toordinal(), job)
        for job in jobs
        if job.sluttet
    ]
    if len(ended) < len(jobs) or not ended:
        return None
    last = max(ended, key=lambda one: one[:3])[-1]
    assert last.sluttet is not None
    later = replace(last, sluttet=min(last.sluttet + MONTH, person.registrert))
    if later.sluttet == last.sluttet or last.sluttet > person.registrert:
        return None
    others: list[Arbeidsforhold] = [job for job in jobs if job is not last]
    return replace(person, historikk=replace(person.historikk, arbeidsforhold=(*others, later)))


def answering(fact: str, svar: JaNeiVetIkke) -> Callable[[Registrering], Registrering | None]:
    """The same person who said no to a question and now says this."""

    def changed(person: Registrering) -> Registrering | None:
        if getattr(person.opplysninger, fact) is not JaNeiVetIkke.NEI:
            return None
        answer: dict[str, Any] = {fact: svar}
        return replace(person, opplysninger=replace(person.opplysninger, **answer))

    return changed


FLIPS: dict[str, tuple[Callable[[Registrering], Registrering | None], int]] = {
    "a month more of work": (with_a_month_more_of_work, -1),
    "another hindrance is stated": (answering("annet", JaNeiVetIkke.JA), 1),
    "health is a hindrance": (answering("helse", JaNeiVetIkke.JA), 1),
    "health may be a hindrance": (answering("helse", JaNeiVetIkke.VET_IKKE), 1),
}
"""What changes in a life, and which way the catalogue promises that it draws."""


@pytest.mark.parametrize("flip", FLIPS)
@pytest.mark.parametrize("which", ["trained", "linear"])
def test_one_changed_fact_moves_estimate_forslag_and_words_the_right_way(
    people: People, flip: str, which: str
) -> None:
    changed, sign = FLIPS[flip]
    pairs = [(person, other) for person in people.all if (other := changed(person))][:FLIPPED]
    model = people.basis.model if which == "trained" else LINEAR
    before, after = (people.assessed([pair[side] for pair in pairs], model) for side in (0, 1))
    moved = 0
    for was, now in zip(before, after, strict=True):
        assert list(unfaithful(now, people.basis.policy, people.basis.tekster)) == []
        assert sign * (heaviness(now) - heaviness(was)) >= 0
        for first, second in zip(was.risks, now.risks, strict=True):
            assert sign * (second.probability - first.probability) >= -1e-12
            moved += first.probability != second.probability
    assert len(pairs) == FLIPPED
    assert moved > len(pairs) / 4
    if which == "linear":
        for was, now in zip(before, after, strict=True):
            assert_words_follow(was.risks[0], now.risks[0], was, now, sign)


def heaviness(p: Profilering) -> int:
    """How much a forslag asks for; a refusal asks for nothing and depends on none of these facts."""
    return -1 if p.forslag.kode is ForslagKode.INGEN_FORSLAG else HEAVINESS.index(p.forslag.kode)


def assert_words_follow(first: Risk, second: Risk, was: Profilering, now: Profilering, sign: int) -> None:
    """Where each fact draws its own way whatever the others are, no theme's words may move the other way."""
    if not was.anslag:
        return
    one, other = was.anslag[0], now.anslag[0]
    assert one.av_hundre is not None and other.av_hundre is not None
    assert sign * (other.av_hundre - one.av_hundre) >= 0
    themes = themes_of(first), themes_of(second)
    for tema in themes[0]:
        assert sign * (themes[1][tema] - themes[0][tema]) >= -1e-12
        said = [next((spoken(b) for b in a.bidrag if b.tema is tema), None) for a in (one, other)]
        if said[0] is not None and said[1] is not None:
            assert sign * (said[1] - said[0]) >= 0


def spoken(bidrag: Bidrag | AndreBidrag) -> int:
    """The words about a theme as a place on one line, from "down, much" to "up, much"."""
    steps = 1 + list(Styrke).index(bidrag.styrke)
    return steps if bidrag.retning is Retning.OPP else -steps


def room_to_rise(feature: Feature) -> pl.Expr:
    """Where a value is known and can be one more."""
    most = {"0 nei, 1 ja": 0, "0 nei, 1 vet ikke, 2 ja": 1, "prosent": 99}.get(feature.unit, 100)
    if feature.categories:
        most = len(feature.categories) - 2
    return pl.col(feature.name).is_not_null() & (pl.col(feature.name).cast(pl.Int64) <= most)


@pytest.fixture(scope="module")
def frame(people: People) -> pl.DataFrame:
    return features_of(people.all, people.basis.arbeidsmarked)


@pytest.mark.parametrize("feature", DIRECTED, ids=lambda feature: feature.name)
def test_more_of_an_opplysning_never_moves_an_estimate_against_the_catalogue(
    people: People, frame: pl.DataFrame, feature: Feature
) -> None:
    model = people.basis.model
    assert isinstance(model, LightgbmModel)
    rows = frame.filter(room_to_rise(feature))
    more = rows.with_columns(pl.col(feature.name) + 1)
    assert rows.height > 50
    for fitted in model.fitted:
        before, after = (fitted.probabilities(matrix_of(side), threads=2) for side in (rows, more))
        assert (feature.direction * (after - before) >= -1e-12).all()


@pytest.mark.parametrize("feature", CATALOGUE, ids=lambda feature: feature.name)
def test_more_of_an_opplysning_moves_its_theme_the_way_it_draws(
    people: People, frame: pl.DataFrame, feature: Feature
) -> None:
    rows = frame.filter(room_to_rise(feature)).head(30)
    weight = LINEAR.weights[LANGVARIG][feature.name]
    sign = 1 if weight > 0 else -1
    policy, tekster = people.basis.policy, people.basis.tekster
    more = rows.with_columns(pl.col(feature.name) + 1)
    assert rows.height
    for (first, _), (second, _), values, others in zip(
        LINEAR.risks(rows.rows()), LINEAR.risks(more.rows()), rows.rows(), more.rows(), strict=True
    ):
        tema = TEMA_OF[feature.name]
        assert themes_of(second)[tema] - themes_of(first)[tema] == pytest.approx(weight)
        one, other = (
            anslag_of(risk, dict(zip(NAMES, row, strict=True)), policy, tekster)
            for risk, row in ((first, values), (second, others))
        )
        assert one.av_hundre is not None and other.av_hundre is not None
        assert sign * (other.av_hundre - one.av_hundre) >= 0
        said = [next((spoken(b) for b in a.bidrag if b.tema is tema), None) for a in (one, other)]
        if said[0] is not None and said[1] is not None:
            assert sign * (said[1] - said[0]) >= 0
