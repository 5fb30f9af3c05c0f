"""Planted defects: each is stopped by the gate that is there for it, on the small synthetic register."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from models.calibration import Calibration
from models.lightgbm_model import Explained, FittedOutcome
from models.policy_file import read_policy_version
from profilering.features import NAMES
from profilering.risk import Outcome
from tests.candidates import SMALL_GATES
from training.about import about_run
from training.candidate import Candidate, fit_candidate
from training.extract import Extract, read_extract
from training.judging.judge import Judged, judge
from training.judging.subject import Subject, subject_of
from training.nav_config import NavConfig, read_nav_config
from training.prepare import Prepared, prepare
from training.release.limits import read_gates

Floats = NDArray[np.float64]
LANGVARIG, HELSE = Outcome.LANGVARIG_STOENAD, Outcome.HELSERELATERT_YTELSE
LEAKY = "ledige_stillinger"


@dataclass(frozen=True, slots=True)
class Whole:
    """A sound run up to its judgement; a test breaks one part of it."""

    register: Path
    extract: Extract
    config: NavConfig
    prepared: Prepared
    candidate: Candidate
    subject: Subject

    def judged(
        self,
        *,
        candidate: Candidate | None = None,
        prepared: Prepared | None = None,
        extract: Extract | None = None,
    ) -> Judged:
        """Judge with a broken part; what follows from it is made anew."""
        own = extract or self.extract
        sides = prepared or self.prepared
        ordinary = self.candidate if prepared is None else fit_candidate(sides, self.config, threads=2)
        made = candidate or ordinary
        # What is asked of people one by one is the same for every defect planted here.
        subject = replace(self.subject, prepared=sides, extract=own)
        about = about_run(own, self.config, "Kari Trener")
        limits = read_gates(SMALL_GATES)
        return judge(made, subject, about, limits, approved=None, told=lambda _stage: None)


@pytest.fixture(scope="module")
def whole(small_register: Path) -> Whole:
    config = read_nav_config(
        overrides={
            "lightgbm.trees": 40,
            "lightgbm.learning_rate": 0.1,
            "evaluering.omtrekk": 40,
            "evaluering.froe": 1,
            "evaluering.trukne_kull": 0,
            "evaluering.to_maater": 5,
            "evaluering.omstridte": ["ALDER"],
        }
    )
    extract = read_extract(small_register)
    prepared = prepare(extract, config)
    policy = read_policy_version(config.evaluering.policy)
    subject = subject_of(prepared, extract, small_register, config, policy)
    candidate = fit_candidate(prepared, config, threads=2)
    return Whole(small_register, extract, config, prepared, candidate, subject)


def stopped(judged: Judged, outcome: Outcome | None = None) -> set[str]:
    """Names of the gates that do not hold, of all or of one outcome."""
    return {g.gate for g in judged.gates if not g.bestaatt and (outcome is None or g.utfall == outcome)}


def with_column(prepared: Prepared, name: str, values: Floats) -> Prepared:
    matrix = prepared.design.values.copy()
    matrix[:, NAMES.index(name)] = values
    return replace(prepared, design=replace(prepared.design, values=matrix))


def leaked(prepared: Prepared, outcome: Outcome, *, right: float) -> Prepared:
    """A market figure that knows what will happen, for this share of the people."""
    random = np.random.default_rng(1)
    happened = np.nan_to_num(prepared.outcome(outcome))
    told = random.random(happened.size) < right
    return with_column(prepared, LEAKY, np.where(told, happened, 1 - happened))


def test_a_sound_run_passes_and_its_card_is_whole(whole: Whole) -> None:
    judged = whole.judged()
    assert stopped(judged) == set()
    assert judged.findings.examination is not None
    assert len(judged.findings.examination.stability.models) == 1


def test_a_feature_that_knows_the_outcome_is_stopped_as_a_leak(whole: Whole) -> None:
    found = stopped(whole.judged(prepared=leaked(whole.prepared, LANGVARIG, right=0.9)), LANGVARIG)
    assert {"lekkasje", "enkeltopplysning"} <= found


def test_a_leak_that_is_right_three_times_of_four_is_found_in_the_second_outcome_too(whole: Whole) -> None:
    """The AUC of the whole model may stay within every limit; the feature alone does not."""
    found = stopped(whole.judged(prepared=leaked(whole.prepared, HELSE, right=0.78)), HELSE)
    assert "enkeltopplysning" in found


def test_permuted_labels_are_stopped_by_being_no_better_than_the_rule(whole: Whole) -> None:
    train = whole.prepared.split.train
    columns = {}
    for outcome in Outcome:
        name = outcome.value.lower()
        values = whole.prepared.registreringer[name].to_numpy().copy()
        values[train] = np.random.default_rng(2).permutation(values[train])
        columns[name] = pl.Series(values).fill_nan(None).cast(pl.Int8)
    permuted = replace(whole.prepared, registreringer=whole.prepared.registreringer.with_columns(**columns))
    judged = whole.judged(candidate=fit_candidate(permuted, whole.config, threads=2))
    assert all("bedre_enn_dagens_regel" in stopped(judged, outcome) for outcome in Outcome)


def test_a_horizon_that_is_not_over_is_stopped(whole: Whole) -> None:
    earlier = whole.extract.extract_date - timedelta(days=700)
    assert "horisont" in stopped(whole.judged(extract=replace(whole.extract, extract_date=earlier)))


def test_an_extract_that_says_it_was_drawn_after_its_data_end_is_stopped(whole: Whole) -> None:
    later = replace(whole.extract, extract_date=whole.extract.extract_date + timedelta(days=400))
    assert "horisont" in stopped(whole.judged(extract=later))


def test_a_person_on_both_sides_of_the_split_is_stopped(whole: Whole) -> None:
    split = whole.prepared.split
    both = replace(split, train=np.sort(np.append(split.train, split.test[:1])))
    assert "en_side" in stopped(whole.judged(prepared=replace(whole.prepared, split=both)))


def test_a_model_that_ignores_the_directions_is_stopped(whole: Whole) -> None:
    undirected = replace(whole.prepared.design, monotone=(0,) * len(NAMES))
    free = replace(whole.prepared, design=undirected)
    assert "monotoni" in stopped(whole.judged(candidate=fit_candidate(free, whole.config, threads=2)))


def test_a_miscalibrated_model_is_stopped(whole: Whole) -> None:
    assert "kalibrering" in stopped(whole.judged(candidate=remade(whole.candidate, too_high)))


def test_a_group_that_is_systematically_over_predicted_is_stopped_and_named(whole: Whole) -> None:
    judged = whole.judged(candidate=remade(whole.candidate, OverPredicted.of))
    gates = [g for g in judged.gates if g.gate == "grupper" and g.utfall == LANGVARIG]
    assert not gates[0].bestaatt
    assert gates[0].funnet.startswith("alder=30–54")  # the worst first


def test_an_explanation_that_does_not_add_up_is_stopped(whole: Whole) -> None:
    assert "sum" in stopped(whole.judged(candidate=remade(whole.candidate, OffByAHair.of)))


def test_features_that_looked_ahead_are_stopped(whole: Whole) -> None:
    """Ignoring when facts became known is invisible in every AUC (population.md, section 12)."""
    jobs = whole.extract.arbeidsforhold.with_columns(startet_kjent="startet", sluttet_kjent="sluttet")
    careless = prepare(replace(whole.extract, arbeidsforhold=jobs), whole.config)
    assert "kjent_paa_dagen" in stopped(whole.judged(prepared=careless))


def remade(candidate: Candidate, of: Callable[[FittedOutcome], FittedOutcome]) -> Candidate:
    """The candidate with both outcomes' models exchanged."""
    return replace(candidate, model=replace(candidate.model, fitted=tuple(map(of, candidate.model.fitted))))


