"""How contributions were computed is told, kept with what was said, and asked for when it is made again."""

import json
from dataclasses import replace

import numpy as np
import pytest

from models.archive import Archive
from models.bundle import try_kernel
from models.lightgbm_model import LightgbmModel, with_kernels
from models.treeshap import METHOD, Isa, Kernel
from profilering.errors import SetupError
from profilering.features import NAMES
from profilering.risk import LIGHTGBM
from serving.replaying.replay import KanIkke, Replayed, replay
from tests.journals import opened
from tests.proof.replay import journal_answers
from tests.replays import PERSONAS, Answered, altered, answer_some, entries_of

ROWS = np.random.default_rng(1).integers(0, 30, (20, len(NAMES))).astype(np.float64)


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    return answer_some(tmp_path_factory.mktemp("answered"))


@pytest.fixture
def model(answered: Answered) -> LightgbmModel:
    model = answered.approved.basis.model
    assert isinstance(model, LightgbmModel)
    return model


def test_what_the_kernel_explained_says_so_and_comes_out_the_same(answered: Answered) -> None:
    assert json.loads(answered.entry.content)["beregning"] == METHOD
    result = replay(answered.entry, Archive(answered.arkiv).approved)
    assert isinstance(result, Replayed) and result.likt


def test_what_lightgbm_explained_is_made_again_by_lightgbm(answered: Answered) -> None:
    """Also everything from before there was a kernel: it names no method."""
    place = answered.journal.with_name("lightgbm.db")
    with opened(place) as journal:
        journal_answers(PERSONAS, answered.approved.by(LIGHTGBM), journal)
    entries = entries_of(place)
    archive = Archive(answered.arkiv)
    for entry in entries:
        assert "beregning" not in json.loads(entry.content)
        result = replay(entry, archive.approved)
        assert isinstance(result, Replayed) and result.likt
    assert any(json.loads(entry.content)["anslag"] for entry in entries)


@pytest.mark.parametrize("method", ["kvadratur-2", "en-annen"])
def test_what_another_method_explained_cannot_be_made_again_here(answered: Answered, method: str) -> None:
    entry = altered(answered.entry, lambda content: content.update(beregning=method))
    result = replay(entry, Archive(answered.arkiv).approved)
    assert isinstance(result, KanIkke)
    assert method in result.reason and METHOD in result.reason


def test_a_name_that_is_no_methods_is_not_repeated(answered: Answered) -> None:
    entry = altered(answered.entry, lambda content: content.update(beregning="Kari Nordmann, 45"))
    result = replay(entry, Archive(answered.arkiv).approved)
    assert isinstance(result, KanIkke) and "Kari" not in result.reason


def test_a_model_tells_how_it_explains(model: LightgbmModel) -> None:
    assert model.method == METHOD
    assert model.explaining in {f"{METHOD} ({isa})" for isa in ("baseline", "avx2", "avx512")}
    assert model.by(METHOD) is model


def test_a_model_the_kernel_cannot_explain_is_explained_by_lightgbm_and_says_why(
    model: LightgbmModel,
) -> None:
    class Averaged:
        """What LightGBM writes of a forest whose trees are averaged."""

        def model_to_string(self) -> str:
            return "tree\naverage_output\n"

    forest = replace(model, fitted=tuple(replace(one, booster=Averaged()) for one in model.fitted))
    without = with_kernels(forest)
    assert without.method == LIGHTGBM
    assert without.explaining == "lightgbm (its trees are averaged, not added up)"
    with pytest.raises(SetupError, match="averaged"):
        without.by(METHOD)


def test_lightgbm_gives_the_same_but_for_the_last_bits(model: LightgbmModel) -> None:
    for one, other in zip(model.fitted, model.by(LIGHTGBM).fitted, strict=True):
        ours, theirs = one.explain(ROWS), other.explain(ROWS)
        assert other.kernel is None
        assert np.abs(ours.contributions - theirs.contributions).max() <= 1e-12
        assert np.abs(ours.log_odds - theirs.log_odds).max() <= 1e-12


def test_a_kernel_that_disagrees_with_lightgbm_is_not_served(model: LightgbmModel) -> None:
    one, other = model.fitted
    try_kernel(one, ROWS)
    with pytest.raises(SetupError, match="apart on the golden rows"):
        try_kernel(replace(one, kernel=other.kernel), ROWS)


@pytest.mark.parametrize("base", [np.nan, np.inf, 0.25])
def test_a_kernel_that_starts_from_another_base_is_not_served(model: LightgbmModel, base: float) -> None:
    one, kernel = model.fitted[0], model.fitted[0].kernel
    assert kernel is not None
    off = replace(kernel, tables=replace(kernel.tables, base=base))
    with pytest.raises(SetupError, match="in the base"):
        try_kernel(replace(one, kernel=off), ROWS)


def test_a_kernel_whose_bits_hang_on_the_processor_is_not_served(model: LightgbmModel) -> None:
    one, kernel = model.fitted[0], model.fitted[0].kernel
    assert kernel is not None
    off = Kernel.of(one.booster.model_to_string(), len(NAMES))
    off.tables.leaf[:] *= 1 + 1e-13

    class Unsteady(Kernel):
        """On other instructions it gives other last bits."""

        def on(self, isa: Isa | None) -> Kernel:
            return off

    with pytest.raises(SetupError, match="gives other bits"):
        try_kernel(replace(one, kernel=Unsteady(kernel.tables, kernel.isa, kernel.model)), ROWS)
