"""The contribution kernel against LightGBM, against the definition of a Shapley value, and against itself."""

import math
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import combinations
from random import Random

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from models.treeshap import Isa, Kernel
from models.treeshap.kernel import LIBRARY, library_of
from models.treeshap.tables import LANES
from tests.make_trees import (
    CATEGORICAL,
    DEFAULT_LEFT,
    NAN,
    NONE,
    ZERO,
    TreeText,
    a_random_tree,
    model_text,
    with_values,
)

Floats = NDArray[np.float64]

NEAREST_ZERO = float(np.float32(1e-35))  # LightGBM's bound is this float, a little above the decimal number
ODD = (
    *(math.nan, 0.0, -0.0, 5e-324, 1e-36, 1e-35, NEAREST_ZERO, -NEAREST_ZERO, 2e-35, math.inf, -math.inf),
    *(math.nextafter(NEAREST_ZERO, 0.0), math.nextafter(NEAREST_ZERO, 1.0), 1e300, -1e300, 2.5),
    *(-1.0, -0.5, -3.0, 3.7, 31.0, 32.0, 63.9, 64.0, 1e9, 3e9, -3e9),  # as codes of a category
)
FEATURES = (1, 3, 6, 12, 37)


def seeded(seed: int) -> Random:
    """Chance that comes out the same each time."""
    return Random(seed)  # noqa: S311


def rows_of(random: Random, features: int, rows: int = 40) -> Floats:
    """Ordinary numbers among odd ones."""
    wild = [
        random.choice(ODD) if random.random() < 0.6 else random.gauss(0, 20) for _ in range(rows * features)
    ]
    return np.array(wild).reshape(rows, features)


def a_model(random: Random) -> tuple[str, int]:
    features = random.choice(FEATURES)
    sizes = [random.choice((0, 1, 2, 5, 14, 40)) for _ in range(random.choice((1, 3, 10)))]
    return model_text([a_random_tree(random, splits=n, features=features) for n in sizes], features), features


def explained(text: str, rows: Floats, isa: Isa | None = None, threads: int = 1) -> Floats:
    kernel = Kernel.of(text, rows.shape[1], isa)
    return kernel.explain(rows, slope=1.0, base=kernel.tables.base, threads=threads)[0]


def by_lightgbm(text: str, rows: Floats) -> Floats:
    booster = lightgbm.Booster(model_str=text)
    return np.asarray(booster.predict(rows, pred_contrib=True, num_threads=1), dtype=np.float64)


def apart(text: str, rows: Floats) -> float:
    """The largest difference between kernel and LightGBM."""
    return float(np.abs(explained(text, rows) - by_lightgbm(text, rows)[:, :-1]).max())


def isas() -> list[Isa]:
    return [isa for isa in Isa if isa <= library_of(LIBRARY).best_isa()]


def test_any_model_and_row_is_explained_as_lightgbm_explains_it() -> None:
    random, largest = seeded(7), 0.0
    for _ in range(80):
        text, features = a_model(random)
        rows = rows_of(random, features)
        largest = max(largest, apart(text, rows))
        base = by_lightgbm(text, rows[:1])[0, -1]
        assert abs(Kernel.of(text, features).tables.base - base) <= 1e-12
    print(f"largest difference to LightGBM: {largest:.1e}")  # noqa: T201  shown by -s and on failure
    assert largest <= 1e-12


def test_what_lightgbm_takes_for_zero_is_zero_to_the_last_bit() -> None:
    for mode in (NONE, ZERO, NAN, ZERO | DEFAULT_LEFT, NAN | DEFAULT_LEFT):
        for threshold in (0.0, -1.0, 1e-35, 1.0):
            tree = TreeText([10], value=[-1.0, 1.0])
            tree.split(0, 0, threshold, mode, 4)
            assert apart(model_text([tree], 1), np.array(ODD)[:, None]) <= 1e-15


