"""A folder of scored parts: each is there whole or not at all, and what is there is not made again."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from models.approved import Approved
from models.canonical import canonical_json
from profilering.errors import SetupError
from serving.scoring.given import TEXT, Given
from serving.scoring.scored import CREATED, scored

ABOUT = "om.json"
"""What the parts of a folder were made of."""


@dataclass(frozen=True, slots=True)
class Portions:
    """Rows of one part: at most a minute's work is made again after a stop. And rows scored together:
    enough that the features' fixed cost vanishes.
    """

    part: int = 5_000
    batch: int = 500


PORTIONS = Portions()


@dataclass(frozen=True, slots=True)
class Tally:
    """What stands in the parts so far; `kept` of the rows stood there already."""

    rows: int = 0
    refused: int = 0
    kept: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.rows + other.rows, self.refused + other.refused, self.kept + other.kept)


def claim(out: Path, given: Given, approved: Approved, *, kode: str, portions: Portions = PORTIONS) -> None:
    """Make the folder ours, or go on in one made of the same. Raises SetupError for any other."""
    about = {
        "inn": given.described(),
        "behold": list(given.keep),
        "rader_per_del": portions.part,
        "digester": {**approved.digests, "kode": kode},
        "modell": approved.model_version,
    }
    out.mkdir(parents=True, exist_ok=True)
    if (out / ABOUT).exists():
        before = json.loads((out / ABOUT).read_bytes())
        if differ := [name for name in about if about[name] != before.get(name)]:
            raise SetupError(f"{out} was made of other {', '.join(differ)} ({ABOUT}); choose another folder")
    elif any(not path.name.startswith(".") for path in out.iterdir()):
        raise SetupError(f"{out} holds files and no {ABOUT}; choose an empty folder")
    else:
        _put(out / ABOUT, lambda path: path.write_bytes(canonical_json(about)))


def score_parts(
    out: Path, given: Given, approved: Approved, portions: Portions = PORTIONS
) -> Iterator[Tally]:
    """Score what is not there yet, and tell of each batch; a part appears once all of it is scored."""
    for number, chosen in enumerate(given.slices(portions.part)):
        place = out / f"del-{number:05}.parquet"
        kept = _kept(place)
        if kept is not None:
            yield kept
            continue
        frames = []
        for batch in given.read(chosen).iter_slices(portions.batch):
            result = scored(batch[TEXT].to_list(), approved)
            frames.append(pl.concat([batch.select(given.keep), result], how="horizontal"))
            yield Tally(rows=len(result), refused=_refused(result))
        _put(place, pl.concat(frames).write_parquet)


def _kept(place: Path) -> Tally | None:
    """What stands in a part that is there and can be read."""
    try:
        statuses = pl.scan_parquet(place).select("status").collect()
    except (pl.exceptions.PolarsError, OSError):
        return None
    return Tally(rows=len(statuses), refused=_refused(statuses), kept=len(statuses))


def _refused(frame: pl.DataFrame) -> int:
    return int((frame["status"] != CREATED).sum())


def _put(place: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place, make it durable and move it there."""
    making = place.with_name(f".{place.name}.making")
    write(making)
    with making.open("rb") as file:
        os.fsync(file.fileno())
    making.replace(place)
