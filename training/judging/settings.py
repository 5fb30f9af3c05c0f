"""What each setting of a threshold would mean for a later cohort: how many, who, at what cost.

A cost ratio is a choice of values that a jurist approves. Here the choice is shown worked out, one
outcome at a time, the other rules as the policy has them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from profilering.innsatsgruppe import ForslagKode
from profilering.policy import Policy, Regel
from profilering.risk import Outcome
from training.evaluation.bootstrap import Persons
from training.fairness.groupings import Grouping, group_by, group_everyone, told
from training.fairness.groups import FEWEST_SHOWN
from training.fairness.suppression import hide_groups, people_in
from training.judging.forslag import Before, Codes, proposed_on

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

RATIOS = (1.0, 2.0, 3.0, 4.0, 6.0, 9.0)
"""Cost ratios worked out beside the policy's own: thresholds from 50 down to 10 of 100."""


@dataclass(frozen=True, slots=True)
class SettingFigures:
    """What one cost ratio gives."""

    forslag: Mapping[ForslagKode, float]  # share of all who get each
    found: int  # reach the threshold and have the outcome
    overlooked: int  # have the outcome, and do not reach it
    too_many: int  # reach it without the outcome
    cost: float  # in talks too many: those, and the overlooked times the ratio
    cost_in_force: float  # the same, weighed by the ratio in force: can be compared between settings


@dataclass(frozen=True, slots=True)
class Setting:
    """One cost ratio; no figures where they would reveal fewer than ten people, alone or beside others."""

    ratio: float
    threshold: float  # probability
    in_force: bool
    figures: SettingFigures | None


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """One group: the share given the rule's forslag at each ratio; None as in `Setting`."""

    column: str
    value: str
    n: int | None
    given: Mapping[float, float] | None  # by ratio


@dataclass(frozen=True, slots=True)
class SettingTable:
    """One outcome's rule at every ratio, on n later registreringer."""

    regel: Regel
    n: int
    decided: int  # of those: no rule before the estimates decided, and the outcome is estimated
    settings: tuple[Setting, ...]  # by rising ratio
    groups: tuple[SettingGroup, ...]


@dataclass(frozen=True, slots=True)
class _Tried:
    """What each ratio gives every row."""

    decided: Mask  # by the estimates, with an outcome that is known
    case: Mask  # of those, with the outcome
    flagged: Mapping[float, Mask]  # decided, and at or above the threshold
    forslag: Mapping[float, Codes]
    given: Mapping[float, Mask]  # the rule's own forslag


def work_out(
    outcome: Outcome,
    happened: Floats,
    before: Before,
    estimates: Mapping[Outcome, Floats],
    policy: Policy,
    columns: Mapping[str, Sequence[str | None]],
    persons: Persons,
) -> SettingTable:
    """Try every ratio on n rows. `happened` is 1, 0, or NaN where the outcome is not defined."""
    regel = next(regel for regel in policy.regler if regel.utfall is outcome)
    own = regel.kostnadsforhold or 0.0
    rules = {ratio: replace(regel, kostnadsforhold=ratio) for ratio in sorted({*RATIOS, own})}
    made = proposed_on(before, estimates, policy).estimates[outcome]
    decided = (before.fixed == "") & np.isfinite(made) & np.isfinite(happened)
    forslag = {r: proposed_on(before, estimates, _with(policy, rule)).forslag for r, rule in rules.items()}
    tried = _Tried(
        decided,
        case=decided & (happened == 1),
        flagged={ratio: decided & (made >= rule.threshold) for ratio, rule in rules.items()},
        forslag=forslag,
        given={ratio: codes == regel.forslag.value for ratio, codes in forslag.items()},
    )
    shown = _tellable(tuple(rules), own, tried, persons)
    groupings = group_by(columns, rows=happened.size).values()
    return SettingTable(
        regel=regel,
        n=happened.size,
        decided=int(decided.sum()),
        settings=tuple(
            Setting(
                ratio, rule.threshold, ratio == own, _figures(ratio, own, tried) if ratio in shown else None
            )
            for ratio, rule in rules.items()
        ),
        groups=tuple(row for g in groupings for row in _groups(g, persons, tried, (shown, (own,)))),
    )


