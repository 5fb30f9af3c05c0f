"""Two models on the same people: paired figures, and whose forslag would be another."""

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.bundle import read_bundle
from models.calibration import Calibration
from models.lightgbm_model import LightgbmModel
from models.policy_file import read_policy_version
from models.text_file import read_tekster, text_path
from profilering.errors import CallerError
from profilering.innsatsgruppe import ForslagKode
from profilering.risk import Outcome
from tests.candidates import Trained, command_here
from training.extract import Extract, read_extract
from training.release.changes import Changes, changes_by_group, changes_of, count_labels
from training.release.compare import BundleComparison, compare
from training.release.contender import Contender, read_contender
from training.reporting.release_report import comparison_report, report_lines, result_json

POLICY = read_policy_version("2026-1")
CODES = [kode.value for kode in ForslagKode]
FEWEST = 10


def raised(contender: Contender, log_odds: float) -> Contender:
    """The same model at another level: everybody's estimates raised alike."""
    fitted = tuple(
        replace(f, calibration=Calibration(f.calibration.slope, f.calibration.intercept + log_odds))
        for f in contender.model.fitted
    )
    model = LightgbmModel(contender.model.version, contender.model.spans, fitted)
    return replace(contender, model=model)


@pytest.fixture(scope="module")
def extract(small_register: Path) -> Extract:
    return read_extract(small_register)


@pytest.fixture(scope="module")
def contender(trained: Trained) -> Contender:
    return read_contender(trained.digest, trained.artefacts)


def compared(first: Contender, second: Contender, extract: Extract) -> BundleComparison:
    return compare((first, second), extract, first.config, POLICY, seed=1, bootstraps=30, threads=2)


@pytest.fixture(scope="module")
def against_itself(contender: Contender, extract: Extract) -> BundleComparison:
    return compared(contender, contender, extract)


@pytest.fixture(scope="module")
def against_a_raised_one(contender: Contender, extract: Extract) -> BundleComparison:
    return compared(contender, raised(contender, 1.0), extract)


def test_a_model_beside_itself_differs_in_nothing(against_itself: BundleComparison) -> None:
    for outcome in against_itself.outcomes.values():
        for pair in outcome.figures.values():
            assert pair.first == pair.second
            if pair.difference is not None:
                assert (pair.difference.value, pair.difference.low, pair.difference.high) == (0, 0, 0)
    assert against_itself.forslag.changed is None  # fewer than ten: nobody
    moved = [c.n for c in against_itself.forslag.counts if c.fra != c.til]
    assert moved == [None] * 12


def test_the_figures_are_those_of_the_run_itself(against_itself: BundleComparison, trained: Trained) -> None:
    """The stored settings give the same people again."""
    for outcome in Outcome:
        run = trained.result["models"][outcome]["test"]["lightgbm"]
        found = against_itself.outcomes[outcome]
        assert found.n == run["n"]
        assert found.base == pytest.approx(run["base"])
        for figure in ("auc", "brier", "log_loss", "ece", "mean_estimate"):
            assert found.figures[figure].first.value == pytest.approx(run[figure])


def test_a_raised_model_ranks_alike_and_estimates_higher(against_a_raised_one: BundleComparison) -> None:
    for outcome in against_a_raised_one.outcomes.values():
        auc, brier = outcome.figures["auc"].difference, outcome.figures["brier"].difference
        assert auc is not None
        assert brier is not None
        assert auc.value == pytest.approx(0, abs=1e-9)
        assert 0 < brier.low < brier.value < brier.high
        mean = outcome.figures["mean_estimate"]
        assert mean.first.high < mean.second.low


def test_the_difference_is_the_second_minus_the_first(against_a_raised_one: BundleComparison) -> None:
    for outcome in against_a_raised_one.outcomes.values():
        for pair in outcome.figures.values():
            if pair.difference is not None:
                assert pair.difference.value == pytest.approx(pair.second.value - pair.first.value)


def test_raised_estimates_make_no_forslag_lighter(against_a_raised_one: BundleComparison) -> None:
    weight = {"STANDARD_INNSATS": 0, "SITUASJONSBESTEMT_INNSATS": 1, "BEHOV_FOR_ARBEIDSEVNEVURDERING": 2}
    changes = against_a_raised_one.forslag
    assert changes.changed
    shown = {(c.fra, c.til): c.n for c in changes.counts if c.n is not None and c.fra != c.til}
    assert shown
    assert all(weight[til] > weight[fra] for fra, til in shown)


def test_a_model_that_has_learnt_from_the_test_period_is_refused(
    contender: Contender, extract: Extract
) -> None:
    d = contender.config.deling
    later = replace(d, laer_til=d.test_fra + timedelta(days=1))
    newer = replace(contender, config=replace(contender.config, deling=later))
    with pytest.raises(CallerError, match=r"model B .* has learnt from registreringer until"):
        compared(contender, newer, extract)
    far = replace(d, test_fra=date(2035, 1, 1), test_til=date(2036, 1, 1))
    with pytest.raises(CallerError, match="nobody is measured"):
        compared(replace(contender, config=replace(contender.config, deling=far)), newer, extract)


