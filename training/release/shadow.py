"""What another model would have said of the people who came: who would get another forslag, and why.

Needs no outcomes, so it can be asked about the newest registreringer. It says what would change,
never which of the two is right; that is for `compare`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.lightgbm_model import LightgbmModel, matrix_of
from profilering.errors import CallerError
from profilering.features import CATALOGUE, compute_features
from profilering.policy import Policy, RegelKode
from profilering.risk import Outcome
from profilering.tema import Tema
from training.cohort import in_cohort, tables_as_of
from training.evaluation.bootstrap import numbered
from training.extract import Extract
from training.judging.forslag import Codes, Proposed
from training.judging.subject import age_groups
from training.market import arbeidsmarked_of
from training.registreringer import registreringer_of
from training.release.changes import Changes, GroupCount, changes_by_group, changes_of, count_labels
from training.release.contender import Contender, Floats, ModelName, estimates_of, proposed_by

LEVEL = "GRUNNTALL"
"""Not a tema: the model's base and calibration, the same for everybody."""
REASONS = (*(tema.value for tema in Tema), LEVEL, RegelKode.UTENFOR_MODELLEN.value)
"""Why a forslag changed: what moved the deciding estimate most, or the one rule before the estimates
that looks at the model (whom it has learnt from)."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """Two models on every registrering of the cohort in [fra, til), mature or not."""

    first: ModelName
    second: ModelName
    fra: date
    til: date
    synthetic: bool
    forslag: Changes
    groups: tuple[GroupCount, ...]
    reasons: Mapping[str, int | None]  # of those who change; None: cannot be shown


def last_twelve_months(extract: Extract) -> tuple[date, date]:
    """The period [fra, til) that ends with the day the extract was drawn."""
    til = extract.extract_date + timedelta(days=1)
    day = 28 if (til.month, til.day) == (2, 29) else til.day
    return til.replace(year=til.year - 1, day=day), til


def shadow(
    contenders: tuple[Contender, Contender],
    extract: Extract,
    policy: Policy,
    period: tuple[date, date],
    *,
    threads: int,
) -> Shadow:
    """Let two models speak of everybody who registered in `period` [fra, til), aged as the first learnt.

    Both are given the labour market of the extract, so that only the models differ. Raises
    CallerError when nobody registered then.
    """
    first, second = contenders
    fra, til = period
    asked = in_cohort(extract.registreringer, first.config.kohort).filter(
        pl.col("registrert").is_between(fra, til, closed="left")
    )
    if asked.is_empty():
        raise CallerError(f"no registrering from {fra} until {til}; give --from and --to inside the extract")
    features = compute_features(tables_as_of(asked, extract), arbeidsmarked_of(extract.arbeidsmarked))
    people = registreringer_of(asked, extract)
    ours, theirs = (
        proposed_by(model, estimates_of(model, features, threads=threads), people, features, policy)
        for model in (first.model, second.model)
    )
    persons = numbered(asked["person_id"].to_list())
    changed = ours.forslag != theirs.forslag
    moved = features.filter(changed)
    reasons = reasons_of(
        _only(ours, changed), _only(theirs, changed), first.model, second.model, moved, policy
    )
    columns = {"alder": age_groups(features).to_list(), "fylke": asked["fylke"].to_list()}
    return Shadow(
        first=first.name,
        second=second.name,
        fra=fra,
        til=til,
        synthetic=extract.synthetic or first.synthetic or second.synthetic,
        forslag=changes_of(ours.forslag, theirs.forslag, persons),
        groups=tuple(
            count
            for column, values in columns.items()
            for count in changes_by_group(column, values, changed, persons)
        ),
        reasons=count_labels(reasons, REASONS, persons[changed]),
    )


def reasons_of(
    ours: Proposed,
    theirs: Proposed,
    first: LightgbmModel,
    second: LightgbmModel,
    features: pl.DataFrame,
    policy: Policy,
) -> Codes:
    """Why each of n people got another forslag from the second model; one of REASONS each.

    Where a rule before the estimates applies under one model only, that rule. Else the deciding
    estimate is the first, in the policy's order, that lies on another side of its threshold; and
    the reason is the tema (or the level) that moved it most the way it went.
    """
    reasons = np.where(theirs.fixed != "", theirs.fixed, ours.fixed).astype("<U40")
    open_still = ours.fixed == theirs.fixed
    for regel in policy.regler:
        if regel.utfall is None:
            continue
        before, after = (side.estimates[regel.utfall] >= regel.threshold for side in (ours, theirs))
        crossed = np.flatnonzero(open_still & (before != after))
        if crossed.size:
            reasons[crossed] = _moved_most(first, second, regel.utfall, features[crossed])
            open_still[crossed] = False
    return reasons


def _moved_most(
    first: LightgbmModel, second: LightgbmModel, outcome: Outcome, features: pl.DataFrame
) -> NDArray[np.str_]:
    """The tema, or the level, whose log-odds moved most in the direction the estimate moved."""
    moved = _by_tema(second, outcome, features) - _by_tema(first, outcome, features)
    direction = np.sign(moved.sum(axis=1, keepdims=True))
    most: NDArray[np.str_] = np.array(REASONS)[np.argmax(moved * direction, axis=1)]
    return most


def _by_tema(model: LightgbmModel, outcome: Outcome, features: pl.DataFrame) -> Floats:
    """Log-odds of n people taken apart: one column per tema, and the base last."""
    explained = model.of(outcome).explain(matrix_of(features))
    columns = [explained.contributions[:, [f.tema is tema for f in CATALOGUE]].sum(axis=1) for tema in Tema]
    return np.column_stack([*columns, np.full(features.height, explained.base)])


def _only(proposed: Proposed, rows: NDArray[np.bool_]) -> Proposed:
    estimates = {outcome: values[rows] for outcome, values in proposed.estimates.items()}
    return Proposed(proposed.fixed[rows], estimates, proposed.forslag[rows])
