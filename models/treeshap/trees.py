"""A LightGBM text model as trees: read for the contribution kernel, or refused with the reason.

Only for text whose digest has been verified and which LightGBM itself has read.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

CATEGORICAL, DEFAULT_LEFT = 1, 2
"""Bits of LightGBM's `decision_type`; the two above them say what counts as missing."""

MOST_ROWS = (1 << 31) - 1
"""LightGBM counts rows in 32 bits; far more, and a branch's share of them would round to all or nothing."""


class UnfitError(Exception):
    """The kernel cannot explain this model; the message says why. LightGBM then does."""


class Missing(IntEnum):
    """What a split takes for missing."""

    NONE = 0
    ZERO = 1
    NAN = 2


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree with n splits and n + 1 leaves. A child below 0 is leaf `-child - 1`.

    `weight` of a split or leaf counts the training rows that came there. `categories` has the set of
    each categorical split, as words of 32 bits, at the place its threshold names.
    """

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    decision: tuple[int, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    leaf: tuple[float, ...]
    leaf_weight: tuple[int, ...]
    split_weight: tuple[int, ...]
    categories: tuple[tuple[int, ...], ...]

    @property
    def splits(self) -> int:
        """How many there are; a tree of one leaf has none."""
        return len(self.feature)

    def weight_of(self, child: int) -> int:
        """Training rows that came to a split or leaf."""
        return self.split_weight[child] if child >= 0 else self.leaf_weight[-child - 1]

    def expected(self) -> float:
        """Mean of the leaves over the training rows, added up as LightGBM does."""
        if not self.splits:
            return self.leaf[0]
        total, mean = self.split_weight[0], 0.0
        for value, weight in zip(self.leaf, self.leaf_weight, strict=True):
            mean += weight / total * value
        return mean


def trees_of(model_text: str) -> tuple[Tree, ...]:
    """Read every tree of a model. Raises UnfitError for what the kernel cannot explain exactly."""
    head, *blocks = model_text.split("\nTree=")
    header = _fields(head)
    if header.get("num_tree_per_iteration", "1") != "1":
        raise UnfitError("it has several trees for each round, one for each class")
    if "average_output" in head.splitlines():
        raise UnfitError("its trees are averaged, not added up")
    try:
        if len(header["tree_sizes"].split()) != len(blocks):
            raise UnfitError("its text has other trees than it says in its first lines")
        return tuple(_tree(_fields(block.split("\n\n")[0])) for block in blocks)
    except (KeyError, ValueError, IndexError, OverflowError) as problem:
        raise UnfitError(f"its text is not as LightGBM writes it ({type(problem).__name__})") from None


def _fields(block: str) -> Mapping[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _tree(fields: Mapping[str, str]) -> Tree:
    if fields["is_linear"] != "0":
        raise UnfitError("its leaves are linear models")
    leaves = int(fields["num_leaves"])
    split = leaves > 1  # a tree of one leaf has these lines, empty, or has them not
    edges = _whole(fields["cat_boundaries"]) if int(fields["num_cat"]) else (0,)
    words = _whole(fields["cat_threshold"]) if int(fields["num_cat"]) else ()
    if edges[0] != 0 or edges[-1] != len(words) or any(a > b for a, b in pairwise(edges)):
        raise UnfitError("its sets of categories do not lie one behind the other")
    tree = Tree(
        feature=_whole(fields["split_feature"]) if split else (),
        threshold=tuple(map(float, fields["threshold"].split())) if split else (),
        decision=_whole(fields["decision_type"]) if split else (),
        left=_whole(fields["left_child"]) if split else (),
        right=_whole(fields["right_child"]) if split else (),
        leaf=tuple(map(float, fields["leaf_value"].split())),
        leaf_weight=_whole(fields["leaf_count"]) if split else (0,),
        split_weight=_whole(fields["internal_count"]) if split else (),
        categories=tuple(words[a:b] for a, b in pairwise(edges)),
    )
    _refuse_unfit(tree, leaves)
    return tree


def _whole(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


def _refuse_unfit(tree: Tree, leaves: int) -> None:
    per_split = (tree.threshold, tree.decision, tree.left, tree.right, tree.split_weight)
    if any(len(values) != leaves - 1 for values in (tree.feature, *per_split)) or len(tree.leaf) != leaves:
        raise UnfitError("a tree has more splits than it has places for, or fewer")
    if not all(map(math.isfinite, tree.leaf)) or any(map(math.isnan, tree.threshold)):
        raise UnfitError("a leaf is not finite, or a threshold no number")
    if any(decision >> 2 & 3 not in set(Missing) for decision in tree.decision):
        raise UnfitError("a split takes something unknown for missing")
    _refuse_odd_sets(tree)
    below = sorted((*tree.left, *tree.right))
    if tree.splits and below != [*range(-leaves, 0), *range(1, tree.splits)]:
        raise UnfitError("a tree is no tree: a split or leaf hangs in two places, or in none")
    for place, children in _children(tree):
        if any(0 <= child <= place for child in children):
            raise UnfitError("a split stands before the split above it")
        weights = [tree.weight_of(child) for child in children]
        if min(weights) <= 0 or sum(weights) != tree.split_weight[place] or sum(weights) > MOST_ROWS:
            raise UnfitError("training rows are not counted so that two branches have their split's together")


def _refuse_odd_sets(tree: Tree) -> None:
    if not all(words and all(0 <= word < 1 << 32 for word in words) for words in tree.categories):
        raise UnfitError("a set of categories is empty, or not of words of 32 bits")
    asked = {t for t, decision in zip(tree.threshold, tree.decision, strict=True) if decision & CATEGORICAL}
    if not asked <= set(range(len(tree.categories))):
        raise UnfitError("a split asks of a set of categories that is not there")


def _children(tree: Tree) -> Iterator[tuple[int, tuple[int, int]]]:
    return enumerate(zip(tree.left, tree.right, strict=True))
