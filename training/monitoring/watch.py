"""The watch over a service: one journal export and one new register extract in, findings out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from profilering.features import NAMES
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import REFRAINING
from profilering.risk import Outcome
from training.audit import protected_columns
from training.evaluation.bootstrap import numbered
from training.extract import Extract, read_extract
from training.fairness.groups import FEWEST_SHOWN
from training.monitoring.expected import Expected, expected_of
from training.monitoring.follow import Follow, follow_of, latest
from training.monitoring.journal import Journal, read_journal
from training.monitoring.limits import Limits
from training.monitoring.mature import Mature, mature_of
from training.monitoring.psi import Drift, Sample, drifts
from training.monitoring.reference import Reference, as_column, reference_of
from training.monitoring.shares import Band, Columns, Share, parts, shares, told
from training.nav_config import CohortConfig
from training.prepare import Prepared, design_of, prepare
from training.release.contender import read_contender

Floats = NDArray[np.float64]

Progress = Callable[[str, int, int], None]
"""Called with stage, done, total."""

STAGES = ("les journalen", "les uttrekket", "opplysninger", "mål")

GIVEN = "forslag gitt"


@dataclass(frozen=True, slots=True)
class Sources:
    """What is watched, and with what."""

    export: Path
    register: Path
    artefacts: Path
    bundle: str  # sha256:…


@dataclass(frozen=True, slots=True)
class Counts:
    """The profileringer of the export, and why some are not watched; None: would tell of under ten."""

    profileringer: int | None
    other_bundle: int | None
    superseded: int | None  # a later profilering of the same periode stands
    outside_age: int | None
    watched: int | None
    erased: int | None  # entries without content: in none of the others
    without_profilering: int | None  # vurderinger whose profilering is not in the export, or erased


@dataclass(frozen=True, slots=True)
class OutcomeWatch:
    """One outcome: what is expected of all who have an estimate, and what came true of the mature.

    A figure is None where there are too few to tell.
    """

    matured: int | None
    not_matured: int | None  # or not in the extract on that day, or the outcome is not defined for them
    expected: Expected | None
    expected_of_mature: Expected | None
    mature: Mature | None


@dataclass(frozen=True, slots=True)
class Refrain:
    """How often the service gave no forslag, in all and by group, and by which regel."""

    share: tuple[Share, ...]
    regler: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """Everything one run found."""

    bundle: str
    version: str
    synthetic: bool
    counts: Counts
    drifts: tuple[Drift, ...]
    outcomes: Mapping[Outcome, OutcomeWatch]
    follow: Follow | None
    refrain: Refrain | None


def watch(sources: Sources, limits: Limits, *, seed: int, progress: Progress) -> Watch:
    """Read, join and measure. Raises ExportError, ExtractError and SetupError for what cannot be read."""
    contender = read_contender(sources.bundle, sources.artefacts)
    model, config = contender.model, contender.config
    progress(STAGES[0], 0, len(STAGES))
    journal = read_journal(sources.export, sources.bundle)
    progress(STAGES[1], 1, len(STAGES))
    extract = read_extract(sources.register)
    progress(STAGES[2], 2, len(STAGES))
    prepared = prepare(extract, config)
    reference = reference_of(prepared, extract, model, config)
    progress(STAGES[3], 3, len(STAGES))
    asked = _with_person(journal.profileringer, extract)
    groups = protected_columns(sources.register, asked["person_id"])
    counts, watched = _watched(asked, journal, config.kohort)
    found = Watch(
        bundle=sources.bundle,
        version=model.version,
        synthetic=extract.synthetic,
        counts=counts,
        drifts=_drifts(watched, reference, limits, seed=seed),
        outcomes=_outcomes(watched, prepared, seed=seed),
        follow=_follow(asked, groups, journal, limits),
        refrain=_refrain(asked, groups, limits),
    )
    progress(STAGES[3], 4, len(STAGES))
    return found


def _with_person(profileringer: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    """Add `person_id` by the periode; a periode the extract does not hold is a person of its own."""
    known = extract.registreringer.select("periode_id", "person_id")
    joined = profileringer.join(known, on="periode_id", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("person_id", pl.lit("?") + pl.col("periode_id")))


def _watched(asked: pl.DataFrame, journal: Journal, cohort: CohortConfig) -> tuple[Counts, pl.DataFrame]:
    """The last profilering of each periode by this bundle, of people of the ages it was trained for.

    Whose age is not known is watched: that it is not known is drift.
    """
    own = asked.filter("egen")
    last = own.unique("periode_id", keep="last", maintain_order=True)
    age = pl.col("alder")
    watched = last.filter(age.is_null() | age.is_between(cohort.alder_fra, cohort.alder_til))
    parts = {
        "other_bundle": asked.height - own.height,
        "superseded": own.height - last.height,
        "outside_age": last.height - watched.height,
        "watched": watched.height,
    }
    lost = journal.vurderinger.join(asked, on="sak", how="anti").height
    apart = {**told({"erased": journal.erased}), **told({"without_profilering": lost})}
    counts = Counts(**told({"profileringer": asked.height}), **told(parts), **apart)
    return counts, watched


def _drifts(watched: pl.DataFrame, reference: Reference, limits: Limits, *, seed: int) -> tuple[Drift, ...]:
    if watched.height < FEWEST_SHOWN:
        return ()
    features = Sample(design_of(watched.select(NAMES)), watched["person_id"].n_unique())
    pairs = [(reference.features, features)]
    for outcome, before in reference.estimates.items():
        own = watched.filter(pl.col(outcome.value.lower()).is_not_null())
        if own.height >= FEWEST_SHOWN:
            estimates = as_column(outcome, own[outcome.value.lower()].to_numpy())
            pairs.append((before, Sample(estimates, own["person_id"].n_unique())))
    return drifts(pairs, limit=limits.drift, seed=seed)


def _outcomes(watched: pl.DataFrame, prepared: Prepared, *, seed: int) -> dict[Outcome, OutcomeWatch]:
    """Join estimates to outcomes by periode; another day than the extract's has another horizon."""
    labels = {outcome: f"{outcome.value.lower()}_skjedde" for outcome in Outcome}
    happened = prepared.registreringer.select(
        "periode_id", "registrert", *(pl.col(o.value.lower()).alias(name) for o, name in labels.items())
    )
    joined = watched.join(happened, on=["periode_id", "registrert"], how="left", maintain_order="left")
    return {
        outcome: _outcome(
            joined.filter(pl.col(outcome.value.lower()).is_not_null()), outcome.value.lower(), name, seed
        )
        for outcome, name in labels.items()
    }


