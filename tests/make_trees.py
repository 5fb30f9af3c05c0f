"""Random LightGBM text models for tests: every kind of split, without the luck of training one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

NONE, ZERO, NAN = 0, 4, 8  # what counts as missing, as `decision_type` has it
CATEGORICAL, DEFAULT_LEFT = 1, 2


@dataclass(slots=True)
class TreeText:
    """A tree grown leaf by leaf, as LightGBM does: the left branch keeps its leaf's number."""

    count: list[int]
    feature: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    decision: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    split_count: list[int] = field(default_factory=list)
    sets: list[list[int]] = field(default_factory=list)
    value: list[float] = field(default_factory=list)

    def split(self, leaf: int, feature: int, threshold: float, decision: int, to_left: int) -> None:
        """Ask of the rows in `leaf`; `to_left` of them stay there."""
        j, new = len(self.feature), len(self.count)
        for children in (self.left, self.right):
            children[:] = [j if child == ~leaf else child for child in children]
        self.left.append(~leaf)
        self.right.append(~new)
        self.feature.append(feature)
        self.threshold.append(threshold)
        self.decision.append(decision)
        self.split_count.append(self.count[leaf])
        self.count.append(self.count[leaf] - to_left)
        self.count[leaf] = to_left

    def split_by_set(self, leaf: int, feature: int, words: list[int], to_left: int) -> None:
        """Ask whether the code is in a set, given as words of 32 bits."""
        self.sets.append(words)
        self.split(leaf, feature, float(len(self.sets) - 1), CATEGORICAL, to_left)

    def left_count(self, split: int) -> int:
        """Rows that went left at a split."""
        child = self.left[split]
        return self.count[~child] if child < 0 else self.split_count[child]

    def text(self, number: int) -> str:
        """The block LightGBM reads."""
        edges = [0]
        for words in self.sets:
            edges.append(edges[-1] + len(words))
        lines: dict[str, Sequence[object]] = {
            "num_leaves": [len(self.count)],
            "num_cat": [len(self.sets)],
            "split_feature": self.feature,
            "split_gain": [1] * len(self.feature),
            "threshold": [format(each, ".17g") for each in self.threshold],
            "decision_type": self.decision,
            "left_child": self.left,
            "right_child": self.right,
            "leaf_value": [format(each, ".17g") for each in self.value],
            "leaf_weight": self.count,
            "leaf_count": self.count,
            "internal_value": [0] * len(self.feature),
            "internal_weight": self.split_count,
            "internal_count": self.split_count,
            **(
                {"cat_boundaries": edges, "cat_threshold": [w for s in self.sets for w in s]}
                if self.sets
                else {}
            ),
            "is_linear": [0],
            "shrinkage": [1],
        }
        body = "\n".join(f"{name}={' '.join(map(str, values))}" for name, values in lines.items())
        return f"Tree={number}\n{body}\n\n\n"


def model_text(trees: list[TreeText], features: int) -> str:
    """A whole model of these trees."""
    names = " ".join(f"f{i}" for i in range(features))
    head = (
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n"
        f"max_feature_idx={features - 1}\nobjective=binary sigmoid:1\nfeature_names={names}\n"
        f"feature_infos={' '.join(['[-9:9]'] * features)}\n\n"
    )
    return head + "".join(tree.text(i) for i, tree in enumerate(trees)) + "end of trees\n\n"


def with_values(tree: TreeText, random: Random) -> TreeText:
    """Give every leaf a value."""
    tree.value = [random.gauss(0.0, 1.0) for _ in tree.count]
    return tree


def a_random_tree(random: Random, *, splits: int, features: int) -> TreeText:
    """Thresholds and defaults of all kinds; every third feature has categories."""
    tree = TreeText([random.randrange(splits + 1, 5_000)])
    for _ in range(splits):
        leaf = max(range(len(tree.count)), key=lambda each: (tree.count[each] > 1, random.random()))
        feature, to_left = random.randrange(features), random.randrange(1, max(tree.count[leaf], 2))
        if tree.count[leaf] < 2:
            break
        if feature % 3 == 2:
            tree.split_by_set(leaf, feature, [random.getrandbits(32) for _ in range(2)], to_left)
        else:
            mode = random.choice((NONE, ZERO, NAN)) | random.choice((0, DEFAULT_LEFT))
            threshold = random.choice((0.0, 1e-35, -1.0, 2.5, 1e300, random.gauss(0.0, 2.0)))
            tree.split(leaf, feature, threshold, mode, to_left)
    return with_values(tree, random)
