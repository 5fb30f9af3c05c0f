"""Give categories their codes: learnt on training rows, the same for everybody after.

LightGBM treats unseen, negative and missing codes alike without a word (performance.md, *Traps*),
so the codes are ours and what was unseen is counted.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from training.benchmark.spec import FeatureColumn, Kind
from training.design import Design


@dataclass(frozen=True, slots=True)
class Encoder:
    """The levels of each categorical column as they were in the training rows, in sorted order."""

    columns: tuple[FeatureColumn, ...]
    levels: tuple[tuple[str, ...], ...]  # empty for numbers

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

    def unseen(self, features: pl.DataFrame) -> tuple[int, ...]:
        """Count, per column, the rows with a category that the training rows did not have."""
        counts = []
        for column, levels in zip(self.columns, self.levels, strict=True):
            known = features[column.name].drop_nulls()
            counts.append(int((~known.is_in(list(levels))).sum()) if column.kind is Kind.CATEGORY else 0)
        return tuple(counts)


def learn_encoder(columns: tuple[FeatureColumn, ...], training_rows: pl.DataFrame) -> Encoder:
    """Collect the levels of every categorical column in the training rows."""
    return Encoder(
        columns=columns,
        levels=tuple(
            tuple(training_rows[column.name].drop_nulls().unique().sort().to_list())
            if column.kind is Kind.CATEGORY
            else ()
            for column in columns
        ),
    )
