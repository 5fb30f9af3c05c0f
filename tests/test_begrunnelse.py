"""From contributions to sentences: the right order, both directions, nothing the numbers do not say."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profilering.anslag import MOST_THEMES, Anslag, Retning, Styrke, anslag_of
from profilering.begrunnelse import Begrunnelse, explain
from profilering.features import CATALOGUE, NAMES
from profilering.policy import Forslag, RegelKode
from profilering.registrering import Egenvurdering, Registrering
from profilering.risk import Frequency, Outcome, Risk
from profilering.tema import TYPE_OF, Tema, TemaType
from tests.make import (
    HELSE,
    LANGVARIG,
    a_frequency,
    a_policy,
    a_registrering,
    a_risk,
    features,
    some_tekster,
)

POLICY, TEKSTER = a_policy(), some_tekster()
VALUES = features(a_registrering())
TEMA_OF = {feature.name: feature.tema for feature in CATALOGUE}

ORDER = [
    "Forslag",
    "Hva viser tallene?",
    "Hvor sikkert er det?",
    "Ressurser som trakk tallet ned",
    "Hindringer som trakk tallet opp",
    "Forhold rundt personen",
    "Andre forhold",
    "Dette vet ikke modellen",
    "Personens eget syn",
    "Før du bestemmer",
    "Rettigheter",
]
"""explanation.md, *Order, always*; "andre forhold" stands last of what the numbers say."""

ONE_OF_EACH = {tema: next(name for name in NAMES if TEMA_OF[name] is tema) for tema in Tema}
CONTRIBUTIONS = st.dictionaries(
    st.sampled_from(NAMES), st.one_of(st.floats(-3, 3), st.sampled_from([0.0, 0.15, -0.15, 0.5, -0.5]))
)


def drawn(**themes: float) -> dict[str, float]:
    """Contributions of one opplysning per theme, by the theme's name in lower case."""
    return {ONE_OF_EACH[Tema(tema.upper())]: value for tema, value in themes.items()}


def an_anslag(contributions: Mapping[str, float], alike: Frequency | None = None) -> Anslag:
    return anslag_of(a_risk(contributions=contributions, alike=alike), VALUES, POLICY, TEKSTER)


def a_forslag(
    regel: RegelKode = RegelKode.INGEN_FORHOEYET_ANSLAG, *, grensetilfelle: bool = False
) -> Forslag:
    found = POLICY.regel(regel)
    return Forslag(found.forslag, found, grensetilfelle)


def written(
    *anslag: Anslag,
    forslag: Forslag | None = None,
    registrering: Registrering | None = None,
    mangler: tuple[str, ...] = (),
) -> dict[str, str]:
    """The text by heading, in its order."""
    return by_heading(
        explain(registrering or a_registrering(), forslag or a_forslag(), anslag, mangler, TEKSTER)
    )


def by_heading(begrunnelse: Begrunnelse) -> dict[str, str]:
    return {avsnitt.overskrift: avsnitt.tekst for avsnitt in begrunnelse.avsnitt}


# Order


def test_a_full_text_has_every_section_in_the_fixed_order() -> None:
    everything = drawn(
        arbeidserfaring=-0.6, helse=0.4, arbeidsmarked=0.1, alder=0.3, utdanning=-0.2, ytelser=-0.1
    )
    person = a_registrering(egenvurdering=Egenvurdering.ANTATT_GODE_MULIGHETER)
    assert list(written(an_anslag(everything), registrering=person)) == ORDER


@settings(deadline=None)
@given(CONTRIBUTIONS)
def test_sections_keep_their_order_and_none_is_empty(contributions: dict[str, float]) -> None:
    text = written(an_anslag(contributions))
    assert list(text) == [heading for heading in ORDER if heading in text]
    assert all(text.values())
    always = {ORDER[0], ORDER[1], ORDER[2], ORDER[3], ORDER[7], ORDER[9], ORDER[10]}
    assert always <= text.keys()


def test_resources_come_before_hindrances_even_when_hindrances_are_stronger() -> None:
    headings = list(written(an_anslag(drawn(helse=2.0, arbeidserfaring=-0.1))))
    assert headings.index(ORDER[3]) < headings.index(ORDER[4])


# Themes


@settings(deadline=None)
@given(CONTRIBUTIONS)
def test_every_named_fact_drew_the_way_it_says_and_so_did_its_theme(contributions: dict[str, float]) -> None:
    risk = a_risk(contributions=contributions)
    by_name = {c.feature: c.log_odds for c in risk.contributions}
    for bidrag in anslag_of(risk, VALUES, POLICY, TEKSTER).bidrag:
        sign = 1 if bidrag.retning is Retning.OPP else -1
        assert by_name[bidrag.feature] * sign > 0
        assert TEMA_OF[bidrag.feature] is bidrag.tema
        of_theme = [value for name, value in by_name.items() if TEMA_OF[name] is bidrag.tema]
        assert sum(of_theme) == pytest.approx(bidrag.log_odds)
        assert bidrag.log_odds * sign > 0
        assert by_name[bidrag.feature] * sign == max(value * sign for value in of_theme)
        assert bidrag.tekst == TEKSTER.fact(bidrag.feature, VALUES[bidrag.feature])


