"""Two published models on the same people: what each estimates, and what would be proposed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.bundle import folder_of, read_bundle, verified_files
from models.lightgbm_model import LightgbmModel, matrix_of
from profilering.errors import CallerError, SetupError
from profilering.policy import Policy
from profilering.registrering import Registrering
from profilering.risk import Outcome
from training.judging.forslag import Proposed, before_estimates, proposed_on
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


def read_contender(digest: str, artefacts: Path) -> Contender:
    """Read a published bundle and its run's own settings. Raises SetupError."""
    folder = folder_of(artefacts, digest)
    bundle = read_bundle(folder, digest)
    config = config_of_run(verified_files(folder, digest)["run.json"])
    name = ModelName(bundle.model.version, digest)
    synthetic, trainer = bundle.manifest["synthetic"] is True, str(bundle.manifest["trainer"])
    return Contender(name, bundle.model, config, synthetic, trainer)


def config_of_run(run: bytes) -> NavConfig:
    """The configuration in a bundle's run.json, in today's form. Raises SetupError.

    Whom the model learnt from and what was counted must stand there; the rest is today's.
    """
    try:
        config = json.loads(run)["config"]
        kept = {name: config[name] for name in KEPT_SETTINGS}
        split = {key: _day_or_number(value) for key, value in config["deling"].items()}
        return read_nav_config(overrides={**kept, "deling": split})
    except (CallerError, KeyError, ValueError, TypeError, AttributeError) as problem:
        raise SetupError(
            f"run.json of the bundle holds no configuration of this version: {problem}; train again"
        ) from None


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
    """What the policy proposes for n people on a model's estimates."""
    return proposed_on(before_estimates(people, features, model.spans, policy), estimates, policy)


def _day_or_number(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value
