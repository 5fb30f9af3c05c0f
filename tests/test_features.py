"""The feature catalogue: as known on the day, not known is not empty, and what each opplysning means."""

import time
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profilering.features import CATALOGUE, NAMES, Arbeidsmarked, features_of
from profilering.features.catalogue import FYLKER, YRKER, Grunnlag
from profilering.features.tables import JOBBSITUASJON_ORDER, SVAR, Tables
from profilering.registrering import (
    Arbeidsforhold,
    Beskrivelse,
    Egenvurdering,
    Historikk,
    JaNeiVetIkke,
    Livsoppholdsytelse,
    Periode,
    Registrering,
    Tiltak,
    Utdanning,
    Ytelse,
)
from tests.make import (
    DAY,
    REGISTRERINGER,
    a_historikk,
    a_job,
    a_market,
    a_registrering,
    before,
    features,
    some_opplysninger,
)
from tests.test_features_by_hand import months

L = Livsoppholdsytelse
Spell = TypeVar("Spell")
anybody = settings(deadline=None, max_examples=50)


def with_history(**changes: Any) -> Registrering:
    return a_registrering(historikk=a_historikk(**changes))


def with_answers(**changes: Any) -> Registrering:
    return a_registrering(opplysninger=some_opplysninger(**changes))


# As known on the day


@anybody
@given(REGISTRERINGER, st.randoms(use_true_random=False))
def test_what_happens_on_the_day_or_later_changes_no_feature(
    registrering: Registrering, random: Random
) -> None:
    def later() -> date:
        return DAY + timedelta(days=random.choice((0, 0, 1, 30, 2000)))

    known = registrering.historikk
    since = Historikk(
        arbeidsforhold=_added(known.arbeidsforhold, a_job(later(), None, 80, "1111")),
        ytelser=_added(known.ytelser, Ytelse(random.choice(list(L)), later(), None)),
        perioder=_added(known.perioder, Periode(later(), None)),
        tiltak=_added(known.tiltak, Tiltak(later(), None)),
    )
    assert features(replace(registrering, historikk=since)) == features(registrering)


def _added(spells: tuple[Spell, ...] | None, later: Spell) -> tuple[Spell, ...] | None:
    return None if spells is None else (*spells, later)


@anybody
@given(REGISTRERINGER, st.integers(1, 2000))
def test_when_a_running_spell_will_end_changes_no_feature(registrering: Registrering, days: int) -> None:
    end = DAY + timedelta(days=days)
    known = registrering.historikk
    ended = replace(
        known,
        arbeidsforhold=known.arbeidsforhold
        and tuple(replace(job, sluttet=job.sluttet or max(end, job.startet)) for job in known.arbeidsforhold),
        ytelser=known.ytelser and tuple(replace(y, til=y.til or max(end, y.fra)) for y in known.ytelser),
    )
    assert features(replace(registrering, historikk=ended)) == features(registrering)


def test_a_job_that_ended_yesterday_is_over_and_one_that_ends_tonight_is_not() -> None:
    ended = with_history(arbeidsforhold=(a_job(before(400), sluttet=DAY),))
    ends_tonight = with_history(arbeidsforhold=(a_job(before(400), sluttet=before(-1)),))
    assert features(ended)["i_jobb_naa"] == 0
    assert features(ends_tonight)["i_jobb_naa"] == 1


# Their shape


def test_columns_are_whole_numbers_in_the_order_of_the_catalogue_whoever_registers() -> None:
    knows_nothing = a_registrering(
        foedselsaar=None,
        fylke=None,
        opplysninger=some_opplysninger(
            utdanning=None, helse=None, annet=None, jobbsituasjon=None, styrk08=None
        ),
        historikk=Historikk(None, None, None, None),
    )
    expected = dict.fromkeys(NAMES, pl.Int32)
    for crowd in ([], [knows_nothing], [knows_nothing] * 3, [a_registrering()]):
        frame = features_of(crowd, a_market())
        assert dict(frame.schema) == expected
        assert frame.height == len(crowd)
    assert set(features(knows_nothing).values()) == {None}


