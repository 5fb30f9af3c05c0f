"""The tilstander a simulated person can be in on a measuring day, as small integers."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Codes = NDArray[np.int8]

OPEN: Final = ("JN", "JF", "LD", "LU", "PE", "TD", "TU", "AA", "SO", "UT")
"""States a person can leave and come back to; their codes are their places here."""

JN, JF, LD, LU, PE, TD, TU, AA, SO, UT = range(10)
UF: Final = 10  # absorbing
SICK_MONTHS: Final = 12
SJ1: Final = 11  # SJn = SJ1 + n - 1: sick with a job to go to
SJ12: Final = 22
SL1: Final = 23  # SLn: sick without
SL12: Final = 34
XX: Final = 35  # not yet, or no longer, active
STATES: Final = 36

NAMES: Final = (
    *OPEN,
    "UF",
    *(f"SJ{n}" for n in range(1, SICK_MONTHS + 1)),
    *(f"SL{n}" for n in range(1, SICK_MONTHS + 1)),
    "XX",
)
CODE: Final = {name: code for code, name in enumerate(NAMES)}


def mask(*codes: int) -> Bools:
    """A lookup table that is true for these states: `mask(JN, JF)[state]`."""
    table = np.zeros(STATES, dtype=np.bool_)
    table[list(codes)] = True
    return table


IS_SJ: Final = mask(*range(SJ1, SJ12 + 1))
IS_SL: Final = mask(*range(SL1, SL12 + 1))
IS_SICK: Final = IS_SJ | IS_SL
IS_JOB_MONTH: Final = mask(JN, JF, PE) | IS_SJ
"""Months in which the employment register holds a job."""
IS_AT_WORK: Final = mask(JN, JF) | IS_SJ
KEEPS_PERIOD: Final = mask(LD, LU, PE, TD, TU)
OPENS_PERIOD: Final = mask(LD, LU, PE)

YTELSER: Final = (
    "",
    "DAGPENGER",
    "TILTAKSPENGER",
    "SYKEPENGER",
    "AAP",
    "UFOERETRYGD",
    "OVERGANGSSTOENAD",
    "SOSIALHJELP",
    "KVALIFISERINGSSTOENAD",
)
"""Codes of ytelser; 0 is none."""
DAGPENGER, TILTAKSPENGER, SYKEPENGER, AAP, UFOERETRYGD, OVERGANGSSTOENAD, SOSIALHJELP, KVP = range(1, 9)


def ytelse_of_state() -> Codes:
    """The ytelse that goes with each state, before single parents and KVP are looked at."""
    table = np.zeros(STATES, dtype=np.int8)
    table[[LD, PE, TD]] = DAGPENGER
    table[TU] = TILTAKSPENGER
    table[IS_SICK] = SYKEPENGER
    table[AA], table[UF], table[SO] = AAP, UFOERETRYGD, SOSIALHJELP
    return table
