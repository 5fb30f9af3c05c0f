"""Write a candidate as a bundle: whole under its digest, or not at all."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from models.bundle import (
    FORMAT,
    MANIFEST,
    SIGNATURE,
    catalogue_json,
    folder_of,
    golden_lines,
    model_file,
    read_bundle,
)
from models.canonical import canonical_json, digest_of
from models.signature import Signing, signature_of
from profilering.features import CATALOGUE, NAMES
from training.candidate import Candidate

MAKING = ".making-"
"""Begins the name of a bundle that is not whole yet; then comes the process that writes it."""
GOLDEN_ROWS = 50
"""Enough to visit most leaves near the roots, few enough to try at every load."""


def bundle_files(
    candidate: Candidate, market: pl.DataFrame, card: str, about: Mapping[str, Any], *, seed: int
) -> dict[str, bytes]:
    """Every file of a bundle but its manifest. `market` has the columns of MARKED."""
    model = candidate.model
    return {
        **{model_file(outcome): text.encode() for outcome, text in candidate.texts.items()},
        "calibration.json": canonical_json(
            {
                f.outcome: {"slope": f.calibration.slope, "intercept": f.calibration.intercept}
                for f in model.fitted
            }
        ),
        "reference.json": canonical_json(
            {
                "cohorts": {
                    outcome: {"log_odds": log_odds, "cases": cases}
                    for outcome, (log_odds, cases) in candidate.cohorts.items()
                },
                "spans": {name: [span.low, span.high] for name, span in model.spans.items()},
            }
        ),
        "features.json": catalogue_json(),
        "arbeidsmarked.json": canonical_json(_market_columns(market)),
        "golden.jsonl": golden_lines(model, invented_rows(candidate, seed=seed)),
        "card.md": card.encode(),
        "run.json": canonical_json(about),
    }


def write_bundle(
    files: Mapping[str, bytes],
    manifest: Mapping[str, Any],
    artefacts: Path,
    signing: Signing | None = None,
) -> str:
    """Write a bundle under its digest, read it back as the service would, and give the digest.

    It is made in a folder beside its place and renamed at the end: a killed run leaves nothing
    under a digest, and what it left the next one clears away. Raises SetupError when what already
    lies under the digest is damaged, or the key cannot be used.
    """
    listed = {name: digest_of(content) for name, content in files.items()}
    whole = canonical_json({**manifest, "format": FORMAT, "files": listed})
    digest = digest_of(whole)
    signature = {} if signing is None else {SIGNATURE: signature_of(whole, signing)}
    artefacts.mkdir(parents=True, exist_ok=True)
    _clear_leftovers(artefacts)
    making = Path(tempfile.mkdtemp(prefix=f"{MAKING}{os.getpid()}-", dir=artefacts))
    try:
        for name, content in {**files, MANIFEST: whole, **signature}.items():
            _write_durably(making / name, content)
        read_bundle(making, digest)
        making.chmod(0o755)
        place = folder_of(artefacts, digest)
        if place.exists():
            read_bundle(place, digest)
            if signature:
                (making / SIGNATURE).replace(place / SIGNATURE)
        else:
            making.rename(place)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return digest


def invented_rows(candidate: Candidate, *, seed: int) -> pl.DataFrame:
    """Rows of features that belong to nobody: each value drawn for itself within its span.

    The first row has everything missing.
    """
    random = np.random.default_rng(seed)
    columns: dict[str, list[int | None]] = {}
    for feature in CATALOGUE:
        span = candidate.model.spans.get(feature.name)
        low, high = (0, len(feature.categories) - 1) if feature.categories else (0, 0)
        if span is not None:
            low, high = span.low, span.high
        drawn = random.integers(low, high + 1, GOLDEN_ROWS).tolist()
        missing = random.random(GOLDEN_ROWS) < 0.1
        columns[feature.name] = [
            None if row == 0 or missing[row] else value for row, value in enumerate(drawn)
        ]
    return pl.DataFrame(columns, schema=dict.fromkeys(NAMES, pl.Int32))


def _market_columns(market: pl.DataFrame) -> dict[str, list[Any]]:
    texts = market.with_columns(pl.col("maaned", "kjent_fra").dt.to_string("%Y-%m-%d"))
    return texts.sort("fylke", "styrk1", "maaned").to_dict(as_series=False)


def _clear_leftovers(artefacts: Path) -> None:
    """Remove what killed writers left: folders named by a process that is gone."""
    for folder in artefacts.glob(f"{MAKING}*"):
        process = folder.name.removeprefix(MAKING).partition("-")[0]
        if process.isdecimal() and not _is_running(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)  # asks, sends nothing
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
