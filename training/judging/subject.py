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
from training.judging.forslag import Codes, fixed_rules
from training.nav_config import NavConfig
from training.prepare import Prepared
from training.registreringer import registreringer_of
from training.split import Rows

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Subject:
    """A prepared register with what is asked of its people one by one.

    `rule` is what NAV's rule of today says of every row that is learnt from or measured (empty for
    the others); `fixed` the rule of the policy that decides before any estimate, for every row of
    the test side.
    """

    prepared: Prepared
    extract: Extract
    register: Path
    config: NavConfig
    policy: Policy
    rule: NDArray[np.str_]
    fixed: Codes

    @property
    def test(self) -> Rows:
        """Rows of the later cohorts."""
        return self.prepared.split.test

    def persons(self, rows: Rows) -> Persons:
        """Numbers of the persons behind rows, to be resampled together."""
        return numbered(self.prepared.registreringer["person_id"].gather(rows).to_list())

    def columns(self, rows: Rows) -> Mapping[str, Sequence[str | None]]:
        """Groups that are measured: the protected columns the register brings, age and fylke."""
        alder = pl.col("alder")
        named = pl.when(alder < 30).then(pl.lit("under 30")).when(alder < 55).then(pl.lit("30–54"))
        ages = self.prepared.features[rows].select(named.otherwise(pl.lit("55 og over"))).to_series()
        protected = protected_columns(self.register, self.prepared.registreringer["person_id"].gather(rows))
        fylke = self.prepared.registreringer["fylke"].gather(rows).to_list()
        return {**protected, "alder": ages.to_list(), "fylke": fylke}


def subject_of(
    prepared: Prepared, extract: Extract, register: Path, config: NavConfig, policy: Policy
) -> Subject:
    """Ask NAV's rule and the policy about everybody, one person at a time."""
    split = prepared.split
    asked = np.concatenate([split.train, split.held_out, split.test])
    people = registreringer_of(prepared.registreringer[asked], extract)
    rule = np.full(len(prepared.design), "", dtype="<U40")
    rule[asked] = rule_results(people)
    on_test = people[asked.size - split.test.size :]
    fixed = fixed_rules(on_test, prepared.features[split.test], prepared.spans(), policy)
    return Subject(prepared, extract, register, config, policy, rule, fixed)


def rule_results(people: Sequence[Registrering]) -> NDArray[np.str_]:
    """What NAV's rule of today says of each."""
    return np.array([dagens_regel(person).value for person in people])
