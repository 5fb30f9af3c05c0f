"""Stability and contested themes: who depends on which of several good models was chosen."""

import math

import numpy as np
import pytest

from profilering.innsatsgruppe import ForslagKode
from training.evaluation.contested import widest_gaps
from training.judging.stability import flips_of, stability_of

STANDARD, SITUASJON = ForslagKode.STANDARD_INNSATS.value, ForslagKode.SITUASJONSBESTEMT_INNSATS.value


def codes(*flagged: bool) -> np.ndarray:
    return np.array([SITUASJON if flag else STANDARD for flag in flagged])


def test_the_same_forslag_for_everybody_is_no_flip() -> None:
    same = flips_of("frø 8", codes(True, False, True), codes(True, False, True))
    assert (same.share, same.overlap) == (0.0, 1.0)


def test_flips_are_counted_both_ways_and_the_overlap_leaves_out_those_nobody_flags() -> None:
    flips = flips_of("frø 8", codes(True, True, False, False), codes(True, False, True, False))
    assert flips.share == 0.5
    assert flips.overlap == pytest.approx(1 / 3)


def test_nobody_flagged_by_either_model_has_no_overlap_to_speak_of() -> None:
    assert math.isnan(flips_of("frø 8", codes(False, False), codes(False, False)).overlap)


def test_whoever_flips_in_any_model_depends_on_the_choice() -> None:
    ours = codes(*[False] * 40)
    first, second = ours.copy(), ours.copy()
    first[:12], second[6:15] = SITUASJON, SITUASJON
    flips = [(flips_of(name, ours, other), other) for name, other in (("a", first), ("b", second))]
    found = stability_of(ours, flips, {"kjoenn": ["KVINNE"] * 25 + ["MANN"] * 15})
    assert found.ever == pytest.approx(15 / 40)
    women, men = found.groups
    assert (women.value, women.n, women.flips) == ("KVINNE", 25, 15)
    assert (men.n, men.flips) == (15, None)  # none of them flips: under ten is not shown


def test_a_count_that_leaves_fewer_than_ten_others_is_not_shown_either() -> None:
    ours, other = codes(*[False] * 40), codes(*[True] * 35, *[False] * 5)
    (group,) = stability_of(ours, [(flips_of("a", ours, other), other)], {"fylke": ["03"] * 40}).groups
    assert group.flips is None


def test_a_group_of_fewer_than_ten_is_left_out() -> None:
    ours = codes(*[False] * 30)
    found = stability_of(ours, [], {"fylke": ["03"] * 21 + ["56"] * 9})
    assert [group.value for group in found.groups] == ["03"]


def some_groups(n: int = 4000) -> tuple[list[str], np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    group = random.choice(["A", "B"], n).tolist()
    outcome = (random.random(n) < 0.3).astype(float)
    return group, outcome, np.clip(0.3 * outcome + 0.5 * random.random(n), 0, 1)


def test_a_group_that_is_overrated_has_the_widest_gap() -> None:
    group, outcome, estimate = some_groups()
    fair = widest_gaps({"g": group}, outcome, estimate, top=0.3)
    unfair = widest_gaps({"g": group}, outcome, estimate + 0.1 * (np.array(group) == "B"), top=0.3)
    assert fair["g"][1] == pytest.approx(1, abs=0.25)
    assert unfair["g"][1] > 1.5
    assert unfair["g"][0] > fair["g"][0]  # the other group is overlooked more


def test_a_group_with_too_few_cases_gives_no_gap() -> None:
    group, outcome, estimate = some_groups()
    small = ["C" if i < 100 else value for i, value in enumerate(group)]
    assert widest_gaps({"g": ["C" if v == "C" else "A" for v in small]}, outcome, estimate, top=0.3) == {}