def test_models_that_shared_out_people_differently_are_said_to_have(
    contender: Contender, extract: Extract, against_itself: BundleComparison
) -> None:
    assert against_itself.notes == ()
    other = replace(contender, config=replace(contender.config, seed=8))
    (note,) = compared(contender, other, extract).notes
    assert "ikke delt personene likt" in note


def test_a_page_and_json_tell_the_same_and_of_whom(against_a_raised_one: BundleComparison) -> None:
    tekster = read_tekster(text_path("nb"))
    text = report_lines(comparison_report(against_a_raised_one, tekster))
    assert "De sier ingenting om personer i Norge" in text
    assert "Fikk AAP eller uføretrygd" in text
    told = json.loads(result_json(against_a_raised_one))
    auc = told["outcomes"]["LANGVARIG_STOENAD"]["figures"]["auc"]
    assert f"{auc['first']['value']:.4f}".replace(".", ",") in text
    assert told["first"]["digest"] in text
    assert str(told["forslag"]["changed"]) in text


def test_the_command_takes_names_and_digests(
    trained: Trained,
    small_register: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = ("--artefacts", str(trained.artefacts), "--approved", str(trained.approved))
    names = ("champion", trained.digest, str(small_register))
    ended = command_here(monkeypatch, capsys, "compare", *names, *places, "--bootstraps", "2", "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert told["first"] == told["second"] == {"version": trained.result["version"], "digest": trained.digest}
    assert told["synthetic"] is True


def test_a_bundle_read_as_a_contender_is_the_one_that_is_served(
    contender: Contender, trained: Trained
) -> None:
    served = read_bundle(trained.bundle, trained.digest).model
    assert contender.model.version == served.version
    assert contender.config.deling.laer_til == date(2021, 1, 1)


PAIRS = list(product(CODES, CODES))


@settings(deadline=None)
@given(
    counts=st.lists(st.sampled_from([0, 0, 3, 4, 8, 12, 30, 50]), min_size=16, max_size=16).filter(any),
    times=st.integers(1, 2),
)
@example(counts=[100, 50, 4, 0, 0, 30, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0], times=1)
def test_what_is_shown_is_true_and_no_small_count_can_be_subtracted(counts: list[int], times: int) -> None:
    """Everybody comes as often as the others, so rows tell how many people."""
    first, second = (np.repeat([pair[side] for pair in PAIRS], np.array(counts) * times) for side in (0, 1))
    found = changes_of(first, second, np.arange(first.size) // times)
    assert [(cell.fra, cell.til) for cell in found.counts] == PAIRS
    assert found.n == first.size
    for cell, people in zip(found.counts, counts, strict=True):
        assert cell.n is None or (cell.n == people * times and people >= FEWEST)
    changed = [cell.fra != cell.til for cell in found.counts]
    if found.changed is not None:
        assert found.changed == np.sum(first != second)
        _hidden_are_many(found, changed, found.changed, times)
        _hidden_are_many(found, [not moved for moved in changed], found.n - found.changed, times)
    _hidden_are_many(found, [True] * len(changed), found.n, times)


def _hidden_are_many(found: Changes, inside: list[bool], total: int, times: int) -> None:
    """What a reader finds by subtracting the shown from a known total is nothing, or enough."""
    table = [cell for cell, here in zip(found.counts, inside, strict=True) if here]
    hidden = total - sum(cell.n or 0 for cell in table)
    if any(cell.n is not None for cell in table):
        assert hidden == 0 or hidden >= FEWEST * times


def test_a_group_of_few_and_the_one_that_would_reveal_it_are_hidden() -> None:
    values = ["03"] * 100 + ["46"] * 40 + ["55"] * 4 + [None] * 30
    changed = np.array(
        ([True] * 20 + [False] * 80) + ([True] * 15 + [False] * 25) + [True] * 4 + [True] * 12 + [False] * 18
    )
    found = {g.value: g for g in changes_by_group("fylke", values, changed, np.arange(174))}
    assert list(found) == ["03", "46", "55", "mangler"]
    assert (found["03"].n, found["03"].changed) == (100, 20)
    assert (found["55"].n, found["55"].changed) == (None, None)
    assert (found["mangler"].n, found["mangler"].changed) == (None, None)  # the smallest beside it
    assert (found["46"].n, found["46"].changed) == (40, 15)


def test_of_a_group_nearly_all_of_whom_change_it_is_not_told() -> None:
    values = ["under 30"] * 50 + ["30–54"] * 60 + ["55 og over"] * 70
    changed = np.array(
        [True] * 45 + [False] * 5 + ([True] * 30 + [False] * 30) + ([True] * 30 + [False] * 40)
    )
    found = {g.value: g for g in changes_by_group("alder", values, changed, np.arange(180))}
    assert (found["under 30"].n, found["under 30"].changed) == (50, None)
    assert (found["30–54"].n, found["30–54"].changed) == (60, None)  # the smallest beside it
    assert (found["55 og over"].n, found["55 og over"].changed) == (70, 30)


def test_one_person_who_came_twenty_times_is_one() -> None:
    persons = np.zeros(20, dtype=np.intp)
    labels = np.array(["HELSE"] * 20)
    assert count_labels(labels, ["HELSE", "ALDER"], persons) == {"HELSE": None, "ALDER": None}
    assert count_labels(labels, ["HELSE", "ALDER"], np.arange(20))["HELSE"] == 20