@anybody
@given(REGISTRERINGER, st.randoms(use_true_random=False))
def test_the_order_a_register_answers_in_changes_no_feature(
    registrering: Registrering, random: Random
) -> None:
    def shuffled(spells: tuple[Spell, ...] | None) -> tuple[Spell, ...] | None:
        return spells and tuple(random.sample(spells, len(spells)))

    known = registrering.historikk
    historikk = Historikk(
        shuffled(known.arbeidsforhold),
        shuffled(known.ytelser),
        shuffled(known.perioder),
        shuffled(known.tiltak),
    )
    assert features(replace(registrering, historikk=historikk)) == features(registrering)


# Not known is not empty


@pytest.mark.parametrize(
    ("register", "grunnlag"),
    [
        ("arbeidsforhold", Grunnlag.JOBB),
        ("ytelser", Grunnlag.YTELSE),
        ("perioder", Grunnlag.PERIODE),
        ("tiltak", Grunnlag.TILTAK),
    ],
)
def test_a_silent_register_is_missing_and_an_empty_one_is_zero(register: str, grunnlag: Grunnlag) -> None:
    silent = features(with_history(**{register: None}))
    empty = features(with_history(**{register: ()}))
    of_register = [feature for feature in CATALOGUE if feature.grunnlag is grunnlag]
    assert {silent[feature.name] for feature in of_register} == {None}
    assert {feature.name: empty[feature.name] for feature in of_register} == {
        feature.name: feature.none for feature in of_register
    }
    assert any(feature.none == 0 for feature in of_register)


def test_nothing_in_the_register_is_zero_months_of_work_but_no_months_since_work() -> None:
    empty = features(with_history(arbeidsforhold=()))
    assert empty["maaneder_i_jobb_siste_12"] == 0
    assert empty["maaneder_siden_jobb"] is None
    assert empty["stillingsprosent_siste_jobb"] is None


# Answers and codes


@pytest.mark.parametrize(("svar", "value"), [("NEI", 0), ("VET_IKKE", 1), ("JA", 2), (None, None)])
def test_a_stated_hindrance_is_ordered_and_no_answer_is_missing(svar: str | None, value: int | None) -> None:
    answer = JaNeiVetIkke(svar) if svar else None
    assert features(with_answers(helse=answer))["helse_hindrer"] == value
    assert features(with_answers(annet=answer))["andre_forhold_hindrer"] == value


@pytest.mark.parametrize(("nus", "value"), [(0, 0), (8, 8), (9, None), (None, None)])
def test_education_not_stated_is_missing(nus: int | None, value: int | None) -> None:
    assert features(with_answers(utdanning=Utdanning(nus, None, None)))["utdanningsnivaa"] == value


def test_a_code_is_its_place_in_the_catalogue_and_an_unknown_code_is_missing() -> None:
    for place, fylke in enumerate(FYLKER):
        assert features(a_registrering(fylke=fylke))["fylke"] == place
    for place, yrke in enumerate(YRKER):
        assert features(with_answers(styrk08=yrke + "111"))["yrke"] == place
    assert features(a_registrering(fylke="99"))["fylke"] is None
    assert features(with_answers(styrk08="X"))["yrke"] is None
    bestaatt = Utdanning(4, JaNeiVetIkke.JA, JaNeiVetIkke.NEI)
    values = features(with_answers(utdanning=bestaatt))
    assert (values["utdanning_bestaatt"], values["utdanning_godkjent"]) == (2, 0)


def test_the_most_specific_jobbsituasjon_stands_for_the_person() -> None:
    assert set(JOBBSITUASJON_ORDER) == set(Beskrivelse)
    several = frozenset({Beskrivelse.USIKKER_JOBBSITUASJON, Beskrivelse.KONKURS, Beskrivelse.ANNET})
    stated = features(with_answers(jobbsituasjon=several))["jobbsituasjon"]
    assert stated == JOBBSITUASJON_ORDER.index(Beskrivelse.KONKURS)
    assert features(with_answers(jobbsituasjon=frozenset()))["jobbsituasjon"] is None


