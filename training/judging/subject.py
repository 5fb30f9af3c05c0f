"""Who a model is measured on, and what every measurement of a run shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from profilering.nav_regel import dagens_regel
from profilering.policy import Policy
from profilering.registrering import Registrering
from training.audit import protected_columns
from training.evaluation.bootstrap import Persons, numbered
from training.extract import Extract
from training.judging.forslag import Before, before_estimates
from training.nav_config import NavConfig
from training.prepare import Prepared
from training.registreringer import registreringer_of
from training.split import Rows

Floats = NDArray[np.float64]

YOUNG, OLD = 30, 55
"""Ages that part the three age groups of every table of groups."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A prepared register with what is asked of its people one by one.

    `rule` is what NAV's rule of today says of every row that is learnt from or measured (empty for
    the others); `before` what the policy says without any estimate, for every row of the test side;
    `groups` has a row for every row, and a column for every way people are grouped when measured.
    """

    prepared: Prepared
    extract: Extract
    register: Path
    config: NavConfig
    policy: Policy
    rule: NDArray[np.str_]
    before: Before
    groups: pl.DataFrame

    @property
    def test(self) -> Rows:
        """Rows of the later cohorts."""
        return self.prepared.split.test

    def persons(self, rows: Rows) -> Persons:
        """Numbers of the persons behind rows, to be resampled together."""
        return numbered(self.prepared.registreringer["person_id"].gather(rows).to_list())

    def columns(self, rows: Rows) -> Mapping[str, Sequence[str | None]]:
        """Groups of the persons behind rows: the protected columns the register brings, age and fylke."""
        return self.groups[rows].to_dict(as_series=False)


def subject_of(
    prepared: Prepared, extract: Extract, register: Path, config: NavConfig, policy: Policy
) -> Subject:
    """Ask NAV's rule and the policy about everybody, one person at a time.

    Raises ExtractError when the protected columns are not the ones that were listed.
    """
    split = prepared.split
    protected = protected_columns(register, prepared.registreringer["person_id"])
    ages, fylke = age_groups(prepared.features), prepared.registreringer["fylke"]
    groups = pl.DataFrame([*protected.get_columns(), ages, fylke])
    asked = np.concatenate([split.train, split.held_out, split.test])
    people = registreringer_of(prepared.registreringer[asked], extract)
    rule = np.full(len(prepared.design), "", dtype="<U40")
    rule[asked] = rule_results(people)
    on_test = people[asked.size - split.test.size :]
    before = before_estimates(on_test, prepared.features[split.test], prepared.spans(), policy)
    return Subject(prepared, extract, register, config, policy, rule, before, groups)


def rule_results(people: Sequence[Registrering]) -> NDArray[np.str_]:
    """What NAV's rule of today says of each."""
    return np.array([dagens_regel(person).value for person in people])


def age_groups(features: pl.DataFrame) -> pl.Series:
    """The column `alder` in three groups; null stays null."""
    alder = pl.col("alder")
    group = (
        pl.when(alder < YOUNG)
        .then(pl.lit(f"under {YOUNG}"))
        .when(alder < OLD)
        .then(pl.lit(f"{YOUNG}–{OLD - 1}"))
        .when(alder >= OLD)
        .then(pl.lit(f"{OLD} og over"))
    )
    return features.select(group.alias("alder")).to_series()
