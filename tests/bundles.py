"""Small bundles of the real kind, made in a moment, and approvals of them.

The models are fitted on numbers drawn by chance: they prove machinery and say nothing of anybody.
"""

import os

# As in `training/__main__.py`: before LightGBM loads, or it trains many times slower beside another test.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import polars as pl

from models.bundle import FORMAT, MANIFEST, catalogue_json, folder_of, golden_lines, model_file, read_bundle
from models.calibration import Calibration
from models.canonical import canonical_json, digest_of
from models.lightgbm_model import FittedOutcome, LightgbmModel, booster_of
from models.reference import cohort_of
from profilering.features import NAMES
from profilering.risk import Outcome
from tests.make import SPANS

ROWS, GOLDEN_ROWS = 400, 5
MARKET: Mapping[str, list[Any]] = {
    "fylke": ["46"],
    "styrk1": ["7"],
    "maaned": ["2026-03-01"],
    "kjent_fra": ["2026-04-20"],
    "ledighet_promille": [20],
    "ledige_stillinger_per_100": [80],
}


def a_bundle(artefacts: Path, version: str = "liten-1", *, lift: float = 0.0, card: str = "") -> str:
    """Write a small bundle and give its digest; `lift` moves every estimate, in log-odds."""
    texts = _model_texts()
    calibration = Calibration(1.0, lift)
    log_odds, cases = [n / 100 for n in range(200)], [int(n % 3 == 0) for n in range(200)]
    fitted = tuple(
        FittedOutcome(o, booster_of(texts[o]), calibration, cohort_of(log_odds, cases)) for o in Outcome
    )
    golden = golden_lines(LightgbmModel(version, SPANS, fitted), _rows(GOLDEN_ROWS))
    cohort = {"log_odds": log_odds, "cases": cases}
    files = {
        **{model_file(o): texts[o].encode() for o in Outcome},
        "calibration.json": canonical_json({o: {"slope": 1.0, "intercept": lift} for o in Outcome}),
        "reference.json": canonical_json(
            {
                "cohorts": dict.fromkeys(Outcome, cohort),
                "spans": {n: [s.low, s.high] for n, s in SPANS.items()},
            }
        ),
        "features.json": catalogue_json(),
        "arbeidsmarked.json": canonical_json(MARKET),
        "golden.jsonl": golden,
        **({"card.md": card.encode()} if card else {}),
    }
    return _written(artefacts, files, {"version": version, "synthetic": True, "trainer": "Kari Trener"})


def lifted(folder: Path, digest: str, artefacts: Path, version: str, *, lift: float) -> str:
    """A copy of a bundle under another version, with every estimate moved; gives its digest."""
    bundle = read_bundle(folder, digest)
    files = {path: (folder / path).read_bytes() for path in bundle.manifest["files"]}
    fitted = tuple(
        replace(f, calibration=Calibration(f.calibration.slope, f.calibration.intercept + lift))
        for f in bundle.model.fitted
    )
    files["calibration.json"] = canonical_json(
        {f.outcome: {"slope": f.calibration.slope, "intercept": f.calibration.intercept} for f in fitted}
    )
    model = LightgbmModel(version, bundle.model.spans, fitted)
    files["golden.jsonl"] = golden_lines(model, _rows(GOLDEN_ROWS))
    return _written(artefacts, files, {**bundle.manifest, "version": version})


def approve(approved: Path, digest: str, why: str = "prøvd på oppdiktede") -> None:
    """Add an approval to the file, which is never seen half-written."""
    before = approved.read_text("utf-8") if approved.exists() else ""
    entry = ["[[godkjenning]]", f'bundle = "{digest}"', 'policy = "2026-2"', 'godkjent_av = "Ola Godkjenner"']
    lines = [*entry, "godkjent = 2026-11-22", f'begrunnelse = "{why}"', ""]
    put(approved, before + "\n".join(lines))


def put(path: Path, text: str) -> None:
    """Let a file have this text from one moment to the next."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, "utf-8")
    draft.replace(path)


def _written(artefacts: Path, files: Mapping[str, bytes], about: Mapping[str, Any]) -> str:
    listed = {name: digest_of(content) for name, content in files.items()}
    manifest = canonical_json({**about, "format": FORMAT, "files": listed})
    digest = digest_of(manifest)
    folder = folder_of(artefacts, digest)
    folder.mkdir(parents=True)
    for name, content in {**files, MANIFEST: manifest}.items():
        (folder / name).write_bytes(content)
    return digest


@cache
def _model_texts() -> Mapping[Outcome, str]:
    random = np.random.default_rng(3)
    values = random.integers(0, 12, (ROWS, len(NAMES))).astype(np.float64)
    params = {"objective": "binary", "num_leaves": 5, "num_threads": 1, "seed": 3, "verbosity": -1}
    texts = {}
    for outcome in Outcome:
        labels = (random.random(ROWS) < 0.2 + 0.02 * values[:, 0]).astype(np.float64)
        booster = lightgbm.train(params, lightgbm.Dataset(values, labels), num_boost_round=8)
        texts[outcome] = booster.model_to_string()
    return texts


def _rows(count: int) -> pl.DataFrame:
    drawn = np.random.default_rng(4).integers(0, 40, (count, len(NAMES)))
    return pl.DataFrame(drawn.tolist(), schema=dict.fromkeys(NAMES, pl.Int32), orient="row")
