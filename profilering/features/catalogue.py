"""The feature catalogue: everything the model may look at, and nothing else.

Each feature is a whole number or one of a fixed list of codes, so that a value computed for one
registrering alone has the same bits as the same value computed among millions. `direction` binds
the model: -1 = more of it never raises an estimate, +1 = never lowers it.

Never a feature (REQ-49): sex, citizenship, birth country, language, area below fylke, family
(overgangsstønad therefore counts in no feature), diagnosis, free text, office, price, places.
`hjemmel` is an engineers' reading; a jurist confirms it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import polars as pl

from profilering.features.tables import JOBBSITUASJON_ORDER, Slag
from profilering.tema import Tema


class Grunnlag(StrEnum):
    """What a feature is computed from; for the registers of work and benefits, who must have answered.

    People are told it in the words of the texts (`[kilde]`). `kilde` of a feature is what bundles pin.
    """

    SVAR = "svar"
    PERSON = "person"
    YRKE = "yrke"
    JOBB = "jobb"
    YTELSE = "ytelse"
    PERIODE = "periode"
    TILTAK = "tiltak"
    MARKED = "marked"


@dataclass(frozen=True, slots=True)
class Feature:
    """One opplysning the model may use.

    `none` is the value when the register answered that there is nothing (None: then it is
    missing too); a register that did not answer always makes the feature missing.
    `aldri_ressurs` are the values professionals call no resource, whichever way they draw.
    """

    name: str
    tema: Tema
    unit: str
    kilde: str
    grunnlag: Grunnlag
    expression: pl.Expr
    direction: int = 0
    categories: tuple[str, ...] | None = None
    none: int | None = 0
    hjemmel: str = "NAV-loven § 14 a; GDPR art. 6 (1) e"
    aldri_ressurs: frozenset[int] = frozenset()

    def may_be_ressurs(self, value: int | None) -> bool:
        """Whether this value can be named as a resource; what is not known never can."""
        return value is not None and value not in self.aldri_ressurs


AAREG = "Aa-registeret"
YTELSESREGISTRE = "Navs ytelsesregistre"
ARBEIDSSOEKERREGISTERET = "Arbeidssøkerregisteret"
TILTAKSREGISTERET = "Navs tiltaksregister"
SVAR_I_REGISTRERING = "Svar i registreringen"
ARBEIDSMARKEDSTALL = "Navs arbeidsmarkedsstatistikk"
HELSEHJEMMEL = "NAV-loven § 14 a; GDPR art. 6 (1) e and 9 (2) b"

NEI_VET_IKKE_JA = ("NEI", "VET_IKKE", "JA")
FYLKER = ("03", "11", "15", "18", "31", "32", "33", "34", "39", "40", "42", "46", "50", "55", "56")
YRKER = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")

YEAR = 365  # days
MOST_MONTHS_SINCE = 180
"""Fifteen years: what ended before that is told as if it had ended then."""
WINDOWS = [
    (pl.col("til") - pl.max_horizontal(pl.col(fra), pl.col("reg") - window))
    .clip(lower_bound=0)
    .alias(f"{fra}_{window}")
    for fra in ("fra", "ny_fra")
    for window in (YEAR, 2 * YEAR, 3 * YEAR, 5 * YEAR)
]
"""Days of each spell inside each window, laid down once: features only add them up."""
JOBB = pl.col("slag") == Slag.JOBB


def months(days: pl.Expr) -> pl.Expr:
    """Whole months nearest to a number of days, in whole-number arithmetic only."""
    return (days * 12 + 182) // 365


def place_in(codes: tuple[str, ...], value: pl.Expr) -> pl.Expr:
    """The place of a code in a fixed list, Int32; a code that is not in it is missing."""
    return value.cast(pl.Enum(codes), strict=False).to_physical().cast(pl.Int32)


def _of(slag: Slag, value: pl.Expr) -> pl.Expr:
    """The value for spells of this slag, missing for others: cheaper within groups than a filter."""
    return pl.when(pl.col("slag") == slag).then(value)


def _days(fra: str, window: int) -> pl.Expr:
    """Days of a spell, from its column `fra`, inside the last `window` days before registrering."""
    return pl.col(f"{fra}_{window}")


def _months_in(slag: Slag, window: int) -> pl.Expr:
    return months(_of(slag, _days("ny_fra", window)).sum())


def _longest_in(slag: Slag, window: int) -> pl.Expr:
    return months(_of(slag, _days("fra", window)).max())


def _count_in(slag: Slag, window: int) -> pl.Expr:
    return _of(slag, _days("fra", window) > 0).sum()


def _months_since(*slag: Slag) -> pl.Expr:
    """Months since the last such spell ended, 0 while it runs."""
    last = pl.when(pl.col("slag").is_in(slag)).then("til").max()
    return months(pl.col("reg").max() - last).clip(upper_bound=MOST_MONTHS_SINCE)


def _now(slag: Slag) -> pl.Expr:
    return _of(slag, pl.col("loeper")).any()


def _of_last_job(column: str) -> pl.Expr:
    """Of the job that ended (or runs) last; of several, the largest position, then the longest job.

    Beginning such a job earlier can then never lower what is known of the last job.
    """
    # A day number has at most seven digits and a position four: each term only breaks earlier ties.
    position = pl.col("stillingsprosent").cast(pl.Int64).fill_null(-1)
    order = (pl.col("til").cast(pl.Int64) * 10_000 + position) * 10_000_000 - pl.col("fra")
    return pl.col(column).filter(JOBB).get(order.filter(JOBB).arg_max(), null_on_oob=True)


def _stated(column: str) -> pl.Expr:
    """NEI 0, VET_IKKE 1, JA 2: an order, so that a stated hindrance can never lower an estimate."""
    return place_in(NEI_VET_IKKE_JA, pl.col(column))


T, G, S = Tema, Grunnlag, Slag


def _answer(name: str, tema: Tema, unit: str, expression: pl.Expr) -> Feature:
    return Feature(name, tema, unit, SVAR_I_REGISTRERING, G.SVAR, expression)


def _code(name: str, tema: Tema, column: str, categories: tuple[str, ...]) -> Feature:
    return replace(_answer(name, tema, "kode", pl.col(column)), categories=categories)


def _from(grunnlag: Grunnlag, feature: Feature) -> Feature:
    return replace(feature, grunnlag=grunnlag)


def _hindrance(name: str, tema: Tema, column: str) -> Feature:
    return replace(_answer(name, tema, "0 nei, 1 vet ikke, 2 ja", _stated(column)), direction=1)


def _work(name: str, unit: str, expression: pl.Expr) -> Feature:
    """Work: more of it never raises an estimate, and none at all is no resource."""
    work = Feature(name, T.ARBEIDSERFARING, unit, AAREG, G.JOBB, expression, direction=-1)
    return _no_ressurs(work, 0)


def _earlier(name: str, unit: str, expression: pl.Expr) -> Feature:
    return Feature(name, T.ARBEIDSSOEKERHISTORIKK, unit, ARBEIDSSOEKERREGISTERET, G.PERIODE, expression)


def _support(name: str, unit: str, expression: pl.Expr) -> Feature:
    return Feature(name, T.YTELSER, unit, YTELSESREGISTRE, G.YTELSE, expression)


def _market(name: str, unit: str, column: str) -> Feature:
    return Feature(name, T.ARBEIDSMARKED, unit, ARBEIDSMARKEDSTALL, G.MARKED, pl.col(column))


def _missing_if_none(feature: Feature) -> Feature:
    """Nothing in the register says nothing about this feature: it is missing, not zero."""
    return replace(feature, none=None)


def _health(feature: Feature) -> Feature:
    return replace(feature, hjemmel=HELSEHJEMMEL)


def _no_ressurs(feature: Feature, *values: int | str) -> Feature:
    """Some values, or codes of its list, are no resource of anybody."""
    places = (feature.categories or ()).index
    never = frozenset(value if isinstance(value, int) else places(value) for value in values)
    return replace(feature, aldri_ressurs=never)


MONTHS, YES_NO = "måneder", "0 nei, 1 ja"

CATALOGUE: tuple[Feature, ...] = (
    _from(G.PERSON, _answer("alder", T.ALDER, "år", pl.col("registrert").dt.year() - pl.col("foedselsaar"))),
    # NUS 9 is "not stated" and therefore missing.
    _no_ressurs(
        _answer("utdanningsnivaa", T.UTDANNING, "NUS-nivå", pl.when(pl.col("nus") < 9).then(pl.col("nus"))),
        *(0, 1, 2),  # up to ungdomsskole
    ),
    _no_ressurs(_code("utdanning_bestaatt", T.UTDANNING, "bestaatt", NEI_VET_IKKE_JA), "NEI", "VET_IKKE"),
    _no_ressurs(_code("utdanning_godkjent", T.UTDANNING, "godkjent", NEI_VET_IKKE_JA), "NEI", "VET_IKKE"),
    _health(_hindrance("helse_hindrer", T.HELSE, "helse")),
    _hindrance("andre_forhold_hindrer", T.LIVSSITUASJON, "andre_forhold"),
    _no_ressurs(
        _code(
            "jobbsituasjon", T.ARBEIDSERFARING, "jobbsituasjon", tuple(b.value for b in JOBBSITUASJON_ORDER)
        ),
        *("ALDRI_HATT_JOBB", "IKKE_VAERT_I_JOBB_SISTE_2_AAR", "USIKKER_JOBBSITUASJON"),
    ),
    _work("maaneder_i_jobb_siste_12", MONTHS, _months_in(S.JOBB, YEAR)),
    _work("maaneder_i_jobb_siste_36", MONTHS, _months_in(S.JOBB, 3 * YEAR)),
    _work("lengste_jobb_siste_12", MONTHS, _longest_in(S.JOBB, YEAR)),
    _no_ressurs(
        _missing_if_none(replace(_work("maaneder_siden_jobb", MONTHS, _months_since(S.JOBB)), direction=1)),
        *range(24, MOST_MONTHS_SINCE + 1),  # as the answer that there was no job for two years
    ),
    _work("i_jobb_naa", YES_NO, _now(S.JOBB)),
    _missing_if_none(_work("stillingsprosent_siste_jobb", "prosent", _of_last_job("stillingsprosent"))),
    _missing_if_none(
        _work(
            "varighet_siste_jobb",
            MONTHS,
            months(_of_last_job("til") - _of_last_job("fra")).clip(upper_bound=240),
        )
    ),
    _work("antall_jobber_siste_36", "jobber", _count_in(S.JOBB, 3 * YEAR)),
    _earlier("perioder_siste_60", "perioder", _count_in(S.PERIODE, 5 * YEAR)),
    _earlier("maaneder_arbeidssoeker_siste_24", MONTHS, _months_in(S.PERIODE, 2 * YEAR)),
    _earlier("maaneder_arbeidssoeker_siste_60", MONTHS, _months_in(S.PERIODE, 5 * YEAR)),
    _earlier("lengste_periode_siste_60", MONTHS, _longest_in(S.PERIODE, 5 * YEAR)),
    _missing_if_none(_earlier("maaneder_siden_periode", MONTHS, _months_since(S.PERIODE))),
    Feature(
        "maaneder_tiltak_siste_36",
        T.ARBEIDSSOEKERHISTORIKK,
        MONTHS,
        TILTAKSREGISTERET,
        G.TILTAK,
        _months_in(S.TILTAK, 3 * YEAR),
    ),
    _support("maaneder_dagpenger_siste_24", MONTHS, _months_in(S.DAGPENGER, 2 * YEAR)),
    _health(_support("maaneder_sykepenger_siste_24", MONTHS, _months_in(S.SYKEPENGER, 2 * YEAR))),
    _support("maaneder_sosialhjelp_siste_24", MONTHS, _months_in(S.SOSIALHJELP, 2 * YEAR)),
    _support("maaneder_tiltakspenger_siste_24", MONTHS, _months_in(S.TILTAKSPENGER, 2 * YEAR)),
    _health(_support("maaneder_aap_siste_36", MONTHS, _months_in(S.AAP, 3 * YEAR))),
    _health(_support("lengste_sykepenger_siste_24", MONTHS, _longest_in(S.SYKEPENGER, 2 * YEAR))),
    _health(_support("sykepenger_naa", YES_NO, _now(S.SYKEPENGER))),
    _health(_support("aap_naa", YES_NO, _now(S.AAP))),
    _support("sosialhjelp_naa", YES_NO, _now(S.SOSIALHJELP)),
    _missing_if_none(
        _health(
            _support("maaneder_siden_helseytelse", MONTHS, _months_since(S.SYKEPENGER, S.AAP, S.UFOERETRYGD))
        )
    ),
    _support("maaneder_ytelse_siste_24", MONTHS, _months_in(S.YTELSE, 2 * YEAR)),
    _from(G.YRKE, _code("yrke", T.ARBEIDSMARKED, "yrke", YRKER)),
    _from(G.PERSON, _code("fylke", T.ARBEIDSMARKED, "fylke", FYLKER)),
    _market("ledighet", "promille", "ledighet_promille"),
    _market("ledighet_endring_12", "promille", "endring_promille"),
    _market("ledige_stillinger", "per 100 ledige", "ledige_stillinger_per_100"),
)

NAMES: tuple[str, ...] = tuple(feature.name for feature in CATALOGUE)
LAST_JOB_STYRK1 = _of_last_job("styrk1")
"""Stands in for the occupation where the person did not state one."""
