"""A small register of our own making, and the benchmark that reads it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from models.calibration import probabilities_of
from training.benchmark import BenchmarkResult, FeatureColumn, Spec, Split, run_benchmark
from training.benchmark.spec import Kind


def own_spec(**changes: object) -> Spec:
    spec = Spec(
        name="own",
        file="own.csv",
        outcome="again",
        weights=None,
        time="year",
        split=Split(("2019", "2020"), ("2021",), ("2022",)),
        protected=("sex",),
        features=(FeatureColumn("months", Kind.NUMBER), FeatureColumn("county", Kind.CATEGORY)),
    )
    return replace(spec, **changes)  # type: ignore[arg-type]  # the test names the field it changes


def own_table(rows: int = 1_200) -> pl.DataFrame:
    """A register of our own making: more months raise the outcome, one county more so."""
    generator = np.random.default_rng(1)
    months = generator.integers(0, 40, rows)
    county = generator.choice(["03", "11", "50"], rows)
    again = generator.random(rows) < probabilities_of(-2.0 + 0.06 * months + 0.8 * (county == "50"))
    return pl.DataFrame(
        {
            "again": again.astype(np.int64),
            "year": generator.integers(2019, 2023, rows),
            "sex": generator.choice(["K", "M"], rows),
            "months": months,
            "county": county,
        }
    )


def run(spec: Spec, folder: Path, *, threads: int = 1, bootstraps: int = 20) -> BenchmarkResult:
    return run_benchmark(
        spec, folder, seed=1, threads=threads, progress=lambda *_: None, bootstraps=bootstraps
    )
