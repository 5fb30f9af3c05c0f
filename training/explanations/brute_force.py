"""Are the contributions right? Ask the definition of a Shapley value, without LightGBM's own shortcut.

`pred_contrib` is a clever algorithm we did not write. Here the same numbers are found the slow way:
every subset of the features is tried, straight from the published trees. What is not in the subset
is averaged over, branch by branch, in proportion to the people the tree was fitted on
(Lundberg et al. 2020, path-dependent TreeSHAP). Only for small models: cost doubles per feature.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from profilering.errors import DataError
from training.design import Design
from training.fit import LightgbmParams, fit_lightgbm

Floats = NDArray[np.float64]

COLUMNS = (
    "alder",
    "utdanningsnivaa",
    "helse_hindrer",
    "maaneder_i_jobb_siste_36",
    "maaneder_siden_jobb",
    "maaneder_ytelse_siste_24",
    "yrke",
)
"""One from most themes; `maaneder_siden_jobb` is often missing and `yrke` has categories, so that
every kind of split is tried. Seven features have 128 subsets."""

SMALL_PARAMS = LightgbmParams(
    trees=20,
    learning_rate=0.1,
    leaves=8,
    min_leaf=50,
    feature_share=1.0,
    row_share=0.8,
    lambda_l2=1.0,
    max_depth=-1,
)
"""Enough trees and leaves for features to work together, few enough to try every subset in seconds."""

FITTED_ROWS = 20_000
CHECKED_ROWS = 20
"""Each takes all subsets of all trees, about 20 ms."""

ZERO = 1e-35
"""LightGBM's own: what is no further from nothing counts as zero (kZeroThreshold)."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a tree adds for the people who end here. `people`: of those it was fitted on."""

    value: float  # raw log-odds
    people: int


@dataclass(frozen=True, slots=True)
class Split:
    """One question of a tree: number (`threshold`) or category (`categories`), left if the answer is yes."""

    column: int
    threshold: float  # left: value <= threshold
    categories: frozenset[int] | None  # left: value is one of them
    missing: str  # "NaN", "Zero" or "None": what counts as missing
    missing_left: bool
    left: "Leaf | Split"
    right: "Leaf | Split"
    people: int


@dataclass(frozen=True, slots=True)
class BruteForceCheck:
    """How far LightGBM's contributions lie from the definition, base included. Log-odds."""

    rows: int
    features: int
    trees: int
    largest_difference: float


def check_small_model(
    design: Design,
    outcome: Floats,
    *,
    seed: int,
    columns: Sequence[str] = COLUMNS,
    threads: int = 1,
) -> BruteForceCheck:
    """Fit a small model on some of the columns and explain a few rows both ways.

    Raises DataError if a column is not there, or the outcome cannot be fitted.
    """
    random = np.random.default_rng(seed)
    fitted_on = np.sort(random.choice(len(design), size=min(FITTED_ROWS, len(design)), replace=False))
    small = _only(design, columns).take(fitted_on)
    text = fit_lightgbm(small, outcome[fitted_on], None, SMALL_PARAMS, seed=seed, threads=threads)
    booster = lightgbm.Booster(model_str=text)
    rows = small.values[random.choice(len(small), size=min(CHECKED_ROWS, len(small)), replace=False)]
    by_lightgbm = np.asarray(booster.predict(rows, pred_contrib=True, num_threads=threads))
    trees = trees_of(booster)
    by_definition = np.array([shapley_values(trees, row) for row in rows])
    return BruteForceCheck(
        rows=len(rows),
        features=len(columns),
        trees=len(trees),
        largest_difference=float(np.max(np.abs(by_lightgbm - by_definition))),
    )


def shapley_values(trees: Sequence[Leaf | Split], row: Floats) -> Floats:
    """Contribution of each of the k columns, and the base last, as `pred_contrib` orders them."""
    columns = range(len(row))
    asked = [columns_of(tree) for tree in trees]

    @cache
    def told(number: int, known: frozenset[int]) -> float:
        return expected(trees[number], row, known)

    worth = {
        # Of what is known a tree hears only what it asks about: most subsets are the same to it.
        subset: sum(told(number, subset & heard) for number, heard in enumerate(asked))
        for size in range(len(row) + 1)
        for subset in map(frozenset, combinations(columns, size))
    }
    contributions = np.zeros(len(row) + 1)
    for subset, value in worth.items():
        for column in set(columns) - subset:
            share = 1 / (len(row) * math.comb(len(row) - 1, len(subset)))
            contributions[column] += share * (worth[subset | {column}] - value)
    contributions[-1] = worth[frozenset()]
    return contributions


def expected(node: Leaf | Split, row: Floats, known: Collection[int]) -> float:
    """Average a tree over the people it was fitted on, following the row where its column is known."""
    if isinstance(node, Leaf):
        return node.value
    if node.column in known:
        return expected(node.left if goes_left(node, row[node.column]) else node.right, row, known)
    left, right = (branch.people * expected(branch, row, known) for branch in (node.left, node.right))
    return (left + right) / node.people


def columns_of(node: Leaf | Split) -> frozenset[int]:
    """The columns a tree asks about."""
    if isinstance(node, Leaf):
        return frozenset()
    return columns_of(node.left) | columns_of(node.right) | {node.column}


def goes_left(split: Split, value: float) -> bool:
    """Answer a split's question as LightGBM does."""
    missing = math.isnan(value)
    if split.categories is not None:
        return not missing and int(value) in split.categories
    if missing and split.missing != "NaN":
        value = 0.0
    if (missing and split.missing == "NaN") or (split.missing == "Zero" and abs(value) <= ZERO):
        return split.missing_left
    return value <= split.threshold


def trees_of(booster: lightgbm.Booster) -> tuple[Leaf | Split, ...]:
    """Read the trees as LightGBM publishes them."""
    return tuple(_node(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"])


def _node(published: Mapping[str, Any]) -> Leaf | Split:
    if "leaf_value" in published:
        # A tree that found nothing to ask is one leaf, published without its people.
        return Leaf(published["leaf_value"], published.get("leaf_count", 1))
    threshold = published["threshold"]
    by_category = published["decision_type"] == "=="
    return Split(
        column=published["split_feature"],
        threshold=math.nan if by_category else threshold,
        categories=frozenset(map(int, threshold.split("||"))) if by_category else None,
        missing=published["missing_type"],
        missing_left=published["default_left"],
        left=_node(published["left_child"]),
        right=_node(published["right_child"]),
        people=published["internal_count"],
    )


def _only(design: Design, columns: Sequence[str]) -> Design:
    """The design with these columns only, in this order."""
    unknown = [name for name in columns if name not in design.names]
    if unknown:
        raise DataError(f"design has no columns {unknown}; give some of {list(design.names)}")
    places = [design.names.index(name) for name in columns]
    return Design(
        names=tuple(columns),
        categorical=tuple(design.categorical[place] for place in places),
        monotone=tuple(design.monotone[place] for place in places),
        values=np.ascontiguousarray(design.values[:, places]),
    )
