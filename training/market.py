"""The published labour market as the features read it: whole numbers, rounded once, here."""

import polars as pl

from profilering.features import Arbeidsmarked
from profilering.features.tables import MARKED


def published(arbeidsmarked: pl.DataFrame) -> pl.DataFrame:
    """Rows of MARKED: unemployment in per mille, vacancies per hundred unemployed."""
    return arbeidsmarked.select(
        "fylke",
        "styrk1",
        "maaned",
        "kjent_fra",
        ledighet_promille=(pl.col("ledighet") * 10).round().cast(pl.Int32),
        ledige_stillinger_per_100=(pl.col("ledige_stillinger_per_ledig") * 100).round().cast(pl.Int32),
    ).select(list(MARKED))


def arbeidsmarked_of(arbeidsmarked: pl.DataFrame) -> Arbeidsmarked:
    """The prepared table for features."""
    return Arbeidsmarked.of(published(arbeidsmarked))
