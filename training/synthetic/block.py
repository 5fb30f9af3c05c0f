"""One block on disk: a Parquet part per table, and the counts of what was written."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from training.synthetic.config import PopulationConfig
from training.synthetic.life import live
from training.synthetic.tables import PERSON_DIGITS, extract_tables, person_truth, vernede_table
from training.synthetic.transitions import transition_counts
from training.synthetic.truth import registrering_truth


@dataclass(frozen=True, slots=True)
class Task:
    """What one worker process is asked to write."""

    config: PopulationConfig
    seed: int
    block: int
    persons: int  # of this block, counted from its first
    folder: Path


def write_block(task: Task) -> dict[str, int]:
    """Simulate a block and write its parts; rows of persons beyond `task.persons` are left out.

    Returns the number of rows by folder name. Memory is bounded by the block.
    """
    config = task.config
    first = task.block * config.register.blokk + 1
    beyond = f"S{first + task.persons:0{PERSON_DIGITS}d}"
    wanted = pl.col("person_id") < beyond
    lives = live(config, task.seed, task.block)
    rows = {}
    for name, frame in extract_tables(lives, first):
        rows[f"extract/{name}"] = _write(frame.filter(wanted), task, f"extract/{name}")
    rows["vernede"] = _write(vernede_table(lives, first).filter(wanted), task, "vernede")
    rows["truth/personer"] = _write(person_truth(lives, first).filter(wanted), task, "truth/personer")
    truth = registrering_truth(lives, first, task.persons)
    rows["truth/registreringer"] = _write(truth, task, "truth/registreringer")
    counts = transition_counts(lives, task.persons)
    rows["truth/overganger"] = _write(counts, task, "truth/overganger")
    return rows


def _write(frame: pl.DataFrame, task: Task, name: str) -> int:
    folder = task.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(folder / f"part-{task.block:04d}.parquet")
    return frame.height
