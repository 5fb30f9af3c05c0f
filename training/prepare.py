"""From a checked extract to what models are fitted on: cohort, labels, features, sides."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.lightgbm_model import matrix_of
from profilering.features import CATALOGUE, NAMES, compute_features
from profilering.risk import Outcome, Span
from training.cohort import in_cohort, tables_as_of
from training.design import Design
from training.extract import Extract
from training.market import arbeidsmarked_of
from training.nav_config import NavConfig
from training.outcome import label
from training.split import Rows, SplitRows, split_by_time

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Mature registreringer of the cohort, n rows in the order of day and periode.

    `counts` says how many were left out, and why.
    """

    registreringer: pl.DataFrame
    features: pl.DataFrame
    design: Design
    split: SplitRows
    counts: dict[str, int]

    def outcome(self, outcome: Outcome) -> Floats:
        """1, 0, or NaN where the outcome is not defined for the person."""
        return self.registreringer[outcome.value.lower()].cast(pl.Float64).to_numpy()

    def defined(self, outcome: Outcome, rows: Rows) -> Rows:
        """Those of the rows for which the outcome is defined."""
        return rows[~np.isnan(self.outcome(outcome)[rows])]

    def spans(self) -> dict[str, Span]:
        """What each whole-number feature was seen to span on the training side."""
        train = self.features[self.split.train]
        spans = {}
        for feature in CATALOGUE:
            known = train[feature.name].drop_nulls()
            if feature.categories is None and not known.is_empty():
                spans[feature.name] = Span(*known.cast(pl.Int64).sort().gather([0, -1]).to_list())
        return spans


def prepare(extract: Extract, config: NavConfig) -> Prepared:
    """Do the first half of the journey of one register extract (architecture.md)."""
    cohort = in_cohort(extract.registreringer, config.kohort)
    labelled = label(cohort, extract.ytelser, config.utfall, pl.lit(extract.extract_date))
    mature = labelled.filter("moden")
    features = compute_features(tables_as_of(mature, extract), arbeidsmarked_of(extract.arbeidsmarked))
    return Prepared(
        registreringer=mature,
        features=features,
        design=design_of(features),
        split=split_by_time(mature, config.deling, seed=config.seed),
        counts={
            "registreringer": extract.registreringer.height,
            "utenfor_alder": extract.registreringer.height - cohort.height,
            "horisont_ikke_over": cohort.height - mature.height,
            "modne": mature.height,
        },
    )


def design_of(features: pl.DataFrame) -> Design:
    """The catalogue's columns as a design matrix with its directions."""
    return Design(
        names=NAMES,
        categorical=tuple(feature.categories is not None for feature in CATALOGUE),
        monotone=tuple(feature.direction for feature in CATALOGUE),
        values=matrix_of(features),
    )
