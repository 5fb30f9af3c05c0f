"""The conductor of the synthetic register: an extract, its protected traits and its truth, on disk."""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

from profilering.errors import CallerError
from training.digests import write_digests
from training.synthetic.block import Task
from training.synthetic.config import PopulationConfig, read_config
from training.synthetic.market import make_market, published
from training.synthetic.worker import begin, run

__all__ = ["read_config", "write_register"]

MOST_PERSONS = 10**8 - 1
"""Running numbers have eight digits."""


def write_register(
    out: Path,
    *,
    persons: int,
    seed: int,
    workers: int,
    progress: Callable[[int, int], None],
    config: PopulationConfig,
) -> None:
    """Write a register of `persons` persons to the new folder `out`.

    Blocks are written side by side by `workers` processes; the bytes are the same whatever their number.
    `progress(done, persons)` is called after each block. All is written to a temporary folder beside `out`
    and renamed at the end, so a killed run leaves nothing under the final name.
    Raises CallerError if `out` exists or the size is out of range.
    """
    if not 1 <= persons <= MOST_PERSONS:
        raise CallerError(f"persons must be 1..{MOST_PERSONS}, is {persons}")
    if out.exists():
        raise CallerError(f"{out} exists; name another folder or remove it first")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-unfinished-") as temporary:
        folder = Path(temporary) / "register"
        rows: Counter[str] = Counter({"extract/arbeidsmarked": _write_market(folder, config, seed)})
        done = 0
        for task, written in _write_blocks(_tasks(folder, persons, seed, config), workers):
            rows.update(written)
            done += task.persons
            progress(done, persons)
        _describe(folder, persons, seed, config, rows)
        write_digests(folder)
        folder.rename(out)


def _tasks(folder: Path, persons: int, seed: int, config: PopulationConfig) -> list[Task]:
    size = config.register.blokk
    firsts = range(0, persons, size)
    return [Task(config, seed, i, min(size, persons - first), folder) for i, first in enumerate(firsts)]


def _write_blocks(tasks: list[Task], workers: int) -> Iterator[tuple[Task, dict[str, int]]]:
    """Write the blocks and yield each as it is done; a failing block stops those not yet begun."""
    context = get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(tasks)), context, begin) as pool:
        futures = {pool.submit(run, task): task for task in tasks}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _write_market(folder: Path, config: PopulationConfig, seed: int) -> int:
    table = published(config, make_market(config, seed))
    target = folder / "extract" / "arbeidsmarked"
    target.mkdir(parents=True)
    table.write_parquet(target / "part-0000.parquet")
    return table.height


def _describe(folder: Path, persons: int, seed: int, config: PopulationConfig, rows: Counter[str]) -> None:
    register = config.register
    description = {
        "name": register.navn,
        "version": register.versjon,
        "synthetic": True,
        "note": "Synthetic: no real person. It proves machinery, not accuracy in Norway.",
        "seed": seed,
        "persons": persons,
        "extract_date": register.uttrekksdato.isoformat(),
        "switches": asdict(config.brytere),
        "counts": dict(sorted(rows.items())),
    }
    text = json.dumps(description, indent=2, ensure_ascii=False)
    (folder / "register.json").write_text(text + "\n", encoding="utf-8")
