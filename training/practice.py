"""Practice cases for veiledere: invented people with what happened to them, chosen by lot.

Whoever picks cases by hand picks those that flatter the model or shame it. Here twelve people are
drawn, all at once, and drawn again until they are divided as their cohort is: by forslag, by what
was estimated and then happened, by age. Nobody in the cohort was learnt from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.lightgbm_model import LightgbmModel
from profilering.errors import CallerError
from profilering.policy import Policy, RegelKode
from profilering.registrering import Registrering
from profilering.risk import Outcome
from training.extract import Extract
from training.judging.forslag import Proposed
from training.judging.subject import age_groups
from training.outcome import HELSERELATERT, LANGVARIG
from training.prepare import Prepared
from training.registreringer import registreringer_of
from training.release.contender import estimates_of, proposed_by

COUNT = 12
"""Enough for every kind of case, few enough for one hour."""
MOST_DRAWS = 2_000_000
"""Some ten thousand are needed; this many take a minute or two."""


@dataclass(frozen=True, slots=True)
class PracticeCase:
    """One person as the service would be told of them, and what happened within the horizon."""

    registrering: Registrering
    forslag: str  # of the model the cases were drawn by
    langvarig: bool
    helse: bool | None  # None: had the ytelse from before, so the outcome is not counted


@dataclass(frozen=True, slots=True)
class Group:
    """How many of the cohort, and of the cases drawn, are alike in one respect."""

    trekk: str
    verdi: str
    kull: int
    saker: int


@dataclass(frozen=True, slots=True)
class Practice:
    """The cases in the order they were drawn, and the groups that show them to be like their cohort."""

    cases: tuple[PracticeCase, ...]
    groups: tuple[Group, ...]


def draw_practice(
    prepared: Prepared, extract: Extract, model: LightgbmModel, policy: Policy, *, seed: int
) -> Practice:
    """Draw the practice cases from the later cohort of a synthetic register, one registrering a person.

    Raises CallerError for a register of real people, and where no draw is divided as the cohort is.
    """
    if not extract.synthetic:
        raise CallerError("practice cases are shown to anybody; make them of a synthetic register only")
    rows = _first_of_each_person(prepared)
    cohort, features = prepared.registreringer[rows], prepared.features[rows]
    people = registreringer_of(cohort, extract)
    estimates = estimates_of(model, features, threads=1)
    proposed = proposed_by(model, estimates, people, features, policy)
    limit = policy.regel(RegelKode.FORHOEYET_ANSLAG).threshold
    traits = traits_of(cohort, features, proposed, limit=limit)
    drawn = draw(traits, count=COUNT, seed=seed)
    cases = tuple(
        _case(people[row], cohort.row(row, named=True), str(proposed.forslag[row])) for row in drawn
    )
    return Practice(cases, groups_of(traits, drawn))


def traits_of(
    cohort: pl.DataFrame, features: pl.DataFrame, proposed: Proposed, *, limit: float
) -> pl.DataFrame:
    """In what respects the cases are to be like their cohort: n rows, one column of names per respect.

    `limit`: from this probability on an anslag for langvarig stønad counts as high.
    """
    high = proposed.estimates[Outcome.LANGVARIG_STOENAD] >= limit
    level = pl.Series(np.where(high, "høyt anslag", "lavt anslag"))
    happened = pl.col(LANGVARIG).replace_strict({1: "langvarig stønad", 0: "ikke langvarig stønad"})
    health = pl.col(HELSERELATERT).replace_strict({1: "ja", 0: "nei"}, return_dtype=pl.String)
    return cohort.select(
        forslag=pl.Series(proposed.forslag.tolist()),
        anslag_og_utfall=level + pl.lit(", ") + happened,
        helserelatert_ytelse=health.fill_null("telles ikke"),
        alder=age_groups(features),
    )


def draw(traits: pl.DataFrame, *, count: int, seed: int, most: int = MOST_DRAWS) -> list[int]:
    """Draw rows at random until they are divided as all are, in every respect. Same seed, same rows.

    Drawing again and keeping the first that fits is rejective sampling: among the sets that fit, each
    is as likely as another. Raises CallerError when none is found.
    """
    codes = [_codes(traits[name]) for name in traits.columns]
    wanted = [_quotas(np.bincount(code), count) for code in codes]
    generator = np.random.default_rng(seed)
    for _ in range(most):
        rows = generator.choice(traits.height, count, replace=False)
        if all(
            np.array_equal(np.bincount(code[rows], minlength=quota.size), quota)
            for code, quota in zip(codes, wanted, strict=True)
        ):
            return [int(row) for row in rows]
    raise CallerError(
        f"no {count} of {traits.height} registreringer are divided as all are; try a larger register"
    )


def groups_of(traits: pl.DataFrame, drawn: Sequence[int]) -> tuple[Group, ...]:
    """Count every group in the cohort and among those drawn, the largest first in each respect."""
    chosen = traits[list(drawn)]
    return tuple(
        Group(name, value, size, int((chosen[name] == value).sum()))
        for name in traits.columns
        for value, size in _sizes(traits[name])
    )


def _sizes(values: pl.Series) -> list[tuple[str, int]]:
    by_size = values.value_counts().sort("count", values.name, descending=[True, False])
    return [(str(value), int(size)) for value, size in by_size.rows()]


def _first_of_each_person(prepared: Prepared) -> NDArray[np.intp]:
    persons = prepared.registreringer["person_id"].gather(prepared.split.test)
    first: NDArray[np.intp] = prepared.split.test[persons.is_first_distinct().to_numpy()]
    return first


def _codes(values: pl.Series) -> NDArray[np.intp]:
    """Whole numbers for the names, in the order of the alphabet."""
    codes: NDArray[np.intp] = np.unique(values.to_numpy(), return_inverse=True)[1]
    return codes


def _quotas(sizes: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """`count` divided as the sizes are, in whole persons: the largest remainders are rounded up."""
    exact = sizes * count / sizes.sum()
    whole: NDArray[np.intp] = np.floor(exact).astype(np.intp)
    upwards = np.argsort(whole - exact, kind="stable")[: count - whole.sum()]
    whole[upwards] += 1
    return whole


def _case(person: Registrering, row: Mapping[str, Any], forslag: str) -> PracticeCase:
    health = row[HELSERELATERT]
    return PracticeCase(person, forslag, row[LANGVARIG] == 1, None if health is None else health == 1)
