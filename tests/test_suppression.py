"""Small numbers: no count of fewer than ten people is shown, nor what it could be worked out from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.fairness.fairness import Fairness, measure_fairness
from training.fairness.group_figures import GroupFigures
from training.fairness.groups import GroupValue
from training.fairness.suppression import hide_groups

Floats = NDArray[np.float64]


def measured(
    groups: dict[str, tuple[int, int]], *, flagged: float = 0.5, persons: int | None = None
) -> dict[GroupValue, GroupFigures]:
    """Groups by (cases, others), the first half of each flagged; each row its own person, or few."""
    outcome, estimate, values = [], [], list[GroupValue]()
    for name, counts in groups.items():
        for happened, count in zip((1.0, 0.0), counts, strict=True):
            outcome += [happened] * count
            estimate += [0.8 if place < count * flagged else 0.2 for place in range(count)]
            values += [name] * count
    rows = len(outcome)
    found = measure_fairness(
        {"fylke": values},
        np.array(outcome),
        np.array(estimate),
        np.arange(rows) if persons is None else np.arange(rows) % persons,
        threshold=0.5,
        seed=1,
        bootstraps=5,
    )
    return {group.value: group for group in found.groups}


def figures(group: GroupFigures) -> list[object]:
    gaps = [gap.interval for gap in group.gaps]
    return [
        group.n, group.positives, group.base, group.mean_estimate, group.auc, group.selected, group.fnr,
        group.fpr, *gaps,
    ]  # fmt: skip


def test_a_group_of_nine_shows_nothing_and_neither_does_the_one_it_could_be_subtracted_from() -> None:
    found = measured({"03": (300, 300), "46": (4, 5), "50": (40, 40)})
    assert figures(found["46"]) == figures(found["50"]) == [None] * 11
    assert None not in figures(found["03"])


def test_two_small_groups_that_are_ten_together_cost_no_third() -> None:
    found = measured({"03": (300, 300), "46": (4, 5), "50": (3, 5)})
    assert found["03"].n == 600


def test_two_small_groups_below_ten_together_cost_a_third() -> None:
    found = measured({"03": (300, 300), "46": (2, 2), "50": (2, 2), "11": (50, 50)})
    assert found["11"].n is None
    assert found["03"].n == 600


@pytest.mark.parametrize("counts", [(9, 40), (40, 9), (120, 0)])
def test_a_small_count_on_either_side_hides_all_that_would_reveal_it(counts: tuple[int, int]) -> None:
    found = measured({"03": (300, 300), "46": counts, "50": (60, 60)})
    for name in ("46", "50"):
        group = found[name]
        assert group.n is not None
        assert group.mean_estimate is not None
        told = (group.positives, group.base, group.auc, group.fnr, group.fpr, group.calibration_gap.interval)
        assert told == (None,) * 6


def test_few_overlooked_people_are_not_shown_by_their_share() -> None:
    found = measured({"03": (300, 300), "46": (100, 100), "50": (150, 150)}, flagged=0.95)
    group = found["46"]  # 5 of 100 overlooked, 95 of 100 wrongly flagged
    assert (group.n, group.positives) == (200, 100)
    assert (group.fnr, group.fpr, group.selected, group.fnr_gap.interval) == (None,) * 4


def test_people_are_counted_not_their_rows() -> None:
    found = measured({"03": (300, 300)}, persons=9)
    assert found["03"].n is None


@given(
    people=st.lists(st.integers(0, 60), min_size=2, max_size=8),
    already=st.integers(0, 255),
)
def test_what_is_hidden_in_a_table_is_never_one_group_nor_fewer_than_ten(
    people: list[int], already: int
) -> None:
    counts = np.array(people)[:, None]
    before = np.array([bool(already >> place & 1) for place in range(len(people))])
    hidden = hide_groups(counts, [np.arange(len(people))], before)
    assert hidden[before | (counts[:, 0] < 10)].all()
    if hidden.any() and not hidden.all():
        assert hidden.sum() >= 2
        assert counts[hidden].sum() >= 10
    if not before.any() and min(people) >= 10:
        assert not hidden.any()


def crossed(seed: int) -> Fairness:
    """Two columns in which some values are rare."""
    generator = np.random.default_rng(seed)
    one = generator.choice(["a", "b", "c"], 400, p=[0.6, 0.37, 0.03]).tolist()
    other = generator.choice(["x", "y", "z"], 400, p=[0.7, 0.25, 0.05]).tolist()
    outcome = generator.integers(0, 2, 400).astype(np.float64)
    return measure_fairness(
        {"en": one, "to": other},
        outcome,
        generator.random(400),
        np.arange(400),
        threshold=0.5,
        seed=1,
        bootstraps=2,
    )


def test_what_is_hidden_for_a_value_stays_hidden_in_its_crossings() -> None:
    cells = [("a", other, 100) for other in "xyz"] + [("b", other, 20) for other in "xyz"] + [("c", "x", 5)]
    rows = [(one, other) for one, other, count in cells for _ in range(count)]
    found = measure_fairness(
        {"en": [one for one, _ in rows], "to": [other for _, other in rows]},
        (np.arange(len(rows)) % 2).astype(np.float64),
        np.linspace(0, 1, len(rows)),
        np.arange(len(rows)),
        threshold=0.5,
        seed=1,
        bootstraps=2,
    )
    sizes = {group.value: group.n for group in (*found.groups, *found.crossings)}
    assert sizes["b"] is None, "else c could be subtracted"
    assert [sizes[f"b × {other}"] for other in "xyz"] == [None] * 3
    assert sizes["a × x"] == 100


@pytest.mark.parametrize("seed", range(8))
def test_no_crossing_can_be_subtracted_from_its_margins(seed: int) -> None:
    found = crossed(seed)
    shown = {str(group.value): group.n is not None for group in found.crossings}
    margins = {str(group.value): group.n is not None for group in found.groups}
    for margin, told in margins.items():
        inside = [known for value, known in shown.items() if margin in value.split(" × ")]
        assert inside.count(False) != 1 or not any(inside)
        assert told or not any(inside), "the crossings of a hidden value are hidden too"
