"""Two published models on the same people: what each estimates, and what would be proposed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.bundle import folder_of, read_bundle, verified_files
from models.lightgbm_model import LightgbmModel, matrix_of
from profilering.assess import HEALTH_BENEFITS
from profilering.policy import Policy, receives
from profilering.registrering import Registrering
from profilering.risk import Outcome
from training.judging.forslag import Codes, fixed_rules, forslag_of
from training.nav_config import NavConfig, read_nav_config

Floats = NDArray[np.float64]

KEPT_SETTINGS = ("seed", "utfall", "kohort", "deling")
"""What a run's own configuration says of people and outcomes; how it fitted and measured is over."""


@dataclass(frozen=True, slots=True)
class ModelName:
    """Which model was asked."""

    version: str
    digest: str  # of its bundle, sha256:…


@dataclass(frozen=True, slots=True)
class Contender:
    """One of the models that are held against each other."""

    name: ModelName
    model: LightgbmModel
    config: NavConfig  # whom it learnt from, and what was counted
    synthetic: bool
    trainer: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a model says of n people, and what the policy then proposes."""

    fixed: Codes  # the rule that decides before any estimate, or empty
    estimates: Mapping[Outcome, Floats]  # probabilities; NaN where the service makes none
    forslag: Codes


def read_contender(digest: str, artefacts: Path) -> Contender:
    """Read a published bundle and its run's own settings. Raises SetupError, or ConfigError when they
    are not of this version."""
    folder = folder_of(artefacts, digest)
    bundle = read_bundle(folder, digest)
    run = json.loads(verified_files(folder, digest)["run.json"])
    name = ModelName(bundle.model.version, digest)
    synthetic, trainer = bundle.manifest["synthetic"] is True, str(bundle.manifest["trainer"])
    return Contender(name, bundle.model, config_of_run(run), synthetic, trainer)


def config_of_run(run: Mapping[str, Mapping[str, object]]) -> NavConfig:
    """The configuration in a bundle's run.json, in today's form. Raises ConfigError."""
    kept = {name: run["config"][name] for name in KEPT_SETTINGS}
    split = kept["deling"]
    if isinstance(split, dict):
        days = {key: date.fromisoformat(day) for key, day in split.items() if isinstance(day, str)}
        kept["deling"] = {**split, **days}
    return read_nav_config(overrides=kept)


def estimates_of(model: LightgbmModel, features: pl.DataFrame, *, threads: int) -> dict[Outcome, Floats]:
    """Probabilities of n people, both outcomes."""
    matrix = matrix_of(features)
    return {fitted.outcome: fitted.probabilities(matrix, threads=threads) for fitted in model.fitted}


def proposed_by(
    model: LightgbmModel,
    estimates: Mapping[Outcome, Floats],
    people: Sequence[Registrering],
    features: pl.DataFrame,
    policy: Policy,
) -> Proposed:
    """What the policy proposes for n people on a model's estimates, as the service would.

    Whoever has a health benefit is given no estimate of getting one (`profilering.assess`).
    """
    fixed = fixed_rules(people, features, model.spans, policy)
    has_one = np.array([any(receives(person, ytelse) for ytelse in HEALTH_BENEFITS) for person in people])
    made = {
        outcome: np.where(has_one, np.nan, estimate) if outcome is Outcome.HELSERELATERT_YTELSE else estimate
        for outcome, estimate in estimates.items()
    }
    return Proposed(fixed, made, forslag_of(fixed, made, policy))