@settings(deadline=None)
@given(CONTRIBUTIONS)
def test_what_is_shown_and_the_rest_add_up_to_all_contributions(contributions: dict[str, float]) -> None:
    anslag = an_anslag(contributions)
    shown = sum(bidrag.log_odds for bidrag in anslag.bidrag)
    rest = anslag.andre.log_odds if anslag.andre else 0.0
    assert shown + rest == pytest.approx(sum(contributions.values()), abs=1e-9)
    if anslag.andre:
        assert (anslag.andre.log_odds > 0) is (anslag.andre.retning is Retning.OPP)


@settings(deadline=None)
@given(CONTRIBUTIONS)
def test_at_most_six_themes_are_shown_the_strongest_first_and_each_once(
    contributions: dict[str, float],
) -> None:
    shown = an_anslag(contributions).bidrag
    assert len(shown) <= MOST_THEMES == 6
    assert len({bidrag.tema for bidrag in shown}) == len(shown)
    sizes = [abs(bidrag.log_odds) for bidrag in shown]
    assert sizes == sorted(sizes, reverse=True)


@settings(deadline=None)
@given(CONTRIBUTIONS)
def test_the_strongest_resource_is_named_or_the_text_says_that_none_is_known(
    contributions: dict[str, float],
) -> None:
    anslag = an_anslag(contributions)
    sums = dict.fromkeys(Tema, 0.0)
    for contribution in a_risk(contributions=contributions).contributions:
        sums[TEMA_OF[contribution.feature]] += contribution.log_odds
    resources = {t: s for t, s in sums.items() if TYPE_OF[t] is TemaType.RESSURS and s < 0}
    said = written(anslag)[ORDER[3]]
    if resources:
        strongest = min(resources.values())
        assert any(b.log_odds == pytest.approx(strongest) for b in anslag.bidrag if b.tema in resources)
        assert said.startswith("– ")
    else:
        assert said == TEKSTER.get("fast", "ingen_ressurser")


def test_a_weak_resource_takes_the_place_of_the_sixth_stronger_theme() -> None:
    others = drawn(
        helse=1.0, livssituasjon=0.9, arbeidssoekerhistorikk=0.8, ytelser=0.7, alder=0.6, arbeidsmarked=0.5
    )
    anslag = an_anslag({**others, **drawn(arbeidserfaring=-0.02, utdanning=-0.01)})
    assert [bidrag.tema for bidrag in anslag.bidrag] == [
        Tema.HELSE,
        Tema.LIVSSITUASJON,
        Tema.ARBEIDSSOEKERHISTORIKK,
        Tema.YTELSER,
        Tema.ALDER,
        Tema.ARBEIDSERFARING,
    ]
    assert anslag.andre is not None
    assert anslag.andre.antall == 2
    assert anslag.andre.log_odds == pytest.approx(0.49)


def test_a_theme_that_contradicts_its_type_stands_under_other_matters_and_is_not_turned_round() -> None:
    text = written(an_anslag(drawn(arbeidserfaring=0.6, helse=-0.6, alder=0.2, arbeidsmarked=-0.3)))
    work, health = (
        TEKSTER.fact(ONE_OF_EACH[t], VALUES[ONE_OF_EACH[t]]) for t in (Tema.ARBEIDSERFARING, Tema.HELSE)
    )
    assert f"– {work.removesuffix('.')} (opp, mye)." in text["Andre forhold"].splitlines()
    assert f"– {health.removesuffix('.')} (ned, mye)." in text["Andre forhold"].splitlines()
    assert text[ORDER[3]] == TEKSTER.get("fast", "ingen_ressurser")
    assert "Hindringer som trakk tallet opp" not in text
    assert text["Forhold rundt personen"].endswith("(ned, noe).")
    assert len(text["Andre forhold"].splitlines()) == 3


@settings(deadline=None)
@given(CONTRIBUTIONS)
def test_every_shown_theme_stands_in_exactly_one_section_with_its_own_type(
    contributions: dict[str, float],
) -> None:
    anslag = an_anslag(contributions)
    text = written(anslag)
    lines = {heading: text.get(heading, "").splitlines() for heading in ORDER[3:7]}
    for bidrag in anslag.bidrag:
        down = bidrag.retning is Retning.NED
        home = {
            (TemaType.RESSURS, True): ORDER[3],
            (TemaType.HINDRING, False): ORDER[4],
            (TemaType.OMGIVELSER, True): ORDER[5],
            (TemaType.OMGIVELSER, False): ORDER[5],
        }.get((bidrag.type, down), ORDER[6])
        begins = f"– {bidrag.tekst.removesuffix('.')} ("
        assert [h for h, rows in lines.items() if any(row.startswith(begins) for row in rows)] == [home]


