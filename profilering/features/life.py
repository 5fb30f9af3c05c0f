"""One registrering as its features read it: what `compute` lays out in tables for many.

Spells are cut at the day of registrering, put in order and stripped of days that were counted
before, once; every feature then only adds up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from profilering.features.tables import SVAR, Slag, spell_rows, svar_row
from profilering.registrering import Registrering

FeatureRow: TypeAlias = tuple[int | None, ...]
"""The values of one registrering, in the order of the catalogue."""
Cut: TypeAlias = tuple[int, int, bool, int | None, str | None]
"""The fields of a spell before its order is known."""
ANSWERS = tuple(SVAR)[1:]
"""Every column but `rad`."""
NO_SPELLS: dict[Slag, Sequence["Spell"]] = dict.fromkeys(Slag, ())


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
    """What is known of one person on day number `reg`: answers and flags by column name, spells by slag.

    `last_job` is the job that ended (or runs) last.
    """

    reg: int
    facts: Mapping[str, Any]
    spells: Mapping[Slag, Sequence[Spell]]
    last_job: Spell | None

    def knowing(self, **more: object) -> "Life":
        """The same life with facts that were worked out from it."""
        return Life(self.reg, {**self.facts, **more}, self.spells, self.last_job)

    def days(self, slag: Slag, window: int) -> list[int]:
        """Days inside the last `window` days before registrering, of each spell that has any."""
        first = self.reg - window
        # Nearly every feature comes by here, and a comparison is cheaper than a call to `max`.
        return [
            spell.til - (spell.fra if spell.fra > first else first)
            for spell in self.spells[slag]
            if first < spell.til > spell.fra
        ]

    def new_days(self, slag: Slag, window: int) -> list[int]:
        """The same without days that an earlier spell covers."""
        first = self.reg - window
        return [
            spell.til - (spell.ny_fra if spell.ny_fra > first else first)
            for spell in self.spells[slag]
            if first < spell.til > spell.ny_fra
        ]


def life_of(registrering: Registrering) -> Life:
    """Lay out one registrering."""
    reg = registrering.registrert.toordinal()
    cut: dict[Slag, list[Cut]] = {}
    for slag, fra, til, stillingsprosent, styrk1 in spell_rows(registrering.historikk):
        if (begun := fra.toordinal()) < reg:
            over = None if til is None else til.toordinal()
            loeper = over is None or over > reg
            end = reg if over is None or loeper else over
            cut.setdefault(slag, []).append((begun, end, loeper, stillingsprosent, styrk1))
    spells = NO_SPELLS | {slag: _in_order(found) for slag, found in cut.items()}
    facts = dict(zip(ANSWERS, svar_row(registrering), strict=True))
    return Life(reg, facts, spells, max(spells[Slag.JOBB], key=_lateness, default=None))


def _in_order(cut: list[Cut]) -> list[Spell]:
    """By day, then by position and occupation; each with the first day that no earlier one covers."""
    if len(cut) > 1:
        cut.sort(key=_order)
    covered, spells = 0, []
    for spell in cut:
        spells.append(Spell(*spell, max(spell[0], covered)))
        covered = max(covered, spell[1])
    return spells


def _lateness(job: Spell) -> tuple[int, int, int]:
    """Of several that end last, the largest position, then the longest job; as `arg_max`, then the first."""
    return job.til, -1 if job.stillingsprosent is None else job.stillingsprosent, -job.fra


def _order(spell: Cut) -> tuple[object, ...]:
    """What is not known comes last."""
    fra, til, _, stillingsprosent, styrk1 = spell
    return fra, til, stillingsprosent is None, stillingsprosent, styrk1 is None, styrk1
