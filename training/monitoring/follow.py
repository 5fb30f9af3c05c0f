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
from training.monitoring.shares import ALL, Band, Columns, Share, parts, shares, told

Bools = NDArray[np.bool_]

TOWARDS, AWAY, AS_FAR = "nærmere forslaget", "lenger fra forslaget", "like langt fra forslaget"
NO_LATER = "ingen senere vurdering"
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
class Unaided:
    """What people thought before they could read the forslag, and where they went when they had (REQ-77)."""

    agreed: Share  # of first views, those that were one of the groups the forslag points at
    moved: tuple[Share, ...]  # the same first views by what the last vurdering did; each n is its own


@dataclass(frozen=True, slots=True)
class Follow:
    """What people concluded of the forslag that were given; `without` had none to follow.

    `repeated` are those whose own words also stand about another person (REQ-19).
    `supply` is how often what can be offered weighed most, and not what is needed (REQ-23).
    `deviations` is told whole or not at all: each of its counts follows from the others.
    """

    without: int | None  # None: one to nine
    followed: tuple[Share, ...]
    deviations: tuple[Deviation, ...]
    supply: Share
    repeated: Share
    speed: Speed
    unaided: Unaided | None  # None: fewer than ten first views


def latest(vurderinger: pl.DataFrame) -> pl.DataFrame:
    """One row per profilering: the last vurdering stands, `foerst` is when the first was made.

    A view written before the forslag could be read neither follows it nor deviates from it: its
    innsatsgruppe stands apart in `foer`, and where there is no other, all the rest is null.
    """
    seen = ~pl.col("foer_forslaget")
    return (
        vurderinger.sort("nummer")
        .group_by("sak", maintain_order=True)
        .agg(
            pl.col("forslag").last(),
            pl.col("innsatsgruppe", "enhet", "grunn", "ordlyd").filter(seen).last(),
            foerst=pl.col("tid").filter(seen).min(),
            foer=pl.col("innsatsgruppe").filter(~seen).first(),
        )
    )


def follow_of(
    vurderinger: pl.DataFrame, groups: Columns, follow: FollowLimit, time: TimeLimit
) -> Follow | None:
    """Measure `latest`, with `profilert`, when the profilering was made, and `person_id`.

    `groups` has the protected columns, one value per row. None with fewer than ten forslag to follow.
    """
    given = vurderinger["forslag"] != ForslagKode.INGEN_FORSLAG.value
    concluded = vurderinger["innsatsgruppe"].is_not_null()
    answered = vurderinger.filter(given & concluded)
    if answered.height < FEWEST_SHOWN:
        return None
    direction = np.array(
        [
            _steps(ForslagKode(forslag), gruppe)
            for forslag, gruppe in answered.select("forslag", "innsatsgruppe").iter_rows()
        ],
        dtype=np.int64,
    )
    columns: Columns = {
        "forslag": answered["forslag"].to_list(),
        "enhet": answered["enhet"].to_list(),
        **{name: list(compress(values, given & concluded)) for name, values in groups.items()},
    }
    band = Band(follow.laveste_andel, follow.hoeyeste_andel)
    return Follow(
        without=told({"without": int((concluded & ~given).sum())})["without"],
        followed=shares(columns, direction == 0, band),
        deviations=_deviations(answered["forslag"].to_numpy(), direction),
        supply=_supply(answered),
        repeated=_repeated(answered),
        speed=_speed(answered, time),
        unaided=_unaided(vurderinger.filter(given & vurderinger["foer"].is_not_null())),
    )


def _steps(forslag: ForslagKode, innsatsgruppe: str) -> int:
    """0 where the forslag was followed, above for more extensive effort, below for less."""
    lowest, highest = _pointed_at(forslag)
    place = ORDER[innsatsgruppe]
    return max(place - highest, 0) - max(lowest - place, 0)


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


def _repeated(answered: pl.DataFrame) -> Share:
    people = answered.select(pl.col("person_id").n_unique().over("ordlyd")).to_series()
    (share,) = shares({}, (people > 1).to_numpy(), Band())
    return share


def _unaided(views: pl.DataFrame) -> Unaided | None:
    """Measure first views of a forslag; one to nine that have no later one would follow from the sums."""
    if 0 < views["innsatsgruppe"].null_count() < FEWEST_SHOWN:
        views = views.filter(pl.col("innsatsgruppe").is_not_null())
    if views.height < FEWEST_SHOWN:
        return None
    moved, agreed = [], []
    for kode, foer, later in views.select("forslag", "foer", "innsatsgruppe").iter_rows():
        before = abs(_steps(ForslagKode(kode), foer))
        agreed.append(before == 0)
        moved.append(NO_LATER if later is None else _moved(abs(_steps(ForslagKode(kode), later)) - before))
    (share,) = shares({}, np.array(agreed), Band())
    return Unaided(share, parts("senere vurdering", moved, summed=()))


def _moved(further: int) -> str:
    if further == 0:
        return AS_FAR
    return AWAY if further > 0 else TOWARDS


def _speed(answered: pl.DataFrame, limit: TimeLimit) -> Speed:
    taken = (answered["foerst"] - answered["profilert"]).dt.total_microseconds().to_numpy() / 1e6
    (short,) = shares({}, taken < limit.kort_sekunder, Band(high=limit.hoeyeste_andel_kort))
    return Speed(float(np.median(taken)), short)
