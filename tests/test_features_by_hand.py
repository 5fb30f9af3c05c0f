"""The features once more: slow, with days in sets, sharing nothing with the polars definition."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction

from hypothesis import given, settings

from profilering.features import CATALOGUE
from profilering.features.catalogue import Grunnlag
from profilering.registrering import Arbeidsforhold, Livsoppholdsytelse, Registrering
from tests.make import DAY, REGISTRERINGER, features

L = Livsoppholdsytelse
Spans = list[tuple[date, date | None]]


def months(days: int) -> int:
    """The whole number of months nearest to so many days, halves up."""
    return int(Fraction(12 * days, 365) + Fraction(1, 2))


def days_in(spells: Spans, window: int) -> set[int]:
    """The days inside the window that some spell covers."""
    first, day = DAY.toordinal() - window, DAY.toordinal()
    return {
        d
        for fra, til in spells
        for d in range(max(fra.toordinal(), first), min((til or DAY).toordinal(), day))
    }


def begun(spells: Iterable[tuple[date, date | None]]) -> Spans:
    return [(fra, til) for fra, til in spells if fra < DAY]


def jobs_of(r: Registrering) -> list[Arbeidsforhold]:
    return [job for job in r.historikk.arbeidsforhold or () if job.startet < DAY]


def work(r: Registrering) -> Spans:
    return [(job.startet, job.sluttet) for job in jobs_of(r)]


def periods(r: Registrering) -> Spans:
    return begun((p.startet, p.avsluttet) for p in r.historikk.perioder or ())


def support(r: Registrering, *ytelser: Livsoppholdsytelse) -> Spans:
    return begun((y.fra, y.til) for y in r.historikk.ytelser or () if y.ytelse in ytelser)


def in_window(spells: Spans, window: int) -> int:
    return months(len(days_in(spells, window)))


def longest(spells: Spans, window: int) -> int:
    return max((months(len(days_in([spell], window))) for spell in spells), default=0)


def touching(spells: Spans, window: int) -> int:
    return sum(bool(days_in([spell], window)) for spell in spells)


def since(spells: Spans) -> int | None:
    ends = [DAY if til is None else min(til, DAY) for _, til in spells]
    return min(180, months((DAY - max(ends)).days)) if ends else None


def running(spells: Spans) -> int:
    return int(any(til is None or til > DAY for _, til in spells))


def last_job(r: Registrering) -> Arbeidsforhold | None:
    def rank(job: Arbeidsforhold) -> tuple[date, int, int]:
        percent = -1 if job.stillingsprosent is None else job.stillingsprosent
        return min(job.sluttet or DAY, DAY), percent, -job.startet.toordinal()

    return max(jobs_of(r), key=rank, default=None)


def duration(job: Arbeidsforhold | None) -> int | None:
    return None if job is None else min(240, months((min(job.sluttet or DAY, DAY) - job.startet).days))


HEALTH = (L.SYKEPENGER, L.AAP, L.UFOERETRYGD)
COUNTED = tuple(ytelse for ytelse in L if ytelse is not L.OVERGANGSSTOENAD)

BY_HAND: Mapping[str, Callable[[Registrering], int | None]] = {
    "alder": lambda r: None if r.foedselsaar is None else DAY.year - r.foedselsaar,
    "maaneder_i_jobb_siste_12": lambda r: in_window(work(r), 365),
    "maaneder_i_jobb_siste_36": lambda r: in_window(work(r), 1095),
    "lengste_jobb_siste_12": lambda r: longest(work(r), 365),
    "maaneder_siden_jobb": lambda r: since(work(r)),
    "i_jobb_naa": lambda r: running(work(r)),
    "stillingsprosent_siste_jobb": lambda r: job.stillingsprosent if (job := last_job(r)) else None,
    "varighet_siste_jobb": lambda r: duration(last_job(r)),
    "antall_jobber_siste_36": lambda r: touching(work(r), 1095),
    "perioder_siste_60": lambda r: touching(periods(r), 1825),
    "maaneder_arbeidssoeker_siste_24": lambda r: in_window(periods(r), 730),
    "maaneder_arbeidssoeker_siste_60": lambda r: in_window(periods(r), 1825),
    "lengste_periode_siste_60": lambda r: longest(periods(r), 1825),
    "maaneder_siden_periode": lambda r: since(periods(r)),
    "maaneder_tiltak_siste_36": lambda r: in_window(
        begun((t.fra, t.til) for t in r.historikk.tiltak or ()), 1095
    ),
    "maaneder_dagpenger_siste_24": lambda r: in_window(support(r, L.DAGPENGER, L.VENTESTOENAD), 730),
    "maaneder_sykepenger_siste_24": lambda r: in_window(support(r, L.SYKEPENGER), 730),
    "maaneder_sosialhjelp_siste_24": lambda r: in_window(
        support(r, L.SOSIALHJELP, L.KVALIFISERINGSSTOENAD), 730
    ),
    "maaneder_tiltakspenger_siste_24": lambda r: in_window(
        support(r, L.TILTAKSPENGER, L.INDIVIDSTOENAD), 730
    ),
    "maaneder_aap_siste_36": lambda r: in_window(support(r, L.AAP), 1095),
    "lengste_sykepenger_siste_24": lambda r: longest(support(r, L.SYKEPENGER), 730),
    "sykepenger_naa": lambda r: running(support(r, L.SYKEPENGER)),
    "aap_naa": lambda r: running(support(r, L.AAP)),
    "sosialhjelp_naa": lambda r: running(support(r, L.SOSIALHJELP, L.KVALIFISERINGSSTOENAD)),
    "maaneder_siden_helseytelse": lambda r: since(support(r, *HEALTH)),
    "maaneder_ytelse_siste_24": lambda r: in_window(support(r, *COUNTED), 730),
}


def answered(r: Registrering, grunnlag: Grunnlag) -> bool:
    register = {
        Grunnlag.JOBB: r.historikk.arbeidsforhold,
        Grunnlag.YTELSE: r.historikk.ytelser,
        Grunnlag.PERIODE: r.historikk.perioder,
        Grunnlag.TILTAK: r.historikk.tiltak,
    }
    return register.get(grunnlag, ()) is not None


def test_every_feature_of_a_register_is_also_worked_out_by_hand() -> None:
    registers = {Grunnlag.JOBB, Grunnlag.YTELSE, Grunnlag.PERIODE, Grunnlag.TILTAK}
    of_registers = {f.name for f in CATALOGUE if f.grunnlag in registers}
    assert of_registers <= set(BY_HAND)


@settings(deadline=None, max_examples=200)
@given(REGISTRERINGER)
def test_features_are_what_counting_days_by_hand_gives(registrering: Registrering) -> None:
    grunnlag = {feature.name: feature.grunnlag for feature in CATALOGUE}
    by_hand = {
        name: count(registrering) if answered(registrering, grunnlag[name]) else None
        for name, count in BY_HAND.items()
    }
    computed = features(registrering)
    assert {name: computed[name] for name in BY_HAND} == by_hand
