"""The check numbers of a written register, each beside the band it must fall in.

They show that the machinery behaves as specified; they say nothing about Norway.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from training.synthetic.config import Kontroll, PopulationConfig, read_config
from training.synthetic.tally import (
    SHOCK_YEARS,
    Written,
    auc,
    outcomes_from_tables,
    todays_rule,
)

FULL_SIZE: Final = 100_000
"""From this many persons the bands of the configuration hold as they stand; below, twice as wide."""
COHORT_AGE: Final = 65
"""Younger at registrering: nobody reaches 67 inside the window."""

Numbered = Iterator[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Check:
    """One number of a register, with the band it must fall in."""

    nummer: str
    navn: str
    verdi: float
    lav: float
    hoey: float

    @property
    def holds(self) -> bool:
        """Whether the number lies in its band."""
        return self.lav <= self.verdi <= self.hoey


def check_numbers(register: Path, config: PopulationConfig | None = None) -> list[Check]:
    """All checks that need no model, in the order of the configuration."""
    written = Written(register, config or read_config())
    persons = written.truth("personer").height
    values: dict[str, float] = {}
    for part in (
        _stocks,
        _periods,
        _answers,
        _flows,
        _sosialhjelp,
        _outcomes,
        _rule,
        _true_risk,
        _single_feature,
    ):
        values.update(part(written))
    return [_check(band, values[band.nummer], persons) for band in written.config.kontroller]


def _check(band: Kontroll, value: float, persons: int) -> Check:
    """Exactness and standard errors do not widen with a smaller register."""
    fixed = band.nummer.startswith(("20", "21"))
    slack = 0.0 if persons >= FULL_SIZE or fixed else (band.hoey - band.lav) / 2
    return Check(band.nummer, band.navn, value, band.lav - slack, band.hoey + slack)


def _moves(written: Written) -> pl.DataFrame:
    return written.truth("overganger").group_by("maaned", "fra", "til").agg(pl.col("antall").sum())


def _active(moves: pl.DataFrame) -> float:
    """Mean number of active persons over the months written."""
    months = moves["maaned"].n_unique()
    return float(moves.filter(pl.col("til") != "XX")["antall"].sum()) / months


def _weight(written: Written) -> float:
    """How many residents one simulated person stands for."""
    return written.config.register.befolkning / _active(_moves(written))


def _stock(moves: pl.DataFrame, *tilstander: str) -> float:
    months = moves["maaned"].n_unique()
    return float(moves.filter(pl.col("til").is_in(tilstander))["antall"].sum()) / months


def _stocks(written: Written) -> Numbered:
    moves, weight = _moves(written), _weight(written)
    normal = moves.filter(~pl.col("maaned").dt.year().is_in(SHOCK_YEARS))
    yield "3", weight * _stock(normal, "LD", "LU", "PE")
    yield "4", weight * _stock(normal, "TD", "TU")
    yield "10", _stock(moves, "AA") / _active(moves)
    yield "13", _stock(moves, "UF") / _active(moves)


def _year(written: Written) -> pl.Expr:
    return written.config.register.foerste_maaned.year + pl.col("t") // 12


def _periods(written: Written) -> Numbered:
    weight, regs = _weight(written), _cohort(written)
    normal = regs.with_columns(year=_year(written)).filter(~pl.col("year").is_in(SHOCK_YEARS))
    yield "1", weight * normal.height / normal["year"].n_unique()
    yield "2", weight * _open_in_year(written, normal["year"].unique().to_list())
    closed = regs.join(written.extract("perioder"), on="periode_id").drop_nulls("avsluttet")
    days = (pl.col("avsluttet") - pl.col("startet")).dt.total_days()
    young, older = (
        float(np.median(closed.filter(who).select(days).to_numpy()))
        for who in (pl.col("alder") < 25, pl.col("alder") >= 50)
    )
    yield "19", young / older


def _open_in_year(written: Written, years: list[int]) -> float:
    """Mean number of persons with an open period on some measuring day of a year."""
    start, last = written.config.register.foerste_maaned.year, written.config.register.maaneder
    periods = written.extract("perioder").with_columns(
        first=written.measuring_month("startet"), end=written.measuring_month("avsluttet").fill_null(last)
    )
    counts = []
    for year in years:
        january = (year - start) * 12
        within = (pl.col("first") < january + 12) & (pl.col("end") > january)
        counts.append(periods.filter(within)["person_id"].n_unique())
    return float(np.mean(counts))


def _share(frame: pl.DataFrame, condition: pl.Expr) -> float:
    return float(frame.select(condition.mean()).item())


def _answers(written: Written) -> Numbered:
    regs = _cohort(written)
    helse = "helsetilstand_hindrer_arbeid"
    yield "5", _share(regs, pl.col("alder") < 30)
    yield "6", _share(regs.drop_nulls("nus"), pl.col("nus").is_in(["0", "1", "2"]))
    yield "7", _share(regs.drop_nulls(helse), pl.col(helse).is_in(["JA", "VET_IKKE"]))
    yield "8", _share(regs.drop_nulls(helse).filter("helsesvikt"), pl.col(helse) == "NEI")


def _flows(written: Written) -> Numbered:
    moves = _moves(written).filter(pl.col("til") != "XX")
    years = moves["maaned"].dt.year().n_unique()
    used_up = moves.filter(pl.col("fra").is_in(["SJ12", "SL12"]))
    yield "9a", _weight(written) * float(used_up["antall"].sum()) / years
    yield "9b", _part(used_up, pl.col("til") == "AA")
    left_pe = moves.filter((pl.col("fra") == "PE") & (pl.col("til") != "PE"))
    yield "17", _part(left_pe, pl.col("til") == "JF")
    to_job = [_part(moves.filter(pl.col("fra") == state), pl.col("til") == "JN") for state in ("TD", "LD")]
    yield "18", to_job[0] / to_job[1]


def _part(moves: pl.DataFrame, condition: pl.Expr) -> float:
    return float(moves.filter(condition)["antall"].sum()) / float(moves["antall"].sum())


def _sosialhjelp(written: Written) -> Numbered:
    first = written.config.register.registreringer_fra
    months = written.benefit_months("SOSIALHJELP", "KVALIFISERINGSSTOENAD").filter(pl.col("t") >= first)
    # Sosialhjelp beside dagpenger or AAP is not what lives on sosialhjelp: left out, as in the reference.
    beside = written.benefit_months("DAGPENGER", "AAP")
    months = months.join(beside, on=["person_id", "t"], how="anti")
    yearly = months.group_by("person_id", year=_year(written)).agg(antall=pl.len())
    years = yearly["year"].n_unique()
    yield "12a", yearly.height / years / _active(_moves(written))
    yield "12b", _share(yearly, pl.col("antall") >= 6)
    yield "12c", _share(yearly, pl.col("antall") == 12)
    yield "11", _aap_with_job(written)


def _aap_with_job(written: Written) -> float:
    """Share of those on AAP on 15 June who have an arbeidsforhold in the register that day."""
    register = written.config.register
    start = register.foerste_maaned
    aap, jobs = written.benefit_months("AAP"), written.extract("arbeidsforhold")
    on_aap = with_job = 0
    for t in range(register.registreringer_fra + 5, register.maaneder, 12):
        day = pl.date(start.year + t // 12, 6, 15)
        held = jobs.filter(
            (pl.col("startet") <= day) & (pl.col("sluttet").is_null() | (pl.col("sluttet") > day))
        )
        persons = aap.filter(pl.col("t") == t)
        on_aap += persons.height
        with_job += persons.join(held, on="person_id", how="semi").height
    return with_job / on_aap


def _cohort(written: Written) -> pl.DataFrame:
    return written.registreringer().filter(pl.col("alder") < COHORT_AGE)


def _outcomes(written: Written) -> Numbered:
    counted = outcomes_from_tables(written).rename({"utfall_1": "tabell_1", "utfall_2": "tabell_2"})
    both = _cohort(written).join(counted, on="periode_id")
    yield "14", _share(both, pl.col("tabell_1"))
    yield "15", _share(both, pl.col("tabell_2"))
    everyone = written.registreringer().join(counted, on="periode_id")
    differs = [everyone[f"utfall_{i}"].ne_missing(everyone[f"tabell_{i}"]).sum() for i in (1, 2)]
    yield "20", float(sum(differs))


def _rule(written: Written) -> Numbered:
    rule = todays_rule(written)
    for nummer, result in (("16a", "GODE"), ("16b", "VEILEDNING"), ("16c", "HINDRINGER")):
        yield nummer, float((rule == result).sum()) / rule.len()


PAIRS: Final = (("p_langvarig_stoenad", "utfall_1"), ("p_helserelatert_ytelse", "utfall_2"))


def _true_risk(written: Written) -> Numbered:
    """Differences in standard errors, taking the registreringer as independent given p."""
    for (p, outcome), letters in zip(PAIRS, ("aca", "bdb"), strict=True):
        known = _cohort(written).drop_nulls([p, outcome]).sort(p)
        yield f"21{letters[0]}", _standard_errors(known, p, outcome)
        tenths = [known.filter(pl.int_range(pl.len()) * 10 // pl.len() == i) for i in range(10)]
        yield f"21{letters[1]}", max((_standard_errors(x, p, outcome) for x in tenths), key=abs)
        yield f"22{letters[2]}", auc(known[p], known[outcome])


def _standard_errors(known: pl.DataFrame, p: str, outcome: str) -> float:
    error = (pl.col(p) * (1 - pl.col(p))).sum().sqrt()
    return float(known.select((pl.col(p) - pl.col(outcome).cast(pl.Int32)).sum() / error).item())


def _single_feature(written: Written) -> Numbered:
    """The best AUC one raw answer alone can reach: each value scored by its own share of the outcome."""
    columns = {
        "nus": pl.col("nus"),
        "bestaatt": pl.col("bestaatt"),
        "godkjent": pl.col("godkjent"),
        "helse": pl.col("helsetilstand_hindrer_arbeid"),
        "andre": pl.col("andre_forhold_hindrer_arbeid"),
        "jobbsituasjon": pl.col("jobbsituasjon").list.first(),
        "styrk1": pl.col("styrk08").str.head(1),
        "fylke": pl.col("fylke"),
        "alder": pl.col("alder") // 5,
    }
    for nummer, (_, outcome) in zip(("26a", "26b"), PAIRS, strict=True):
        known = _cohort(written).drop_nulls(outcome)
        scored = known.select(
            outcome, **{name: pl.col(outcome).mean().over(value) for name, value in columns.items()}
        )
        yield nummer, max(auc(scored[name], scored[outcome]) for name in columns)