def _outcome(estimated: pl.DataFrame, estimate: str, label: str, seed: int) -> OutcomeWatch:
    mature = estimated.filter(pl.col(label).is_not_null())
    probability = mature[estimate].to_numpy()
    persons = numbered(mature["person_id"].to_list())
    return OutcomeWatch(
        **told({"matured": mature.height, "not_matured": estimated.height - mature.height}),
        expected=_expected(estimated[estimate].to_numpy(), seed),
        expected_of_mature=_expected(probability, seed),
        mature=mature_of(mature[label].cast(pl.Float64).to_numpy(), probability, persons, seed=seed),
    )


def _expected(probability: Floats, seed: int) -> Expected | None:
    return expected_of(probability, seed=seed) if probability.size >= FEWEST_SHOWN else None


def _follow(asked: pl.DataFrame, groups: pl.DataFrame, journal: Journal, limits: Limits) -> Follow | None:
    profilert = asked.select("sak", "person_id", profilert="tid").with_columns(groups.get_columns())
    given = latest(journal.vurderinger).join(
        profilert.unique("sak", keep="last"), on="sak", maintain_order="left"
    )
    columns: Columns = given.select(groups.columns).to_dict(as_series=False)
    return follow_of(given, columns, limits.fulgt, limits.tid)


def _refrain(asked: pl.DataFrame, groups: pl.DataFrame, limits: Limits) -> Refrain | None:
    if asked.height < FEWEST_SHOWN:
        return None
    none = (asked["forslag"] == ForslagKode.INGEN_FORSLAG.value).to_numpy()
    band = Band(high=limits.ingen_forslag.hoeyeste_andel)
    regel = pl.when(pl.col("regel").is_in(sorted(REFRAINING))).then("regel").otherwise(pl.lit(GIVEN))
    by_regel = parts("regel", asked.select(regel).to_series().to_list(), summed=REFRAINING)
    return Refrain(share=shares(groups.to_dict(as_series=False), none, band), regler=by_regel)