@anybody
@given(REGISTRERINGER)
def test_wishes_and_own_views_change_no_feature(registrering: Registrering) -> None:
    other = replace(
        registrering,
        soeker_ytelse=frozenset({L.AAP}),
        oensker_arbeidsevnevurdering=not registrering.oensker_arbeidsevnevurdering,
        egenvurdering=Egenvurdering.ANTATT_BEHOV_FOR_VEILEDNING,
        motstrid=("helse",),
    )
    assert features(other) == features(registrering)


# Ytelser


def test_overlapping_spells_count_no_day_twice() -> None:
    twice = (Ytelse(L.AAP, before(365), None), Ytelse(L.DAGPENGER, before(200), before(100)))
    values = features(
        with_history(ytelser=twice, arbeidsforhold=(a_job(before(365)), a_job(before(300), before(30))))
    )
    assert values["maaneder_ytelse_siste_24"] == 12
    assert values["maaneder_i_jobb_siste_12"] == 12
    assert values["antall_jobber_siste_36"] == 2


@anybody
@given(REGISTRERINGER, st.integers(1, 3000))
def test_overgangsstoenad_tells_of_family_and_changes_no_feature(
    registrering: Registrering, days: int
) -> None:
    spells = registrering.historikk.ytelser or ()
    more = (*spells, Ytelse(L.OVERGANGSSTOENAD, before(days), None))
    without = replace(registrering, historikk=replace(registrering.historikk, ytelser=spells))
    with_it = replace(registrering, historikk=replace(registrering.historikk, ytelser=more))
    assert features(with_it) == features(without)


def test_municipal_support_is_one_group_so_the_programme_does_not_show() -> None:
    spell = Ytelse(L.SOSIALHJELP, before(100), before(10))
    assert features(with_history(ytelser=(spell,))) == features(
        with_history(ytelser=(replace(spell, ytelse=L.KVALIFISERINGSSTOENAD),))
    )


# The last job


def test_the_last_job_is_the_one_that_ended_last() -> None:
    jobs = (a_job(before(900), before(100), 80, "2"), a_job(before(3000), before(500), 20, "9"))
    values = features(
        a_registrering(
            opplysninger=some_opplysninger(styrk08=None), historikk=a_historikk(arbeidsforhold=jobs)
        )
    )
    assert values["stillingsprosent_siste_jobb"] == 80
    assert values["varighet_siste_jobb"] == months(800)
    assert values["yrke"] == 2


def test_of_jobs_that_ended_together_the_largest_then_the_longest_is_the_last() -> None:
    small, large = a_job(before(900), None, 20), a_job(before(300), None, 60)
    longer = a_job(before(600), None, 60)
    values = features(with_history(arbeidsforhold=(small, large)))
    assert (values["stillingsprosent_siste_jobb"], values["varighet_siste_jobb"]) == (60, months(300))
    values = features(with_history(arbeidsforhold=(small, large, longer)))
    assert (values["stillingsprosent_siste_jobb"], values["varighet_siste_jobb"]) == (60, months(600))
    unknown = a_job(before(2000), None, None)
    assert features(with_history(arbeidsforhold=(small, unknown)))["stillingsprosent_siste_jobb"] == 20


def test_a_known_occupation_goes_before_an_unknown_one_when_all_else_is_equal() -> None:
    alike = (a_job(before(300), None, 50, None), a_job(before(300), None, 50, "4"))
    for jobs in (alike, alike[::-1]):
        registrering = a_registrering(
            opplysninger=some_opplysninger(styrk08=None), historikk=a_historikk(arbeidsforhold=jobs)
        )
        assert features(registrering)["yrke"] == 4


def test_filler_dates_of_a_register_are_borne() -> None:
    """0001-01-01 and 9999-12-31 stand for "not known" and "no end" in some registers."""
    filler = a_job(date.min, date.max, 50)
    values = features(with_history(arbeidsforhold=(filler, a_job(before(3), before(1), 100))))
    assert values["varighet_siste_jobb"] == 240
    assert values["stillingsprosent_siste_jobb"] == 50
    assert values["maaneder_i_jobb_siste_36"] == 36
    long_ago = features(with_history(arbeidsforhold=(a_job(date.min, date(1801, 1, 1)),)))
    assert long_ago["maaneder_siden_jobb"] == 180
    assert long_ago["maaneder_i_jobb_siste_36"] == 0
    begun_before_1970 = a_job(date(1969, 12, 1), date(1969, 12, 11))
    assert features(with_history(arbeidsforhold=(begun_before_1970,)))["varighet_siste_jobb"] == 0


