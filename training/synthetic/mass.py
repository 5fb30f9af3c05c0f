"""A probability vector over tilstand x arr x helsesvikt x c, for many registreringer at once.

c counts the measuring days without ytelse. Open states: (10, 3, 2, c, n); illness, where helsesvikt is
always 1: (SJ or SL, 12, 3, c, n). The registrering is the innermost axis, so every step is a long run over
neighbouring numbers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.synthetic.hazards import Row, Values
from training.synthetic.states import AA, JF, JN, LU, OPEN, SICK_MONTHS, SJ1, UF, UT, Codes

Single = NDArray[np.float32]
ARR, SVIKT = 3, 2


@dataclass(slots=True)
class Mass:
    """The vector, its sink, and room for the next one."""

    open: Single
    sick: Single
    sink: Single  # (n,), counted as won
    next_open: Single
    next_sick: Single
    product: Single

    @property
    def total(self) -> Single:
        """All that is left outside the sink."""
        rest: Single = self.open.sum(axis=(0, 1, 2, 3)) + self.sick.sum(axis=(0, 1, 2, 3))
        return rest


def start_mass(tilstand: Codes, arr: Codes, helsesvikt: NDArray[Any], c: NDArray[Any], depth: int) -> Mass:
    """All mass on the state of the first measuring day, an open one; `depth` values of c are kept."""
    n = tilstand.size
    opened = np.zeros((len(OPEN), ARR, SVIKT, depth, n), np.float32)
    opened[tilstand, arr, helsesvikt.astype(int), c, np.arange(n)] = 1
    sick = np.zeros((2, SICK_MONTHS, ARR, depth, n), np.float32)
    sink, product = np.zeros(n, np.float32), np.empty(opened.shape[1:], np.float32)
    return Mass(opened, sick, sink, opened.copy(), sick.copy(), product)


@dataclass(frozen=True, slots=True)
class Step:
    """The probabilities of one month, shared by the vectors with and without c.

    `moves` and `stay` of an open row broadcast to (arr, helsesvikt, n), of an illness row to (arr, n).
    """

    falls_ill: Values  # (arr, 1, n)
    recovers: Values  # (open state, 1, 1, n)
    scar_up: Values  # (open state, 1, 1, n)
    scar_down: Values  # (open state, 1, 1, 1)
    sick_scar_up: float
    rows: tuple[tuple[Row, list[Values], Values], ...]
    relapse: float


def mix_health(mass: Mass, step: Step, depth: int) -> None:
    """First in a month: helsesvikt comes and goes."""
    well, unwell = mass.open[:, :, 0, :depth], mass.open[:, :, 1, :depth]
    flow = well * step.falls_ill
    flow -= unwell * step.recovers
    well -= flow
    unwell += flow


def mix_scar(mass: Mass, step: Step, depth: int) -> None:
    """Second: the scar grows and heals."""
    _shift_scar([mass.open[:, i, :, :depth] for i in range(ARR)], step.scar_up, step.scar_down)
    # Illness without a job scars; illness with one does not, and neither heals.
    up, down = np.float32(step.sick_scar_up), np.float32(0)
    _shift_scar([mass.sick[1, :, i, :depth] for i in range(ARR)], up, down)


def _shift_scar(levels: list[Single], up: Any, down: Any) -> None:
    none, some, much = levels
    first, second = none * up - some * down, some * up - much * down
    none -= first
    some += first - second
    much += second


def move(mass: Mass, step: Step, depth: int, sick_months: int) -> None:
    """Third: tilstand. `sick_months` is the longest illness there can be yet."""
    mass.next_sick[:, :, :, :depth] = 0
    for row, _, stay in step.rows:
        # Who stays in an open state is written first, so the vector need not be cleared.
        if row.stays == 0:
            here, there = (vector[row.codes[0]][:, :, :depth] for vector in (mass.open, mass.next_open))
            np.multiply(here, stay[:, :, None, :], out=there)
    for row, moves, stay in step.rows:
        if row.stays == 0:
            _leave_open(mass, row, moves, depth)
            continue
        kind, first = divmod(row.codes[0] - SJ1, SICK_MONTHS)
        months = slice(first, min(first + len(row.codes), sick_months))
        if months.stop > first:
            here = mass.sick[kind, months, :, :depth]
            _leave_illness(mass, here, row, moves, step.relapse)
            if row.stays is not None:
                mass.next_sick[kind, first + 1 : months.stop + 1, :, :depth] += here * stay[:, None, :]
    mass.open, mass.next_open = mass.next_open, mass.open
    mass.sick, mass.next_sick = mass.next_sick, mass.sick


def _leave_open(mass: Mass, row: Row, moves: list[Values], depth: int) -> None:
    here, product = mass.open[row.codes[0]][:, :, :depth], mass.product[:, :, :depth]
    for target, share in zip(row.targets, moves, strict=True):
        np.multiply(here, share[:, :, None, :], out=product)
        if target == UF:
            mass.sink += product.sum(axis=(0, 1, 2))
        elif target >= SJ1:
            first_month = mass.next_sick[(target - SJ1) // SICK_MONTHS, 0, :, :depth]
            first_month += product[:, 0]
            first_month += product[:, 1]
        else:
            mass.next_open[target][:, :, :depth] += product


def _leave_illness(mass: Mass, here: Single, row: Row, moves: list[Values], relapse: float) -> None:
    """Recovery splits helsesvikt; exhaustion, which must leave, keeps it."""
    pooled, depth = here.sum(axis=0), here.shape[2]
    first = (row.codes[0] - SJ1) % SICK_MONTHS
    for target, share, relative in zip(row.targets, moves, row.relative, strict=True):
        if relative:
            months = slice(first + 1, first + 1 + here.shape[0])
            mass.next_sick[1, months, :, :depth] += here * share[:, None, :]
            continue
        flow, there = pooled * share[:, None, :], mass.next_open[target][:, :, :depth]
        unwell = flow if row.stays is None else np.float32(relapse) * flow
        there[:, 1] += unwell
        if row.stays is not None:
            there[:, 0] += flow - unwell


def count_day(mass: Mass, depth: int, supported: NDArray[np.intp]) -> None:
    """A measuring day without ytelse in JN, JF, LU and UT; `depth` values of c are now in use.

    `supported` are the registreringer with OVERGANGSSTOENAD, which is a ytelse in LU and UT. What would
    pass the last c is dropped: the outcome can no longer come.
    """
    for state in (JN, JF, LU, UT):
        here = mass.open[state]
        kept = here[..., supported]
        here[:, :, 1:depth] = here[:, :, : depth - 1]
        here[:, :, 0] = 0
        if state in (LU, UT):
            here[..., supported] = kept


def absorb_aap(mass: Mass) -> None:
    """AAP has come: for the health outcome that is the end."""
    mass.sink += mass.open[AA].sum(axis=(0, 1, 2))
    mass.open[AA] = 0
