"""As of the day: nothing known later moves a feature, and one alone has the bits of one in the crowd."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from models.approved import load_approved
from profilering.features import NAMES, Arbeidsmarked, compute_features, features_alone, features_of
from profilering.risk import Risk
from tests.candidates import Trained, some_tables, write_extract
from training.cohort import in_cohort, tables_as_of
from training.extract import Extract, read_extract
from training.market import arbeidsmarked_of
from training.nav_config import read_nav_config
from training.registreringer import registreringer_of

ALONE = 500
SCORED_ALONE = 150
Computed = Callable[[pl.DataFrame, Extract], pl.DataFrame]


@pytest.fixture(scope="module")
def extract(small_register: Path) -> Extract:
    return read_extract(small_register)


def computed(registreringer: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    return compute_features(tables_as_of(registreringer, extract), arbeidsmarked_of(extract.arbeidsmarked))


def known_on_the_day(extract: Extract) -> Extract:
    """Every registrering as a person of its own, with only what had happened and was known on the day.

    Written again here, from the dates alone: rows that began or became known later are deleted, and
    ends that lie later or became known later are taken away.
    """
    registreringer = extract.registreringer.with_row_index("rad")
    alone = pl.format("R{}", "rad")
    who = registreringer.select("person_id", "registrert", alene=alone, egen="periode_id")
    day = pl.col("registrert")

    def of_each(facts: pl.DataFrame, known: pl.Expr, *ends: pl.Expr) -> pl.DataFrame:
        joined = who.join(facts, on="person_id").filter(known).with_columns(*ends)
        return joined.with_columns(person_id="alene").select(facts.columns)

    def gone(*columns: str, unless: pl.Expr) -> list[pl.Expr]:
        return [pl.when(unless).then(column).alias(column) for column in columns]

    return replace(
        extract,
        registreringer=registreringer.with_columns(person_id=alone).drop("rad"),
        arbeidsforhold=of_each(
            extract.arbeidsforhold,
            (pl.col("startet") <= day) & (pl.col("startet_kjent") <= day),
            *gone("sluttet", "sluttet_kjent", unless=pl.col("sluttet_kjent") <= day),
        ),
        ytelser=of_each(
            extract.ytelser,
            (pl.col("fom") <= day) & (pl.col("kjent_fra") <= day),
            *gone("tom", unless=pl.col("tom") < day),
        ),
        perioder=of_each(
            extract.perioder,
            (pl.col("startet") < day) | (pl.col("periode_id") == pl.col("egen")),
            *gone("avsluttet", unless=pl.col("avsluttet") <= day),
        ),
        tiltak=of_each(extract.tiltak, pl.col("fom") <= day, *gone("tom", unless=pl.col("tom") < day)),
    )


def rows_that_differ(compute: Computed, extract: Extract) -> int:
    """Check 27 of the register's specification, on every registrering."""
    cut = known_on_the_day(extract)
    assert cut.arbeidsforhold.height > extract.registreringer.height / 2
    known = extract.arbeidsmarked.select(pl.col("kjent_fra").unique().sort())["kjent_fra"]
    whole = compute(extract.registreringer, extract)
    latest = known.search_sorted(extract.registreringer["registrert"], side="right")
    differing = 0
    for place in latest.unique():
        rows = (latest == place).arg_true()
        published = extract.arbeidsmarked.filter(pl.col("kjent_fra").is_in(known.head(place).implode()))
        then = compute(cut.registreringer[rows], replace(cut, arbeidsmarked=published))
        differing += _differing(whole[rows], then)
    return differing


def _differing(one: pl.DataFrame, other: pl.DataFrame) -> int:
    differs = pl.DataFrame({name: ~one[name].eq_missing(other[name]) for name in NAMES})
    return differs.filter(pl.any_horizontal(pl.all())).height


def test_what_became_known_later_changes_no_feature_of_anybody(extract: Extract) -> None:
    assert rows_that_differ(computed, extract) == 0


