"""The model as a value: contributions add up, directions hold, threads and neighbours change no bit."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from models.bundle import Bundle, read_bundle
from models.lightgbm_model import FittedOutcome, booster_of, matrix_of
from profilering.errors import SetupError
from profilering.features import CATALOGUE, NAMES, compute_features, features_alone
from tests.candidates import Trained
from tests.make import a_historikk, a_job, a_registrering, before, some_opplysninger
from training.cohort import tables_as_of
from training.extract import read_extract
from training.market import arbeidsmarked_of

Floats = NDArray[np.float64]
PAIRS = 3_000
BOUND = [feature for feature in CATALOGUE if feature.direction != 0]
CATEGORICAL = [feature for feature in CATALOGUE if feature.categories is not None]


@pytest.fixture(scope="module")
def bundle(trained: Trained) -> Bundle:
    return read_bundle(trained.bundle, trained.digest)


@pytest.fixture(scope="module")
def features(small_register: Path) -> pl.DataFrame:
    """The features of every registrering of the small register."""
    extract = read_extract(small_register)
    market = arbeidsmarked_of(extract.arbeidsmarked)
    return compute_features(tables_as_of(extract.registreringer, extract), market)


def outcomes(bundle: Bundle) -> tuple[FittedOutcome, ...]:
    assert len(bundle.model.fitted) == 2
    return bundle.model.fitted


def test_contributions_and_base_sum_to_the_log_odds_of_the_probability(
    bundle: Bundle, features: pl.DataFrame
) -> None:
    for risks in bundle.model.risks(features[:500].rows()):
        for risk in risks:
            total = risk.base_log_odds + math.fsum(risk.contributions)
            assert len(risk.contributions) == len(NAMES)
            assert math.log(risk.probability / (1 - risk.probability)) == pytest.approx(total, abs=1e-9)


def test_the_sum_is_lightgbms_own_score_on_the_calibrated_line(
    bundle: Bundle, features: pl.DataFrame
) -> None:
    matrix = matrix_of(features[:2_000])
    for fitted in outcomes(bundle):
        raw = np.asarray(fitted.booster.predict(matrix, raw_score=True, num_threads=1))
        line = raw * fitted.calibration.slope + fitted.calibration.intercept
        assert np.abs(fitted.explain(matrix).log_odds - line).max() <= 1e-9


def test_contributions_are_lightgbms_own_on_the_calibrated_line(
    bundle: Bundle, features: pl.DataFrame
) -> None:
    matrix = matrix_of(features[:500])
    for fitted in outcomes(bundle):
        theirs = np.asarray(fitted.booster.predict(matrix, pred_contrib=True))
        explained = fitted.explain(matrix)
        slope, intercept = fitted.calibration.slope, fitted.calibration.intercept
        assert np.abs(explained.contributions - theirs[:, :-1] * slope).max() <= 1e-12
        assert explained.base == pytest.approx(theirs[0, -1] * slope + intercept, abs=1e-12)
        assert np.abs(explained.contributions).max(axis=0).astype(bool).sum() > 15


@pytest.mark.parametrize(
    "columns",
    [
        NAMES[::-1],
        NAMES[:-1],
        (*NAMES[1:], NAMES[0]),
        (NAMES[1], NAMES[0], *NAMES[2:]),
    ],
)
def test_columns_in_another_order_or_missing_are_refused(
    columns: tuple[str, ...], features: pl.DataFrame
) -> None:
    with pytest.raises(SetupError, match="in its order"):
        matrix_of(features[:2].select(columns))


def test_another_column_is_refused(features: pl.DataFrame) -> None:
    with pytest.raises(SetupError, match="in its order"):
        matrix_of(features[:2].with_columns(kjoenn=pl.lit(1)))


def test_rows_of_another_length_are_refused(bundle: Bundle, features: pl.DataFrame) -> None:
    with pytest.raises(SetupError, match=f"{len(NAMES) - 1} values and the catalogue {len(NAMES)}"):
        bundle.model.risks([row[:-1] for row in features[:2].rows()])


def test_no_rows_have_no_risks(bundle: Bundle) -> None:
    assert bundle.model.risks([]) == []


def test_a_model_for_another_number_of_features_is_refused(trained: Trained) -> None:
    text = (trained.bundle / "model-langvarig_stoenad.txt").read_text("utf-8")
    last = len(NAMES) - 1
    shorter = text.replace(f"max_feature_idx={last}", f"max_feature_idx={last - 1}")
    for header in ("feature_names=", "feature_infos=", "monotone_constraints="):
        line = next(one for one in shorter.splitlines() if one.startswith(header))
        shorter = shorter.replace(line, line.rsplit(" ", 1)[0], 1)
    with pytest.raises(SetupError, match=f"{last} features and the catalogue {last + 1}"):
        booster_of(shorter)


def test_only_codes_of_the_catalogue_reach_lightgbm(features: pl.DataFrame) -> None:
    assert len(CATEGORICAL) == 5
    for feature in CATEGORICAL:
        known = features[feature.name].drop_nulls()
        assert known.is_between(0, len(feature.categories or ()) - 1).all()
        assert known.n_unique() > 1
    assert set(features.dtypes) == {pl.Int32}


def test_a_code_nobody_has_seen_is_scored_as_missing(bundle: Bundle) -> None:
    strange = a_registrering(fylke="99", opplysninger=some_opplysninger(styrk08="X9"))
    silent = replace(strange, fylke=None, opplysninger=some_opplysninger(styrk08="-1"))
    one, other = (features_alone(r, bundle.arbeidsmarked) for r in (strange, silent))
    assert one[NAMES.index("fylke")] is one[NAMES.index("yrke")] is None
    assert bundle.model.risks([one]) == bundle.model.risks([other])


@pytest.mark.parametrize("feature", BOUND, ids=lambda feature: feature.name)
def test_a_bound_feature_moves_no_estimate_the_wrong_way(
    feature: object, bundle: Bundle, features: pl.DataFrame
) -> None:
    """Pairs of real rows that differ in this one feature, at two of its values, the lower one first."""
    name, direction = getattr(feature, "name"), getattr(feature, "direction")  # noqa: B009
    random = np.random.default_rng(5)
    seen = features[name].drop_nulls().to_numpy().astype(np.float64)
    values = np.sort(random.choice(np.unique(seen), size=(PAIRS, 2)), axis=1)
    matrix = matrix_of(features)[random.integers(0, features.height, PAIRS)]
    column = NAMES.index(name)
    for fitted in outcomes(bundle):
        scores = [_score(fitted, _with(matrix, column, values[:, side])) for side in (0, 1)]
        assert ((scores[1] - scores[0]) * direction).min() >= 0


def test_the_bound_features_are_work_and_stated_hindrances(bundle: Bundle, features: pl.DataFrame) -> None:
    """And they do move estimates: a test of pairs that never differ could not fail."""
    assert {"helse_hindrer", "andre_forhold_hindrer", "maaneder_i_jobb_siste_12"} <= {f.name for f in BOUND}
    matrix = matrix_of(features[:1_000])
    column = NAMES.index("helse_hindrer")
    for fitted in outcomes(bundle):
        no, yes = (_score(fitted, _with(matrix, column, np.full(1_000, value))) for value in (0.0, 2.0))
        assert (yes - no).mean() > 0.05


def _with(matrix: Floats, column: int, values: Floats) -> Floats:
    changed = matrix.copy()
    changed[:, column] = values
    return changed


def _score(fitted: FittedOutcome, matrix: Floats) -> Floats:
    assert fitted.calibration.slope > 0
    return np.asarray(fitted.booster.predict(matrix, raw_score=True, num_threads=1), dtype=np.float64)


def test_eight_threads_at_once_give_the_bits_of_one(bundle: Bundle, features: pl.DataFrame) -> None:
    rows = [[row] for row in features[:120].rows()]
    alone = [bundle.model.risks(row) for row in rows]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(bundle.model.risks, rows * 6))
    assert together == alone * 6


def test_a_job_more_lowers_the_estimate_of_a_person(bundle: Bundle) -> None:
    """The whole way from facts to estimate, in both outcomes."""
    worked = a_registrering(historikk=a_historikk(arbeidsforhold=(a_job(before(900)),)))
    did_not = a_registrering(historikk=a_historikk(arbeidsforhold=()))
    for more, less in zip(
        *(bundle.model.risks([features_alone(r, bundle.arbeidsmarked)])[0] for r in (worked, did_not)),
        strict=True,
    ):
        assert more.probability < less.probability
