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

from profilering.features.tables import JOBBSITUASJON_ORDER, Slag
from profilering.features.vocabulary import (
    MOST_MONTHS_SINCE,
    YEAR,
    Value,
    age,
    below,
    count_in,
    fact,
    longest_in,
    months_in,
    months_of_last_job,
    months_since,
    now,
    of_last_job,
    place_in,
)
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
    value: Value
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

T, G, S = Tema, Grunnlag, Slag


def _answer(name: str, tema: Tema, unit: str, value: Value) -> Feature:
    return Feature(name, tema, unit, SVAR_I_REGISTRERING, G.SVAR, value)


def _code(name: str, tema: Tema, column: str, categories: tuple[str, ...]) -> Feature:
    return replace(_answer(name, tema, "kode", place_in(categories, column)), categories=categories)


def _from(grunnlag: Grunnlag, feature: Feature) -> Feature:
    return replace(feature, grunnlag=grunnlag)


def _hindrance(name: str, tema: Tema, column: str) -> Feature:
    """An order of answers, so that a stated hindrance can never lower an estimate."""
    stated = place_in(NEI_VET_IKKE_JA, column)
    return replace(_answer(name, tema, "0 nei, 1 vet ikke, 2 ja", stated), direction=1)


def _work(name: str, unit: str, value: Value) -> Feature:
    """Work: more of it never raises an estimate, and none at all is no resource."""
    work = Feature(name, T.ARBEIDSERFARING, unit, AAREG, G.JOBB, value, direction=-1)
    return _no_ressurs(work, 0)


def _earlier(name: str, unit: str, value: Value) -> Feature:
    return Feature(name, T.ARBEIDSSOEKERHISTORIKK, unit, ARBEIDSSOEKERREGISTERET, G.PERIODE, value)


def _support(name: str, unit: str, value: Value) -> Feature:
    return Feature(name, T.YTELSER, unit, YTELSESREGISTRE, G.YTELSE, value)


def _market(name: str, unit: str, column: str) -> Feature:
    return Feature(name, T.ARBEIDSMARKED, unit, ARBEIDSMARKEDSTALL, G.MARKED, fact(column))


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
    _from(G.PERSON, _answer("alder", T.ALDER, "år", age())),
    # NUS 9 is "not stated" and therefore missing.
    _no_ressurs(
        _answer("utdanningsnivaa", T.UTDANNING, "NUS-nivå", below("nus", 9)),
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
    _work("maaneder_i_jobb_siste_12", MONTHS, months_in(S.JOBB, YEAR)),
    _work("maaneder_i_jobb_siste_36", MONTHS, months_in(S.JOBB, 3 * YEAR)),
    _work("lengste_jobb_siste_12", MONTHS, longest_in(S.JOBB, YEAR)),
    _no_ressurs(
        _missing_if_none(replace(_work("maaneder_siden_jobb", MONTHS, months_since(S.JOBB)), direction=1)),
        *range(24, MOST_MONTHS_SINCE + 1),  # as the answer that there was no job for two years
    ),
    _work("i_jobb_naa", YES_NO, now(S.JOBB)),
    _missing_if_none(_work("stillingsprosent_siste_jobb", "prosent", of_last_job("stillingsprosent"))),
    _missing_if_none(_work("varighet_siste_jobb", MONTHS, months_of_last_job())),
    _work("antall_jobber_siste_36", "jobber", count_in(S.JOBB, 3 * YEAR)),
    _earlier("perioder_siste_60", "perioder", count_in(S.PERIODE, 5 * YEAR)),
    _earlier("maaneder_arbeidssoeker_siste_24", MONTHS, months_in(S.PERIODE, 2 * YEAR)),
    _earlier("maaneder_arbeidssoeker_siste_60", MONTHS, months_in(S.PERIODE, 5 * YEAR)),
    _earlier("lengste_periode_siste_60", MONTHS, longest_in(S.PERIODE, 5 * YEAR)),
    _missing_if_none(_earlier("maaneder_siden_periode", MONTHS, months_since(S.PERIODE))),
    Feature(
        "maaneder_tiltak_siste_36",
        T.ARBEIDSSOEKERHISTORIKK,
        MONTHS,
        TILTAKSREGISTERET,
        G.TILTAK,
        months_in(S.TILTAK, 3 * YEAR),
    ),
    _support("maaneder_dagpenger_siste_24", MONTHS, months_in(S.DAGPENGER, 2 * YEAR)),
    _health(_support("maaneder_sykepenger_siste_24", MONTHS, months_in(S.SYKEPENGER, 2 * YEAR))),
    _support("maaneder_sosialhjelp_siste_24", MONTHS, months_in(S.SOSIALHJELP, 2 * YEAR)),
    _support("maaneder_tiltakspenger_siste_24", MONTHS, months_in(S.TILTAKSPENGER, 2 * YEAR)),
    _health(_support("maaneder_aap_siste_36", MONTHS, months_in(S.AAP, 3 * YEAR))),
    _health(_support("lengste_sykepenger_siste_24", MONTHS, longest_in(S.SYKEPENGER, 2 * YEAR))),
    _health(_support("sykepenger_naa", YES_NO, now(S.SYKEPENGER))),
    _health(_support("aap_naa", YES_NO, now(S.AAP))),
    _support("sosialhjelp_naa", YES_NO, now(S.SOSIALHJELP)),
    _missing_if_none(
        _health(
            _support("maaneder_siden_helseytelse", MONTHS, months_since(S.SYKEPENGER, S.AAP, S.UFOERETRYGD))
        )
    ),
    _support("maaneder_ytelse_siste_24", MONTHS, months_in(S.YTELSE, 2 * YEAR)),
    _from(G.YRKE, _code("yrke", T.ARBEIDSMARKED, "yrke", YRKER)),
    _from(G.PERSON, _code("fylke", T.ARBEIDSMARKED, "fylke", FYLKER)),
    _market("ledighet", "promille", "ledighet_promille"),
    _market("ledighet_endring_12", "promille", "endring_promille"),
    _market("ledige_stillinger", "per 100 ledige", "ledige_stillinger_per_100"),
)

NAMES: tuple[str, ...] = tuple(feature.name for feature in CATALOGUE)
LAST_JOB_STYRK1 = of_last_job("styrk1")
"""Stands in for the occupation where the person did not state one."""
