"""What a policy means for a cohort: every setting counted as by hand, nothing told of fewer than ten."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from models.policy_file import read_policy_version
from profilering.innsatsgruppe import ForslagKode
from profilering.policy import RegelKode
from profilering.risk import Outcome
from tests.make import HELSE, LANGVARIG
from training.judging.abstentions import Abstention, abstentions
from training.judging.consequences import Consequences
from training.judging.forslag import Before
from training.judging.settings import RATIOS, SettingTable, work_out
from training.reporting.policy_sections import policy_sections

Floats = NDArray[np.float64]
POLICY = read_policy_version("2026-2")
N = 4_000


class People:
    """N people who have the outcomes as often as the estimates say; one in ten is decided by law."""

    def __init__(self, *, seed: int = 1) -> None:
        generator = np.random.default_rng(seed)
        self.estimates = {LANGVARIG: generator.beta(1.2, 3, N), HELSE: generator.beta(1.2, 4, N)}
        self.happened = {o: (generator.random(N) < e).astype(np.float64) for o, e in self.estimates.items()}
        fixed = np.full(N, "", dtype="<U40")
        fixed[: N // 10] = RegelKode.OPPGITT_HELSEHINDRING.value
        fixed[N // 10 : N // 8] = RegelKode.FOR_LITE_GRUNNLAG.value
        self.before = Before(fixed, generator.random(N) < 0.05)
        self.persons = np.arange(N)

    def table(
        self, outcome: Outcome, columns: Mapping[str, Sequence[str | None]] | None = None
    ) -> SettingTable:
        return work_out(
            outcome, self.happened[outcome], self.before, self.estimates, POLICY, columns or {}, self.persons
        )


@pytest.fixture(scope="module")
def people() -> People:
    return People()


@pytest.mark.parametrize("outcome", Outcome)
def test_every_setting_is_what_counting_gives(people: People, outcome: Outcome) -> None:
    table = people.table(outcome)
    decided = people.before.fixed == ""
    if outcome is HELSE:
        decided &= ~people.before.has_health_benefit
    assert table.decided == decided.sum()
    case, estimate = people.happened[outcome] == 1, people.estimates[outcome]
    for setting in table.settings:
        figures = setting.figures
        assert figures is not None
        flagged = estimate >= 1 / (1 + setting.ratio)
        assert figures.found == (decided & case & flagged).sum()
        assert figures.overlooked == (decided & case & ~flagged).sum()
        assert figures.too_many == (decided & ~case & flagged).sum()
        assert figures.cost == figures.too_many + setting.ratio * figures.overlooked
        assert sum(figures.forslag.values()) == pytest.approx(1)
        assert figures.forslag[ForslagKode.INGEN_FORSLAG] == 100 / N


@pytest.mark.parametrize(("outcome", "ratio"), [(LANGVARIG, 3.0), (HELSE, 4.0)])
def test_the_setting_in_force_is_marked_and_weighs_its_errors_least(
    people: People, outcome: Outcome, ratio: float
) -> None:
    """With estimates that say what they mean, a cost ratio is best served by its own threshold."""
    table = people.table(outcome)
    assert [setting.ratio for setting in table.settings] == sorted(RATIOS)
    (own,) = [setting for setting in table.settings if setting.in_force]
    assert own.ratio == ratio
    costs = {s.ratio: s.figures.cost_in_force for s in table.settings if s.figures is not None}
    assert costs[ratio] <= 1.01 * min(costs.values())


def test_a_ratio_of_the_policy_that_is_not_in_the_list_is_worked_out_too(people: People) -> None:
    rules = (replace(r, kostnadsforhold=5.0) if r.utfall is HELSE else r for r in POLICY.regler)
    policy = replace(POLICY, regler=tuple(rules))
    table = work_out(
        HELSE, people.happened[HELSE], people.before, people.estimates, policy, {}, people.persons
    )
    assert [s.ratio for s in table.settings if s.in_force] == [5.0]


def test_a_heavier_cost_of_overlooking_overlooks_fewer_and_gives_more_talks(people: People) -> None:
    figures = [s.figures for s in people.table(LANGVARIG).settings if s.figures is not None]
    assert [f.overlooked for f in figures] == sorted((f.overlooked for f in figures), reverse=True)
    assert [f.too_many for f in figures] == sorted(f.too_many for f in figures)


def test_settings_that_differ_by_fewer_than_ten_people_are_not_both_told(people: People) -> None:
    """The policy's own is told first; a difference of a few could be had by subtraction."""
    few = People()
    between = (few.estimates[LANGVARIG] >= 0.2) & (few.estimates[LANGVARIG] < 0.25)
    few.estimates[LANGVARIG] = np.where(between, 0.15, few.estimates[LANGVARIG])
    few.estimates[LANGVARIG][np.flatnonzero(between)[:30]] = 0.22
    few.happened[LANGVARIG][np.flatnonzero(between)[:30]] = 0.0
    few.happened[LANGVARIG][np.flatnonzero(between)[:4]] = 1.0  # found at 4, overlooked at 3
    told = {setting.ratio: setting.figures is not None for setting in few.table(LANGVARIG).settings}
    assert told[3.0]
    assert not told[4.0]
    assert all(s.figures is not None for s in people.table(LANGVARIG).settings)


