"""Who would get another forslag from another model, and why: the service's own answers, counted."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from models.calibration import Calibration
from models.lightgbm_model import LightgbmModel
from models.policy_file import read_policy_version
from profilering.errors import CallerError
from profilering.features import CATALOGUE, compute_features
from profilering.policy import BY_ESTIMATE, Policy
from profilering.propose import Case, propose
from profilering.risk import Outcome, Risk, Span
from profilering.tema import Tema
from tests.candidates import Trained, command_here
from tests.test_compare import raised
from tests.test_forslag import NO_LAW_OF_HEALTH_BENEFITS, made
from training.candidate import fit_candidate
from training.cohort import in_cohort, tables_as_of
from training.extract import Extract, read_extract
from training.market import arbeidsmarked_of
from training.prepare import prepare
from training.registreringer import registreringer_of
from training.release.contender import Contender, ModelName, estimates_of, proposed_by, read_contender
from training.release.shadow import LEVEL, last_twelve_months, reasons_of, shadow

POLICY = read_policy_version("2026-1")
SOME = 400


@pytest.fixture(scope="module")
def extract(small_register: Path) -> Extract:
    return read_extract(small_register)


@pytest.fixture(scope="module")
def contender(trained: Trained) -> Contender:
    return read_contender(trained.digest, trained.artefacts)


@pytest.fixture(scope="module")
def coarse(contender: Contender, extract: Extract) -> Contender:
    """A second model, fitted with a dozen trees."""
    config = replace(contender.config, lightgbm=replace(contender.config.lightgbm, trees=12), seed=8)
    model = fit_candidate(prepare(extract, config), config, threads=2).model
    return Contender(
        ModelName(model.version, "sha256:coarse"), model, config, synthetic=True, trainer="Kari Trener"
    )


@pytest.fixture(scope="module")
def bent(contender: Contender) -> Contender:
    """The first outcome's estimates steeper about the same level, the second's higher: some cross both."""
    first, second = contender.model.fitted
    level = first.explain(np.zeros((1, len(CATALOGUE)))).base
    line = Calibration(2 * first.calibration.slope, 2 * first.calibration.intercept - level)
    steep = replace(first, calibration=line)
    high = raised(contender, 1.5).model.of(second.outcome)
    return replace(contender, model=LightgbmModel("bent", contender.model.spans, (steep, high)))


@pytest.fixture(scope="module")
def asked(contender: Contender, extract: Extract) -> pl.DataFrame:
    return in_cohort(extract.registreringer, contender.config.kohort).sample(SOME, seed=3)


def why(first: tuple[Risk, ...], second: tuple[Risk, ...], deciding: Outcome) -> str:
    """The tema that moved most the way the estimate went, added up by hand."""
    ours, theirs = (next(r for r in side if r.outcome is deciding) for side in (first, second))
    moved = {LEVEL: theirs.base_log_odds - ours.base_log_odds}
    for feature, one, other in zip(CATALOGUE, ours.contributions, theirs.contributions, strict=True):
        tema = feature.tema.value
        moved[tema] = moved.get(tema, 0.0) + other - one
    rose = theirs.probability > ours.probability
    return max(moved, key=lambda tema: moved[tema] if rose else -moved[tema])


def crossing(ours: tuple[Risk, ...], theirs: tuple[Risk, ...], policy: Policy) -> Outcome:
    """The first estimate of the policy that lies on another side of its threshold."""
    for regel in policy.regler:
        both = [r for side in (ours, theirs) for r in side if r.outcome is regel.utfall]
        if len({risk.probability >= regel.threshold for risk in both}) == 2:
            return both[0].outcome
    raise AssertionError("the forslag changed and no estimate crossed")


@pytest.mark.parametrize("policy", [POLICY, NO_LAW_OF_HEALTH_BENEFITS], ids=["policy", "fewer rules"])
@pytest.mark.parametrize("other", ["coarse", "bent"])
def test_forslag_and_reasons_are_those_of_the_service_one_by_one(
    other: str,
    policy: Policy,
    contender: Contender,
    coarse: Contender,
    bent: Contender,
    asked: pl.DataFrame,
    extract: Extract,
) -> None:
    models = (contender.model, coarse.model if other == "coarse" else bent.model)
    features = compute_features(tables_as_of(asked, extract), arbeidsmarked_of(extract.arbeidsmarked))
    people = registreringer_of(asked, extract)
    ours, theirs = (
        proposed_by(model, estimates_of(model, features, threads=2), people, features, policy)
        for model in models
    )
    reasons = reasons_of(ours, theirs, *models, features, policy)
    risks = [model.risks(features.rows()) for model in models]
    changed = 0
    for place, (person, row) in enumerate(zip(people, features.iter_rows(named=True), strict=True)):
        first, second = (made(person, of_all[place]) for of_all in risks)
        said = [
            propose(Case(person, row, estimates, model.spans, stanset=False), policy)
            for estimates, model in zip((first, second), models, strict=True)
        ]
        assert [ours.forslag[place], theirs.forslag[place]] == [forslag.kode.value for forslag in said]
        if said[0].kode is not said[1].kode:
            changed += 1
            fixed = [f.regel.kode for f in reversed(said) if f.regel.kode not in BY_ESTIMATE]
            told = fixed[0] if fixed else why(first, second, crossing(first, second, policy))
            assert reasons[place] == told
    assert changed >= 10


def test_people_the_model_knows_nobody_like_are_told_apart_as_that(
    contender: Contender, asked: pl.DataFrame, extract: Extract
) -> None:
    """Its ages are narrower: for everybody else a rule decides before any estimate."""
    features = compute_features(tables_as_of(asked, extract), arbeidsmarked_of(extract.arbeidsmarked))
    people = registreringer_of(asked, extract)
    model = contender.model
    narrow = LightgbmModel("narrow", {**model.spans, "alder": Span(40, 45)}, model.fitted)
    ours, theirs = (
        proposed_by(m, estimates_of(m, features, threads=2), people, features, POLICY)
        for m in (model, narrow)
    )
    changed = ours.forslag != theirs.forslag
    assert changed.any()
    for pair in ((ours, theirs, model, narrow), (theirs, ours, narrow, model)):
        assert set(reasons_of(*pair, features, POLICY)[changed]) == {"UTENFOR_MODELLEN"}


def test_a_raised_level_is_the_reason_where_only_the_level_moved(
    contender: Contender, extract: Extract
) -> None:
    """Mature or not: the last twelve months have no known outcome."""
    period = last_twelve_months(extract)
    found = shadow((contender, raised(contender, 1.0)), extract, POLICY, period, threads=2)
    assert (
        found.forslag.n
        == in_cohort(extract.registreringer, contender.config.kohort)
        .filter(pl.col("registrert").is_between(*period, closed="left"))
        .height
    )
    assert found.forslag.changed
    assert {reason: n for reason, n in found.reasons.items() if n is not None} == {
        LEVEL: found.forslag.changed
    }
    assert [g.column for g in found.groups[:3]] == ["alder"] * 3
    for group in found.groups:
        assert group.n is None or group.n >= 10
        assert group.changed is None or (group.n is not None and 10 <= group.changed <= group.n - 10)


@pytest.mark.parametrize(
    ("drawn", "fra", "til"),
    [
        (date(2025, 12, 31), date(2025, 1, 1), date(2026, 1, 1)),
        (date(2024, 2, 28), date(2023, 2, 28), date(2024, 2, 29)),
        (date(2025, 6, 14), date(2024, 6, 15), date(2025, 6, 15)),
    ],
)
def test_twelve_months_end_with_the_day_the_extract_was_drawn(
    drawn: date, fra: date, til: date, extract: Extract
) -> None:
    assert last_twelve_months(replace(extract, extract_date=drawn)) == (fra, til)


def test_a_period_in_which_nobody_came_is_refused(contender: Contender, extract: Extract) -> None:
    with pytest.raises(CallerError, match="no registrering from 2040-01-01"):
        shadow((contender, contender), extract, POLICY, (date(2040, 1, 1), date(2041, 1, 1)), threads=1)


def test_the_command_writes_a_page_and_keeps_to_its_period(
    trained: Trained,
    small_register: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = ("--artefacts", str(trained.artefacts), "--approved", str(trained.approved))
    names = ("champion", trained.digest, str(small_register))
    period = ("--from", "2024-01-01", "--to", "2024-07-01")
    written = ("--report", str(tmp_path / "shadow"), "--json")
    ended = command_here(monkeypatch, capsys, "shadow", *names, *places, *period, *written)
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert (told["fra"], told["til"]) == ("2024-01-01", "2024-07-01")
    assert told["forslag"]["changed"] is None
    assert set(told["reasons"].values()) == {None}
    page = (tmp_path / "shadow" / "report.html").read_text("utf-8")
    assert "De sier ingenting om personer i Norge" in page
    assert f"{told['forslag']['n']} registreringer" in page
    assert not any(f"S{n:08d}" in page for n in range(200))
    assert np.all([tema.value in page for tema in Tema])