def test_codes_are_in_a_set_as_lightgbm_has_it() -> None:
    for words in ([1], [0, 1], [1 << 31, 1], [0xFFFFFFFF, 0xFFFFFFFF]):
        tree = TreeText([10], value=[-1.0, 1.0])
        tree.split_by_set(0, 0, words, 4)
        assert apart(model_text([tree], 1), np.array([*ODD, *range(70)])[:, None]) <= 1e-15


def test_contributions_are_shapley_values_of_the_definition() -> None:
    random = seeded(11)
    for features in (1, 2, 4, 5):
        tree = a_random_tree(random, splits=9, features=features)
        rows = np.array([[random.gauss(0, 2) for _ in range(features)] for _ in range(4)])
        got = explained(model_text([tree], features), rows)
        for row, contributions in zip(rows, got, strict=True):
            np.testing.assert_allclose(contributions, shapley(tree, row), rtol=0, atol=1e-13)


def shapley(tree: TreeText, row: Floats) -> list[float]:
    """Every feature joins every subset of the others, and is credited with what it adds."""
    others, n = set(range(len(row))), len(row)
    weight = [math.factorial(k) * math.factorial(n - k - 1) / math.factorial(n) for k in range(n)]
    return [
        sum(
            weight[k] * (worth(tree, row, {*subset, i}) - worth(tree, row, set(subset)))
            for k in range(n)
            for subset in combinations(sorted(others - {i}), k)
        )
        for i in range(n)
    ]


def worth(tree: TreeText, row: Floats, known: set[int], at: int = 0) -> float:
    """Mean of the leaves when only `known` features are asked, the others split as the training rows."""
    if at < 0 or not tree.feature:
        return tree.value[~at if at < 0 else 0]
    left, right = tree.left[at], tree.right[at]
    if tree.feature[at] in known:
        return worth(tree, row, known, left if goes_left(tree, at, row) else right)
    share = tree.left_count(at) / tree.split_count[at]
    return share * worth(tree, row, known, left) + (1 - share) * worth(tree, row, known, right)


def goes_left(tree: TreeText, at: int, row: Floats) -> bool:
    """For ordinary numbers only: none missing, none near zero."""
    given, threshold = float(row[tree.feature[at]]), tree.threshold[at]
    if tree.decision[at] & CATEGORICAL:
        words = tree.sets[int(threshold)]
        code = int(given)
        return 0 <= code < 32 * len(words) and bool(words[code >> 5] >> (code & 31) & 1)
    return given <= threshold


