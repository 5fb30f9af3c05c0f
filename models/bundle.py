"""The bundle: everything one approved model consists of, in a folder named by its digest.

`manifest.json` lists every file but the signature with its SHA-256; the bundle's digest is the
SHA-256 of the manifest. Nothing is parsed before every digest is right, because a damaged LightGBM
text can crash the process or score silently otherwise (architecture.md). No pickle.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from models.calibration import Calibration
from models.canonical import canonical_json, digest_of
from models.lightgbm_model import FittedOutcome, Floats, LightgbmModel, booster_of, matrix_of, with_kernels
from models.reference import cohort_of
from models.treeshap import Isa
from profilering.errors import SetupError
from profilering.features import CATALOGUE, NAMES, Arbeidsmarked
from profilering.features.tables import MARKED
from profilering.risk import Outcome, Span

MANIFEST = "manifest.json"
SIGNATURE = "signature.json"
"""The one file the manifest does not list: it is made from it (`models.signature`)."""
FORMAT = 1
MOST_APART = 1e-9
"""Log-odds between kernel and LightGBM for one contribution: rounding is a hundred thousand times less
(performance.md)."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle, read."""

    digest: str  # sha256:…
    model: LightgbmModel
    arbeidsmarked: Arbeidsmarked
    manifest: Mapping[str, Any]
    card: str = ""  # Markdown; only bundles that were trained have one


def model_file(outcome: Outcome) -> str:
    """Name of the model text of one outcome."""
    return f"model-{outcome.value.lower()}.txt"


def catalogue_json() -> bytes:
    """The catalogue as the bundle keeps it: a model for other features is refused by comparing this."""
    return canonical_json(
        [
            {
                "name": f.name,
                "tema": f.tema,
                "unit": f.unit,
                "kilde": f.kilde,
                "hjemmel": f.hjemmel,
                "direction": f.direction,
                "categories": f.categories,
            }
            for f in CATALOGUE
        ]
    )


def folder_of(artefacts: Path, digest: str) -> Path:
    """Where the bundle with this digest lies."""
    return artefacts / digest.removeprefix("sha256:")


def read_bundle(folder: Path, digest: str) -> Bundle:
    """Verify, then read, then try a bundle. Raises SetupError saying which file is wrong.

    `digest` is what somebody approved; a whole bundle that is not that one is refused as well.
    """
    files = verified_files(folder, digest)
    manifest = json.loads(files[MANIFEST])
    if manifest.get("format") != FORMAT:
        raise SetupError(f"bundle has format {manifest.get('format')!r}; this version reads {FORMAT}")
    if files["features.json"] != catalogue_json():
        raise SetupError("bundle was made for another feature catalogue; train again with this version")
    model = _model(files, manifest)
    _try_golden(model, files["golden.jsonl"])
    market = _market(json.loads(files["arbeidsmarked.json"]))
    return Bundle(digest, model, market, manifest, files.get("card.md", b"").decode())


def verified_files(folder: Path, digest: str) -> dict[str, bytes]:
    """Every file of a bundle whose digests are all right, unparsed. Raises SetupError otherwise.

    The signature is left out: it proves who, the digests prove what.
    """
    try:
        manifest = (folder / MANIFEST).read_bytes()
    except OSError as problem:
        raise SetupError(f"bundle {digest} is not there ({problem.strerror}); publish or copy it") from None
    if digest_of(manifest) != digest:
        raise SetupError(f"{MANIFEST} is not the approved one: {digest_of(manifest)} instead of {digest}")
    files = {MANIFEST: manifest}
    for name, expected in json.loads(manifest)["files"].items():
        files[name] = _verified(folder / name, expected)
    extra = sorted({path.name for path in folder.iterdir()} - {*files, SIGNATURE})
    if extra:
        raise SetupError(f"bundle {digest} holds files that nobody approved: {', '.join(extra)}; remove them")
    return files


def _verified(path: Path, expected: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise SetupError(f"{path.name} of the bundle cannot be read ({problem.strerror})") from None
    if digest_of(content) != expected:
        raise SetupError(f"{path.name} of the bundle is damaged: its digest is not the manifest's")
    return content


def _model(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> LightgbmModel:
    calibration, reference = json.loads(files["calibration.json"]), json.loads(files["reference.json"])
    fitted = tuple(
        FittedOutcome(
            outcome,
            booster_of(files[model_file(outcome)].decode()),
            Calibration(**calibration[outcome]),
            cohort_of(reference["cohorts"][outcome]["log_odds"], reference["cohorts"][outcome]["cases"]),
        )
        for outcome in Outcome
    )
    spans = {name: Span(low, high) for name, (low, high) in reference["spans"].items()}
    return with_kernels(LightgbmModel(manifest["version"], spans, fitted))


def _market(rows: Mapping[str, list[Any]]) -> Arbeidsmarked:
    dates = {name: [date.fromisoformat(day) for day in rows[name]] for name in ("maaned", "kjent_fra")}
    return Arbeidsmarked.of(pl.DataFrame({**rows, **dates}, schema=MARKED))


def golden_lines(model: LightgbmModel, features: pl.DataFrame) -> bytes:
    """What LightGBM says of a few rows, to the bit: read back at every load."""
    lines = []
    scores = {f.outcome: f.explain_by_lightgbm(matrix_of(features)).log_odds for f in model.fitted}
    for place, row in enumerate(features.rows()):
        bits = {outcome: float(values[place]).hex() for outcome, values in scores.items()}
        lines.append(canonical_json({"features": row, "log_odds": bits}))
    return b"\n".join(lines) + b"\n"


def _try_golden(model: LightgbmModel, golden: bytes) -> None:
    rows = [json.loads(line)["features"] for line in golden.splitlines()]
    features = pl.DataFrame(rows, schema=dict.fromkeys(NAMES, pl.Int32), orient="row")
    if golden_lines(model, features) != golden:
        raise SetupError(
            "the model does not give its golden rows to the bit on this machine; "
            "do not serve it, compare library versions and processor"
        )
    for fitted in model.fitted:
        try_kernel(fitted, matrix_of(features))


def try_kernel(fitted: FittedOutcome, rows: Floats) -> None:
    """Hold the kernel against LightGBM, and its instruction set against the plainest. Raises SetupError."""
    if fitted.kernel is None:
        return
    kernel, lightgbm = fitted.explain(rows), fitted.explain_by_lightgbm(rows)
    plain = replace(fitted, kernel=fitted.kernel.on(Isa.BASELINE)).explain(rows)
    largest = float(np.abs(kernel.contributions - lightgbm.contributions).max(initial=0.0))
    base = abs(kernel.base - lightgbm.base)
    if not (largest <= MOST_APART and base <= MOST_APART):  # neither, where one is NaN
        raise SetupError(
            f"the contribution kernel and LightGBM are {largest:g} apart on the golden rows, {base:g} in the "
            f"base, {MOST_APART:g} is the most; do not serve it, compare library versions and processor"
        )
    if kernel.contributions.tobytes() != plain.contributions.tobytes():
        raise SetupError(
            f"the contribution kernel gives other bits on {fitted.kernel.isa.name} than without it; "
            "do not serve it on this processor, no answer could be made again on another"
        )