@pytest.mark.parametrize(
    ("log_odds", "styrke"),
    [(0.5, Styrke.MYE), (0.499, Styrke.NOE), (0.15, Styrke.NOE), (0.149, Styrke.LITE)],
)
def test_how_much_a_theme_drew_follows_the_limits_of_the_policy(log_odds: float, styrke: Styrke) -> None:
    for sign in (1, -1):
        (bidrag,) = an_anslag(drawn(helse=sign * log_odds)).bidrag
        assert bidrag.styrke is styrke


def test_one_hidden_opplysning_is_spoken_of_as_one() -> None:
    seven = drawn(
        helse=1.0, livssituasjon=0.9, arbeidssoekerhistorikk=0.8, ytelser=0.7, alder=0.6, arbeidserfaring=-0.5
    )
    text = written(an_anslag({**seven, **drawn(utdanning=-0.1)}))
    assert text["Andre forhold"].splitlines()[-1] == "– Én annen opplysning trakk tallet ned (lite)."


# Counted people


@given(st.integers(100, 600).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), st.data())
def test_the_number_is_counted_from_people_and_lies_inside_its_limits(
    counted: tuple[int, int], data: st.DataObject
) -> None:
    cases, of = counted
    low = data.draw(st.floats(0, cases / of))
    high = data.draw(st.floats(cases / of, 1))
    anslag = an_anslag({}, a_frequency(cases, of, low, high))
    assert anslag.av_hundre is not None and anslag.lav is not None and anslag.hoey is not None
    assert 0 <= anslag.lav <= anslag.av_hundre <= anslag.hoey <= 100
    assert abs(100 * cases - of * anslag.av_hundre) * 2 <= of
    assert anslag.lav <= 100 * low and anslag.hoey >= 100 * high
    assert anslag.grunnlag_antall == of
    found = re.search(r"(\d+) av dem fikk ikke .*?\. (\d+) av dem fikk ", written(anslag)[ORDER[1]])
    assert found is not None
    assert int(found[1]) + int(found[2]) == 100
    assert int(found[2]) == anslag.av_hundre


def test_limits_are_rounded_outwards_and_never_past_the_whole_number() -> None:
    anslag = an_anslag({}, a_frequency(31 * 5, 500, low=0.263, high=0.361))
    assert (anslag.lav, anslag.av_hundre, anslag.hoey) == (26, 31, 37)
    whole = an_anslag({}, a_frequency(0, 500, low=0.0, high=0.25))
    assert (whole.lav, whole.av_hundre, whole.hoey) == (0, 0, 25)
    everyone = an_anslag({}, a_frequency(500, 500, low=0.75, high=1.0))
    assert (everyone.lav, everyone.av_hundre, everyone.hoey) == (75, 100, 100)


def test_the_number_does_not_follow_the_formula_but_the_count() -> None:
    risk = replace(a_risk(probability=0.1), alike=a_frequency(200, 500))
    assert anslag_of(risk, VALUES, POLICY, TEKSTER).av_hundre == 40


def test_with_too_few_earlier_cases_no_number_of_a_hundred_is_given() -> None:
    anslag = anslag_of(replace(a_risk(), alike=None), VALUES, POLICY, TEKSTER)
    assert (anslag.av_hundre, anslag.lav, anslag.hoey, anslag.grunnlag_antall) == (None, None, None, 0)
    text = written(anslag)
    assert "for få tidligere saker" in text[ORDER[1]]
    assert "Tenk deg" not in text[ORDER[1]]
    assert "var det 21 av 100 som fikk langvarig stønad" in text[ORDER[1]]
    assert "Hvor sikkert er det?" not in text


def test_closeness_to_another_group_is_said_only_when_it_is_so() -> None:
    sentence = TEKSTER.get("fast", "grense")
    anslag = an_anslag({})
    assert sentence in written(anslag, forslag=a_forslag(grensetilfelle=True))[ORDER[2]]
    assert sentence not in written(anslag, forslag=a_forslag())[ORDER[2]]


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
    assert list(text) == [ORDER[0], ORDER[1], ORDER[7], ORDER[9], ORDER[10]]
    assert text[ORDER[1]] == TEKSTER.get("fast", "ingen_tall")
    assert not re.search(r"\d", " ".join(text.values()).replace("§ 14 a", ""))
    assert "Ingen forslag" in text[ORDER[0]]
    assert "forslag fra en statistisk modell" not in text[ORDER[0]]


def test_the_persons_own_view_is_given_only_when_there_is_one() -> None:
    person = a_registrering(egenvurdering=Egenvurdering.ANTATT_BEHOV_FOR_VEILEDNING)
    assert "ønsker selv hjelp" in written(an_anslag({}), registrering=person)[ORDER[8]]
    assert ORDER[8] not in written(an_anslag({}))


def test_what_is_missing_and_what_contradicts_itself_is_named() -> None:
    person = a_registrering(motstrid=("utdanning.nus",))
    text = written(
        registrering=person, mangler=("foedselsaar", "fylke", "historikk.ytelser", "historikk.tiltak")
    )
    assert text[ORDER[7]].endswith(
        "Vi vet ikke noe om alder, bosted og ytelser. Vi vet ikke noe om tiltak. "
        "Svarene om utdanning passer ikke sammen. Vi har ikke brukt dem."
    )
