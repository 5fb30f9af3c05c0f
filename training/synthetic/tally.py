"""Questions to a written register that several checks ask: who was on what, on which measuring day."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from training.synthetic.config import PopulationConfig

SHOCK_YEARS: Final = (2020, 2021)
"""Normal years are without these."""


@dataclass(frozen=True, slots=True)
class Written:
    """The tables of one register as they lie on disk, truth included: for audits only."""

    folder: Path
    config: PopulationConfig

    def extract(self, table: str) -> pl.DataFrame:
        """One table of the extract."""
        return pl.read_parquet(self.folder / "extract" / table / "part-*.parquet")

    def truth(self, table: str) -> pl.DataFrame:
        """One table of the truth."""
        return pl.read_parquet(self.folder / "truth" / table / "part-*.parquet")

    def registreringer(self) -> pl.DataFrame:
        """Registreringer with `alder`, month `t` of the first measuring day, and the truth."""
        return (
            self.extract("registreringer")
            .with_columns(t=self.measuring_month("registrert"), alder=age("registrert"))
            .join(self.truth("registreringer"), on="periode_id", how="left", maintain_order="left")
        )

    def measuring_month(self, day: str) -> pl.Expr:
        """Month t of the first measuring day on or after `day`; null stays null."""
        start = self.config.register.foerste_maaned
        months = (
            (pl.col(day).dt.year().cast(pl.Int32) - start.year) * 12 + pl.col(day).dt.month() - start.month
        )
        return (months + (pl.col(day).dt.day() > 15).cast(pl.Int32)).cast(pl.Int32)

    def benefit_months(self, *ytelser: str) -> pl.DataFrame:
        """One row per person and month t with one of these (or any) ytelser in force on the 15th."""
        rows = self.extract("ytelser")
        if ytelser:
            rows = rows.filter(pl.col("ytelse").is_in(ytelser))
        # The day after tom is the first without; its measuring month is the first month off.
        off = pl.col("tom") + pl.duration(days=1)
        return (
            rows.with_columns(off=off)
            .with_columns(first=self.measuring_month("fom"), end=self.measuring_month("off"))
            .with_columns(end=pl.col("end").fill_null(self.config.register.maaneder))
            .select("person_id", t=pl.int_ranges("first", "end"))
            .explode("t", empty_as_null=True, keep_nulls=False)
            .drop_nulls()
            .unique()
        )


def age(day: str) -> pl.Expr:
    """Whole years on `day` when only the year of birth is known: 1 July."""
    return pl.col(day).dt.year() - pl.col("foedselsaar") - (pl.col(day).dt.month() < 7).cast(pl.Int32)


def outcomes_from_tables(written: Written) -> pl.DataFrame:
    """periode_id with both outcomes as anybody could count them from the extract; null where undefined."""
    register = written.config.register
    horizon = register.horisont_maaneder
    regs = written.registreringer().select("periode_id", "person_id", "t")
    table = regs.select("periode_id", mature=pl.col("t") + horizon <= register.maaneder)
    health = ("AAP", "UFOERETRYGD")
    for name, ytelser in (("alle", ()), ("helse", health)):
        months = regs.join(written.benefit_months(*ytelser).rename({"t": "month"}), on="person_id")
        inside = months.filter(pl.col("month").is_between("t", pl.col("t") + horizon - 1))
        first = (pl.col("month") == pl.col("t")).any()
        counts = inside.group_by("periode_id").agg(pl.len().alias(name), first.alias(f"{name}_foerst"))
        table = table.join(counts, on="periode_id", how="left", maintain_order="left")
    long = pl.col("alle").fill_null(0) >= register.stoenad_maaneder
    undefined = pl.col("helse_foerst").fill_null(value=False)
    return table.select(
        "periode_id",
        utfall_1=pl.when("mature").then(long),
        utfall_2=pl.when(pl.col("mature") & ~undefined).then(pl.col("helse").fill_null(0) > 0),
    )


def todays_rule(written: Written) -> pl.Series:
    """NAV's rule today per registrering: GODE, VEILEDNING or HINDRINGER, from what was known that day."""
    regs = written.registreringer()
    hindered = pl.col("helsetilstand_hindrer_arbeid", "andre_forhold_hindrer_arbeid").is_in(
        ["JA", "VET_IKKE"]
    )
    approved = (pl.col("bestaatt") == "JA") & (pl.col("godkjent") == "JA")
    educated = (pl.col("nus") == "2") | (~pl.col("nus").is_in(["0", "1", "9"]) & approved)
    experienced = pl.col("periode_id").is_in(_six_months_of_twelve(written, regs).implode())
    good = educated.fill_null(value=False) & experienced & pl.col("alder").is_between(18, 66)
    stated = pl.any_horizontal(hindered.fill_null(value=False))
    others = pl.when(good).then(pl.lit("GODE")).otherwise(pl.lit("VEILEDNING"))
    rule = pl.when(stated).then(pl.lit("HINDRINGER")).otherwise(others)
    return regs.select(rule.alias("regel"))["regel"]


def _six_months_of_twelve(written: Written, regs: pl.DataFrame) -> pl.Series:
    """periode_id of those with six months of work on end, gaps under three days, in the year before."""
    day, group = pl.col("registrert"), "periode_id"
    known = pl.when(pl.col("sluttet_kjent") <= day).then("sluttet")
    jobs = (
        regs.select("periode_id", "person_id", "registrert")
        .join(written.extract("arbeidsforhold"), on="person_id")
        .filter(pl.col("startet_kjent") <= day)
        .select("periode_id", "registrert", "startet", slutt=known.fill_null(day))
        .sort("periode_id", "startet")
    )
    reach = pl.col("slutt").cum_max().shift(1).over(group)
    apart = (pl.col("startet") > reach + pl.duration(days=2)).fill_null(value=False)
    spans = (
        jobs.with_columns(span=apart.cast(pl.Int32).cum_sum().over(group))
        .group_by("periode_id", "span")
        .agg(pl.col("startet").min(), pl.col("slutt").max(), day.first())
        .with_columns(
            fra=pl.max_horizontal("startet", day.dt.offset_by("-1y")), til=pl.min_horizontal("slutt", day)
        )
    )
    return spans.filter(pl.col("fra").dt.offset_by("6mo") <= pl.col("til"))["periode_id"].unique()


def auc(score: pl.Series, outcome: pl.Series) -> float:
    """Area under the ROC curve; ties count half."""
    ranks = score.rank("average")
    positives = int(outcome.sum())
    negatives = outcome.len() - positives
    rank_sum = float(np.asarray(ranks.filter(outcome)).sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)
