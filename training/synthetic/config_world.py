"""Typed numbers on persons and on the labour market. Meanings and sources: `population.toml`."""

from dataclasses import dataclass
from datetime import date

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Utdanning:
    """Who ends with which education, and when it ends."""

    a: float
    kvinne: float
    utenfor: float
    per_aar_foer: float
    aar: int
    stoey: float
    grenser: tuple[float, float]
    slutt_alder: Triple  # years
    slutt_maaneder: int
    lengre_maaneder: int
    slutt_kalendermaaned: int
    nyutdannet_maaneder: int


@dataclass(frozen=True, slots=True)
class Yrke:
    """Weights of the nine first digits of STYRK-08, one row per education."""

    menn: tuple[tuple[float, ...], ...]
    kvinner: tuple[tuple[float, ...], ...]
    trukket_ned: Triple
    manuelt_fra: int


@dataclass(frozen=True, slots=True)
class Personer:
    """What is drawn once for a person; triples are by landbakgrunn NORSK, EOES, UTENFOR_EOES."""

    kvinne: float
    foerste_foedselsmaaned: date
    siste_foedselsmaaned: date
    alder_inn: int
    alder_ut: int
    landbakgrunn: Triple
    eldre_foer: int
    eldre_norsk: float
    oppvokst: float
    ankomst_alder: tuple[float, float]
    h_a: float
    h_stoey: float
    gk: Triple
    sesong_yrker: tuple[int, ...]
    sesong: Triple
    aleneforelder: tuple[float, float]
    aleneforelder_alder: tuple[float, float]
    aleneforelder_maaneder: int
    utdanning: Utdanning
    yrke: Yrke


@dataclass(frozen=True, slots=True)
class Fylke:
    """One county: how many live there, its level of ledighet, its places, its share of the oil shock."""

    kode: str
    vekt: float
    faktor: float
    s: float
    plass: float
    olje: float


@dataclass(frozen=True, slots=True)
class Pandemi:
    """The pandemic's course, in months since `start`."""

    start: int
    topp: float
    topp_maaneder: float
    hale: float
    hale_fra: int
    hale_maaneder: float
    halvert_fra: int
    slutt: int


@dataclass(frozen=True, slots=True)
class Marked:
    """The exogenous labour market by fylke and first digit of STYRK-08."""

    ledighet: float
    tak: float
    nevner: float
    ar: float
    ar_stoey: float
    ar_start: float
    stillinger: float
    stillinger_potens: float
    stillinger_stoey: float
    kjent_dag: int
    nasjonal: tuple[tuple[float, float], ...]
    olje: tuple[tuple[float, float], ...]
    yrke_s: tuple[float, ...]
    yrke_g: tuple[float, ...]
    yrke_q: tuple[float, ...]
    yrke_v: tuple[float, ...]
    pandemi: Pandemi
    fylker: tuple[Fylke, ...]