def a_chain(depth: int) -> TreeText:
    """Every split asks of a feature of its own, and a tenth goes right to a leaf."""
    tree = TreeText([100_000])
    for feature in range(depth):
        tree.split(0, feature, 0.0, NONE, tree.count[0] * 9 // 10)
    return with_values(tree, seeded(depth))


@pytest.mark.parametrize("depth", [1, 2, 4, 5, 8, 9, 16, 17])
def test_a_path_over_many_features_is_exact_on_either_side_of_a_number_of_nodes(depth: int) -> None:
    rows = np.where(np.random.default_rng(depth).random((6, depth)) < 0.9, -1.0, 1.0)
    assert apart(model_text([a_chain(depth)], depth), rows) <= 1e-12


@pytest.mark.parametrize("depth", [17, 32, 33, 64])
def test_a_path_is_exact_where_lightgbm_itself_no_longer_is(depth: int) -> None:
    """LightGBM takes features out of a path again, which loses digits as paths grow; here nothing is."""
    tree, row = a_chain(depth), np.full(depth, -1.0)
    row[[1, depth // 2]] = 1.0
    got = explained(model_text([tree], depth), row[None, :])[0]
    for feature in (0, 1, depth - 1):
        assert abs(got[feature] - exact_on_a_chain(tree, row, feature)) <= 1e-13


def exact_on_a_chain(tree: TreeText, row: Floats, feature: int) -> float:
    """The Shapley value in whole numbers: a leaf's integral over the other features of its path."""
    depth, total = len(tree.feature), Fraction(0)
    stays = [Fraction(tree.left_count(j), tree.split_count[j]) for j in range(depth)]
    ends = [(0, depth, True), *((j + 1, j + 1, False) for j in range(depth))]
    for leaf, asked, at_the_bottom in ends:
        if feature >= asked:
            continue
        path = [(stays[j], bool(row[j] <= 0)) for j in range(asked)]
        if not at_the_bottom:
            path[-1] = (1 - stays[asked - 1], bool(row[asked - 1] > 0))
        (weight, holds), polynomial = path.pop(feature), [Fraction(1)]
        for w, o in path:  # times w + (o - w) t
            raised = [Fraction(0), *(c * (o - w) for c in polynomial)]
            polynomial = [r + c * w for r, c in zip(raised, [*polynomial, Fraction(0)], strict=True)]
        mean = sum((c / (k + 1) for k, c in enumerate(polynomial)), Fraction(0))
        total += Fraction(tree.value[leaf]) * (holds - weight) * mean
    return float(total)


def test_one_feature_all_the_way_down_is_credited_with_everything() -> None:
    tree = TreeText([1_000])
    for i in range(60):
        tree.split(len(tree.count) - 1, 0, float(i), NONE, 3)
    rows = np.array([[-1.0, 0.0], [30.5, 0.0], [99.0, 0.0]])
    text = model_text([with_values(tree, seeded(1))], 2)
    assert apart(text, rows) <= 1e-12
    assert not explained(text, rows)[:, 1].any()


def test_trees_of_one_leaf_give_only_a_base() -> None:
    text = model_text([TreeText([0], value=[0.25]), TreeText([0], value=[0.5])], 3)
    assert Kernel.of(text, 3).tables.base == 0.75
    assert not explained(text, rows_of(seeded(1), 3)).any()


def test_instruction_sets_blocks_and_threads_change_no_bit() -> None:
    random = seeded(23)
    for _ in range(12):
        text, features = a_model(random)
        rows = rows_of(random, features, rows=45)  # more than two blocks
        plain = explained(text, rows, Isa.BASELINE)
        alone = np.vstack([explained(text, row[None, :], Isa.BASELINE) for row in rows[:5]])
        assert alone.tobytes() == plain[:5].tobytes()
        assert explained(text, rows[::-1])[::-1].tobytes() == plain.tobytes()
        for isa in isas():
            assert explained(text, rows, isa).tobytes() == plain.tobytes()
            assert explained(text, rows, isa, threads=3).tobytes() == plain.tobytes()


def test_calls_at_once_do_not_disturb_each_other() -> None:
    random = seeded(5)
    text = model_text([a_random_tree(random, splits=14, features=12) for _ in range(60)], 12)
    kernel = Kernel.of(text, 12)
    some = [rows_of(random, 12, rows=2_000) for _ in range(4)]  # long enough to be under way together
    alone = [kernel.explain(rows, slope=0.9, base=0.1)[0].tobytes() for rows in some]
    with ThreadPoolExecutor(4) as pool:
        each = [pool.submit(kernel.explain, rows, slope=0.9, base=0.1) for rows in some * 2]
        assert [one.result()[0].tobytes() for one in each] == alone * 2


def test_log_odds_are_base_and_contributions_one_after_the_other() -> None:
    text, features = a_model(seeded(3))
    rows = rows_of(seeded(4), features)
    plain = explained(text, rows)
    contributions, log_odds = Kernel.of(text, features).explain(rows, slope=0.7, base=-0.3)
    assert contributions.tobytes() == (plain * 0.7).tobytes()
    for row, total in zip(contributions.tolist(), log_odds.tolist(), strict=True):
        summed = -0.3
        for each in row:
            summed += each
        assert summed == total


@pytest.mark.parametrize("lanes", LANES)
def test_the_nodes_are_gauss_legendres(lanes: int) -> None:
    nodes = np.ctypeslib.as_array(library_of(LIBRARY).nodes_of(lanes), (lanes,))
    np.testing.assert_allclose(nodes, (np.polynomial.legendre.leggauss(lanes)[0] + 1) / 2, rtol=0, atol=2e-16)
