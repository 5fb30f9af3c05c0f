"""From tables to features, and from one registrering to the same: two ways to one definition.

Every span is cut at the day of registrering and half-open, so nothing that happens on that day
or later can move a feature. All arithmetic is in whole numbers.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import polars as pl

from profilering.features.catalogue import CATALOGUE, LAST_JOB_STYRK1, Feature, Grunnlag
from profilering.features.life import FeatureRow, Life, life_of
from profilering.features.market import TOLERANCE, Arbeidsmarked
from profilering.features.tables import Tables, tables_of
from profilering.features.vocabulary import WINDOWS
from profilering.registrering import Registrering

FeatureFrame: TypeAlias = pl.DataFrame
"""The catalogue's columns, in its order, one row per registrering; polars is named in this package only."""

PORTION = 20_000
"""Registreringer at a time: what is made on the way stays small, however large the crowd."""

KNOWN = {
    Grunnlag.JOBB: "arbeidsforhold_kjent",
    Grunnlag.YTELSE: "ytelser_kjent",
    Grunnlag.PERIODE: "perioder_kjent",
    Grunnlag.TILTAK: "tiltak_kjent",
}
"""The flag that says whether the register behind a feature answered at all."""


def features_alone(registrering: Registrering, arbeidsmarked: Arbeidsmarked) -> FeatureRow:
    """The features of one registrering, without a query engine: what `features_of` gives its row."""
    life = life_of(registrering)
    stated = life.facts["styrk1"]
    yrke = LAST_JOB_STYRK1.one(life) if stated is None else stated
    around = arbeidsmarked.at(registrering.fylke, yrke, registrering.registrert)
    life = life.knowing(yrke=yrke, **around)
    return tuple([value(life) for value in VALUES])


def features_of(registreringer: Sequence[Registrering], arbeidsmarked: Arbeidsmarked) -> FeatureFrame:
    """The features of registreringer, row i for the i-th."""
    return compute_features(tables_of(registreringer), arbeidsmarked)


def compute_features(tables: Tables, arbeidsmarked: Arbeidsmarked) -> FeatureFrame:
    """The catalogue's columns, in its order, one row per row of `tables.svar`, sorted by `rad`.

    Whole numbers are Int32, categories their place in the catalogue's list (an unknown code is
    missing), missing is null.
    """
    return pl.concat([_computed(portion, arbeidsmarked) for portion in tables.portions(PORTION)])


def _computed(tables: Tables, arbeidsmarked: Arbeidsmarked) -> FeatureFrame:
    svar = tables.svar.with_columns(reg=pl.col("registrert").cast(pl.Int32))
    history = _history(tables.spells, svar).group_by("rad").agg(AGGREGATES)
    wide = svar.join(history, on="rad", how="left").with_columns(
        yrke=pl.coalesce("styrk1", "styrk1_siste_jobb")
    )
    return (
        wide.sort("registrert")
        .join_asof(
            arbeidsmarked.table,
            left_on="registrert",
            right_on="kjent_fra",
            by_left=["fylke", "yrke"],
            by_right=["fylke", "styrk1"],
            strategy="backward",
            tolerance=TOLERANCE,
            check_sortedness=False,
        )
        .sort("rad")
        .select(COLUMNS)
    )


def _history(spells: pl.DataFrame, svar: pl.DataFrame) -> pl.DataFrame:
    """Spells that began before registrering, as day numbers cut there.

    `loeper` = not over by then. `ny_fra`..`til` are the days no earlier spell of the same slag
    covers, so that no day counts twice.
    """
    reg, til = pl.col("reg"), pl.col("til").cast(pl.Int32)
    return (
        spells.join(svar.select("rad", "reg"), on="rad")
        .select(
            "rad",
            "slag",
            "reg",
            "stillingsprosent",
            "styrk1",
            fra=pl.col("fra").cast(pl.Int32),
            til=pl.min_horizontal(til.fill_null(reg), reg),
            loeper=til.is_null() | (til > reg),
        )
        .filter(pl.col("fra") < reg)
        .sort("rad", "slag", "fra", "til", "stillingsprosent", "styrk1", nulls_last=True)
        .with_columns(ny_fra=pl.max_horizontal("fra", pl.col("til").cum_max().shift(1).over("rad", "slag")))
        .with_columns(WINDOWS)
    )


def _column(feature: Feature) -> pl.Expr:
    if feature.grunnlag in KNOWN:
        known = pl.col(KNOWN[feature.grunnlag])
        value = pl.coalesce(feature.name, pl.lit(feature.none, dtype=pl.Int32))
        return pl.when(known).then(value).cast(pl.Int32).alias(feature.name)
    return feature.value.many.cast(pl.Int32).alias(feature.name)


def _value(feature: Feature) -> Callable[[Life], int | None]:
    """What `_column` says, of one life."""
    value, none = feature.value.one, feature.none
    if feature.grunnlag not in KNOWN:
        return value
    known = KNOWN[feature.grunnlag]

    def of_register(life: Life) -> int | None:
        if not life.facts[known]:
            return None
        return none if (found := value(life)) is None else found

    return of_register


AGGREGATES = [
    *(f.value.many.alias(f.name) for f in CATALOGUE if f.grunnlag in KNOWN),
    LAST_JOB_STYRK1.many.alias("styrk1_siste_jobb"),
]
COLUMNS = [_column(feature) for feature in CATALOGUE]
VALUES = [_value(feature) for feature in CATALOGUE]
