"""Whom the watched people are held against: the registreringer of the learning period, as they were.

A bundle keeps nobody's opplysninger, so the reference is taken from the given register by the
configuration the bundle was trained with. Everybody of the period counts, also those the training
left out because they came again later: among the watched, such people are not left out either.
Estimates are compared on people nobody was fitted on, since a model is surer of those it knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.lightgbm_model import LightgbmModel
from profilering.assess import HEALTH_BENEFITS
from profilering.errors import DataError
from profilering.risk import Outcome
from training.cohort import known_benefits
from training.design import Design
from training.extract import Extract
from training.fairness.groups import FEWEST_SHOWN
from training.fit import THREADS
from training.monitoring.psi import Sample
from training.nav_config import NavConfig
from training.prepare import Prepared
from training.split import shares_of_persons

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Reference:
    """The two sides that stay the same however the watched people are."""

    features: Sample
    estimates: Mapping[Outcome, Sample]


def reference_of(prepared: Prepared, extract: Extract, model: LightgbmModel, config: NavConfig) -> Reference:
    """Take the reference from a prepared register. Raises DataError when it holds nobody of the period."""
    day = prepared.registreringer["registrert"]
    learning = day.is_between(config.deling.laer_fra, config.deling.laer_til, closed="left").to_numpy()
    rows = np.flatnonzero(learning)
    if rows.size < FEWEST_SHOWN:
        raise DataError(
            f"register {extract.name} has no mature registreringer between {config.deling.laer_fra} and "
            f"{config.deling.laer_til}, when the bundle was trained; give a register that reaches back there"
        )
    unknown = np.flatnonzero(learning & never_fitted(prepared.registreringer, config))
    estimated = {
        Outcome.LANGVARIG_STOENAD: unknown,
        Outcome.HELSERELATERT_YTELSE: unknown[~has_health_benefit(prepared, extract)[unknown]],
    }
    people = prepared.registreringer["person_id"]
    return Reference(
        Sample(prepared.design.take(rows), people[rows].n_unique()),
        {
            outcome: Sample(
                as_column(
                    outcome, model.of(outcome).probabilities(prepared.design.values[own], threads=THREADS)
                ),
                people[own].n_unique(),
            )
            for outcome, own in estimated.items()
        },
    )


def never_fitted(registreringer: pl.DataFrame, config: NavConfig) -> NDArray[np.bool_]:
    """Rows of persons whose share of the split (`training.split`) never lets them into the fit."""
    share = shares_of_persons(registreringer["person_id"], seed=config.seed).to_numpy()
    return np.asarray(share < config.deling.kalibrer_andel + config.deling.holdt_utenfor)


def as_column(outcome: Outcome, probability: Floats) -> Design:
    """The estimates of one outcome as a design of one column."""
    values = np.ascontiguousarray(probability.reshape(-1, 1))
    return Design((f"anslag_{outcome.value.lower()}",), (False,), (0,), values)


def has_health_benefit(prepared: Prepared, extract: Extract) -> NDArray[np.bool_]:
    """Who gets no second estimate, as `profilering.assess` decides it: a health benefit runs on the day."""
    who = prepared.registreringer.with_row_index("rad").select("rad", "person_id", "registrert")
    running = known_benefits(who, extract).filter(
        pl.col("ytelse").is_in([ytelse.value for ytelse in HEALTH_BENEFITS]) & pl.col("tom").is_null()
    )
    has = np.zeros(len(who), dtype=np.bool_)
    has[running["rad"].unique().to_numpy()] = True
    return has