def _with(policy: Policy, rule: Regel) -> Policy:
    return replace(policy, regler=tuple(rule if r.kode is rule.kode else r for r in policy.regler))


def _figures(ratio: float, own: float, tried: _Tried) -> SettingFigures:
    case, flagged, codes = tried.case, tried.flagged[ratio], tried.forslag[ratio]
    overlooked, too_many = int((case & ~flagged).sum()), int((flagged & ~case).sum())
    return SettingFigures(
        forslag={kode: float(np.mean(codes == kode.value)) for kode in ForslagKode},
        found=int((case & flagged).sum()),
        overlooked=overlooked,
        too_many=too_many,
        cost=too_many + ratio * overlooked,
        cost_in_force=too_many + own * overlooked,
    )


def _tellable(ratios: Sequence[float], own: float, tried: _Tried, persons: Persons) -> tuple[float, ...]:
    """The ratios that can stand side by side, the policy's own first: no difference is of fewer than ten."""
    everyone, kinds = group_everyone(persons.size), (tried.case, tried.decided & ~tried.case)
    shown: tuple[float, ...] = ()
    for ratio in sorted(ratios, key=lambda one: (one != own, one)):
        more = tuple(sorted((*shown, ratio)))
        parts = [
            part
            for masks, kind in (*((tried.flagged, kind) for kind in kinds), (tried.given, None))
            for part in _parts(everyone, persons, [masks[r] for r in more], kind)
        ]
        few = hide_groups(np.column_stack(parts), (np.arange(1),), np.zeros(1, dtype=np.bool_)).any()
        if not few and not _few_change(everyone, persons, [tried.forslag[r] for r in more]):
            shown = more
    return shown


def _few_change(everyone: Grouping, persons: Persons, forslag: Sequence[Codes]) -> bool:
    """Whether some, but fewer than ten, go from one forslag to another between two settings."""
    for one, other in pairwise(forslag):
        for change in {(a, b) for a, b in zip(one.tolist(), other.tolist(), strict=True) if a != b}:
            moved = people_in(everyone, persons, (one == change[0]) & (other == change[1]))
            if moved[0] < FEWEST_SHOWN:
                return True
    return False


def _parts(
    grouping: Grouping, persons: Persons, nested: Sequence[Mask], kind: Mask | None
) -> Iterator[NDArray[np.intp]]:
    """People of each group by where they are first reached: by the fewest, by the next, …, by none."""
    nobody = np.zeros(persons.size, dtype=np.bool_)
    for less, more in pairwise([nobody, *nested, ~nobody]):
        gained = more & ~less
        yield people_in(grouping, persons, gained if kind is None else gained & kind)


def _groups(
    grouping: Grouping, persons: Persons, tried: _Tried, choices: Sequence[tuple[float, ...]]
) -> Iterator[SettingGroup]:
    """Every group's share at the ratios of that choice which hides fewest groups."""
    table, rows = (np.arange(len(grouping.values)),), np.bincount(grouping.codes)
    everybody = np.ones(persons.size, dtype=np.bool_)
    few = hide_groups(
        people_in(grouping, persons, everybody)[:, None], table, np.zeros(rows.size, dtype=np.bool_)
    )

    def hidden(ratios: tuple[float, ...]) -> Mask:
        parts = _parts(grouping, persons, [tried.given[ratio] for ratio in ratios], None)
        return hide_groups(np.column_stack(list(parts)), table, few)

    ratios, hide = min(((c, hidden(c)) for c in choices if c), key=lambda found: int(found[1].sum()),
                       default=((), np.ones_like(few)))  # fmt: skip
    given = {r: np.bincount(grouping.codes, weights=tried.given[r]) / rows for r in ratios}
    for place, value in enumerate(grouping.values):
        shares = None if hide[place] else {r: float(share[place]) for r, share in given.items()}
        yield SettingGroup(grouping.column, told(value), None if few[place] else int(rows[place]), shares)
