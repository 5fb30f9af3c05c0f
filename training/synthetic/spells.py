"""Unbroken runs of one value along the months: how monthly states become rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.synthetic.draws import Ints


@dataclass(frozen=True, slots=True)
class Spells:
    """One value per spell, sorted by person and first month."""

    person: Ints
    first: Ints
    last: Ints  # included
    value: NDArray[Any]

    @property
    def months(self) -> Ints:
        """Length in months."""
        return self.last - self.first + 1

    def take(self, index: NDArray[Any]) -> "Spells":
        """The same spells in another selection."""
        return Spells(self.person[index], self.first[index], self.last[index], self.value[index])


def spells_of(values: NDArray[Any]) -> Spells:
    """Find the runs of equal values other than zero in (month, person)."""
    by_person = np.ascontiguousarray(values.T)
    edge = np.zeros((by_person.shape[0], 1), dtype=np.bool_)
    change = by_person[:, 1:] != by_person[:, :-1]
    begins = np.hstack([~edge, change]) & (by_person != 0)
    ends = np.hstack([change, ~edge]) & (by_person != 0)
    person, first = np.nonzero(begins)
    _, last = np.nonzero(ends)
    return Spells(
        person.astype(np.int32), first.astype(np.int32), last.astype(np.int32), by_person[person, first]
    )
