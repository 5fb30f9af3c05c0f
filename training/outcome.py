"""Labels: what happened in the horizon, counted on measuring days; open horizons are no labels.

Trained on what happened, never on which innsatsgruppe somebody was given (REQ-39). The months of
a ytelse are those whose measuring day lies inside it; a month counts once however many ytelser.
"""

import polars as pl

from training.nav_config import OutcomeConfig

LANGVARIG, HELSERELATERT = "langvarig_stoenad", "helserelatert_ytelse"


def label(
    registreringer: pl.DataFrame, ytelser: pl.DataFrame, config: OutcomeConfig, last_day: pl.Expr
) -> pl.DataFrame:
    """Add `moden` and the two outcomes (1, 0, or null where there is none) to registreringer.

    `last_day` is the day the extract was drawn: a registrering is mature when its last measuring
    day is no later. The second outcome is null for whoever has a health benefit on the first
    measuring day (a rule of law answers for them).
    """
    first = month_on_or_after(pl.col("registrert"), config.maaledag)
    numbered = registreringer.with_row_index("nr").with_columns(first=first)
    last = pl.col("first") + config.maaneder - 1
    mature = numbered.with_columns(moden=day_in(last, config.maaledag) <= last_day)
    spells = _measured(ytelser, config)
    hit = _covered(mature, spells, config).rename({"covered": "maaneder"})
    health = _covered(mature, spells.filter(pl.col("ytelse").is_in(config.helseytelser)), config)
    labelled = mature.join(hit.drop("at_first"), on="nr", how="left").join(health, on="nr", how="left")
    reached = pl.col("maaneder").fill_null(0) >= config.minst_maaneder
    at_first = pl.col("at_first").fill_null(value=False)
    return labelled.sort("nr").select(
        *registreringer.columns,
        "moden",
        pl.when("moden").then(reached).cast(pl.Int8).alias(LANGVARIG),
        pl.when(pl.col("moden") & ~at_first)
        .then(pl.col("covered").fill_null(0) > 0)
        .cast(pl.Int8)
        .alias(HELSERELATERT),
    )


def month_on_or_after(day: pl.Expr, measuring_day: int) -> pl.Expr:
    """The first month, as months since year 0, whose measuring day is not before `day`."""
    return _month(day) + (day.dt.day() > measuring_day).cast(pl.Int32)


def day_in(month: pl.Expr, measuring_day: int) -> pl.Expr:
    """The measuring day of a month since year 0."""
    return pl.date(month // 12, month % 12 + 1, measuring_day)


def _month(day: pl.Expr) -> pl.Expr:
    """Months since year 0, a whole number."""
    return day.dt.year() * 12 + day.dt.month().cast(pl.Int32) - 1


def _measured(ytelser: pl.DataFrame, config: OutcomeConfig) -> pl.DataFrame:
    """Ytelser as months [fra, til) on whose measuring day they were in force; running ones are open."""
    after_last = pl.col("tom").dt.offset_by("1d")
    return ytelser.select(
        "person_id",
        "ytelse",
        fra=month_on_or_after(pl.col("fom"), config.maaledag),
        til=month_on_or_after(after_last, config.maaledag).fill_null(2**30),
    ).filter(pl.col("til") > pl.col("fra"))


def _covered(registreringer: pl.DataFrame, spells: pl.DataFrame, config: OutcomeConfig) -> pl.DataFrame:
    """Per registrering with any: months of its horizon covered, and whether the first one is."""
    disjoint = (
        spells.sort("person_id", "fra", "til")
        .with_columns(fra=pl.max_horizontal("fra", pl.col("til").cum_max().shift(1).over("person_id")))
        .filter(pl.col("til") > pl.col("fra"))
    )
    start = pl.max_horizontal("fra", "first")
    end = pl.min_horizontal(pl.col("til"), pl.col("first") + config.maaneder)
    return (
        registreringer.select("nr", "person_id", "first")
        .join(disjoint, on="person_id")
        .filter(end > start)
        .group_by("nr")
        .agg(
            covered=(end - start).sum(),
            at_first=((pl.col("fra") <= pl.col("first")) & (pl.col("first") < pl.col("til"))).any(),
        )
    )
