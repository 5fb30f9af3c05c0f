"""Every registrering alone and in the crowd: features, probabilities and contributions to the bit."""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from models.approved import Approved, load_approved
from models.lightgbm_model import LightgbmModel, matrix_of
from profilering.features import Arbeidsmarked, compute_features, features_of
from training.cohort import in_cohort, tables_as_of
from training.extract import Extract, read_extract
from training.nav_config import read_nav_config
from training.registreringer import registreringer_of

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Skew:
    """How many registreringer were tried, and how many differ in anything."""

    tried: int
    different: int


def measure_skew(register: Path, approved: Path, artefacts: Path, *, most: int | None) -> Skew:
    """Try the first `most` registreringer (None: all), two processes side by side."""
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
    together = _scores(crowd, approved)
    different = 0
    for place, registrering in enumerate(registreringer_of(rows, extract)):
        alone = features_of([registrering], approved.basis.arbeidsmarked)
        same = alone.row(0) == crowd.row(place) and _scores(alone, approved)[0] == together[place]
        different += not same
    return different


def _crowd(rows: pl.DataFrame, extract: Extract, arbeidsmarked: Arbeidsmarked) -> pl.DataFrame:
    return compute_features(tables_as_of(rows, extract), arbeidsmarked)


def _scores(features: pl.DataFrame, approved: Approved) -> Sequence[object]:
    """Log-odds and all contributions of both outcomes, as bytes, per row."""
    model = approved.basis.model
    if not isinstance(model, LightgbmModel):
        raise TypeError("only a LightGBM bundle can be taken apart here")
    explained = [fitted.explain(matrix_of(features)) for fitted in model.fitted]
    return [
        tuple((e.log_odds[row].tobytes(), e.contributions[row].tobytes()) for e in explained)
        for row in range(len(features))
    ]