def test_settings_between_which_a_few_go_from_one_forslag_to_another_are_not_both_told() -> None:
    """Enough people reach the threshold, but all save four of them had more than standard innsats already."""
    few = People()
    health, other = few.estimates[HELSE], few.estimates[LANGVARIG]
    decided = (few.before.fixed == "") & ~few.before.has_health_benefit
    from_standard = np.flatnonzero(decided & (health >= 0.2) & (health < 0.25) & (other < 0.25))
    health[from_standard[4:]] = 0.05
    told = {setting.ratio: setting.figures is not None for setting in few.table(HELSE).settings}
    assert told[4.0]
    assert not told[3.0]
    assert told[2.0]


def test_groups_are_told_their_share_and_small_ones_nothing(people: People) -> None:
    column = ["liten"] * 7 + ["én"] * 2_000 + ["annen"] * (N - 2_007)
    table = people.table(LANGVARIG, {"prøve": column})
    rows = {group.value: group for group in table.groups}
    assert (rows["liten"].n, rows["liten"].given) == (None, None)
    hidden = [group for group in table.groups if group.n is None]
    assert len(hidden) == 2  # the smallest of the others too: else the seven could be subtracted
    (shown,) = [group for group in table.groups if group.given is not None]
    assert shown.n == 2_000
    members = np.array(column) == shown.value
    own = people.estimates
    no_health = people.before.has_health_benefit | (
        own[HELSE] < POLICY.regel(RegelKode.FORHOEYET_ANSLAG_HELSE).threshold
    )
    for ratio, share in (shown.given or {}).items():
        offered = (people.before.fixed == "") & no_health & (own[LANGVARIG] >= 1 / (1 + ratio))
        assert share == pytest.approx(offered[members].mean())


# Who is given no forslag


def refrained(counts: Mapping[str, Mapping[str, int]], *, of: int = 1_000) -> tuple[Abstention, ...]:
    """`of` people in each group, so many decided by each rule."""
    fixed, group = [], []
    for name, rules in counts.items():
        own = [rule for rule, count in rules.items() for _ in range(count)]
        fixed += own + [""] * (of - len(own))
        group += [name] * of
    persons = np.arange(len(fixed))
    return abstentions(np.array(fixed, dtype="<U40"), {"gruppe": group}, persons, seed=1, bootstraps=200)


LITE, UTENFOR, HELSEHINDRING = "FOR_LITE_GRUNNLAG", "UTENFOR_MODELLEN", "OPPGITT_HELSEHINDRING"


def test_refraining_is_counted_by_group_and_rule_with_intervals_and_law_is_not_refraining() -> None:
    everyone, one, other = refrained(
        {"a": {LITE: 30, UTENFOR: 20, HELSEHINDRING: 500}, "b": {LITE: 40, UTENFOR: 60}}
    )
    assert (everyone.column, everyone.n, one.n) == ("alle", 2_000, 1_000)
    shares = [row.share for row in (everyone, one, other)]
    assert [share.value for share in shares if share] == pytest.approx([0.075, 0.05, 0.10])
    for row in (everyone, one, other):
        assert row.share is not None
        assert row.by_rule is not None
        assert row.share.low < row.share.value < row.share.high
        assert sum(part.value for part in row.by_rule.values()) == pytest.approx(row.share.value)
    assert set(one.by_rule or {}) == {RegelKode.FOR_LITE_GRUNNLAG, RegelKode.UTENFOR_MODELLEN}


def test_a_rule_that_only_a_few_meet_is_told_together_with_the_others() -> None:
    everyone, one, other = refrained({"a": {LITE: 50, UTENFOR: 3}, "b": {LITE: 40}})
    assert everyone.share is not None
    for row in (one, other):
        assert row.share is not None
        assert row.by_rule is None


def test_a_group_of_which_few_are_refused_a_forslag_is_hidden_and_cannot_be_subtracted() -> None:
    rows = {row.value: row for row in refrained({"a": {LITE: 50}, "b": {LITE: 4}, "c": {LITE: 80}})}
    assert [value for value, row in rows.items() if row.share is None] == ["a", "b"]
    assert all(row.n for row in rows.values())


def test_when_nobody_is_refrained_from_that_is_what_is_said() -> None:
    rows = refrained({"a": {}, "b": {HELSEHINDRING: 30}})
    assert all(row.share is None for row in rows)
    section = policy_sections(Consequences({}, rows))[-1]
    assert "Ingen, eller færre enn ti personer" in section.text[0]


def test_the_sections_give_what_was_worked_out_and_set_no_limit(people: People) -> None:
    table = people.table(LANGVARIG, {"gruppe": ["x", "y"] * (N // 2)})
    rows = refrained({"a": {LITE: 30, UTENFOR: 20}, "b": {LITE: 40, UTENFOR: 60}})
    settings, silent = policy_sections(Consequences({LANGVARIG: table}, rows))
    assert settings.heading == "Langvarig stønad: hva ville en annen grense betydd?"
    assert any("velger ingen grense" in text for text in settings.text)
    worked, groups = settings.tables
    assert [row[0] for row in worked.rows] == ["1", "2", "3 (gjelder)", "4", "6", "9"]
    assert [row[1] for row in worked.rows] == ["50", "33,3", "25", "20", "14,3", "10"]
    assert groups.header[:2] == ("Gruppe", "Registreringer")
    assert "25 (gjelder)" in groups.header
    assert silent.text[0].startswith("7,5 (")
    assert silent.tables[0].header[3:] == ("For lite grunnlag", "Utenfor modellen")
