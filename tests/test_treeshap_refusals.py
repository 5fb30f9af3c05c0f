"""What the contribution kernel refuses, so that LightGBM explains instead; and how it is compiled."""

import subprocess
from pathlib import Path
from random import Random
from shutil import copytree, ignore_patterns

import numpy as np
import pytest

from models.treeshap import Kernel, UnfitError
from models.treeshap.build import build
from models.treeshap.kernel import FOLDER, library_of, source_digest
from tests.make_trees import NAN, NONE, TreeText, a_random_tree, model_text, with_values


def seeded(seed: int) -> Random:
    """Chance that comes out the same each time."""
    return Random(seed)  # noqa: S311


def without(text: str, line: str, instead: str) -> str:
    assert line in text
    return text.replace(line, instead, 1)


def a_plain_model(features: int = 2) -> str:
    tree = TreeText([10], value=[0.5, -0.5, 0.25])
    tree.split(0, 0, 1.5, NAN, 4)
    tree.split_by_set(1, 1, [5], 2)
    return model_text([tree], features)


@pytest.mark.parametrize(
    ("line", "instead", "reason"),
    [
        ("is_linear=0", "is_linear=1", "linear"),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=3", "several trees"),
        ("label_index=0", "label_index=0\naverage_output", "averaged"),
        ("leaf_value=0.5", "leaf_value=inf", "not finite"),
        ("threshold=1.5", "threshold=nan", "no number"),
        ("leaf_count=4", "leaf_count=5", "not counted"),
        ("leaf_count=4 2 4", "leaf_count=10 0 0", "not counted"),
        ("left_child=-1 -2", "left_child=-1 0", "no tree"),
        ("decision_type=8", "decision_type=12", "missing"),
        ("split_feature=0", "split_feature=7", "none of the 2"),
        ("cat_threshold=5", "cat_threshold=99999999999", "32 bits"),
        ("cat_boundaries=0 1", "cat_boundaries=0 0 1", "empty"),
        ("cat_boundaries=0 1", "cat_boundaries=0", "one behind the other"),
        ("cat_boundaries=0 1", "cat_boundaries=0 2 1", "one behind the other"),
        ("cat_boundaries=0 1", "cat_boundaries=0 2", "one behind the other"),
        ("threshold=1.5 0", "threshold=1.5 3", "not there"),
        ("leaf_count=4 2 4", "leaf_count=4 2", "not as LightGBM writes"),
        ("internal_count=", "other=", "not as LightGBM writes"),
        ("num_leaves=3", "num_leaves=2", "places"),
    ],
)
def test_a_model_it_cannot_explain_is_refused_with_the_reason(line: str, instead: str, reason: str) -> None:
    Kernel.of(a_plain_model(), 2)
    with pytest.raises(UnfitError, match=reason):
        Kernel.of(without(a_plain_model(), line, instead), 2)


def test_a_split_before_the_split_above_it_is_refused() -> None:
    tree = TreeText([10], value=[1.0, 2.0, 3.0, 4.0])
    tree.split(0, 0, 1.0, NONE, 6)
    tree.split(0, 1, 2.0, NONE, 3)
    tree.split(1, 1, 3.0, NONE, 2)
    text = model_text([tree], 2)
    Kernel.of(text, 2)
    swapped = without(text, "left_child=1 -1 -2", "left_child=2 -1 1")
    with pytest.raises(UnfitError):
        Kernel.of(swapped, 2)


def test_a_path_over_too_many_features_is_refused() -> None:
    tree = TreeText([1_000])
    for feature in range(65):
        tree.split(0, feature, 0.0, NONE, tree.count[0] - 1)
    with pytest.raises(UnfitError, match="65 different features"):
        Kernel.of(model_text([with_values(tree, seeded(1))], 65), 65)


def test_a_damaged_text_is_refused_or_explained_and_never_crashes() -> None:
    random, rows = seeded(3), np.random.default_rng(0).normal(0, 30, (5, 6))
    whole = model_text([a_random_tree(random, splits=5, features=6) for _ in range(2)], 6)
    refused = 0
    for _ in range(400):
        at, some = random.randrange(len(whole)), random.randrange(9)
        damaged = whole[:at] + random.choice(("", "9", "-", ".", " ", "\n", "9" * 11)) + whole[at + some :]
        try:
            Kernel.of(damaged, 6).explain(rows, slope=1.0, base=0.0)
        except UnfitError:
            refused += 1
    assert 0 < refused < 400


def test_rows_of_another_width_are_no_rows_of_the_model() -> None:
    with pytest.raises(ValueError, match="n × 2"):
        Kernel.of(a_plain_model(), 2).explain(np.zeros((1, 3)), slope=1.0, base=0.0)


def test_without_a_compiler_nothing_is_compiled_and_nothing_fails(tmp_path: Path) -> None:
    library = tmp_path / "libtreeshap.so"
    said = build({"CC": "no-such-compiler"}, library)
    assert "no-such-compiler is not there" in said
    assert not [*tmp_path.iterdir()]
    with pytest.raises(UnfitError, match="was not compiled"):
        library_of(library)


def test_what_does_not_compile_leaves_the_old_library(tmp_path: Path) -> None:
    library = tmp_path / "libtreeshap.so"
    library.write_bytes(b"old")
    with pytest.raises(subprocess.CalledProcessError):
        build({"CC": "false"}, library)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("libtreeshap.so", b"old")]


def test_a_library_of_another_machine_is_refused(tmp_path: Path) -> None:
    library = tmp_path / "libtreeshap.so"
    library.write_bytes(b"no library")
    with pytest.raises(UnfitError, match="cannot be loaded"):
        library_of(library)


def test_flags_that_change_the_arithmetic_do_not_compile(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        build({"CC": "cc -ffast-math"}, tmp_path / "libtreeshap.so")
    assert not [*tmp_path.iterdir()]


def test_a_library_that_is_not_the_kernel_is_refused(tmp_path: Path) -> None:
    source, library = tmp_path / "other.c", tmp_path / "other.so"
    source.write_text("int other;")
    subprocess.run(["cc", "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
    with pytest.raises(UnfitError, match="cannot be loaded"):
        library_of(library)


def test_flags_are_part_of_what_a_library_was_compiled_from(tmp_path: Path) -> None:
    copied = copytree(FOLDER, tmp_path / "treeshap", ignore=ignore_patterns("*.so", ".*", "__pycache__"))
    assert source_digest(copied) == source_digest()
    flags = copied / "build.py"
    flags.write_text(flags.read_text("utf-8").replace("-O3", "-O2"), "utf-8")
    assert source_digest(copied) != source_digest()
