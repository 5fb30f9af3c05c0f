"""One registrering as its features read it: what `compute` lays out in tables for many.

Spells are cut at the day of registrering, put in order and stripped of days that were counted
before, once; every feature then only adds up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

from profilering.features.tables import SVAR, Slag, spell_rows, svar_row
from profilering.registrering import Registrering

FeatureRow: TypeAlias = tuple[int | None, ...]
"""The values of one registrering, in the order of the catalogue."""
Cut: TypeAlias = tuple[int, int, bool, int | None, str | None]
"""The fields of a spell before its order is known."""
ANSWERS = tuple(SVAR)[1:]
"""Every column but `rad`."""


class Spell(NamedTuple):
    """One spell that began before the day of registrering; days are numbers, cut at that day.

    `ny_fra`..`til` are the days no earlier spell of the same slag covers.
    """

    fra: int
    til: int
    loeper: bool  # not over by the day of registrering
    stillingsprosent: int | None
    styrk1: str | None
    ny_fra: int


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of one person on day number `reg`: answers and flags by column name, spells by slag."""

    reg: int
    facts: Mapping[str, Any]
    spells: Mapping[Slag, Sequence[Spell]]

    def knowing(self, **more: object) -> "Life":
        """The same life with facts that were worked out from it."""
        return replace(self, facts={**self.facts, **more})

    def days(self, slag: Slag, window: int) -> list[int]:
        """Days of each spell inside the last `window` days before registrering."""
        first = self.reg - window
        return [max(0, spell.til - max(spell.fra, first)) for spell in self.spells[slag]]

    def new_days(self, slag: Slag, window: int) -> list[int]:
        """The same without days that an earlier spell covers."""
        first = self.reg - window
        return [max(0, spell.til - max(spell.ny_fra, first)) for spell in self.spells[slag]]


def life_of(registrering: Registrering) -> Life:
    """Lay out one registrering."""
    reg = registrering.registrert.toordinal()
    cut: dict[Slag, list[Cut]] = {slag: [] for slag in Slag}
    for slag, fra, til, stillingsprosent, styrk1 in spell_rows(registrering.historikk):
        if (begun := fra.toordinal()) < reg:
            over = None if til is None else til.toordinal()
            end = reg if over is None else min(over, reg)
            loeper = over is None or over > reg
            cut[slag].append((begun, end, loeper, stillingsprosent, styrk1))
    return Life(
        reg,
        facts=dict(zip(ANSWERS, svar_row(registrering), strict=True)),
        spells={slag: _in_order(spells) for slag, spells in cut.items()},
    )


def _in_order(cut: list[Cut]) -> list[Spell]:
    """By day, then by position and occupation; each with the first day that no earlier one covers."""
    covered, spells = 0, []
    for spell in sorted(cut, key=_order):
        spells.append(Spell(*spell, max(spell[0], covered)))
        covered = max(covered, spell[1])
    return spells


def _order(spell: Cut) -> tuple[object, ...]:
    """What is not known comes last."""
    fra, til, _, stillingsprosent, styrk1 = spell
    return fra, til, stillingsprosent is None, stillingsprosent, styrk1 is None, styrk1
