"""What a benchmark could live with but will not pass over in silence: each kind by name, column and rows."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from training.fairness.fairness import Fairness
from training.fairness.group_figures import by_column
from training.fairness.groups import CANNOT_BE_TESTED, FEWEST_SHOWN

Counts = Counter[tuple["What", str | None]]  # measured rows per kind and column


class What(StrEnum):
    """Kinds of notes; the values are the words of the JSON."""

    ALL_MISSING = "all_missing"
    CONSTANT = "constant"
    UNSEEN_CATEGORY = "unseen_category"
    IDENTICAL_ROWS = "identical_rows"
    OUTSIDE_SPLIT = "outside_split"
    ONE_GROUP = "one_group"
    TOO_FEW_TO_TEST = "too_few_to_test"
    NO_EARLIER_CURVE = "no_earlier_curve"


TEXTS = {
    What.ALL_MISSING: "{column}: mangler i alle treningsrader, og er utelatt for {rows} målte rader",
    What.CONSTANT: "{column}: samme verdi i alle treningsrader, og er utelatt for {rows} målte rader",
    What.UNSEEN_CATEGORY: "{column}: {rows} rader hadde en kategori som ikke fantes i treningen, "
    "og er regnet som manglende",
    What.IDENTICAL_ROWS: "{rows} rader er helt like en tidligere rad; om det er samme person to ganger, "
    "kan ikke tabellen si",
    What.OUTSIDE_SPLIT: "{column}: {rows} rader hører til tidspunkter som ikke er med i oppdelingen",
    What.ONE_GROUP: "{column}: alle {rows} målte rader hører til samme gruppe, så ingen kan sammenlignes",
    What.TOO_FEW_TO_TEST: "{column}: grupper med til sammen {rows} rader har for få med utfallet og kan "
    "ikke testes",
    What.NO_EARLIER_CURVE: "{column}: kalibreringsdelen ({rows} rader) har for få av en klasse "
    "til en egen kurve",
}


@dataclass(frozen=True, slots=True)
class Note:
    """One thing the reader of the figures should know."""

    what: What
    column: str | None
    rows: int | None  # None: fewer than ten, or would reveal so few

    def text(self) -> str:
        """Say it in one sentence."""
        rows = "færre enn ti" if self.rows is None else str(self.rows)
        return TEXTS[self.what].format(column=self.column, rows=rows)


def notes_of(counts: Counts) -> tuple[Note, ...]:
    """Make the notes, in a fixed order; what concerns nobody is left out, few are not counted aloud."""
    order = list(What)
    found = sorted(counts.items(), key=lambda item: (order.index(item[0][0]), item[0][1] or ""))
    return tuple(
        Note(what, column, rows if rows >= FEWEST_SHOWN else None)
        for (what, column), rows in found
        if rows > 0
    )


def group_notes(fairness: Fairness) -> tuple[Note, ...]:
    """Name the protected columns with groups that cannot be tested, or with one group only."""
    notes = []
    for column, groups in by_column(fairness.groups).items():
        if len(groups) == 1:
            notes.append(Note(What.ONE_GROUP, column, groups[0].n))
            continue
        small = [group.n for group in groups if group.calibration_gap.verdict == CANNOT_BE_TESTED]
        known = [n for n in small if n is not None]
        if small:
            rows = sum(known) if len(known) == len(small) else None
            notes.append(Note(What.TOO_FEW_TO_TEST, column, rows))
    return tuple(notes)