def too_high(fitted: FittedOutcome) -> FittedOutcome:
    line = fitted.calibration
    return replace(fitted, calibration=Calibration(line.slope, line.intercept + 1.0))


class OffByAHair(FittedOutcome):
    """An explanation that does not add up to the estimate."""

    @classmethod
    def of(cls, fitted: FittedOutcome) -> FittedOutcome:
        return cls(fitted.outcome, fitted.booster, fitted.calibration, fitted.cohort)

    def explain(self, matrix: Floats, *, threads: int = 1) -> Explained:
        right = FittedOutcome(self.outcome, self.booster, self.calibration, self.cohort).explain(matrix)
        return replace(right, log_odds=right.log_odds + 1e-6)


class OverPredicted(FittedOutcome):
    """Says a step in log-odds too much of everybody from 30 to 54."""

    @classmethod
    def of(cls, fitted: FittedOutcome) -> FittedOutcome:
        return cls(fitted.outcome, fitted.booster, fitted.calibration, fitted.cohort)

    def probabilities(self, matrix: Floats, *, threads: int = 1) -> Floats:
        plain = FittedOutcome(self.outcome, self.booster, self.calibration, self.cohort)
        right = plain.probabilities(matrix)
        alder = matrix[:, NAMES.index("alder")]
        odds = right / (1 - right) * np.where((alder >= 30) & (alder < 55), np.e**1.5, 1.0)
        return np.asarray(odds / (1 + odds))
