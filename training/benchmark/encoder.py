"""Give categories their codes: learnt on training rows, the same for everybody after.

LightGBM treats unseen, negative and missing codes alike without a word (performance.md, *Traps*),
so the codes are ours and what was unseen is counted. A column that says the same of every training
row can teach nothing; it is left out and named.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl

from profilering.errors import DataError
from training.benchmark.notes import Counts, What
from training.benchmark.spec import FeatureColumn, Kind
from training.design import Design


@dataclass(frozen=True, slots=True)
class Encoder:
    """The columns that tell training rows apart, and the levels of the categorical ones, sorted."""

    columns: tuple[FeatureColumn, ...]
    levels: tuple[tuple[str, ...], ...]  # empty for numbers
    left_out: tuple[tuple[What, str], ...]  # why, and which column

    def encode(self, features: pl.DataFrame) -> Design:
        """Give n rows of features as numbers; an unseen category becomes missing."""
        encoded = [
            features[column.name].replace_strict(
                list(levels), list(range(len(levels))), default=None, return_dtype=pl.Float64
            )
            if column.kind is Kind.CATEGORY
            else features[column.name]
            for column, levels in zip(self.columns, self.levels, strict=True)
        ]
        values = [column.fill_null(float("nan")).to_numpy() for column in encoded]
        return Design(
            names=tuple(column.name for column in self.columns),
            categorical=tuple(column.kind is Kind.CATEGORY for column in self.columns),
            monotone=(0,) * len(self.columns),
            values=np.ascontiguousarray(np.column_stack(values), dtype=np.float64),
        )

    def counts(self, features: pl.DataFrame) -> Counts:
        """Count the rows that each note concerns: an unseen category, or a column that was left out."""
        found: Counts = Counter(dict.fromkeys(self.left_out, features.height))
        for column, levels in zip(self.columns, self.levels, strict=True):
            if column.kind is Kind.CATEGORY:
                known = features[column.name].drop_nulls()
                found[What.UNSEEN_CATEGORY, column.name] = int((~known.is_in(list(levels))).sum())
        return found


def learn_encoder(columns: tuple[FeatureColumn, ...], training_rows: pl.DataFrame) -> Encoder:
    """Collect the levels of every categorical column in the training rows.

    Raises DataError if no column tells training rows apart.
    """
    left_out = {
        column.name: What.ALL_MISSING if training_rows[column.name].null_count() else What.CONSTANT
        for column in columns
        if training_rows[column.name].n_unique() == 1
    }
    kept = tuple(column for column in columns if column.name not in left_out)
    if not kept:
        raise DataError(
            f"the features {sorted(left_out)} are each the same in every training row; give some that differ"
        )
    return Encoder(
        columns=kept,
        levels=tuple(
            tuple(training_rows[column.name].drop_nulls().unique().sort().to_list())
            if column.kind is Kind.CATEGORY
            else ()
            for column in kept
        ),
        left_out=tuple((what, name) for name, what in left_out.items()),
    )
