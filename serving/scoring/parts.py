"""A folder of scored parts: each is there whole or not at all, and what is there is not made again."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

import polars as pl

from models.approved import Approved
from models.canonical import canonical_json
from profilering.errors import ProfileringError, SetupError
from serving.scoring.given import TEXT, Given, Slice
from serving.scoring.scored import CREATED, scored
from serving.telemetry.log import failure_fields

ABOUT = "om.json"
"""What the parts of a folder were made of."""
LOCK = ".laas"
"""Held by the command at work in a folder."""


@dataclass(frozen=True, slots=True)
class Portions:
    """Rows of one part: what is made again after a stop. And rows scored together: enough that fixed
    costs vanish, few enough that memory stays small.
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


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Keep other commands out of a folder, which is made, as long as this lasts. Raises SetupError.

    The system lets go of the lock with the process, however it ends.
    """
    with _written(out):
        out.mkdir(parents=True, exist_ok=True)
        lock = (out / LOCK).open("ab")
    with lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise SetupError(f"another command is at work in {out}; wait for it, or choose another") from None
        yield


def claim(
    out: Path, given: Given, approved: Approved, *, kode: str, portions: Portions = PORTIONS
) -> list[dict[str, object]]:
    """Make the folder ours, or go on in one made of the same, and describe what is given.

    Raises SetupError for any other folder.
    """
    described = given.described()
    about = {
        "inn": described,
        "behold": list(given.keep),
        "rader_per_del": portions.part,
        "digester": {**approved.digests, "kode": kode},
        "modell": approved.model_version,
        "beregning": approved.basis.model.method,
    }
    with _written(out):
        out.mkdir(parents=True, exist_ok=True)
        there = [path for path in out.iterdir() if not path.name.startswith(".")]
    if (out / ABOUT).exists():
        before = _read_about(out / ABOUT)
        if differ := [name for name in about if about[name] != before.get(name)]:
            raise SetupError(f"{out} was made of other {', '.join(differ)} ({ABOUT}); choose another folder")
    elif there:
        raise SetupError(f"{out} holds files and no {ABOUT}; choose an empty folder")
    else:
        _put(out / ABOUT, lambda path: path.write_bytes(canonical_json(about)))
    return described


def _read_about(path: Path) -> Mapping[str, object]:
    try:
        before = json.loads(path.read_bytes())
    except (OSError, ValueError):
        before = None
    if not isinstance(before, dict):
        raise SetupError(f"{path} cannot be read; choose another folder, or empty this one")
    return before


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the result: where it will stand, and the rows and columns it is made of."""

    place: Path
    chosen: Slice
    keep: tuple[str, ...]
    batch: int = PORTIONS.batch

    def kept(self) -> Tally | None:
        """What stands there already, if it is there and can be read."""
        try:
            statuses = pl.scan_parquet(self.place, glob=False).select("status").collect()
        except (pl.exceptions.PolarsError, OSError):
            return None
        return Tally(rows=len(statuses), refused=_refused(statuses), kept=len(statuses))


def parts_of(out: Path, given: Given, portions: Portions = PORTIONS) -> Iterator[Part]:
    """All parts in the order of the rows given."""
    for number, chosen in enumerate(given.slices(portions.part)):
        yield Part(out / f"del-{number:05}.parquet", chosen, given.keep, portions.batch)


def stands_already(parts: Iterable[Part]) -> tuple[Tally, list[Part]]:
    """What stands of these parts, and those that are still to be made."""
    tally, left = Tally(), []
    for part in parts:
        if (kept := part.kept()) is None:
            left.append(part)
        else:
            tally += kept
    return tally, left


def make(part: Part, approved: Approved) -> Tally:
    """Score one part; it appears once all of it is scored. Raises SetupError for a fault of ours."""
    chosen, frames = part.chosen, []
    given = chosen.read(part.keep)
    try:
        for batch in given.iter_slices(part.batch):
            result = scored(batch[TEXT].to_list(), approved)
            frames.append(pl.concat([batch.select(part.keep), result], how="horizontal"))
        whole = pl.concat(frames)
    except ProfileringError:
        raise
    except Exception as error:  # whatever it is: it must not stand in a part as if the row were at fault
        where = " ".join(map(str, failure_fields(error).values()))
        rows = f"rows {chosen.first + 1} to {chosen.first + chosen.rows} of {chosen.file.name}"
        raise SetupError(
            f"a fault of ours in {rows} ({where}): tell those who keep this program; "
            "the whole parts stand, the same command tries again from there"
        ) from None
    _put(part.place, whole.write_parquet)
    return Tally(rows=len(whole), refused=_refused(whole))


def _refused(frame: pl.DataFrame) -> int:
    return int((frame["status"] != CREATED).sum())


def _put(place: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place, make it durable and move it there. Raises SetupError."""
    making = place.with_name(f".{place.name}.making")
    with _written(place):
        try:
            write(making)
            _sync(making)
            making.replace(place)
            _sync(place.parent)
        finally:
            making.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _written(place: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as problem:
        why = getattr(problem, "strerror", None) or problem
        raise SetupError(
            f"{place} cannot be written ({why}); OUT must be a folder with room that may be written to; "
            "the whole parts stand, the same command goes on from there"
        ) from None
