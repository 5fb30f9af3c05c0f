"""Trees laid out as the kernel reads them: all that does not depend on the row is worked out here, once.

The words are those of README.md in this folder; the layouts are those of `kernel.c`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.treeshap.trees import CATEGORICAL, DEFAULT_LEFT, Missing, Tree, UnfitError

LANES = (2, 4, 8, 16, 32)
"""Quadrature nodes the kernel is compiled for; n are exact for paths over 2n different features."""
MOST_SPLITS = 1 << 15
"""Of one tree: the memory of a call grows with it."""
ZERO_IF_MISSING, LEFT_IF_MISSING, RIGHT_IF_MISSING, LEFT_IF_ZERO, RIGHT_IF_ZERO, IN_SET = range(6)

QUESTION = np.dtype([(name, np.int32) for name in ("feature", "mode", "first_word", "words")])
SPLIT = np.dtype(
    [
        ("threshold", np.float64),
        ("toward", np.float64, (2, 2)),
        *((name, np.int32) for name in ("question", "feature", "left", "right", "up", "inverse")),
    ]
)
TREE = np.dtype([(name, np.int32) for name in ("splits", "first_split", "first_leaf", "lanes")])


@dataclass(frozen=True, slots=True)
class Tables:
    """A model as the kernel's arrays; `base` is its mean raw score over the training rows."""

    features: int
    most_splits: int
    most_lanes: int
    base: float
    question: NDArray[np.void]
    sets: NDArray[np.uint32]
    tree: NDArray[np.void]
    split: NDArray[np.void]
    leaf: NDArray[np.float64]
    inverses: NDArray[np.float64]


def tables_of(trees: Sequence[Tree], features: int, nodes: dict[int, NDArray[np.float64]]) -> Tables:
    """Lay trees out. Raises UnfitError where one is too deep or too large for the kernel."""
    laying = _Laying(nodes)
    laid = [(_lanes_for(_Paths.of(tree)), place, tree) for place, tree in enumerate(trees) if tree.splits]
    for lanes, _, tree in sorted(laid, key=lambda each: each[:2]):
        laying.add(tree, _Paths.of(tree), lanes)
    base = 0.0
    for tree in trees:
        base += tree.expected()
    if any(not 0 <= q[0] < features for q in laying.questions):
        raise UnfitError(f"a split asks of a feature that is none of the {features}")
    questions = sorted(laying.questions, key=lambda q: q[1])  # by mode, for the sake of branch prediction
    splits = np.array(laying.splits, dtype=SPLIT)
    moved = np.empty(len(questions), dtype=np.int32)
    for place, q in enumerate(questions):
        moved[laying.questions[q]] = place
    splits["question"] = moved[splits["question"]]
    return Tables(
        features=features,
        most_splits=max((tree.splits for tree in trees), default=0),
        most_lanes=max((lanes for lanes, *_ in laid), default=LANES[0]),
        base=base,
        question=np.array(questions, dtype=QUESTION),
        sets=np.array(laying.words or [0], dtype=np.uint32),
        tree=np.array(laying.trees, dtype=TREE),
        split=splits,
        leaf=np.array(laying.leaves, dtype=np.float64),
        inverses=np.array(laying.inverses, dtype=np.float64),
    )


def work_of(trees: Sequence[Tree]) -> int:
    """Count the steps one row takes: lanes at each split. Raises UnfitError as `tables_of`."""
    return sum(tree.splits * _lanes_for(_Paths.of(tree)) for tree in trees if tree.splits)


@dataclass(frozen=True, slots=True)
class _Paths:
    """Of each split: the edge above that asked of the same feature (0: none), the weight it left that
    feature (1: none), and how many different features are asked of down to here."""

    up: list[int]
    weight: list[float]
    asked: list[int]

    @classmethod
    def of(cls, tree: Tree) -> "_Paths":
        paths = cls([0] * tree.splits, [1.0] * tree.splits, [1] * tree.splits)
        above: list[dict[int, tuple[int, float]]] = [{} for _ in range(tree.splits)]
        for j, feature in enumerate(tree.feature):
            paths.up[j], paths.weight[j] = above[j].get(feature, (0, 1.0))
            paths.asked[j] = len(above[j].keys() | {feature})
            for edge, child, weight in edges_of(tree, j, paths.weight[j]):
                if child >= 0:
                    above[child] = above[j] | {feature: (edge, weight)}
        return paths


