"""A disk that fails or loses power, on which a journal is tried: see `disk.c`.

Both are one process each, with the disk between SQLite and the C library. The power cut keeps of
every file what was written before its last sync, and nothing since: the worst a disk may do that
tells the truth about syncs.
"""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from errno import EIO, ENOSPC
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlalchemy import event
from sqlalchemy.pool import Pool

from serving.journal import AlreadyAppended, Journal, JournalUnavailableError
from tests.journals import SALT, intact, rows
from tests.proof.writer import entry_of

SOURCE = Path(__file__).with_name("disk.c")
ROOT = Path(__file__).parents[2]


class Event(NamedTuple):
    """One record of the trace: `w`rite, `s`ync, `t`runcate or `a`cknowledgement."""

    kind: str
    file: str
    data: bytes
    offset: int


@dataclass(frozen=True, slots=True)
class Cuts:
    """What a journal had lost after power cuts at many moments of one run."""

    cuts: int
    acknowledged: int
    lost: int  # acknowledged before a cut, gone after it; the sum over all cuts


@dataclass(frozen=True, slots=True)
class Failures:
    """What a journal did when one file call after the other failed."""

    calls: int
    told: int  # runs in which the failure reached a caller as JournalUnavailableError
    missing: int  # acknowledged but not there, or not whole
    stuck: int  # entries that could not be made when the disk was well again


def build_disk(folder: Path) -> Path:
    """Compile the disk. A C compiler is part of what a machine for this project has."""
    library = folder / "disk.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", str(SOURCE), "-o", str(library), "-ldl"]
    subprocess.run([*command, "-lpthread"], check=True)
    return library


def on_disk(library: Path, folder: Path, *arguments: str, trace: Path | None = None) -> str:
    """Run one of this file's programs with the disk below it, and give what it prints."""
    environ = {**os.environ, "LD_PRELOAD": str(library), "DISK_ROOT": str(folder)}
    if trace is not None:
        environ["DISK_TRACE"] = str(trace)
    command = [sys.executable, "-m", "tests.proof.disk", *arguments]
    done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# Power


def cut_power(library: Path, folder: Path, *, entries: int, cuts: int, synchronous: str = "FULL") -> Cuts:
    """Journal some entries, then look what is left of them after a cut at each of many moments."""
    place, trace = folder / "journal.db", folder.with_name(folder.name + ".trace")
    Journal.open(place, timeout_seconds=5).close()
    before = {place.name: place.read_bytes()}
    on_disk(library, folder, "append", str(place), str(entries), synchronous, trace=trace)
    events = list(_read(trace))
    step = max(1, len(events) // cuts)
    moments = range(step, len(events) + 1, step)
    lost = sum(_lost(events[:moment], before) for moment in moments)
    return Cuts(len(moments), sum(one.kind == "a" for one in events), lost)


def _lost(events: list[Event], before: dict[str, bytes]) -> int:
    """How many entries acknowledged before the cut are gone after it."""
    acknowledged = {one.data.decode() for one in events if one.kind == "a"}
    with TemporaryDirectory() as after:
        for name, content in _on_disk_after(events, before).items():
            (Path(after) / name).write_bytes(content)
        place = Path(after) / "journal.db"
        Journal.open(place, timeout_seconds=5).close()
        intact(place)
        stored = {bytes(c).decode().partition("|")[0] for (c,) in rows(place, "SELECT bytes FROM innhold")}
    return len(acknowledged - stored)


def _on_disk_after(events: list[Event], before: dict[str, bytes]) -> dict[str, bytes]:
    """Every file as it was at its last sync; SQLite makes the index of its log anew."""
    cached = {name: bytearray(content) for name, content in before.items()}
    safe = dict(before)
    for one in events:
        name = Path(one.file).name
        if name.endswith("-shm") or one.kind == "a":
            continue
        content = cached.setdefault(name, bytearray())
        if one.kind == "w":
            content.extend(bytes(max(0, one.offset - len(content))))
            content[one.offset : one.offset + len(one.data)] = one.data
        elif one.kind == "t":
            del content[one.offset :]
        else:
            safe[name] = bytes(content)
    return safe


def _read(trace: Path) -> Iterator[Event]:
    with trace.open("rb") as file:
        while head := file.readline().split():
            path = file.read(int(head[1])).decode()
            yield Event(head[0].decode(), path, file.read(int(head[2])), int(head[3]))


def _append(place: Path, entries: int, synchronous: str) -> None:
    def set_synchronous(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA synchronous = {synchronous}")  # type: ignore[attr-defined]

    event.listen(Pool, "connect", set_synchronous)
    disk = ctypes.CDLL(os.environ["LD_PRELOAD"])
    journal = Journal.open(place, timeout_seconds=5)
    for number in range(entries):
        journal.append(entry_of(str(number)), salt=SALT)
        disk.disk_acknowledged(str(number).encode())
    os._exit(0)  # the power goes before anything is tidied up


# Failing calls


def fail_each_call(library: Path, folder: Path, *, lasting: bool, step: int = 1) -> Failures:
    """Let the first file call of a small run fail, then one `step` later, until no call is left."""
    printed = on_disk(library, folder, "fail", str(folder), "lasting" if lasting else "once", str(step))
    return Failures(*map(int, printed.split()))


ENTRIES = 3
"""Appended in each run: one that meets the failure, and others that find it behind them."""
FAR = 1_000_000


def _fail(folder: Path, step: int, *, lasting: bool) -> Failures:
    disk = ctypes.CDLL(os.environ["LD_PRELOAD"])
    tried = told = missing = stuck = 0
    for calls in count(1, step):
        place = folder / f"{calls}.db"
        Journal.open(place, timeout_seconds=5).close()
        disk.disk_fail(calls, FAR if lasting else calls, (EIO, ENOSPC)[calls % 2])
        acknowledged = _try(place)
        reached = disk.disk_counted() >= calls
        disk.disk_fail(-1, -1, 0)
        told += len(acknowledged) < ENTRIES
        missing += len(acknowledged - _stored(place))
        stuck += len({str(number) for number in range(ENTRIES)} - _try(place))
        missing += intact(place) != ENTRIES
        if not reached:
            break
        tried += 1
    return Failures(tried, told, missing, stuck)


def _try(place: Path) -> set[str]:
    """Append each entry once, under its own key; give the names of those acknowledged."""
    acknowledged = set()
    try:
        journal = Journal.open(place, timeout_seconds=5)
    except JournalUnavailableError:
        return set()
    for number in range(ENTRIES):
        try:
            result = journal.append(entry_of(str(number)), salt=SALT)
        except JournalUnavailableError:
            continue
        assert isinstance(result, AlreadyAppended) or result.number > 0
        acknowledged.add(str(number))
    journal.close()
    return acknowledged


def _stored(place: Path) -> set[str]:
    return {bytes(c).decode().partition("|")[0] for (c,) in rows(place, "SELECT bytes FROM innhold")}


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["append", place, entries, synchronous]:
            _append(Path(place), int(entries), synchronous)
        case ["fail", folder, how, step]:
            found = _fail(Path(folder), int(step), lasting=how == "lasting")
            print(found.calls, found.told, found.missing, found.stuck)  # noqa: T201  for the rig
