"""Whether people weigh the forslag: followed, deviated from, and how soon (REQ-20).

Figures stand per forslag, office and protected group, never per veileder (REQ-21): the journal names
none, and nobody is measured by these. A share near 0 or 100 calls for reading cases together.
Deviation `opp` is towards more extensive effort, `ned` towards less, in the order of the law.
"""

from dataclasses import dataclass
from itertools import compress

import numpy as np
import polars as pl
from numpy.typing import NDArray

from profilering.innsatsgruppe import AKTUELLE, INNSATSGRUPPER, ForslagKode
from profilering.vurdering import SUPPLY
from training.fairness.groups import FEWEST_SHOWN
from training.monitoring.limits import FollowLimit, TimeLimit
from training.monitoring.shares import ALL, Band, Columns, Share, shares, told

Bools = NDArray[np.bool_]

ORDER = {gruppe.kode: place for place, gruppe in enumerate(INNSATSGRUPPER)}


@dataclass(frozen=True, slots=True)
class Speed:
    """How long it took from profilering to the first vurdering."""

    median_seconds: float
    short: Share  # sooner than the explanation can be read


@dataclass(frozen=True, slots=True)
class Deviation:
    """Which way people went who did not follow a forslag; `alle` or a ForslagKode."""

    forslag: str
    n: int
    up: float  # share of n
    down: float


@dataclass(frozen=True, slots=True)
class Follow:
    """What people concluded of the forslag that were given; `without` had none to follow.

    `supply` is how often what can be offered weighed most, and not what is needed (REQ-23).
    `deviations` is told whole or not at all: each of its counts follows from the others.
    """

    without: int | None  # None: one to nine
    followed: tuple[Share, ...]
    deviations: tuple[Deviation, ...]
    supply: Share
    speed: Speed


def latest(vurderinger: pl.DataFrame) -> pl.DataFrame:
    """One row per profilering: the last vurdering stands, `foerst` is when the first was made.

    A view written before the forslag could be read neither follows it nor deviates from it, so it is
    left out, and with it a profilering that has no other.
    """
    seen = vurderinger.filter(~pl.col("foer_forslaget"))
    first = seen.group_by("sak").agg(foerst=pl.col("tid").min())
    return seen.sort("nummer").unique("sak", keep="last", maintain_order=True).join(first, on="sak")


def follow_of(
    vurderinger: pl.DataFrame, groups: Columns, follow: FollowLimit, time: TimeLimit
) -> Follow | None:
    """Measure the vurderinger, one row per profilering, with `profilert`: when it was made.

    `groups` has the protected columns, one value per row. None with fewer than ten forslag to follow.
    """
    given = vurderinger["forslag"] != ForslagKode.INGEN_FORSLAG.value
    answered = vurderinger.filter(given)
    if answered.height < FEWEST_SHOWN:
        return None
    direction = np.array(
        [
            _direction(ForslagKode(forslag), gruppe)
            for forslag, gruppe in answered.select("forslag", "innsatsgruppe").iter_rows()
        ],
        dtype=np.int64,
    )
    columns: Columns = {
        "forslag": answered["forslag"].to_list(),
        "enhet": answered["enhet"].to_list(),
        **{name: list(compress(values, given)) for name, values in groups.items()},
    }
    band = Band(follow.laveste_andel, follow.hoeyeste_andel)
    return Follow(
        without=told({"without": vurderinger.height - answered.height})["without"],
        followed=shares(columns, direction == 0, band),
        deviations=_deviations(answered["forslag"].to_numpy(), direction),
        supply=_supply(answered),
        speed=_speed(answered, time),
    )


def _direction(forslag: ForslagKode, innsatsgruppe: str) -> int:
    """0 where the forslag was followed, 1 for more extensive effort, -1 for less."""
    lowest, highest = _pointed_at(forslag)
    place = ORDER[innsatsgruppe]
    return int(place > highest) - int(place < lowest)


def _pointed_at(forslag: ForslagKode) -> tuple[int, int]:
    places = [ORDER[gruppe.kode] for gruppe in AKTUELLE[forslag]]
    return min(places), max(places)


def _deviations(forslag: NDArray[np.object_], direction: NDArray[np.int64]) -> tuple[Deviation, ...]:
    counts = {ALL: (direction.size, int((direction > 0).sum()), int((direction < 0).sum()))}
    possible: list[int] = []
    for kode in sorted(set(forslag.tolist())):
        own = direction[forslag == kode]
        up, down = int((own > 0).sum()), int((own < 0).sum())
        counts[kode] = (own.size, up, down)
        lowest, highest = _pointed_at(ForslagKode(kode))
        possible += [up] * (highest < max(ORDER.values())) + [down] * (lowest > 0)
    if min(possible, default=0) < FEWEST_SHOWN:
        return ()
    return tuple(Deviation(kode, n, up / n, down / n) for kode, (n, up, down) in counts.items())


def _supply(answered: pl.DataFrame) -> Share:
    (share,) = shares({}, answered["grunn"].is_in(sorted(SUPPLY)).to_numpy(), Band())
    return share


def _speed(answered: pl.DataFrame, limit: TimeLimit) -> Speed:
    taken = (answered["foerst"] - answered["profilert"]).dt.total_microseconds().to_numpy() / 1e6
    (short,) = shares({}, taken < limit.kort_sekunder, Band(high=limit.hoeyeste_andel_kort))
    return Speed(float(np.median(taken)), short)
