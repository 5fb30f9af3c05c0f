"""What is asked in a measurement: invented people of the register, as requests and as rows of features."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.lightgbm_model import matrix_of
from profilering.features import Arbeidsmarked, compute_features
from profilering.registrering import Registrering
from tests.proof.requests import request_of
from training.cohort import in_cohort, tables_as_of
from training.extract import read_extract
from training.nav_config import read_nav_config
from training.registreringer import registreringer_of

Floats = NDArray[np.float64]

PLACEHOLDER = "00000000-0000-4000-8000-000000000000"
"""Stands where every request has an id of its own: the same facts again would get the stored answer."""


@dataclass(frozen=True, slots=True)
class Material:
    """People spread over the years of a register: the same ones for ours and for the peers."""

    people: Sequence[Registrering]
    matrix: Floats  # many rows of features, one column each; the first are those of `people`
    _numbers: Iterator[int]
    _templates: Sequence[str]

    def bodies(self, number: int) -> list[bytes]:
        """So many requests to our service, none of which was given before."""
        return [
            self._templates[place % len(self._templates)].replace(PLACEHOLDER, _uuid(place)).encode()
            for place, _ in zip(self._numbers, range(number), strict=False)
        ]

    def rows(self, number: int) -> list[list[float]]:
        """The features of as many people, in the order of `bodies`; more go round again."""
        return [self.matrix[place % len(self.people)].tolist() for place in range(number)]


def material_of(register: Path, arbeidsmarked: Arbeidsmarked, *, people: int, rows: int) -> Material:
    """Take so many people and so many rows (at least as many), evenly spread over the register."""
    extract = read_extract(register)
    cohort = in_cohort(extract.registreringer, read_nav_config().kohort)
    spread = max(1, len(cohort) // rows)
    order = np.random.default_rng(7).permutation(min(rows, len(cohort)))
    chosen = cohort[(order * spread).tolist()]
    registreringer = registreringer_of(chosen[:people], extract)
    features = compute_features(tables_as_of(chosen, extract), arbeidsmarked)
    templates = [
        json.dumps({**request_of(person, number), "periodeId": PLACEHOLDER})
        for number, person in enumerate(registreringer)
    ]
    return Material(registreringer, matrix_of(features), count(), templates)


def _uuid(number: int) -> str:
    return f"{PLACEHOLDER[:24]}{number:012x}"
