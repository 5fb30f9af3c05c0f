"""Every registrering alone and in the crowd: features, probabilities and contributions to the bit."""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from models.approved import Approved, load_approved
from profilering.features import Arbeidsmarked, FeatureRow, compute_features, features_alone
from profilering.risk import Risk
from training.cohort import in_cohort, tables_as_of
from training.extract import Extract, read_extract
from training.nav_config import read_nav_config
from training.registreringer import registreringer_of

CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Skew:
    """How many registreringer were tried, and how many differ in anything."""

    tried: int
    different: int


def measure_skew(register: Path, approved: Path, artefacts: Path, *, most: int | None) -> Skew:
    """Try the first `most` registreringer (None: all), on all processors side by side.

    Alone is the service's way, plain Python and one row at a time; the crowd is training's, tables.
    """
    registreringer = in_cohort(read_extract(register).registreringer, read_nav_config().kohort)
    n = len(registreringer) if most is None else min(most, len(registreringer))
    jobs = [(register, approved, artefacts, start, min(start + CHUNK, n)) for start in range(0, n, CHUNK)]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        return Skew(n, sum(pool.map(_different, jobs)))


def _different(job: tuple[Path, Path, Path, int, int]) -> int:
    register, approved_file, artefacts, start, end = job
    extract, approved = read_extract(register), load_approved(approved_file, artefacts)
    rows = in_cohort(extract.registreringer, read_nav_config().kohort)[start:end]
    crowd = _crowd(rows, extract, approved.basis.arbeidsmarked)
    together = _bits(crowd, approved)
    different = 0
    for place, registrering in enumerate(registreringer_of(rows, extract)):
        alone = features_alone(registrering, approved.basis.arbeidsmarked)
        different += alone != crowd[place] or _bits([alone], approved)[0] != together[place]
    return different


def _crowd(rows: pl.DataFrame, extract: Extract, arbeidsmarked: Arbeidsmarked) -> list[FeatureRow]:
    return compute_features(tables_as_of(rows, extract), arbeidsmarked).rows()


def _bits(rows: Sequence[FeatureRow], approved: Approved) -> list[list[str]]:
    """Every number of the estimates and their explanations, exactly."""
    return [
        [number.hex() for risk in risks for number in _numbers(risk)]
        for risks in approved.basis.model.risks(rows)
    ]


def _numbers(risk: Risk) -> list[float]:
    return [risk.probability, risk.base_log_odds, *risk.contributions]