def job_ends_known_at_once(registreringer: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    jobs = extract.arbeidsforhold.with_columns(sluttet_kjent="sluttet")
    return computed(registreringer, replace(extract, arbeidsforhold=jobs))


def jobs_known_at_once(registreringer: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    jobs = extract.arbeidsforhold.with_columns(startet_kjent="startet")
    return computed(registreringer, replace(extract, arbeidsforhold=jobs))


def ytelser_known_at_once(registreringer: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    return computed(registreringer, replace(extract, ytelser=extract.ytelser.with_columns(kjent_fra="fom")))


def ytelser_two_months_ahead(registreringer: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    ahead = extract.ytelser.with_columns(pl.col("fom", "tom", "kjent_fra").dt.offset_by("-60d"))
    return computed(registreringer, replace(extract, ytelser=ahead))


def the_month_of_the_market_itself(registreringer: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    """Months as if published on their first day, with the table that is there at the end."""
    early = extract.arbeidsmarked.with_columns(kjent_fra="maaned")
    return computed(registreringer, replace(extract, arbeidsmarked=early))


LEAKS: dict[str, Computed] = {
    leak.__name__: leak
    for leak in (
        job_ends_known_at_once,
        jobs_known_at_once,
        ytelser_known_at_once,
        ytelser_two_months_ahead,
        the_month_of_the_market_itself,
    )
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_feature_that_reads_what_became_known_later_is_found(leak: str, extract: Extract) -> None:
    """Invisible in every AUC: only this check sees it (population.md section 12)."""
    half_a_year = pl.col("registrert").is_between(date(2020, 1, 1), date(2020, 6, 30))
    few = replace(extract, registreringer=extract.registreringer.filter(half_a_year))
    assert rows_that_differ(LEAKS[leak], few) > 10


def a_sample(extract: Extract, n: int) -> pl.DataFrame:
    return extract.registreringer.sample(n, seed=3, shuffle=True)


def test_one_alone_has_the_features_of_one_in_the_crowd_to_the_bit(extract: Extract) -> None:
    """The service's way (a Registrering, one at a time) against training's (tables, all at once)."""
    market = arbeidsmarked_of(extract.arbeidsmarked)
    some = a_sample(extract, ALONE)
    crowd = computed(some, extract)
    assert [features_alone(one, market) for one in registreringer_of(some, extract)] == crowd.rows()


def test_one_alone_has_the_estimate_and_the_explanation_of_one_in_the_crowd(
    extract: Extract, trained: Trained
) -> None:
    basis = load_approved(trained.approved, trained.artefacts).basis
    some = a_sample(extract, SCORED_ALONE)
    crowd = bits(basis.model.risks(computed(some, extract).rows()))
    people = registreringer_of(some, extract)
    for size in (1, 2, 7, 64):
        batches = [people[first : first + size] for first in range(0, len(people), size)]
        rows = [[features_alone(one, basis.arbeidsmarked) for one in batch] for batch in batches]
        scored = [basis.model.risks(batch) for batch in rows]
        assert bits([risks for batch in scored for risks in batch]) == crowd


def bits(risks: list[tuple[Risk, ...]]) -> list[list[str]]:
    """Every number of the estimates and their explanations, exactly."""
    return [
        [
            number.hex()
            for risk in row
            for number in (
                risk.probability,
                risk.base_log_odds,
                sum(risk.contributions, risk.base_log_odds),
                *risk.contributions,
            )
        ]
        for row in risks
    ]


DAY = date(2020, 3, 2)
"""The day the first person of the extract by hand registered."""


def features_by_hand(tmp_path: Path, **changes: pl.DataFrame) -> dict[str, int | None]:
    """The first person's features after these tables were replaced."""
    extract = read_extract(write_extract(tmp_path, {**some_tables(), **changes}))
    market = Arbeidsmarked.of(pl.DataFrame(schema=arbeidsmarked_schema(extract)))
    row = compute_features(tables_as_of(extract.registreringer[:1], extract), market).row(0)
    return dict(zip(NAMES, row, strict=True))


def arbeidsmarked_schema(extract: Extract) -> dict[str, pl.DataType]:
    return dict(arbeidsmarked_of(extract.arbeidsmarked).table.schema) | {"maaned": pl.Date()}


@pytest.mark.parametrize(("known_after", "running"), [(-1, 0), (0, 0), (1, 1)])
def test_a_job_whose_end_is_known_tomorrow_is_still_running(
    known_after: int, running: int, tmp_path: Path
) -> None:
    jobs = some_tables()["arbeidsforhold"].with_columns(
        sluttet=pl.lit(DAY - timedelta(days=1)), sluttet_kjent=pl.lit(DAY + timedelta(days=known_after))
    )
    assert features_by_hand(tmp_path, arbeidsforhold=jobs)["i_jobb_naa"] == running


def test_a_notice_given_before_the_day_is_known_though_the_job_still_runs(tmp_path: Path) -> None:
    jobs = some_tables()["arbeidsforhold"].with_columns(
        sluttet=pl.lit(DAY + timedelta(days=20)), sluttet_kjent=pl.lit(DAY - timedelta(days=20))
    )
    assert features_by_hand(tmp_path, arbeidsforhold=jobs)["i_jobb_naa"] == 1


@pytest.mark.parametrize(("known_after", "months"), [(0, 2), (1, 0)])
def test_a_ytelse_counts_from_the_day_it_is_known(known_after: int, months: int, tmp_path: Path) -> None:
    ytelser = some_tables()["ytelser"].with_columns(
        fom=pl.lit(DAY - timedelta(days=60)),
        tom=pl.lit(None, pl.Date),
        kjent_fra=pl.lit(DAY + timedelta(days=known_after)),
    )
    assert features_by_hand(tmp_path, ytelser=ytelser)["maaneder_dagpenger_siste_24"] == months


def test_the_periode_that_a_registrering_opens_is_not_its_history(tmp_path: Path) -> None:
    """Not even where its start was written a day too early."""
    perioder = some_tables()["perioder"].with_columns(pl.col("startet").dt.offset_by("-1d"))
    assert features_by_hand(tmp_path, perioder=perioder)["perioder_siste_60"] == 0


def test_the_cohort_is_whole_years_and_ordered_whatever_the_order_of_the_extract(extract: Extract) -> None:
    config = read_nav_config().kohort
    cohort = in_cohort(extract.registreringer, config)
    ages = cohort["registrert"].dt.year() - cohort["foedselsaar"]
    assert (ages.min(), ages.max()) == (config.alder_fra, config.alder_til)
    shuffled = extract.registreringer.sample(fraction=1, shuffle=True, seed=1)
    assert in_cohort(shuffled, config).equals(cohort)


@pytest.mark.parametrize(
    ("nus", "asked"), [("0", False), ("2", False), ("3", True), ("8", True), ("9", False)]
)
def test_bestaatt_and_godkjent_are_only_heard_where_they_are_asked(
    nus: str, asked: object, tmp_path: Path
) -> None:
    """Answered to another level of education they contradict it; both ways to the features say so."""
    stated = some_tables()["registreringer"].with_columns(
        nus=pl.lit(nus), bestaatt=pl.lit("JA"), godkjent=pl.lit("NEI")
    )
    tables = {**some_tables(), "registreringer": stated}
    extract = read_extract(write_extract(tmp_path, tables))
    crowd = computed(extract.registreringer, extract)
    market = arbeidsmarked_of(extract.arbeidsmarked)
    assert features_of(registreringer_of(extract.registreringer, extract), market).equals(crowd)
    codes = (crowd["utdanning_bestaatt"][0], crowd["utdanning_godkjent"][0])
    assert codes == ((2, 0) if asked else (None, None))