def edges_of(tree: Tree, j: int, weight: float) -> Iterator[tuple[int, int, float]]:
    """The two edges below a split: number, child and what is left of `weight` there, the left one first."""
    left = weight * (tree.weight_of(tree.left[j]) / tree.split_weight[j])
    yield 1 + 2 * j, tree.left[j], left
    yield 2 + 2 * j, tree.right[j], weight - left


def _lanes_for(paths: _Paths) -> int:
    most = max(paths.asked)
    if most > 2 * LANES[-1]:
        raise UnfitError(f"a path asks of {most} different features; the kernel knows {2 * LANES[-1]}")
    if len(paths.asked) > MOST_SPLITS:
        raise UnfitError(f"a tree has {len(paths.asked)} splits; the kernel knows {MOST_SPLITS}")
    return next(lanes for lanes in LANES if 2 * lanes >= most)


@dataclass(slots=True)
class _Laying:
    """The arrays as they grow."""

    nodes: dict[int, NDArray[np.float64]]
    questions: dict[tuple[int, int, int, int], int] = field(default_factory=dict)
    sets: dict[tuple[int, ...], int] = field(default_factory=dict)
    words: list[int] = field(default_factory=list)
    trees: list[tuple[int, ...]] = field(default_factory=list)
    splits: list[tuple[object, ...]] = field(default_factory=list)
    leaves: list[float] = field(default_factory=list)
    inverses: list[float] = field(default_factory=lambda: [1.0] * LANES[-1])

    def add(self, tree: Tree, paths: _Paths, lanes: int) -> None:
        """Lay one tree out behind the others."""
        self.trees.append((tree.splits, len(self.splits), len(self.leaves), lanes))
        for j in range(tree.splits):
            question, threshold = self._asked(tree, j)
            up, weight = paths.up[j], paths.weight[j]
            (_, _, left), (_, _, right) = edges_of(tree, j, weight)
            inverse = self._inverse(weight, lanes) if up else 0
            places = (_place(tree, tree.left[j]), _place(tree, tree.right[j]))
            toward = ((left / weight, right / weight), (left, right))
            self.splits.append((threshold, toward, question, tree.feature[j], *places, up, inverse))
        self.leaves.extend(tree.leaf)

    def _inverse(self, weight: float, lanes: int) -> int:
        at = len(self.inverses)
        t = self.nodes[lanes]
        self.inverses.extend((1.0 / (t + (1.0 - t) * weight)).tolist())
        return at

    def _asked(self, tree: Tree, j: int) -> tuple[int, float]:
        """The number of a split's question, and the threshold its answer is held against."""
        decision, feature = tree.decision[j], tree.feature[j]
        if decision & CATEGORICAL:
            members = tree.categories[int(tree.threshold[j])]
            if members not in self.sets:
                self.sets[members] = len(self.words)
                self.words.extend(members)
            return self._number((feature, IN_SET, self.sets[members], len(members))), 0.0
        return self._number((feature, _mode(decision), 0, 0)), tree.threshold[j]

    def _number(self, question: tuple[int, int, int, int]) -> int:
        return self.questions.setdefault(question, len(self.questions))


def _mode(decision: int) -> int:
    left = bool(decision & DEFAULT_LEFT)
    match Missing(decision >> 2 & 3):
        case Missing.NONE:
            return ZERO_IF_MISSING
        case Missing.ZERO:
            return LEFT_IF_ZERO if left else RIGHT_IF_ZERO
        case Missing.NAN:
            return LEFT_IF_MISSING if left else RIGHT_IF_MISSING


def _place(tree: Tree, child: int) -> int:
    return child if child >= 0 else tree.splits - child - 1