@anybody
@given(REGISTRERINGER, st.integers(0, 6))
def test_beginning_a_running_job_a_month_earlier_never_speaks_against_the_person(
    registrering: Registrering, which: int
) -> None:
    jobs = registrering.historikk.arbeidsforhold or ()
    running = a_job(before(40 * which + 1), None, 20 * which)
    others = tuple(job for job in jobs if job.startet < DAY)
    earlier = replace(running, startet=running.startet - timedelta(days=30))

    def values(job: Arbeidsforhold) -> dict[str, int | None]:
        historikk = replace(registrering.historikk, arbeidsforhold=(*others, job))
        return features(replace(registrering, historikk=historikk))

    now, then = values(running), values(earlier)
    for feature in CATALOGUE:
        a, b = now[feature.name], then[feature.name]
        if feature.direction != 0 and a is not None and b is not None:
            assert (a - b) * feature.direction >= 0, feature.name


# The labour market


def test_only_a_published_month_is_known_and_the_latest_of_them_counts() -> None:
    published_today = (before(50), 21)
    published_tomorrow = (before(49), 99)
    older = (before(400), 30)
    market = a_market(older, published_today, published_tomorrow)
    assert features(a_registrering(), market)["ledighet"] == 21
    assert features(a_registrering(), a_market(older, published_tomorrow))["ledighet"] == 30


def test_a_month_published_more_than_two_years_ago_is_missing() -> None:
    assert features(a_registrering(), a_market((before(730 + 50), 21)))["ledighet"] == 21
    assert features(a_registrering(), a_market((before(731 + 50), 21)))["ledighet"] is None


def test_of_months_published_on_one_day_the_latest_counts() -> None:
    rows = pl.DataFrame(
        {
            "fylke": ["46"] * 40,
            "styrk1": ["7"] * 40,
            "maaned": [date(2023 + m // 12, m % 12 + 1, 1) for m in range(40)],
            "kjent_fra": [before(3)] * 40,
            "ledighet_promille": list(range(40)),
            "ledige_stillinger_per_100": [5] * 40,
        }
    )
    for order in (rows, rows.reverse()):
        values = features(a_registrering(), Arbeidsmarked.of(order))
        assert (values["ledighet"], values["ledighet_endring_12"]) == (39, 12)


def test_change_in_unemployment_is_against_the_same_month_a_year_ago() -> None:
    year_ago, now = (date(2025, 3, 1), 25), (date(2026, 3, 1), 20)
    assert features(a_registrering(), a_market(year_ago, now))["ledighet_endring_12"] == -5
    assert features(a_registrering(), a_market((date(2025, 2, 1), 25), now))["ledighet_endring_12"] is None


def test_the_market_is_that_of_the_stated_occupation_else_of_the_last_job() -> None:
    other_job = a_historikk(arbeidsforhold=(a_job(before(900), before(10), styrk08="9112"),))
    stated = a_registrering(historikk=other_job)
    not_stated = replace(stated, opplysninger=some_opplysninger(styrk08=None))
    assert features(stated)["ledighet"] == 20
    assert features(not_stated)["yrke"] == 9
    assert features(not_stated)["ledighet"] is None
    assert features(a_registrering(fylke="03"))["ledighet"] is None
    assert features(a_registrering(fylke=None))["ledighet"] is None


def test_a_portion_costs_its_own_rows_and_not_the_whole_table() -> None:
    rad = pl.int_range(5_000, eager=True).cast(SVAR["rad"])
    svar = pl.DataFrame({"rad": rad})
    whole = Tables(svar, pl.concat([svar] * 1_000))
    began = time.monotonic()
    portions = list(whole.portions(10))
    # 500 portions of five million rows: a tenth of a second, ten where each passes over all of them.
    assert time.monotonic() - began < 3
    assert len(portions) == 500
    assert all(portion.spells.height == 10_000 for portion in portions)
