"""The published labour market, for a table of people and for one."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from profilering.features.tables import MARKED

TOLERANCE = timedelta(days=730)
"""A published month older than two years says nothing of today's labour market: then it is missing."""
FIGURES = ("ledighet_promille", "ledige_stillinger_per_100", "endring_promille")
"""`endring_promille` is the change over twelve months within one fylke and yrke."""
NOTHING: Mapping[str, int | None] = dict.fromkeys(FIGURES)


@dataclass(frozen=True, slots=True)
class Published:
    """The months of one fylke and yrke in the order they became known; of one day the latest is last."""

    days: list[date]
    figures: Mapping[str, list[int | None]]

    def known_on(self, day: date) -> Mapping[str, int | None]:
        """The figures of the last month published by that day; missing when there is none of late."""
        place = bisect_right(self.days, day) - 1
        if place < 0 or day - self.days[place] > TOLERANCE:
            return NOTHING
        return {name: column[place] for name, column in self.figures.items()}


@dataclass(frozen=True, slots=True)
class Arbeidsmarked:
    """The published labour market: an immutable table, and the same by fylke and yrke for one person.

    The table has `fylke`, `styrk1`, `kjent_fra` and the figures, sorted by `kjent_fra`.
    """

    table: pl.DataFrame
    _by_place: Mapping[tuple[str, str], Published] = field(repr=False)

    @classmethod
    def of(cls, rows: pl.DataFrame) -> "Arbeidsmarked":
        """Prepare published rows (columns of MARKED; one per fylke, styrk1 and month)."""
        ordered = rows.select(list(MARKED)).cast(MARKED).sort("fylke", "styrk1", "maaned")  # type: ignore[arg-type]
        before = ordered.select(
            "fylke", "styrk1", pl.col("maaned").dt.offset_by("12mo"), for_ett_aar_siden="ledighet_promille"
        )
        changed = ordered.join(before, on=["fylke", "styrk1", "maaned"], how="left")
        table = (
            changed.with_columns(endring_promille=pl.col("ledighet_promille") - pl.col("for_ett_aar_siden"))
            # `maaned` comes last, so that of months published on one day the latest counts.
            .sort("kjent_fra", "fylke", "styrk1", "maaned")
            .select("fylke", "styrk1", "kjent_fra", *FIGURES)
        )
        return cls(table, _by_place(table))

    def at(self, fylke: str | None, yrke: str | None, day: date) -> Mapping[str, int | None]:
        """What was known of one fylke and yrke that day, by the names of the figures."""
        if fylke is None or yrke is None or (fylke, yrke) not in self._by_place:
            return NOTHING
        return self._by_place[fylke, yrke].known_on(day)


def _by_place(table: pl.DataFrame) -> Mapping[tuple[str, str], Published]:
    each = table.group_by("fylke", "styrk1", maintain_order=True).agg("kjent_fra", *FIGURES)
    return {
        (fylke, yrke): Published(days, dict(zip(FIGURES, columns, strict=True)))
        for fylke, yrke, days, *columns in each.iter_rows()
    }
