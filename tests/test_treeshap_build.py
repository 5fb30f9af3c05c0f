"""The kernel on a trained model, what README.md says of it, and what is refused before memory is touched."""

import math
import re
import subprocess
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from models import treeshap
from models.treeshap import Isa, Kernel, UnfitError
from models.treeshap.kernel import library_of
from tests.make_trees import NONE, TreeText, model_text
from tests.treeshap import agreement_of

README = (Path(treeshap.__file__).parent / "README.md").read_text("utf-8")


def test_a_trained_model_with_categories_and_missing_values_is_explained_alike() -> None:
    random = np.random.default_rng(4)
    rows = random.normal(size=(1500, 6))
    rows[:, 5] = random.integers(0, 40, len(rows))
    rows[random.random(rows.shape) < 0.2] = math.nan
    happened = (np.nan_to_num(rows[:, 0]) > 0.3) ^ (rows[:, 5] % 3 == 0)
    params = {"objective": "binary", "num_leaves": 15, "verbose": -1, "num_threads": 1}
    data = lightgbm.Dataset(rows, happened, categorical_feature=[5], params={"min_data_per_group": 10})
    text = lightgbm.train(params, data, num_boost_round=20).model_to_string()
    assert re.search(r"num_cat=[1-9]", text)
    agreement = agreement_of(text, rows[:300])
    assert agreement.largest_difference < 1e-13
    assert agreement.same_bits
    assert agreement.isas[0] is Isa.BASELINE


def test_the_worked_example_of_the_readme_is_right() -> None:
    tree = TreeText([8])
    tree.split(0, 0, 30.0, NONE, 4)
    tree.split(0, 1, 0.5, NONE, 3)
    tree.value = [-1.0, 1.0, 3.0]  # young without, older, young with
    kernel = Kernel.of(model_text([tree], 2), 2)
    assert kernel.base == 0.5
    told = [
        [float(cell) for cell in row.split("|")]
        for row in re.findall(r"^\| (-?\d.*) \|$", README, re.MULTILINE)
    ]
    assert len(told) == 3
    for *row, by_alder, by_fagbrev, total in told:
        contributions, log_odds = kernel.explain(np.array([row]), slope=1.0, base=kernel.base)
        assert contributions[0].tolist() == pytest.approx([by_alder, by_fagbrev], abs=1e-15)
        assert log_odds[0] == pytest.approx(total, abs=1e-15)


def a_text() -> str:
    tree = TreeText([8])
    tree.split(0, 0, 30.0, NONE, 4)
    tree.value = [0.0, 1.0]
    return model_text([tree, tree], 1)


@pytest.mark.parametrize("missing", ["Tree=1\n", "is_linear=0\n", "tree_sizes="])
def test_a_text_that_lacks_a_line_is_refused(missing: str) -> None:
    with pytest.raises(UnfitError, match=r"lines|KeyError"):
        Kernel.of(a_text().replace(missing, ""), 1)


def test_a_text_cut_off_between_two_trees_is_refused() -> None:
    with pytest.raises(UnfitError, match="other trees than it says"):
        Kernel.of(a_text().split("Tree=1")[0], 1)


def test_more_rows_than_lightgbm_can_count_are_refused() -> None:
    """A branch with all but one of them would have the share 1, and the other the share 0."""
    tree = TreeText([1 << 60])
    for _ in range(3):
        tree.split(0, 0, 30.0, NONE, tree.count[0] - 1)
    tree.value = [0.0, 1.0, 2.0, 3.0]
    with pytest.raises(UnfitError, match="not counted"):
        Kernel.of(model_text([tree], 1), 1)


def test_a_library_compiled_from_other_source_is_not_used(tmp_path: Path) -> None:
    """Its tables might be laid out otherwise: it would read memory that is not theirs."""
    source, library = tmp_path / "old.c", tmp_path / "old.so"
    source.write_text('const char *sources(void) { return "of last week"; }')
    subprocess.run(["cc", "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
    with pytest.raises(UnfitError, match="other source"):
        library_of(library)


def test_an_instruction_set_that_this_machine_lacks_is_refused() -> None:
    kernel = Kernel.of(a_text(), 1)
    for isa in Isa:
        if isa <= kernel.isa:
            assert kernel.on(isa).isa is isa
        else:
            with pytest.raises(UnfitError, match=f"no {isa.name}"):
                kernel.on(isa)
